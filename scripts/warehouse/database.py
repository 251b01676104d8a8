"""Open the warehouse's DuckDB file for writing, and the published one for reading."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from warehouse.errors import UsageError, WarehouseError
from warehouse.settings import memory, threads


def open_warehouse(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection that may write, or an error that says why there is none.

    DuckDB lets one process write a file; BI tools read the published copy instead.
    """
    try:
        return duckdb.connect(database, config=limits())
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        if "lock" in reason:
            raise WarehouseError(
                f"{database} is in use by another process. Wait until it has finished or close it, "
                f"then run the command again. ({reason})"
            ) from None
        raise WarehouseError(f"{database} cannot be opened. ({reason})") from None


def limits() -> dict[str, str | bool | int | float | list[str]]:
    """The settings that bound what DuckDB uses, as profiles.yml gives them to dbt."""
    return {"threads": threads(), "memory_limit": memory()}


def spill_folder(database: Path) -> Path:
    """Where DuckDB puts what does not fit into memory while it works on a database file."""
    return database.with_name(f"{database.name}.tmp")


def remove_spilled(database: Path) -> None:
    """Remove what killed processes have spilled: DuckDB removes only its own.

    For whoever has just opened the file to write: no other process has it open then, and nothing
    of its own is spilled yet.
    """
    shutil.rmtree(spill_folder(database), ignore_errors=True)


def read_published(marts: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a published file that may be replaced at any moment.

    Given a bare path, DuckDB 2.0 opens the file once for its header and again for the rest; between
    the two a refresh may put another file in place. With the prefix `duckdb:` it opens it once.
    Raises UsageError where there is no such file.
    """
    if not marts.is_file():
        raise UsageError(f"{marts} does not exist. Run `make run`, or `warehouse publish`.")
    # Left alone, DuckDB spills into `duckdb:…`, a folder in the current one.
    return duckdb.connect(
        f"duckdb:{marts}", read_only=True, config={"temp_directory": str(spill_folder(marts))}
    )
