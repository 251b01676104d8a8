"""The environment variables that say what a command works on, and the project's own paths."""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.errors import UsageError

DEFAULT_DATABASE = "warehouse.duckdb"
DEFAULT_SOURCES = "demo"
DEFAULT_VERSIONS = 5
DEFAULT_THREADS = "2"
DEFAULT_MEMORY = "3500MB"


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
    `<name>.duckdb` of another `WAREHOUSE_DB`. `WAREHOUSE_PUBLISHED` names another folder."""
    database = database_path(root)
    name = "marts" if database == (root / DEFAULT_DATABASE).resolve() else database.stem
    return root / os.environ.get("WAREHOUSE_PUBLISHED", "published") / f"{name}.duckdb"


def parquet_path(root: Path) -> Path | None:
    """The folder of `WAREHOUSE_PARQUET`, where the marts are published as Parquet too, if set."""
    folder = os.environ.get("WAREHOUSE_PARQUET")
    return root / folder if folder else None


def inbox_path(root: Path) -> Path:
    """The folder of `WAREHOUSE_INBOX` that holds one folder of delivered files per source."""
    return root / os.environ.get("WAREHOUSE_INBOX", "inbox")


def threads() -> str:
    """How many threads DuckDB, and dbt with it, may use (`WAREHOUSE_THREADS`)."""
    return os.environ.get("WAREHOUSE_THREADS", DEFAULT_THREADS)


def memory() -> str:
    """How much DuckDB may hold in memory before it spills (`WAREHOUSE_MEMORY`)."""
    return os.environ.get("WAREHOUSE_MEMORY", DEFAULT_MEMORY)


def log_path(root: Path) -> Path:
    """The JSON lines of every refresh, in the folder where dbt logs as well."""
    return root / os.environ.get("DBT_LOG_PATH", "logs") / "refresh.jsonl"


def kept_versions() -> int:
    """How many published versions are kept, the current one among them (`WAREHOUSE_VERSIONS`)."""
    text = os.environ.get("WAREHOUSE_VERSIONS", str(DEFAULT_VERSIONS))
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"WAREHOUSE_VERSIONS is {text!r}; it must be a whole number from 1 on.")
    return int(text)


def enabled_sources() -> list[str]:
    """The names in `WAREHOUSE_SOURCES`, in order."""
    names = os.environ.get("WAREHOUSE_SOURCES", DEFAULT_SOURCES).split(",")
    return [name.strip() for name in names if name.strip()]
