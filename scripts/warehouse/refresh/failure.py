"""A failed build on one screen: what failed, where, the rows, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from warehouse.refresh.build import BuildReport, Failure, is_out_of_memory

_SHOWN_FAILURES = 4
_SHOWN_ROWS = 3
_SHOWN_COLUMNS = 6
_SHOWN_LINES = 6
_WIDTH = 110


#: What DuckDB and the landing quote from the data: `Could not convert string 'x' to INT32`.
_VALUE = re.compile(r"'[^'\n]*'")


def without_values(message: str) -> str:
    """A message for places that are read and kept elsewhere: what it quotes is left out."""
    return _VALUE.sub("'…'", message)


def explain(report: BuildReport, database: Path | None) -> str:
    """What failed, with the first rows that failed it; the rows are for the terminal only.

    Without a database there are no rows in it, and no values in the messages.
    """
    lines = [summary(report), "The last published file is still served."]
    for failure in report.failures[:_SHOWN_FAILURES]:
        lines += [
            "",
            f"{failure.kind} {failure.name}" + (f" ({failure.path})" * bool(failure.path)),
        ]
        message = failure.message if database is not None else without_values(failure.message)
        lines += [f"  {line}" for line in message.splitlines()[:_SHOWN_LINES] if line.strip()]
        if database is not None:
            lines += _rows(failure, database)
        lines += [f"  To do: {_advice(failure)}"]
    if len(report.failures) > _SHOWN_FAILURES:
        others = ", ".join(failure.name for failure in report.failures[_SHOWN_FAILURES:][:8])
        lines += ["", f"and {len(report.failures) - _SHOWN_FAILURES} more: {others}"]
    return "\n".join(lines)


def summary(report: BuildReport) -> str:
    """The same in one line, without rows."""
    kinds = [failure.kind for failure in report.failures]
    counted = [
        f"{kinds.count(kind)} {kind}{'s' * (kinds.count(kind) > 1)}"
        for kind in dict.fromkeys(kinds)
    ]
    names = ", ".join(failure.name for failure in report.failures[:3])
    more = ", …" if len(report.failures) > 3 else ""
    skipped = f"; {report.skipped} that depend on them were skipped" if report.skipped else ""
    return f"The build failed: {', '.join(counted)} ({names}{more}){skipped}."


def _advice(failure: Failure) -> str:
    if failure.kind == "test" and failure.rows_in:
        return (
            f"read the {failure.row_count:,} rows in {_plain(failure.rows_in)} of the warehouse, "
            "mend the source or the rule, then run `warehouse refresh` again."
        )
    if "does not exist" in failure.message and "raw_" in failure.message:
        return (
            "the source has not delivered this table: put its file into its inbox, or "
            "take the table out of vars.crm_sources; then run `warehouse refresh` again."
        )
    if is_out_of_memory(failure.message):
        return (
            "give it more memory (WAREHOUSE_MEMORY) or more room on the disk for what is spilled, "
            "or let less run at once (WAREHOUSE_THREADS=1); then run `warehouse refresh` again."
        )
    where = failure.path or "the project"
    return f"mend {where}, then run `warehouse refresh` again; a changed project is built anew."


def _plain(relation: str) -> str:
    """`"warehouse"."test_failures"."x"` as `test_failures.x`."""
    return ".".join(part.strip('"') for part in relation.split(".")[-2:])


def _rows(failure: Failure, database: Path) -> list[str]:
    """The first failing rows as a plain table, narrow enough for a terminal."""
    if not failure.rows_in:
        return []
    relation = ".".join(failure.rows_in.split(".")[-2:])
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            cursor = connection.execute(f"select * from {relation} limit {_SHOWN_ROWS}")
            columns = [column[0] for column in cursor.description or []]
            rows = cursor.fetchall()
    except duckdb.Error:
        return []  # the message and the name of the table are still told
    if not rows:
        return []
    table = Table(box=None, pad_edge=False)
    for column in columns[:_SHOWN_COLUMNS]:
        table.add_column(column, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(str(value) for value in row[:_SHOWN_COLUMNS]))
    console = Console(width=_WIDTH, no_color=True, markup=False)
    with console.capture() as capture:
        console.print(table)
    return [f"    {line.rstrip()}" for line in capture.get().splitlines()]
