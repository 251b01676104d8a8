"""The measurement itself: a company, the floor, a first refresh, later ones, and readers."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from warehouse.bench.deltas import split
from warehouse.bench.process import Cost, run_measured
from warehouse.bench.queries import Timings, time_queries
from warehouse.settings import DEFAULT_MEMORY, DEFAULT_THREADS

#: What a dbt project is made of; the rest of the folder is the user's.
PROJECT_PARTS = (
    *("dbt_project.yml", "profiles.yml", "pyproject.toml"),
    *("macros", "models", "seeds", "tests", "analyses", "scripts"),
)

#: The delivery times of the base and of the deltas; they order the files, nothing else.
FIRST_NIGHT = datetime(2030, 1, 1, 2)
SOURCE = "simulated"


@dataclass(frozen=True)
class Settings:
    """What is measured."""

    scale: float
    shares: tuple[float, ...] = (0.001, 0.01)
    seed: int = 1
    query_rounds: int = 20
    threads: str = DEFAULT_THREADS
    memory: str = DEFAULT_MEMORY


@dataclass(frozen=True)
class Commands:
    """The programs whose time is taken. `{folder}` is where their files are.

    `refresh` lands, builds and publishes: everything the first time, then what came since.
    """

    simulate: Sequence[str]
    floor: Sequence[str]
    refresh: Sequence[str]


@dataclass(frozen=True)
class Step:
    """One thing that was done, what it took, and how many times the floor that is."""

    name: str
    seconds: float
    cpu_seconds: float | None
    peak_bytes: int | None
    rows: int | None = None
    floors: float | None = None


@dataclass
class Report:
    """Everything `warehouse bench` prints."""

    scale: float
    shares: tuple[float, ...]
    cores: int
    threads: str
    memory: str
    versions: dict[str, str]
    rows: dict[str, int] = field(default_factory=dict)
    file_bytes: int = 0
    warehouse_bytes: int = 0
    published_bytes: int = 0
    steps: list[Step] = field(default_factory=list)
    queries: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def peak_bytes(self) -> int:
        """The highest resident memory of any step of the warehouse."""
        own = [
            step.peak_bytes or 0 for step in self.steps if step.name not in ("simulate", "floor")
        ]
        return max(own, default=0)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "peak_bytes": self.peak_bytes}


OnStep = Callable[[Report, str], None]


def run_bench(
    root: Path,
    scratch: Path,
    settings: Settings,
    commands: Commands,
    on_step: OnStep = lambda _, __: None,
) -> Report:
    """Measure in `scratch`, an empty folder, with the project at `root`, which stays as it is.

    `on_step` is told of every step before it begins, with the figures of those before it.
    """
    bench = _Bench(root, scratch, settings, commands, on_step)
    return bench.run()


class _Bench:
    def __init__(
        self,
        root: Path,
        scratch: Path,
        settings: Settings,
        commands: Commands,
        on_step: OnStep,
    ) -> None:
        self.settings = settings
        self.commands = commands
        self.on_step = on_step
        self.project = scratch / "project"
        self.company = scratch / "company"
        self.base = scratch / "base"
        self.deltas = [scratch / f"delta_{number}" for number in range(len(settings.shares))]
        self.floor = scratch / "floor.duckdb"
        self.log = scratch / "bench.log"
        self.published = self.project / "published" / "marts.duckdb"
        _link_project(root, self.project)
        self.environment = _environment(settings)
        packages = ("duckdb", "dbt-core", "dbt-duckdb", "crm-kpi-warehouse")
        self.report = Report(
            scale=settings.scale,
            shares=settings.shares,
            cores=os.cpu_count() or 1,
            threads=settings.threads,
            memory=settings.memory,
            versions={package: version(package) for package in packages},
        )

    def run(self) -> Report:
        report = self.report
        self._step("simulate", self.commands.simulate, self.company, floor=False)
        counts = split(self.company, self.base, self.deltas, self.settings.shares)
        shutil.rmtree(self.company)
        report.rows = _rows(self.base)
        report.file_bytes = sum(file.stat().st_size for file in self.base.iterdir())
        self._step("floor", self.commands.floor, self.base, floor=False)
        self.floor.unlink(missing_ok=True)
        self._deliver(self.base, 0)
        self._step("first refresh", self.commands.refresh, self.base, sum(report.rows.values()))
        self._add_logged_steps()
        report.warehouse_bytes = (self.project / "warehouse.duckdb").stat().st_size
        report.published_bytes = self.published.stat().st_size
        rounds = self.settings.query_rounds
        self.on_step(report, "queries")
        report.queries["alone"] = time_queries(self.published, lambda done: done < rounds).as_json()
        self._step("refresh, nothing new", self.commands.refresh, self.base, 0)
        readers = Timings()
        for number, share in enumerate(self.settings.shares):
            self._deliver(self.deltas[number], number + 1)
            name, rows = f"refresh, {share:.1%} new", sum(counts[number].values())
            with _Reader(self.published, readers):
                self._step(name, self.commands.refresh, self.deltas[number], rows)
        report.queries["during a refresh"] = readers.as_json()
        return report

    def _step(
        self,
        name: str,
        argv: Sequence[str],
        folder: Path,
        rows: int | None = None,
        floor: bool = True,
    ) -> None:
        self.on_step(self.report, name)
        places = {
            "folder": str(folder),
            "floor": str(self.floor),
            "scale": str(self.settings.scale),
            "seed": str(self.settings.seed),
        }
        cost: Cost = run_measured(
            [_filled(argument, places) for argument in argv],
            self.project,
            self.environment,
            self.log,
        )
        floors = cost.seconds / self.report.step("floor").seconds if floor else None
        self.report.steps.append(
            Step(name, cost.seconds, cost.cpu_seconds, cost.peak_bytes, rows, floors)
        )

    def _add_logged_steps(self) -> None:
        """What the first refresh took for each of its steps, by its own log."""
        log = self.project / "logs" / "refresh.jsonl"
        floor = self.report.step("floor").seconds
        for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
            entry = json.loads(line)
            if entry["event"] == "step":
                seconds = float(entry["seconds"])
                self.report.steps.append(
                    Step(f"  {entry['step']}", seconds, None, None, floors=seconds / floor)
                )

    def _deliver(self, folder: Path, night: int) -> None:
        """Put the files of a folder into the inbox under the names of one night's delivery."""
        inbox = self.project / "inbox" / SOURCE
        inbox.mkdir(parents=True, exist_ok=True)
        moment = f"{FIRST_NIGHT + timedelta(days=night):%Y%m%dT%H%M}"
        kind = ".delta" if night else ""
        for file in folder.iterdir():
            (inbox / f"{file.stem}.{moment}{kind}{file.suffix}").hardlink_to(file)


