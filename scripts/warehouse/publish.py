"""Copy the marts into the file BI tools read, and swap it in whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.errors import PublishError

#: What BI tools see: star schema, KPI tables, their registry, and where the data came from.
PUBLISHED_SCHEMAS = ("core", "kpi", "reference", "meta")


@dataclass(frozen=True)
class Publication:
    """What was published: the file, and its tables with their row counts."""

    path: Path
    row_counts: dict[str, int]


def quoted(identifier: str) -> str:
    """A SQL identifier, safe whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def check_built(warehouse: Path) -> None:
    """Raise PublishError unless `warehouse` is a database with KPI tables."""
    if not warehouse.is_file():
        raise PublishError(f"{warehouse} does not exist. Run `dbt build` first.")
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            tables = _published_tables(connection)
    except duckdb.Error as error:
        raise PublishError(f"{warehouse} cannot be read: {error}") from error
    if not any(schema == "kpi" for schema, _ in tables):
        raise PublishError(f"{warehouse} holds no KPI tables. Run `dbt build` first.")


def publish(warehouse: Path, target: Path) -> Publication:
    """Write all published schemas of `warehouse` to `target`.

    The new file is complete and checked before it takes the place of the old one in a single step,
    so that a reader sees the old marts or the new ones, never a part. On any error the last
    published file stays as it is.
    """
    check_built(warehouse)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}.new")
    try:
        row_counts = _copy(warehouse, fresh)
        _check(fresh, row_counts)
        fresh.replace(target)
    except duckdb.Error as error:
        raise PublishError(f"{target} was not replaced: {error}") from error
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_name(fresh.name + ".wal").unlink(missing_ok=True)
    return Publication(target, row_counts)


def _copy(warehouse: Path, fresh: Path) -> dict[str, int]:
    """Copy every table of the published schemas; returns the rows the warehouse holds."""
    fresh.unlink(missing_ok=True)
    row_counts: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        connection.execute(f"attach {_text(fresh)} as fresh")
        tables = _published_tables(connection, "warehouse")
        for schema, table in tables:
            name = f"{quoted(schema)}.{quoted(table)}"
            connection.execute(f"create schema if not exists fresh.{quoted(schema)}")
            connection.execute(f"create table fresh.{name} as from warehouse.{name}")
            row_counts[f"{schema}.{table}"] = _count(connection, f"warehouse.{name}")
        connection.execute("detach fresh")
    return row_counts


def _published_tables(
    connection: duckdb.DuckDBPyConnection, database: str | None = None
) -> list[tuple[str, str]]:
    """Schema and name of every table that is published, in order; default: the open database."""
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = coalesce($database, current_database()) "
        "and list_contains($schemas, schema_name) order by schema_name, table_name",
        {"database": database, "schemas": list(PUBLISHED_SCHEMAS)},
    ).fetchall()


def _check(fresh: Path, expected: dict[str, int]) -> None:
    """Open the new file as a reader would and compare its row counts."""
    with duckdb.connect(str(fresh), read_only=True) as connection:
        for name, rows in expected.items():
            schema, table = name.split(".", 1)
            found = _count(connection, f"{quoted(schema)}.{quoted(table)}")
            if found != rows:
                raise PublishError(
                    f"{name} has {found} rows in the new file, {rows} were expected."
                )


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"select count(*) from {name}").fetchone()
    assert row is not None
    return int(row[0])


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
