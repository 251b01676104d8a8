"""The table a file becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.land.names import identifier, literal


@dataclass(frozen=True)
class Target:
    """Where the rows of one file go, and what every row says of its origin."""

    schema: str
    table: str
    source_file: str
    loaded_at: datetime | None

    @property
    def sql(self) -> str:
        """The table's full name as SQL."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"

    @property
    def loaded_at_sql(self) -> str:
        """The time its rows carry, as SQL."""
        if self.loaded_at is None:
            return "cast(null as timestamp)"
        return f"timestamp {literal(self.loaded_at.isoformat(sep=' '))}"

    def create_table_as(
        self, columns: Sequence[str], relation: str, row: str = "row_number() over ()"
    ) -> str:
        """The statement that reads a file into the table, replacing the rows of an older one."""
        return f"""
            create or replace table {self.sql} as
            select
                {", ".join(columns)},
                {literal(self.source_file)} as _source_file,
                cast({row} as bigint) as _source_row,
                {self.loaded_at_sql} as _loaded_at
            from {relation}
        """


def count_rows(session: duckdb.DuckDBPyConnection, target: Target) -> int:
    """How many rows the table has."""
    (rows,) = session.execute(f"select count(*) from {target.sql}").fetchone() or (0,)
    return int(rows)