class _Reader:
    """Asks the queries without pause in a thread of its own, until the block ends."""

    def __init__(self, published: Path, timings: Timings) -> None:
        self._stop = threading.Event()
        self._timings = timings
        self._thread = threading.Thread(target=self._read, args=(published,), daemon=True)

    def _read(self, published: Path) -> None:
        found = time_queries(published, lambda _: not self._stop.is_set())
        self._timings.seconds += found.seconds
        self._timings.errors += found.errors

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def own_commands() -> Commands:
    """The commands of this project, run by this Python."""
    program = str(Path(sys.executable).with_name("warehouse"))
    return Commands(
        simulate=(program, *"simulate --out {folder} --scale {scale} --seed {seed}".split()),
        floor=(
            *(sys.executable, "-c", "from warehouse.bench.floor import main; main()"),
            *("{folder}", "{floor}"),
        ),
        refresh=(program, "refresh", "--accept"),
    )


def _filled(argument: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        argument = argument.replace("{" + name + "}", value)
    return argument


def _environment(settings: Settings) -> dict[str, str]:
    """The caller's environment without what would lead to the caller's own warehouse."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WAREHOUSE_", "DBT_"))
    }
    return {
        **own,
        "WAREHOUSE_SOURCES": SOURCE,
        "WAREHOUSE_THREADS": settings.threads,
        "WAREHOUSE_MEMORY": settings.memory,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _link_project(root: Path, project: Path) -> None:
    project.mkdir(parents=True)
    for part in PROJECT_PARTS:
        if (root / part).exists():
            (project / part).symlink_to(root / part)


def _rows(folder: Path) -> dict[str, int]:
    counts = {}
    for file in sorted(folder.glob("*.parquet")):
        row = duckdb.execute("select count(*) from read_parquet(?)", [str(file)]).fetchone()
        assert row is not None
        counts[file.stem] = int(row[0])
    return counts


def write_json(report: Report, path: Path) -> None:
    path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
