"""What the tests share: the project's root, dbt, and a built demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from landing_inbox import Inbox

ROOT = Path(__file__).parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"


def run_dbt(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in the project's root; the keywords are environment variables."""
    return _run("dbt", *arguments, **environment)


def run_warehouse(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the `warehouse` command in the project's root."""
    return _run("warehouse", *arguments, **environment)


def _run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=ROOT,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo warehouse: the one `make build` left if it is up to date, else a fresh build."""
    built = ROOT / "warehouse.duckdb"
    parts = [ROOT / name for name in ("models", "macros", "seeds", "dbt_project.yml")]
    newest = max(
        file.stat().st_mtime
        for part in parts
        for file in ([part] if part.is_file() else part.rglob("*"))
        if file.is_file()
    )
    if built.is_file() and built.stat().st_mtime > newest:
        return built
    folder = tmp_path_factory.mktemp("demo")
    database = folder / "demo.duckdb"
    result = run_dbt("build", WAREHOUSE_DB=str(database), DBT_TARGET_PATH=str(folder / "target"))
    assert result.returncode == 0, result.stdout[-4000:]
    return database


@pytest.fixture
def demo_connection(demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo warehouse, read-only."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's own description of the project, with compiled SQL."""
    folder = tmp_path_factory.mktemp("manifest")
    result = run_dbt(
        "compile", WAREHOUSE_DB=str(folder / "empty.duckdb"), DBT_TARGET_PATH=str(folder / "target")
    )
    assert result.returncode == 0, result.stdout[-4000:]
    loaded: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())
    return loaded


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    """An empty folder to land, and a warehouse that is not there yet."""
    folder = tmp_path / "export"
    folder.mkdir()
    return Inbox(folder, tmp_path / "warehouse.duckdb")
