"""What the tests share: the project's root, dbt, and a built demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from filelock import FileLock

from landing_inbox import Inbox
from mutants.unit import unit_tests
from replay import Project

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

ROOT = Path(__file__).parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"

#: `make test-full` asserts on everything what `make test` asserts on less.
FULL = os.environ.get("TESTS") == "full"


def run_dbt(
    *arguments: str, root: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run dbt in the root of the project or of a copy; the keywords are environment variables."""
    return _run("dbt", *arguments, root=root, **environment)


def run_warehouse(
    *arguments: str, root: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the `warehouse` command in the root of the project or of a copy."""
    return _run("warehouse", *arguments, root=root, **environment)


def _run(
    program: str, *arguments: str, root: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=root,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def dbt_here(root: Path, *arguments: str, **environment: str) -> dbtRunnerResult:
    """Run dbt in this process, which saves loading it for every command."""
    from warehouse.dbt import invoke

    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(root)
        for name, value in environment.items():
            patched.setenv(name, value)
        return invoke(root, "--quiet", *arguments)


PROJECT_PARTS = ("models", "macros", "seeds", "tests/data", "analyses")


def copy_project(folder: Path, target: Path | None = None, parts: Sequence[str] = ()) -> Path:
    """The project in a folder of its own, with its own warehouse and logs. With the `target` of a
    built one dbt does not parse it again: it would only for another path or another setting.
    `parts` are the files and folders dbt is to know, by default all."""
    for name in [*(parts or PROJECT_PARTS), "dbt_project.yml", "profiles.yml"]:
        copied = folder / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copied, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, copied)
    (folder / "target").mkdir(exist_ok=True)
    if target:
        for name in ("partial_parse.msgpack", "manifest.json"):
            shutil.copy(target / name, folder / "target" / name)
    return folder


def copy_slice(
    folder: Path, project: Project, models: Iterable[str], sources: Sequence[str]
) -> Path:
    """A copy of the contract, of these models and all they are made of, with their data tests.
    Reading a small project takes dbt seconds, the whole one half a minute."""
    wanted = {key for name in models for key in project.upstream(project.model(name))}
    nodes = [
        node
        for node in project.models()
        if node.unique_id in wanted or node.file.startswith("models/crm/")
    ]
    files = {node.file for node in nodes}
    for source in sources:
        staging = ROOT / "models" / "staging" / source
        files.update(str(file.relative_to(ROOT)) for file in staging.glob("*.sql"))
    notes = {
        str(file.relative_to(ROOT))
        for directory in {(ROOT / file).parent for file in files}
        for file in [*directory.glob("_*.yml"), *directory.glob("_*.md")]
    }
    seeds = "seeds" if "demo" in sources else "seeds/reference"
    copy_project(folder, parts=[*sorted(files | notes), "macros", seeds, "tests/data"])
    names = {Path(file).stem for file in files}
    for note in (note for note in notes if note.endswith(".yml")):
        said = yaml.safe_load((folder / note).read_text())
        said.pop("unit_tests", None)  # they bring their own rows and are asked in `make build`
        said["models"] = [model for model in said.get("models", []) if model["name"] in names]
        (folder / note).write_text(yaml.safe_dump(said, sort_keys=False))
    return folder


@dataclass(frozen=True)
class Built:
    """A built demo and what dbt left of it: manifest and compiled SQL."""

    database: Path
    target: Path

    @property
    def manifest(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.target / "manifest.json").read_text())
        return loaded

    def is_up_to_date(self) -> bool:
        """Whether the last build was of the whole project as it is now."""
        if not (self.database.is_file() and (self.target / "manifest.json").is_file()):
            return False
        newest = max(
            file.stat().st_mtime
            for part in ("models", "macros", "seeds", "tests/data", "dbt_project.yml")
            for file in [ROOT / part, *(ROOT / part).rglob("*")]
            if file.is_file()
        )
        manifest = self.manifest
        try:
            Project.of(manifest)
            compiled = [test.file for test in unit_tests(manifest, self.target)]
        except (ValueError, FileNotFoundError):
            return False
        files = [self.database, self.target / "manifest.json", *compiled]
        return all(file.stat().st_mtime > newest for file in files)


def build_demo(folder: Path) -> Built:
    """What `make build` left if it is up to date, else a build of a copy in that folder."""
    built = Built(ROOT / "warehouse.duckdb", ROOT / "target")
    if built.is_up_to_date():
        return built
    built = Built(folder / "warehouse.duckdb", folder / "target")
    with FileLock(f"{folder}.lock"):
        if not (folder / "built").exists():
            result = run_dbt("build", root=copy_project(folder))
            if result.returncode:
                raise RuntimeError(f"the build is red:\n{result.stdout[-4000:]}")
            (folder / "built").touch()
    return built


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The built demo, one for all processes of the run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return build_demo(shared / "demo")


@pytest.fixture(scope="session")
def demo(built: Built) -> Path:
    """The warehouse of the built demo."""
    return built.database


@pytest.fixture(scope="session")
def manifest(built: Built) -> dict[str, Any]:
    """dbt's own description of the project, with compiled SQL."""
    return built.manifest


@pytest.fixture(scope="session")
def project(manifest: dict[str, Any]) -> Project:
    """The compiled SQL of the project, to be run again."""
    return Project.of(manifest)


@pytest.fixture
def demo_connection(demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo warehouse, read-only."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        yield connection


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    """An empty folder to land, and a warehouse that is not there yet."""
    folder = tmp_path / "export"
    folder.mkdir()
    return Inbox(folder, tmp_path / "warehouse.duckdb")
