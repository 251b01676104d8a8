"""A landing in words: a table for a terminal, lines for everything else."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from warehouse.land.landing import FileOutcome, Landing, printable

SKIPPED = "skipped: not a CSV, TSV, Parquet or JSON file"


def as_table(landing: Landing) -> Table:
    """One row per file."""
    table = Table(title=f"Landed into {landing.schema}", title_justify="left")
    for heading in ("file", "table"):
        table.add_column(heading, overflow="fold")
    for heading in ("rows", "rejected lines"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for file in landing.files:
        table.add_row(
            escape(printable(file.source_file)),
            file.table_name,
            f"{file.row_count:,}",
            f"{file.rejected_count:,}",
            "unchanged" if file.is_unchanged else "landed",
        )
    for name in landing.skipped:
        table.add_row(escape(printable(name)), "", "", "", SKIPPED)
    return table


def as_lines(landing: Landing) -> Iterator[str]:
    """One line per file."""
    for file in landing.files:
        yield f"{printable(file.source_file)}: {_outcome(landing.schema, file)}"
    for name in landing.skipped:
        yield f"{printable(name)}: {SKIPPED}"


def totals(landing: Landing) -> str:
    """The last line: how much there was, and where to look for what was rejected."""
    changed = [file for file in landing.files if not file.is_unchanged]
    rejected = sum(file.rejected_count for file in landing.files)
    words = [
        f"{_count(len(changed), 'file')} landed with "
        f"{_count(sum(file.row_count for file in changed), 'row')}",
        f"{len(landing.files) - len(changed)} unchanged",
        f"{len(landing.skipped)} skipped",
    ]
    if rejected:
        words.append(f"{_count(rejected, 'rejected line')} in {landing.schema}._rejected_line")
    return ", ".join(words)


def _outcome(schema: str, file: FileOutcome) -> str:
    if file.is_unchanged:
        return f"unchanged ({schema}.{file.table_name}, {_count(file.row_count, 'row')})"
    rows = f"{schema}.{file.table_name}, {_count(file.row_count, 'row')}"
    return f"{rows}, {_count(file.rejected_count, 'rejected line')}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
