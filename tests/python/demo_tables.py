"""The demo seeds in DuckDB: `raw.<table>` as text, `<table>` with the types of the contract."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.simulate.tables import COLUMN_KINDS

SEEDS = Path(__file__).parents[2] / "seeds" / "demo"
AS_OF = "2026-06-30"
"""The last simulated day."""

_SQL_TYPES = {"text": "varchar", "flag": "boolean", "day": "date", "moment": "timestamp",
              "whole": "integer"}  # fmt: skip


def _sql_type(kind: str) -> str:
    if kind.startswith("dec"):
        return "decimal({}, {})".format(*kind.removeprefix("dec").split("."))
    return _SQL_TYPES[kind]


def open_tables(folder: Path = SEEDS) -> duckdb.DuckDBPyConnection:
    """All tables of a folder of CSV files, and the day they reach to as variable `as_of`."""
    connection = duckdb.connect()
    connection.execute("create schema raw")
    for table, kinds in COLUMN_KINDS.items():
        connection.execute(
            f"create table raw.{table} as"
            f" select * from read_csv('{folder / table}.csv', all_varchar = true, header = true)"
        )
        casts = ", ".join(
            f"try_cast({column} as {_sql_type(kind)}) as {column}" for column, kind in kinds.items()
        )
        connection.execute(f"create table {table} as select {casts} from raw.{table}")
    connection.execute(f"set variable as_of = date '{AS_OF}'")
    return connection
