"""Copy the marts into a new file, check it as a reader would, and put it in place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import limits, spill_folder
from warehouse.errors import PublishError
from warehouse.publish import parquet, versions
from warehouse.publish.sql import quoted, text

#: What BI tools see: star schema, KPI tables, their registry, and where the data came from.
PUBLISHED_SCHEMAS = ("core", "kpi", "reference", "meta")

#: Rows of a table, and the sum of their hashes: what a copy must have too.
Fingerprint = tuple[int, int | None]

#: Name and type of every column of a table, in order.
Columns = list[tuple[str, str]]

#: A rejected value may be anything, a person's name too, when the columns of a file have shifted.
#: Its shape tells what is wrong: `31.02.2025` is `99.99.9999`. The warehouse keeps the value.
_SHAPE = (
    r"regexp_replace(regexp_replace(regexp_replace(raw_value, '\p{L}', 'x', 'g'), "
    r"'\p{N}', '9', 'g'), '@', 'x', 'g')"
)


#: How KPI tables are asked. Rows in this order lie together: a query reads a few blocks of a table.
_ASKED_BY = ("metric_name", "grain", "dimension", "period_start")


@dataclass(frozen=True)
class Publication:
    """What was published: the file, its version, and its tables with their row counts.

    `tables_written` of them were written anew, the others are as the file before had them.
    """

    path: Path
    version: str
    row_counts: dict[str, int]
    tables_written: int


def check_built(warehouse: Path) -> None:
    """Raise PublishError unless `warehouse` is a database with KPI tables."""
    if not warehouse.is_file():
        raise PublishError(f"{warehouse} does not exist. Run `warehouse refresh` or `dbt build`.")
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            tables = published_tables(connection)
    except duckdb.Error as error:
        raise PublishError(f"{warehouse} cannot be read: {error}") from error
    if not any(schema == "kpi" for schema, _ in tables):
        raise PublishError(f"{warehouse} holds no KPI tables. Run `dbt build` first.")


def publish(
    warehouse: Path,
    target: Path,
    version: str | None = None,
    keep: int = 5,
    left_out: Collection[str] = (),
    amend: Callable[[duckdb.DuckDBPyConnection, Publication], None] | None = None,
    parquet_folder: Path | None = None,
    base: Path | None = None,
) -> Publication:
    """Write the published schemas of `warehouse` to `target`, without the tables in `left_out`.

    The new file is complete, checked and on the disk before it takes the place of the old one in a
    single step, so that a reader sees the old marts or the new ones, never a part. On any error the
    last published file stays as it is. The last `keep` versions stay beside it. `amend` may write
    into the new file, opened, before it is checked: what only publishing knows. `base` is an
    earlier version, best the last: a table it holds with the same rows and columns is not written
    again.
    """
    check_built(warehouse)
    version = version or versions.next_version(target)
    kept = versions.version_path(target, version)
    try:
        versions.make_folder(kept.parent)
        versions.sweep(target)
        fresh = versions.unfinished(kept)
        publication, fingerprints = _copy(warehouse, fresh, target, version, left_out, amend, base)
        _check(fresh, fingerprints, warehouse)
        versions.settle(fresh, kept)
        if parquet_folder is not None:
            parquet.write(kept, parquet_folder / target.stem, version, keep)
        versions.put_in_place(kept, target)
        versions.prune(target, keep)
    except (duckdb.Error, OSError) as error:
        kept_is_current = versions.is_same_file(kept, target)
        if not kept_is_current:
            versions.remove(kept)
        raise PublishError(f"{target} was not replaced: {error}") from error
    except PublishError:
        versions.remove(kept)
        raise
    finally:
        versions.remove(versions.unfinished(kept))
    return publication


def published_tables(
    connection: duckdb.DuckDBPyConnection, database: str | None = None
) -> list[tuple[str, str]]:
    """Schema and name of every table that is published, in order; default: the open database."""
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = coalesce($database, current_database()) "
        "and list_contains($schemas, schema_name) order by schema_name, table_name",
        {"database": database, "schemas": list(PUBLISHED_SCHEMAS)},
    ).fetchall()


def _copy(
    warehouse: Path,
    fresh: Path,
    target: Path,
    version: str,
    left_out: Collection[str],
    amend: Callable[[duckdb.DuckDBPyConnection, Publication], None] | None,
    base: Path | None,
) -> tuple[Publication, dict[str, Fingerprint]]:
    """Copy every table that `base` does not hold; returns what the new file must hold."""
    versions.remove(fresh)
    expected: dict[str, Fingerprint] = {}
    with duckdb.connect(config=_limits(warehouse)) as connection:
        connection.execute(f"attach {text(warehouse)} as warehouse (read_only)")
        held = _begin(connection, fresh, base)
        stale: dict[str, str] = {}
        for schema, table in published_tables(connection, "warehouse"):
            key = f"{schema}.{table}"
            if key in left_out:
                continue
            name = f"{quoted(schema)}.{quoted(table)}"
            shown = f"warehouse.{name}"
            if key == "meta.meta_reject":
                shown = f"(select * replace ({_SHAPE} as raw_value) from {shown})"
            expected[key] = _fingerprint(connection, shown)
            columns = _columns(connection, "warehouse", schema, table)
            if held.pop(name, None) != (expected[key], columns):
                connection.execute(f"drop table if exists fresh.{name}")
                connection.execute(f"create schema if not exists fresh.{quoted(schema)}")
                stale[name] = shown + _order(schema, [column for column, _ in columns])
        for name in held:
            connection.execute(f"drop table fresh.{name}")
        connection.execute("checkpoint fresh")  # what was dropped makes room for what comes
        for name, query in stale.items():
            connection.execute(f"create table fresh.{name} as from {query}")
        row_counts = {name: rows for name, (rows, _) in expected.items()}
        publication = Publication(target, version, row_counts, len(stale))
        connection.execute("detach warehouse")
        connection.execute("checkpoint fresh")
    if amend is not None:
        with duckdb.connect(str(fresh)) as connection:
            amend(connection, publication)
            for name in [name for name in expected if name.startswith("meta.meta_run")]:
                expected[name] = _fingerprint(connection, name)
            connection.execute("checkpoint")
    return publication, expected


def _begin(
    connection: duckdb.DuckDBPyConnection, fresh: Path, base: Path | None
) -> dict[str, tuple[Fingerprint, Columns]]:
    """Attach the new file, begun as a copy of `base`; returns what its tables hold by name."""
    held: dict[str, tuple[Fingerprint, Columns]] = {}
    if base is not None and base.is_file():
        shutil.copyfile(base, fresh)
    try:
        connection.execute(f"attach {text(fresh)} as fresh")
        for schema, table in published_tables(connection, "fresh"):
            name = f"{quoted(schema)}.{quoted(table)}"
            found = _fingerprint(connection, f"fresh.{name}")
            held[name] = found, _columns(connection, "fresh", schema, table)
    except duckdb.Error:  # a damaged file is no beginning
        connection.execute("detach database if exists fresh")
        versions.remove(fresh)
        connection.execute(f"attach {text(fresh)} as fresh")
        return {}
    return held


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str
) -> Columns:
    return connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [database, schema, table],
    ).fetchall()


def _order(schema: str, columns: Collection[str]) -> str:
    """The `order by` of a KPI table; empty for other tables."""
    order = [column for column in _ASKED_BY if schema == "kpi" and column in columns]
    return f" order by {', '.join(order)}" if order else ""


def _limits(warehouse: Path) -> dict[str, str | bool | int | float | list[str]]:
    """The settings of the build bound publishing too; it spills where the build does."""
    return {"temp_directory": str(spill_folder(warehouse)), **limits()}


def _check(fresh: Path, expected: dict[str, Fingerprint], warehouse: Path) -> None:
    """Open the new file as a reader would; compare the rows and the checksum of every table."""
    # DuckDB keeps quiet about a file that it could not complete while closing it. What is missing
    # lies in the log beside it: this check would read it, but only the file itself is published.
    log = fresh.with_name(fresh.name + ".wal")
    if log.exists() and log.stat().st_size:
        raise PublishError(f"{fresh} could not be written to its end; is the disk full?")
    with duckdb.connect(str(fresh), read_only=True, config=_limits(warehouse)) as connection:
        for name, (rows, checksum) in expected.items():
            schema, table = name.split(".", 1)
            found, found_checksum = _fingerprint(connection, f"{quoted(schema)}.{quoted(table)}")
            if found != rows:
                raise PublishError(
                    f"{name} has {found} rows in the new file, {rows} were expected."
                )
            if found_checksum != checksum:
                raise PublishError(
                    f"{name} has other values in the new file than in the warehouse."
                )


def _fingerprint(connection: duckdb.DuckDBPyConnection, name: str) -> Fingerprint:
    row = connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchone()
    assert row is not None
    return int(row[0]), None if row[1] is None else int(row[1])
