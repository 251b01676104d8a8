"""The published marts as Parquet files too, for tools that read no DuckDB."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from warehouse.database import limits
from warehouse.publish.sql import quoted, text
from warehouse.publish.versions import FILE_MODE, make_folder, sort_key


def write(marts: Path, folder: Path, version: str, keep: int) -> None:
    """Write `folder/<version>/<schema>/<table>.parquet` and let `folder/latest` name it.

    `latest` is a link that is replaced in one step. The last `keep` versions stay.
    """
    unfinished = folder / f"{version}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    with duckdb.connect(str(marts), read_only=True, config=limits()) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        for schema, table in tables:
            path = unfinished / schema / f"{table}.parquet"
            make_folder(path.parent)
            connection.execute(
                f"copy {quoted(schema)}.{quoted(table)} to {text(path)} (format parquet)"
            )
            path.chmod(FILE_MODE)
    unfinished.rename(folder / version)
    point_to(folder, version)
    written = [p for p in folder.iterdir() if p.is_dir() and not p.is_symlink()]
    for old in sorted(written, key=lambda p: sort_key(p.name), reverse=True)[keep:]:
        shutil.rmtree(old)


def point_to(folder: Path, version: str) -> None:
    """Let `folder/latest` name a version that is there."""
    if not (folder / version).is_dir():
        return
    link = folder / "latest.new"
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    link.replace(folder / "latest")
