"""Open the warehouse's DuckDB file for writing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError


def open_warehouse(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection that may write, or an error that says why there is none.

    DuckDB lets one process write a file; BI tools read the published copy instead.
    """
    try:
        return duckdb.connect(database)
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        if "lock" in reason:
            raise WarehouseError(
                f"{database} is in use by another process. Wait until it has finished or close it, "
                f"then run the command again. ({reason})"
            ) from None
        raise WarehouseError(f"{database} cannot be opened. ({reason})") from None
