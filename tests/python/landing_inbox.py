"""A folder of files to land, and a warehouse to land them in."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.land import Landing, land_folder

OWN_COLUMNS = ("_source_file", "_source_row", "_loaded_at")


@dataclass(frozen=True)
class Inbox:
    """The folder, the database, and what a test does with them."""

    folder: Path
    database: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file, text as UTF-8 with its line ends as they are."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def pack(self, name: str, content: str | bytes) -> Path:
        """Write a gzipped file."""
        return self.write(
            name, gzip.compress(content.encode() if isinstance(content, str) else content)
        )

    def land(self, source: str = "crm") -> Landing:
        """Land the folder."""
        return land_folder(self.database, source, self.folder)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def columns(self, table: str, schema: str = "raw_crm") -> list[tuple[str, str]]:
        """Names and types of a table's columns."""
        return [
            (name, type_)
            for name, type_ in self.query(
                "select column_name, data_type from duckdb_columns() "
                f"where schema_name = '{schema}' and table_name = '{table}' order by column_index"
            )
        ]

    def rows(self, table: str, schema: str = "raw_crm") -> list[tuple[Any, ...]]:
        """What came from the file, in its order."""
        names = [name for name, _ in self.columns(table, schema) if name not in OWN_COLUMNS]
        shown = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
        return self.query(f'select {shown} from {schema}."{table}" order by _source_row')

    def rejected(self) -> list[tuple[str, int, str, str]]:
        """The lines kept aside."""
        return [
            (source_file, number, text, reason)
            for source_file, number, text, reason in self.query(
                "select source_file, line_number, line_text, reason from raw_crm._rejected_line "
                "order by source_file, line_number"
            )
        ]

    def catalogue(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every schema, table, column and row of the warehouse."""
        tables = self.query("select schema_name, table_name from duckdb_tables() order by all")
        return {
            "schemas": self.query(
                "select schema_name from duckdb_schemas() where not internal order by all"
            ),
            "columns": self.query(
                "select schema_name, table_name, column_name, data_type "
                "from duckdb_columns() where not internal order by all"
            ),
            **{
                f"{schema}.{table}": self.query(f'from "{schema}"."{table}" order by all')
                for schema, table in tables
            },
        }
