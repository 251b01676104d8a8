"""What DuckDB may use is said once and holds for every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from warehouse.database import open_warehouse
from warehouse.settings import DEFAULT_MEMORY, DEFAULT_THREADS


def test_landing_is_bound_like_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_THREADS", "1")
    monkeypatch.setenv("WAREHOUSE_MEMORY", "100MB")
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        bounds = connection.execute(
            "select current_setting('threads'), current_setting('memory_limit')"
        ).fetchone()
    assert bounds == (1, "95.3 MiB")


def test_dbt_has_the_same_bounds_by_default() -> None:
    profile = (ROOT / "profiles.yml").read_text(encoding="utf-8")
    assert f"env_var('WAREHOUSE_MEMORY', '{DEFAULT_MEMORY}')" in profile
    assert profile.count(f"env_var('WAREHOUSE_THREADS', '{DEFAULT_THREADS}')") == 2
