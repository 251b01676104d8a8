"""What a build depends on, as one short text: equal texts give equal marts."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version

import duckdb

from warehouse.publish import quoted, text
from warehouse.refresh.place import Place

#: The parts of the project that dbt reads.
_PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/data")
#: What identifies a landed file: not when it was landed, nor how its copy in the inbox is dated.
_IDENTITY = ("table_name", "source_file", "sequenced_at", "is_delta", "sha256", "is_applied")


@dataclass(frozen=True)
class Fingerprint:
    """Of the project with its settings, and of the landed files."""

    project: str
    landed: str

    def __str__(self) -> str:
        return f"{self.project}:{self.landed}"


def fingerprint(place: Place, connection: duckdb.DuckDBPyConnection) -> Fingerprint:
    """The fingerprint of the project at `place` and of what its warehouse has landed."""
    return Fingerprint(project_fingerprint(place), _landed(place, connection))


def project_fingerprint(place: Place) -> str:
    """The part of the fingerprint that no delivery changes."""
    digest = hashlib.sha256()
    for name in _PROJECT_PARTS:
        part = place.root / name
        files = [part] if part.is_file() else sorted(f for f in part.rglob("*") if f.is_file())
        for file in files:
            digest.update(str(file.relative_to(place.root)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    # The sources decide which models there are, the adapter and the engine what they compute.
    for setting in (
        ",".join(place.sources),
        *(version(package) for package in ("dbt-core", "dbt-duckdb", "duckdb")),
        *sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("DBT_ENV_")),
    ):
        digest.update(setting.encode() + b"\0")
    return digest.hexdigest()[:32]


def _landed(place: Place, connection: duckdb.DuckDBPyConnection) -> str:
    """What `warehouse land` and the inbox remember of every source."""
    digest = hashlib.sha256()
    for source in place.sources:
        for schema, table, where in (
            (f"raw_{source}", "_landed_file", "true"),
            ("meta_landing", "landed_file", f"source_name = {text(source)}"),
        ):
            columns = [
                name
                for (name,) in connection.execute(
                    "select column_name from duckdb_columns() "
                    "where schema_name = ? and table_name = ? order by column_index",
                    [schema, table],
                ).fetchall()
                if name in _IDENTITY
            ]
            if columns:
                digest.update(f"{source}\0{schema}\0".encode())
                for row in connection.execute(
                    f"select {', '.join(columns)} from {quoted(schema)}.{quoted(table)} "
                    f"where {where} order by all"
                ).fetchall():
                    digest.update(repr(row).encode())
    return digest.hexdigest()[:32]
