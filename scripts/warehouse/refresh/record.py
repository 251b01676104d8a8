"""The record of a refresh: one row in `meta.meta_run` and its details, and JSON lines in a log."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from warehouse.publish import text

#: Described in models/crm/meta/_meta_run__sources.yml; a test holds the two together.
DDL = """
create schema if not exists meta;
create table if not exists meta.meta_run (
    run_id varchar not null,
    started_at timestamp not null,
    ended_at timestamp,
    trigger_name varchar not null,
    outcome varchar not null,
    exit_code integer,
    failed_step varchar,
    message varchar,
    is_full_build boolean,
    files_landed bigint,
    rows_landed bigint,
    rows_rejected bigint,
    models_built integer,
    tests_passed integer,
    tests_failed integer,
    tests_warned integer,
    guards_exceeded integer,
    restatement_count integer,
    published_version varchar,
    published_rows bigint,
    dbt_version varchar not null,
    duckdb_version varchar not null,
    project_version varchar not null,
    project_fingerprint varchar
);
alter table meta.meta_run add column if not exists project_fingerprint varchar;
create table if not exists meta.meta_run_table (
    run_id varchar not null,
    source_name varchar not null,
    table_name varchar not null,
    rows_landed bigint not null,
    rows_rejected bigint not null
);
create table if not exists meta.meta_run_guard (
    run_id varchar not null,
    guard_name varchar not null,
    subject varchar not null,
    previous_value double,
    current_value double,
    limit_value double,
    is_exceeded boolean not null,
    is_accepted boolean not null
);
"""
RUN_TABLES = ("meta_run", "meta_run_table", "meta_run_guard")


class Outcome(str, Enum):
    """How a run ended."""

    running = "running"
    published = "published"
    unchanged = "unchanged"
    failed = "failed"
    stopped = "stopped"
    died = "died"
    rolled_back = "rolled_back"


@dataclass(frozen=True)
class LandedTable:
    """What a run landed of one table."""

    source_name: str
    table_name: str
    rows_landed: int
    rows_rejected: int


@dataclass(frozen=True)
class Guard:
    """One figure that was held against its limit before publishing."""

    guard_name: str
    subject: str
    previous_value: float | None
    current_value: float | None
    limit_value: float | None
    is_exceeded: bool
    message: str = ""


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


@dataclass
class Run:
    """One run while it happens; `started_at` to `project_version` are the columns of meta_run."""

    trigger_name: str
    project_version: str
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    started_at: datetime = field(default_factory=_now)
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.running
    exit_code: int | None = None
    failed_step: str | None = None
    message: str | None = None
    is_full_build: bool | None = None
    files_landed: int | None = None
    rows_landed: int | None = None
    rows_rejected: int | None = None
    models_built: int | None = None
    tests_passed: int | None = None
    tests_failed: int | None = None
    tests_warned: int | None = None
    guards_exceeded: int | None = None
    restatement_count: int | None = None
    published_version: str | None = None
    published_rows: int | None = None
    project_fingerprint: str | None = None
    dbt_version: str = field(default_factory=lambda: version("dbt-core"))
    duckdb_version: str = field(default_factory=lambda: version("duckdb"))
    tables: Sequence[LandedTable] = ()
    guards: Sequence[Guard] = ()
    is_accepted: bool = False
    error: BaseException | None = None

    def end(self, outcome: Outcome, exit_code: int, message: str | None = None) -> None:
        """Close the run. Only the first line of a message is kept: it holds no rows."""
        self.ended_at = _now()
        self.outcome = outcome
        self.exit_code = exit_code
        self.message = message.splitlines()[0][:500] if message else None

    def row(self) -> dict[str, Any]:
        """The columns of meta_run."""
        details = {"tables", "guards", "is_accepted", "error"}
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in details}
        return {**found, "outcome": self.outcome.value}


def write_run(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Write, or write again, a run and its details; one transaction."""
    connection.execute(DDL)
    row = run.row()
    connection.begin()
    for table in RUN_TABLES:
        connection.execute(f"delete from meta.{table} where run_id = ?", [run.run_id])
    connection.execute(
        f"insert into meta.meta_run ({', '.join(row)}) values ({', '.join('?' * len(row))})",
        list(row.values()),
    )
    for landed in run.tables:
        connection.execute(
            "insert into meta.meta_run_table values (?, ?, ?, ?, ?)",
            [run.run_id, *asdict(landed).values()],
        )
    for guard in run.guards:
        *figures, is_exceeded, _ = asdict(guard).values()
        accepted = is_exceeded and run.is_accepted
        connection.execute(
            "insert into meta.meta_run_guard values (?, ?, ?, ?, ?, ?, ?, ?)",
            [run.run_id, *figures, is_exceeded, accepted],
        )
    connection.commit()


def close_dead_runs(connection: duckdb.DuckDBPyConnection, published: Path) -> int:
    """Close the runs whose process ended without a word; the caller holds the lock.

    One that had published already is found in the published file and ends as that says.
    """
    connection.execute(DDL)
    dead = [
        run_id
        for (run_id,) in connection.execute(
            "select run_id from meta.meta_run where outcome = 'running'"
        ).fetchall()
    ]
    if dead and published.is_file():
        _take_over(connection, published, dead)
    connection.execute(
        "update meta.meta_run set outcome = 'died', "
        "message = 'The process ended without a word: it was killed, or the power went.' "
        "where outcome = 'running'"
    )
    return len(dead)


def _take_over(connection: duckdb.DuckDBPyConnection, published: Path, dead: list[str]) -> None:
    try:
        connection.execute(f"attach {text(published)} as published (read_only)")
    except duckdb.Error:
        return
    try:
        for table in RUN_TABLES:
            connection.execute(
                f"delete from meta.{table} where run_id in "
                f"(select run_id from published.meta.meta_run where list_contains(?, run_id))",
                [dead],
            )
            connection.execute(
                f"insert into meta.{table} by name from published.meta.{table} "
                f"where list_contains(?, run_id)",
                [dead],
            )
    except duckdb.CatalogException:
        pass  # a file from before there were runs
    finally:
        connection.execute("detach published")


class Log:
    """JSON lines, appended: one per step and one per run. No data row ever goes into it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, run: Run, **values: object) -> None:
        """Append a line; a log that cannot be written must not stop a refresh."""
        line = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "event": event,
            "run_id": run.run_id,
            **values,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        except OSError:
            pass
