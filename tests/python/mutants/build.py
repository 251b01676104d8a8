"""A built demo with its compiled SQL, and everything needed to hunt mutants in it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT, run_dbt
from mutants.hunt import Hunt, second_opinion
from mutants.unit import unit_tests
from replay import Project, Replay

SOURCES = ("models", "macros", "seeds", "tests/data", "dbt_project.yml")


@contextmanager
def opened() -> Iterator[Hunt]:
    """Hunt in what `dbt build` left in the project's root; if that is older than the project, in a
    build of its own, which compiles every test on the way."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        database, target = ROOT / "warehouse.duckdb", ROOT / "target"
        if not is_up_to_date(database, target):
            database, target = folder / "demo.duckdb", folder / "target"
            places = {"WAREHOUSE_DB": str(database), "DBT_TARGET_PATH": str(target)}
            result = run_dbt("build", **places)
            if result.returncode:
                raise RuntimeError(f"the build is red before any change:\n{result.stdout[-4000:]}")
        manifest = json.loads((target / "manifest.json").read_text())
        project = Project.of(manifest)
        with Replay.of_copy(project, database, folder) as replay:
            yield Hunt(replay, unit_tests(manifest, target), second_opinion())


def is_up_to_date(database: Path, target: Path) -> bool:
    """Whether the last build was of the whole project as it is now."""
    manifest = target / "manifest.json"
    if not (database.is_file() and manifest.is_file()):
        return False
    newest = max(
        file.stat().st_mtime
        for part in SOURCES
        for file in [ROOT / part, *(ROOT / part).rglob("*")]
        if file.is_file()
    )
    loaded = json.loads(manifest.read_text())
    try:
        Project.of(loaded)
        compiled = [test.file for test in unit_tests(loaded, target)]
    except (ValueError, FileNotFoundError):
        return False
    return all(file.stat().st_mtime > newest for file in [database, manifest, *compiled])
