"""CSV and TSV files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from warehouse.land.bad_lines import BadLines, Lines, csv_rows, long_fields, split_csv
from warehouse.land.names import column_names, identifier, literal
from warehouse.land.problem import BadFileError
from warehouse.land.table import Target, count_rows
from warehouse.land.text import Text, as_utf8, with_one_newline

DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"
"""For a file of one column: a character that no text holds (ASCII's unit separator)."""

SAMPLE_ROWS = 1000

_JSON_START = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{"\]])')
_DATA = re.compile(
    r"""
    [-+(]?[€$£]?\s?\d[\d.,' ]*\)?\s?[%€$£]?        # a number, an amount, a percentage
    | \d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?         # a date or timestamp: 2024-01-31, 31.01.2024,
    | \d\d?[./-]\d\d?[./-]\d{2,4}(\s\d\d?:\d\d.*)? #   1/31/2024 09:30
    | \d\d?:\d\d(:\d\d.*)?                         # a time
    | [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}    # a UUID
    | [^@\s]+@[^@\s]+\.[^@\s.]+                    # an e-mail address
    | true | false
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Layout:
    """What separates the columns of a file, and what they are called in it."""

    delimiter: str
    header: list[str]

    @property
    def columns(self) -> list[str]:
        """The column names of the table."""
        return column_names(self.header)


def land_csv(
    session: duckdb.DuckDBPyConnection, path: Path, gzipped: bool, target: Target, scratch: Path
) -> BadLines | None:
    """Create the table of a CSV file; the bad lines, if there are any.

    A field without text is NULL, quoted or not: exports that quote every field write `""` for a
    missing value. `_source_row` counts the rows that were landed.
    """
    text = as_utf8(path, gzipped, scratch)
    if _JSON_START.match(text.start.removeprefix(b"\xef\xbb\xbf")):
        raise BadFileError("its content is JSON. Call it .json or .ndjson.")
    if text.mixes_newlines:
        text = with_one_newline(text, scratch)
    layout = find_layout(text)
    check_header(layout.header)
    complaints = _create_table(session, text.path, text.compression, layout, target)
    bad = None
    if complaints or not _accounts_for_every_line(session, text, layout, target):
        bad = _land_good_lines(session, text, layout, target, scratch)
    _check_header_is_not_data(session, layout, target)
    return bad


def find_layout(text: Text) -> Layout:
    """The delimiter and the header, told by the first line.

    Of the delimiters that divide the header, the one wins with which most of the first rows have as
    many columns as the header. A file whose header holds none has one column, however many commas
    its values hold. (DuckDB's sniffer judges by the rows alone: it splits such values, and takes
    decimal commas for the delimiter.)
    """
    found: list[tuple[float, int, Layout]] = []
    for delimiter in DELIMITERS:
        (header, _), *rows = _first_rows(text, delimiter)
        if len(header) > 1:
            fit = sum(len(row) == len(header) for row, _ in rows) / max(len(rows), 1)
            found.append((fit, len(header), Layout(delimiter, header)))
    if found:
        return max(found, key=lambda candidate: candidate[:2])[2]
    header, error = _first_rows(text, NO_DELIMITER)[0]
    if not header:
        raise BadFileError(
            f"its first line is not a header: {error or 'it is blank'}. "
            "Put the names of the columns in the first line."
        )
    return Layout(NO_DELIMITER, header)


def check_header(header: Sequence[str]) -> None:
    """Refuse a first row that holds data.

    A column is hardly ever called by a number, an amount, a date, a time, a truth value, an e-mail
    address or a UUID: one such cell means that the header is missing.
    """
    if header[0].lower().startswith("sep="):
        raise BadFileError(
            f"its first line, {header[0]!r}, is a note to Excel about the delimiter. Remove it."
        )
    data = [cell for cell in header if _DATA.fullmatch(cell.strip())]
    if data:
        raise BadFileError(
            f"it has no header: the first row holds data ({', '.join(map(repr, data[:3]))}). "
            "Add a first row with the names of the columns, or words to names like these."
        )


def _first_rows(text: Text, delimiter: str) -> list[tuple[list[str], str | None]]:
    """The header and some rows below it, with the errors in them."""
    with long_fields(), text.opened() as stream:
        header, *rows = islice(csv_rows(Lines(stream), delimiter), SAMPLE_ROWS)
        return [header, *((row, error) for row, error in rows if row or error)]


def _create_table(
    session: duckdb.DuckDBPyConnection,
    path: Path,
    compression: str,
    layout: Layout,
    target: Target,
) -> bool:
    """Read the file into the table; whether DuckDB rejected anything."""
    columns = layout.columns
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    session.execute(
        target.create_table_as(
            [identifier(column) for column in columns],
            f"""
            read_csv(
                {literal(str(path))},
                auto_detect = false, compression = {literal(compression)},
                delim = {literal(layout.delimiter)}, quote = '"', escape = '"',
                header = true, columns = {{{types}}},
                strict_mode = true, null_padding = false,
                store_rejects = true,
                rejects_table = 'landing_reject', rejects_scan = 'landing_scan'
            )
            """,
        )
    )
    has_rejects = (
        session.execute("select 1 from temp.landing_reject limit 1").fetchone() is not None
    )
    session.execute("drop table temp.landing_reject; drop table temp.landing_scan")
    return has_rejects


def _land_good_lines(
    session: duckdb.DuckDBPyConnection, text: Text, layout: Layout, target: Target, scratch: Path
) -> BadLines | None:
    """Create the table from the lines that can be parsed; the others."""
    split = split_csv(text, layout.delimiter, len(layout.header), scratch)
    if split.bad.count and not split.good_rows:
        raise BadFileError(
            f"none of its rows can be read ({split.bad.first()}). The first line has to name every "
            "column, and quotes inside quoted values have to be doubled."
        )
    complaints = _create_table(session, split.good_path, "uncompressed", layout, target)
    if complaints or count_rows(session, target) != split.good_rows:
        raise BadFileError(
            "its rows cannot be told apart: quotes and line breaks contradict each other. "
            "Export it again with every text in double quotes, and the quotes within doubled."
        )
    return split.bad if split.bad.count else None


def _accounts_for_every_line(
    session: duckdb.DuckDBPyConnection, text: Text, layout: Layout, target: Target
) -> bool:
    """Whether header, rows and line breaks inside values add up to the lines of the file."""
    in_header = sum(cell.count(text.newline) for cell in layout.header)
    in_values = 0
    if text.has_quotes:
        breaks = " + ".join(
            f"coalesce(sum(length({column}) - length(replace({column}, chr({ord(text.newline)}), "
            f"''))) filter (where contains({column}, chr({ord(text.newline)}))), 0)"
            for column in map(identifier, layout.columns)
        )
        (in_values,) = session.execute(f"select {breaks} from {target.sql}").fetchone() or (0,)
    # In a file of one column a blank line is a row.
    blank = 0 if len(layout.header) == 1 else text.blank_lines_at_end
    return bool(1 + in_header + count_rows(session, target) + in_values == text.lines - blank)


def _check_header_is_not_data(
    session: duckdb.DuckDBPyConnection, layout: Layout, target: Target
) -> None:
    """Refuse a table of texts whose first row is one of them.

    A header rarely recurs below itself. If at least two cells of the first row, and at least half
    of them, appear again in their own columns, in rows other than a repeated header, the first row
    is taken for data.
    """
    if len(layout.header) < 2:
        return
    cells = dict(zip(map(identifier, layout.columns), map(literal, layout.header), strict=True))
    same = [f"{column} is not distinct from {cell}" for column, cell in cells.items()]
    found = session.execute(
        f"select {', '.join(f'coalesce(bool_or({is_same}), false)' for is_same in same)} "
        f"from {target.sql} where not ({' and '.join(same)})"
    ).fetchone()
    recurring = [cell for cell, again in zip(layout.header, found or (), strict=True) if again]
    if len(recurring) >= max(2, len(cells) / 2):
        raise BadFileError(
            f"it has no header: {', '.join(map(repr, recurring[:3]))} of the first row are values "
            "in the rows below. Add a first row with the names of the columns."
        )
