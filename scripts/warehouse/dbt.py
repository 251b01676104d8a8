"""Call dbt in this process and turn its failures into ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from warehouse.errors import BuildError


def invoke(
    root: Path, *arguments: str, callback: Callable[[EventMsg], None] | None = None
) -> dbtRunnerResult:
    """Run a dbt command in the project at `root`; `callback` is told every event.

    dbt prints its own messages. Its connection is closed afterwards, so that the database file can
    be opened again.
    """
    folders = ["--project-dir", str(root), "--profiles-dir", str(root)]
    try:
        return dbtRunner(callbacks=[callback] if callback else []).invoke([*arguments, *folders])
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def run_dbt(root: Path, *arguments: str) -> None:
    """Run a dbt command in the project at `root`; raises BuildError if it does not succeed."""
    result = invoke(root, *arguments)
    if not result.success:
        reason = f": {result.exception}" if result.exception else ". See the messages above."
        raise BuildError(f"dbt {' '.join(arguments)} failed{reason}")
