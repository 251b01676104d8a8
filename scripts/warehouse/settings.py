"""The two environment variables that say what a command works on, and the project's own paths."""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.errors import UsageError

DEFAULT_DATABASE = "warehouse.duckdb"
DEFAULT_SOURCES = "demo"


def project_root() -> Path:
    """The folder that holds `dbt_project.yml`: the current one or the nearest above it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise UsageError(
        f"No dbt_project.yml in {here} or above it. Run the command inside the project folder."
    )


def database_path(root: Path) -> Path:
    """The DuckDB file of `WAREHOUSE_DB`, relative paths counted from the project root."""
    return (root / os.environ.get("WAREHOUSE_DB", DEFAULT_DATABASE)).resolve()


def published_path(root: Path) -> Path:
    """The file BI reads: `published/marts.duckdb`, or `published/<name>.duckdb` for the warehouse
    `<name>.duckdb` of another `WAREHOUSE_DB`."""
    database = database_path(root)
    name = "marts" if database == (root / DEFAULT_DATABASE).resolve() else database.stem
    return root / "published" / f"{name}.duckdb"


def enabled_sources() -> list[str]:
    """The names in `WAREHOUSE_SOURCES`, in order."""
    names = os.environ.get("WAREHOUSE_SOURCES", DEFAULT_SOURCES).split(",")
    return [name.strip() for name in names if name.strip()]
