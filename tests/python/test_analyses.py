"""The analyses a person runs by hand compile, run, and say something about the demo."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from conftest import ROOT, Built, copy_project, run_dbt

ANALYSES = sorted(file.stem for file in (ROOT / "analyses").glob("*.sql"))


@pytest.fixture(scope="module")
def compiled(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project(tmp_path_factory.mktemp("analyses"), built.target)
    result = run_dbt("compile", "--select", "path:analyses", root=folder)
    assert result.returncode == 0, result.stdout
    return folder / "target" / "compiled" / "crm_kpi_warehouse" / "analyses"


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_answers_on_the_demo(
    name: str, compiled: Path, demo_connection: duckdb.DuckDBPyConnection
) -> None:
    query = (compiled / f"{name}.sql").read_text()
    # Compiled for a database of this name, so the names in it are those of the connection.
    rows = demo_connection.execute(query).fetchall()
    assert rows
    assert any(value is not None for value in rows[0])
