"""Open the warehouse file, or what is left of it.

The file is made of what was landed and can be made again. Two things cannot: the values that were
published first, and the baselines that were frozen (G15). They are taken from the newest published
file.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

import duckdb

from warehouse.database import remove_spilled
from warehouse.errors import WarehouseError
from warehouse.publish import kept_versions_of, quoted, text
from warehouse.refresh.record import DDL, RUN_TABLES

#: Kept for ever: they come out of nothing that was landed.
KEPT_TABLES = (
    "meta_first_published",
    "meta_kpi_baseline",
    "meta_kpi_restatement",
    "meta_input_change",
    *RUN_TABLES,
)

#: Seconds to wait for a reader that holds the file for a moment.
WAITS = (0.5, 1.0, 2.0, 4.0)

T = TypeVar("T")


def is_locked(error: Exception) -> bool:
    """Another process has the file open."""
    return "Could not set lock" in str(error) or "Conflicting lock" in str(error)


def is_unreadable(error: Exception) -> bool:
    """The file is damaged: not one that another program holds or a newer DuckDB wrote."""
    message = str(error)
    return any(
        sign in message
        for sign in (
            "not a valid DuckDB database file",
            "Could not read enough bytes",
            "Corrupt database file",
            "does not match stored checksum",
            "Failure while replaying WAL",
        )
    )


def with_patience(action: Callable[[], T], waits: tuple[float, ...] = WAITS) -> T:
    """Do something with the file; wait and try again while a reader holds it, not otherwise."""
    for wait in waits:
        try:
            return action()
        except duckdb.Error as error:
            if not is_locked(error):
                raise
            time.sleep(wait)
    return action()


def open_for_refresh(database: Path, published: Path, tell: Callable[[str], None]) -> None:
    """Make sure there is a warehouse that can be written, with the tables that must not be lost."""
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with_patience(lambda: _probe(database))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if is_locked(error):
            raise WarehouseError(
                f"{database} is in use by another process. Close what has it open (BI tools read "
                f"{published} instead), then run the command again. ({reason})"
            ) from None
        if not is_unreadable(error):
            raise WarehouseError(f"{database} cannot be opened. ({reason})") from None
        move_aside(database, reason, tell)
        _probe(database)
    database.chmod(0o640)
    _restore(database, published, tell)


def _probe(database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        remove_spilled(database)
        connection.execute(DDL)


def move_aside(database: Path, reason: str, tell: Callable[[str], None]) -> None:
    """Keep an unreadable file under another name, and its write-ahead log with it."""
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    aside = database.with_name(f"{database.name}.unreadable-{moment}")
    log = database.with_name(database.name + ".wal")
    database.replace(aside)
    if log.exists():
        log.replace(aside.with_name(aside.name + ".wal"))
    tell(f"{database} cannot be read ({reason}). It is kept as {aside.name} and built anew.")


def _restore(database: Path, published: Path, tell: Callable[[str], None]) -> None:
    """Take over the tables that must not be lost, where the warehouse has none."""
    source = newest_published(published)
    if source is None:
        return
    with duckdb.connect(str(database)) as connection:
        if "meta_first_published" in _tables(connection, None):
            return
        connection.execute(f"attach {text(source)} as published (read_only)")
        taken = []
        for table in sorted(_tables(connection, "published") & set(KEPT_TABLES)):
            name = f"meta.{quoted(table)}"
            if table in RUN_TABLES:
                connection.execute(
                    f"insert into {name} by name select * from published.{name} "
                    f"where run_id not in (select run_id from {name})"
                )
            else:
                connection.execute(f"create table {name} as from published.{name}")
            taken.append(table)
        if taken:
            tell(f"took {', '.join(taken)} over from {source.name}")


def _tables(connection: duckdb.DuckDBPyConnection, database: str | None) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'meta' "
            "and database_name = coalesce($database, current_database())",
            {"database": database},
        ).fetchall()
    }


def newest_published(published: Path) -> Path | None:
    """The newest published file that can be read: after a rollback that is not the one served."""
    kept = [version.path for version in kept_versions_of(published)]
    for path in (*kept, published):
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.execute("select count(*) from meta.meta_first_published").fetchone()
        except duckdb.Error:
            continue
        return path
    return None
