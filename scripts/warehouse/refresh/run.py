"""Refresh the warehouse: lock, land, build, audit, publish, record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console

from warehouse.database import read_published
from warehouse.errors import AuditError, BuildError, PublishError, WarehouseError
from warehouse.publish import (
    Publication,
    kept_versions_of,
    next_version,
    parquet,
    publish,
    published_version,
)
from warehouse.publish import rollback as swap_back
from warehouse.publish.versions import remove, sort_key
from warehouse.refresh import audit, failure, restatement
from warehouse.refresh.build import BuildReport, LeftOut, Mode, dbt_build
from warehouse.refresh.fingerprint import Fingerprint, fingerprint
from warehouse.refresh.landing import land_sources
from warehouse.refresh.lock import refresh_lock
from warehouse.refresh.place import Place
from warehouse.refresh.record import Log, Outcome, Run, close_dead_runs, write_run
from warehouse.refresh.recovery import (
    is_locked,
    is_unreadable,
    move_aside,
    newest_published,
    open_for_refresh,
    with_patience,
)
from warehouse.refresh.state import State, begin_build, read_state, write_state
from warehouse.refresh.steps import Steps

Build = Callable[[Place, Mode, Callable[[str], None]], BuildReport]
Keep = Callable[[Place, str], None]

_SHOWN_RESTATEMENTS = 5


@dataclass(frozen=True)
class Options:
    """What the caller of a refresh may choose."""

    full: bool = False
    accept: bool = False
    trigger: str = "manual"


def keep_with_dbt(place: Place, version: str) -> None:
    """Keep the first published values and the baselines of a version (G15)."""
    from warehouse.dbt import run_dbt

    arguments = json.dumps({"published_version": version})
    run_dbt(place.root, "run-operation", "keep_first_published", "--quiet", "--args", arguments)


def refresh(
    place: Place,
    options: Options,
    console: Console,
    build: Build = dbt_build,
    keep: Keep = keep_with_dbt,
) -> Run:
    """Bring the published marts up to date with what was delivered.

    Returns the record of the run, whether it went well or not: `exit_code` and `error` say so. Only
    the lock's error is raised, for then no run has begun.
    """
    with refresh_lock(place.database, f"a refresh ({options.trigger})"):
        run = Run(options.trigger, place.project_version, is_accepted=options.accept)
        return _Refresh(place, options, console, run, build, keep).go()


class _Refresh:
    """One refresh with what its steps hand to each other."""

    def __init__(
        self, place: Place, options: Options, console: Console, run: Run, build: Build, keep: Keep
    ) -> None:
        self.place = place
        self.options = options
        self.run = run
        self.log = Log(place.log)
        self.steps = Steps(console, self.log, run)
        self._build = build
        self._keep = keep

    def go(self) -> Run:
        self.log.write("started", self.run, trigger=self.options.trigger)
        try:
            outcome = self._go()
        except WarehouseError as error:
            stopped = isinstance(error, AuditError)
            self._fail(Outcome.stopped if stopped else Outcome.failed, error, error.summary)
            self.run.exit_code = error.exit_code
        except (duckdb.Error, OSError) as error:
            said = str(error).strip()
            busy = (
                " Close what has it open, then run the command again." if is_locked(error) else ""
            )
            kind = PublishError if self.steps.current == "publish" else WarehouseError
            failed = kind(f"{self.steps.current}: {said}{busy}")
            self._fail(Outcome.failed, failed, failed.summary)
            self.run.exit_code = failed.exit_code
        except BaseException as error:
            # What nobody foresaw is a failure like others, with its traceback for the caller.
            self._fail(Outcome.failed, error, f"{type(error).__name__}: {error}")
            if not isinstance(error, Exception):
                self._record()
                raise
        else:
            if self.run.ended_at is None:
                self.run.end(outcome, 0)
        self._record()
        return self.run

    def _fail(self, outcome: Outcome, error: BaseException, summary: str) -> None:
        self.run.failed_step = self.steps.current
        self.run.published_version = None
        self.run.published_rows = None
        self.run.end(outcome, 1, summary)
        self.run.error = error

    def _go(self) -> Outcome:
        place, run = self.place, self.run
        with self.steps.step("open"):
            open_for_refresh(place.database, place.published, self.steps.tell)
            with self._open() as connection:
                dead = close_dead_runs(connection, place.published)
                remove_unserved(place, connection)
                state = read_state(connection)
                write_run(connection, run)
            if dead or state.building:
                self.steps.done(f"the last {'run' if dead else 'build'} did not end well")
        with self.steps.step("land"):
            landed = land_sources(place, self.steps.progress)
            run.tables = landed.tables
            run.files_landed = landed.files
            run.rows_landed = sum(table.rows_landed for table in landed.tables)
            run.rows_rejected = sum(table.rows_rejected for table in landed.tables)
            waiting = "".join(f"; {name} waits for the next run" for name in landed.waiting)
            self.steps.done(
                f"{landed.files:,} files, {run.rows_landed:,} rows, "
                f"{run.rows_rejected:,} rejected{waiting}"
            )
        with self._open() as connection:
            inputs = fingerprint(place, connection)
        run.project_fingerprint = inputs.project
        if self._is_built(state, inputs):
            if state.published == str(inputs) and published_version(place.published):
                return self._nothing_new()
        else:
            state = self._build_all(state, inputs)
        self._audit()
        self._publish(inputs)
        return Outcome.published

    def _open(self) -> duckdb.DuckDBPyConnection:
        return with_patience(lambda: duckdb.connect(str(self.place.database)))

    def _is_built(self, state: State, inputs: Fingerprint) -> bool:
        return state.built == str(inputs) and not state.building and not self.options.full

    def _nothing_new(self) -> Outcome:
        """Nothing to build; but a source that has stopped to deliver is worth a word."""
        with self.steps.step("audit"):
            self.run.guards = audit.freshness(self.place)
            self.run.guards_exceeded = sum(guard.is_exceeded for guard in self.run.guards)
            audit.stop_if_exceeded(self.run.guards, self.options.accept)
            self.steps.done("nothing new; the published marts are up to date")
        return Outcome.unchanged

    def _build_all(self, state: State, inputs: Fingerprint) -> State:
        """Build what changed, or everything where less cannot be trusted."""
        mode = self._mode(state, inputs)
        self.run.is_full_build = mode is not Mode.incremental
        with self.steps.step("build"):
            with self._open() as connection:
                begin_build(connection, inputs.project, mode is Mode.full)
            report = self._built(mode, inputs)
            self.run.models_built = report.models_built
            self.run.tests_passed = report.tests_passed
            self.run.tests_failed = report.tests_failed
            self.run.tests_warned = report.tests_warned
            if report.failures:
                explained = failure.explain(report, self.place.database)
                raise BuildError(explained, failure.summary(report))
            with self._open() as connection:
                write_state(connection, building=None, built=str(inputs))
            self.steps.done(
                f"{report.models_built:,} models and seeds, {report.tests_passed:,} tests passed, "
                f"{report.tests_warned:,} warned{_extent(mode, report)}"
                f"{', part of it one by one for want of memory' * report.is_one_by_one}"
            )
        return State(None, str(inputs), state.published)

    def _mode(self, state: State, inputs: Fingerprint) -> Mode:
        """How much to build.

        After a death or a failure the tables may be of different times. Each is remembered with
        what it was made of, so those that are right already are known, and only an incremental
        table has to be made as a whole. After a change of the project nothing is known.
        """
        began = state.building or (state.built or "").split(":")[0]
        if self.options.full or began != inputs.project:
            return Mode.full
        return Mode.resume if state.building else Mode.incremental

    def _built(self, mode: Mode, inputs: Fingerprint) -> BuildReport:
        """Build; once more where a reader got in between, or the file turns out to be damaged."""
        report = self._build(self.place, mode, self.steps.progress)
        messages = Exception("\n".join(failed.message for failed in report.failures))
        if is_locked(messages):
            self.steps.tell("another process had the database open; building again")
            with_patience(lambda: duckdb.connect(str(self.place.database)).close())
            return self._build(self.place, mode, self.steps.progress)
        if is_unreadable(messages):
            place = self.place
            move_aside(place.database, "damaged inside", self.steps.tell)
            open_for_refresh(place.database, place.published, self.steps.tell)
            with self._open() as connection:
                write_run(connection, self.run)
                begin_build(connection, inputs.project, full=True)
            land_sources(place, self.steps.progress)
            return self._build(place, Mode.full, self.steps.progress)
        return report

    def _audit(self) -> None:
        with self.steps.step("audit"):
            self.run.guards = audit.audit(self.place, left_out(self.place))
            exceeded = sum(guard.is_exceeded for guard in self.run.guards)
            self.run.guards_exceeded = exceeded
            audit.stop_if_exceeded(self.run.guards, self.options.accept)
            accepted = f", {exceeded:,} exceeded and accepted" if exceeded else ", all within"
            self.steps.done(f"{len(self.run.guards):,} guards{accepted}")

    def _publish(self, inputs: Fingerprint) -> None:
        place, run = self.place, self.run
        with self.steps.step("publish"):
            publication = publish_warehouse(place, run, self._keep, self.steps.tell)
            self.steps.done(
                f"version {publication.version}: {len(publication.row_counts):,} tables, "
                f"{sum(publication.row_counts.values()):,} rows; "
                f"{publication.tables_written:,} tables written anew"
            )
            with self._open() as connection:
                write_state(connection, published=str(inputs))

    def _record(self) -> None:
        """Into the warehouse, where it can be opened, and into the log always."""
        run = self.run
        self.log.write("ended", run, **{k: v for k, v in run.row().items() if k != "run_id"})
        with suppress(duckdb.Error, OSError):
            if self.place.database.is_file():
                with self._open() as connection:
                    write_run(connection, run)


def _extent(mode: Mode, report: BuildReport) -> str:
    """What to say of a build that was more than one of what changed."""
    if mode is Mode.incremental:
        return ""
    if report.models_kept:
        return f", {report.models_kept:,} models kept from before"
    return ", all anew"


def publish_warehouse(
    place: Place,
    run: Run,
    keep: Keep = keep_with_dbt,
    tell: Callable[[str], None] = lambda _: None,
) -> Publication:
    """Publish the warehouse as a new version that holds the record of the run that made it."""
    version = next_version(place.published)
    forget_unpublished(place)
    keep(place, version)
    _explain(place, run, version, tell)

    def amend(connection: duckdb.DuckDBPyConnection, publication: Publication) -> None:
        run.published_version = version
        run.published_rows = sum(publication.row_counts.values())
        run.end(Outcome.published, 0)
        write_run(connection, run)

    return publish(
        place.database,
        place.published,
        version=version,
        keep=place.versions,
        left_out=left_out(place),
        amend=amend,
        parquet_folder=place.parquet,
        base=place.published if _is_base(place.published, run) else None,
    )


def _is_base(published: Path, run: Run) -> bool:
    """Whether the served file may be the beginning of the next one.

    Not after a change of the project: a dropped table leaves its values in free blocks of the file,
    and a setting may have been changed to withhold them.
    """
    served = published_version(published)
    if served is None or run.is_full_build:
        return False
    with suppress(duckdb.Error), read_published(published) as connection:
        made_by = connection.execute(
            "select project_fingerprint from meta.meta_run "
            "where published_version = ? and outcome = 'published'",
            [served],
        ).fetchall()
        return made_by == [(run.project_fingerprint,)]
    return False


def _explain(place: Place, run: Run, version: str, tell: Callable[[str], None]) -> None:
    """Compare with what was published first, and say what headlines have moved since."""
    previous = newest_published(place.published)
    with with_patience(lambda: duckdb.connect(str(place.database))) as connection:
        if previous is not None:
            restatement.note_changes(connection, previous, version, run.project_fingerprint)
        run.restatement_count, news = restatement.restate(connection, version)
    for item in news[:_SHOWN_RESTATEMENTS]:
        tell(str(item))
    if len(news) > _SHOWN_RESTATEMENTS:
        more = len(news) - _SHOWN_RESTATEMENTS
        tell(f"and {more:,} more headline values restated, all in meta.meta_kpi_restatement")


def remove_unserved(place: Place, connection: duckdb.DuckDBPyConnection) -> None:
    """Remove versions that were finished, but whose run died before anybody could read them."""
    served = published_version(place.published)
    if served is None:
        return
    seen = _published_names(connection)
    for version in kept_versions_of(place.published):
        if sort_key(version.name) > sort_key(served) and version.name not in seen:
            remove(version.path)


def forget_unpublished(place: Place) -> None:
    """Take back first values that a publication kept which then failed: nobody has seen them."""
    served = published_version(place.published)
    with with_patience(lambda: duckdb.connect(str(place.database))) as connection:
        seen = sorted(_published_names(connection) | ({served} if served else set()))
        for table in ("meta_first_published", "meta_kpi_baseline", "meta_input_change"):
            has_version = connection.execute(
                "select count(*) from duckdb_columns() where schema_name = 'meta' "
                "and table_name = ? and column_name = 'published_version'",
                [table],
            ).fetchone()
            if has_version and has_version[0]:
                connection.execute(
                    f"delete from meta.{table} where published_version is not null "
                    "and not list_contains(?, published_version)",
                    [seen],
                )


def _published_names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Every version that was ever served, as the warehouse remembers."""
    rows = connection.execute(
        "select published_version from meta.meta_run where outcome = 'published'"
    ).fetchall()
    return {name for (name,) in rows}


