"""Separate the lines that cannot be parsed from those that can.

DuckDB's reject table says reliably that a CSV file holds bad lines, but not which: its line numbers
count a row with a line break inside quotes as one line, one line with two stray quotes is reported
with the text of the line before, fragments of a bad line can appear as rows, and after a quote that
is never closed rows vanish without a report (all seen with 1.5.6 and 2.0.0). So the standard
library's CSV reader draws the line here, and DuckDB then reads what is left without a complaint or
not at all. Only files with bad lines take this slower way.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from warehouse.land.problem import BadFileError
from warehouse.land.text import Text

LONGEST_LINE = 2_000_000
"""DuckDB's limit for one CSV row, in bytes."""

NEVER_CLOSED = "a quote is opened and never closed"
TOO_LONG = f"the line is longer than {LONGEST_LINE:,} bytes"

_REASONS = (
    ("expected after", "a quote inside a quoted value is not doubled"),
    ("unexpected end", NEVER_CLOSED),
    ("field larger", TOO_LONG),
)
_SPACE_AFTER_QUOTE = re.compile(r'" +(?=[,;\t|\r\n]|$)')


@dataclass(frozen=True)
class BadLines:
    """An NDJSON file with number, text and reason of the lines that cannot be parsed."""

    path: Path
    count: int

    def first(self) -> str:
        """Number and reason of the first of them."""
        with self.path.open(encoding="utf-8") as lines:
            line = json.loads(next(lines))
        return f"line {line['line_number']}: {line['reason']}"


@dataclass(frozen=True)
class Split:
    """The header and the rows that fit it as a CSV file, and the rest."""

    good_path: Path
    good_rows: int
    bad: BadLines


class Lines:
    """The lines of a text, remembering those handed out since they were last taken."""

    def __init__(self, stream: IO[str]) -> None:
        """Start at line 1."""
        self._stream = stream
        self._held: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        """The lines as the CSV reader gets them."""
        for line in self._stream:
            self.number += 1
            self._held.append(line)
            # DuckDB allows a space between a closing quote and the delimiter.
            yield _SPACE_AFTER_QUOTE.sub('"', line) if '" ' in line else line

    def take(self) -> tuple[int, list[str]]:
        """The number of the first line held, and the lines."""
        held, self._held = self._held, []
        return self.number - len(held) + 1, held


def split_csv(text: Text, delimiter: str, width: int, scratch: Path) -> Split:
    """Sort the rows of a CSV file into those that fit the header and those that do not."""
    good_path, bad_path = scratch / "good.csv", scratch / "bad.ndjson"
    good = bad = 0
    with (
        long_fields(),
        text.opened() as stream,
        good_path.open("w", encoding="utf-8", newline="") as good_file,
        bad_path.open("w", encoding="utf-8") as bad_file,
    ):
        lines = Lines(stream)
        for row, error in csv_rows(lines, delimiter):
            number, raw = lines.take()
            if not row and not error and width > 1:
                continue  # a blank line
            is_header = number == 1
            reason = None if is_header else error or _misfit(row, width, delimiter, raw)
            if reason is None:
                good_file.writelines(raw)
                good += not is_header
                continue
            if len(raw) > 1 and reason in (NEVER_CLOSED, TOO_LONG):
                raise BadFileError(
                    f"a quote opened in the row of line {number} is not closed before line "
                    f"{lines.number}, and everything between would be one value. Close or double "
                    "that quote."
                )
            write_bad_line(bad_file, number, "".join(raw), reason)
            bad += 1
    return Split(good_path, good, BadLines(bad_path, bad))


def write_bad_line(bad_file: IO[str], number: int, text: str, reason: str) -> None:
    """Add one line to the NDJSON file of bad lines; of a very long one, the beginning."""
    shown = text.rstrip("\r\n")[:LONGEST_LINE]
    line = {"line_number": number, "line_text": shown, "reason": reason}
    bad_file.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def long_fields() -> Iterator[None]:
    """Let the CSV reader take values as long as DuckDB does."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def csv_rows(lines: Lines, delimiter: str) -> Iterator[tuple[list[str], str | None]]:
    """Every row with its error, if it has one; after an error the next line starts a new row."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        try:
            yield next(reader), None
        except StopIteration:
            return
        except csv.Error as error:
            yield [], next((why for what, why in _REASONS if what in str(error)), str(error))


def _misfit(row: list[str], width: int, delimiter: str, raw: list[str]) -> str | None:
    if sum(map(len, raw)) > LONGEST_LINE // 4 and len("".join(raw).encode()) > LONGEST_LINE:
        return TOO_LONG
    # As with DuckDB, more delimiters at the end of a line pass, and a blank line in a file of one
    # column is a row without a value.
    surplus = delimiter * max(len(row) - width, 0)
    if 0 < len(row) < width or not raw[-1].rstrip("\r\n").endswith(surplus) or any(row[width:]):
        return f"expected {width} columns, found {len(row)}"
    return None