def left_out(place: Place) -> LeftOut:
    """The tables with `meta: {publish: false}`, as dbt's manifest names them."""
    path = place.root / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
    try:
        manifest = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return frozenset()
    except ValueError as error:
        raise PublishError(f"{path} is damaged; remove it and run `dbt parse`. ({error})") from None
    return frozenset(
        f"{node['schema']}.{node['alias']}"
        for node in manifest["nodes"].values()
        if (node["config"].get("meta") or {}).get("publish") is False
    )


def publish_now(place: Place, trigger: str = "publish") -> Publication:
    """Publish the warehouse as it stands, without building or auditing it; recorded as a run."""
    with refresh_lock(place.database, "a publication"):
        run = Run(trigger, place.project_version)
        with with_patience(lambda: duckdb.connect(str(place.database))) as connection:
            run.project_fingerprint = fingerprint(place, connection).project
        log = Log(place.log)
        publication = publish_warehouse(place, run)
        log.write("ended", run, **{k: v for k, v in run.row().items() if k != "run_id"})
        with with_patience(lambda: duckdb.connect(str(place.database))) as connection:
            write_run(connection, run)
        return publication


def roll_back(place: Place, version: str | None) -> tuple[str | None, str]:
    """Serve an older version again and record it; the next new input is published as usual."""
    with refresh_lock(place.database, "a rollback"):
        run = Run("rollback", place.project_version)
        before, after = swap_back(place.published, version)
        if place.parquet is not None:
            parquet.point_to(place.parquet / place.published.stem, after)
        run.published_version = after
        run.end(Outcome.rolled_back, 0, f"from {before} to {after}")
        Log(place.log).write("ended", run, **{k: v for k, v in run.row().items() if k != "run_id"})
        # Readers are served already; a warehouse that is missing or busy must not undo that.
        with suppress(duckdb.Error):
            if place.database.is_file():
                with duckdb.connect(str(place.database)) as connection:
                    write_run(connection, run)
        return before, after
