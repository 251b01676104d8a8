"""`warehouse refresh`: what it does on a good day, and what it leaves behind on a bad one.

A build that writes a handful of tables stands in for dbt's, except where dbt is the point.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from rich.console import Console

from conftest import ROOT, Built, copy_project, run_warehouse
from warehouse.errors import AuditError, BuildError, PublishError, RefreshRunningError
from warehouse.publish import kept_versions_of, next_version, published_version
from warehouse.refresh import (
    Options,
    Outcome,
    Place,
    Run,
    failure,
    recovery,
    refresh,
    restatement,
    roll_back,
)
from warehouse.refresh.build import BuildReport, Failure, Mode, Verdict, dbt_build
from warehouse.refresh.fingerprint import fingerprint
from warehouse.refresh.lock import refresh_lock
from warehouse.refresh.notify import body, notify
from warehouse.refresh.place import place_of
from warehouse.refresh.record import DDL
from warehouse.refresh.run import publish_warehouse
from warehouse.refresh.state import write_state

MODELS = """
create schema if not exists kpi; create schema if not exists core; create schema if not exists meta;
create schema if not exists test_failures;
create or replace table core.fct_deal as select range as deal_id from range({rows});
create or replace table kpi.kpi_sales as select 'win_rate' as metric_name, {value}::double as value;
create or replace table kpi.kpi_scorecard as
select 'win_rate' as metric_name, 'month' as grain, date '2026-10-01' as period_start,
    date '2026-10-31' as period_end, 'rate' as unit, {value}::double as value,
    'ok' as value_status, true as is_latest;
create or replace table meta.meta_table_coverage as
select 'demo' as source_name, 'opportunity' as table_name, {rows}::bigint as landed_rows,
    0::bigint as rejected_rows, {rows}::bigint as contract_rows;
create table if not exists meta.meta_first_published
    (metric_name varchar, value double, published_version varchar);
create table if not exists meta.meta_kpi_baseline
    (metric_name varchar, baseline_value double, published_version varchar);
create or replace table test_failures.no_negative_deal as
select -1 as deal_id, 'Secret Ltd' as name;
"""


@dataclass
class Company:
    """A project with nothing in it, and a build that writes what it is told."""

    place: Place
    rows: int = 100
    value: float | str = 0.5
    failures: tuple[Failure, ...] = ()
    built: list[Mode] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def build(self, place: Place, mode: Mode, progress: Callable[[str], None]) -> BuildReport:
        self.built.append(mode)
        with duckdb.connect(str(place.database)) as connection:
            connection.execute(MODELS.format(rows=self.rows, value=self.value))
        self.meanwhile()
        return BuildReport(4, 7, 0, self.failures)

    def keep(self, place: Place, version: str) -> None:
        with duckdb.connect(str(place.database)) as connection:
            connection.execute(
                "insert into meta.meta_first_published select metric_name, value, ? "
                "from kpi.kpi_sales where not exists (from meta.meta_first_published)",
                [version],
            )

    def refresh(self, full: bool = False, accept: bool = False, trigger: str = "manual") -> Run:
        console = Console(file=sys.stderr, width=200)
        options = Options(full, accept, trigger)
        return refresh(self.place, options, console, self.build, self.keep)

    def change(self) -> None:
        """Something that makes a build necessary."""
        model = self.place.root / "models" / "a.sql"
        model.write_text(model.read_text() + "-- \n" if model.exists() else "select 1")

    def served(self, sql: str = "select value from kpi.kpi_sales") -> object:
        with duckdb.connect(str(self.place.published), read_only=True) as connection:
            row = connection.execute(sql).fetchone()
        return row and row[0]

    def asked(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.place.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nversion: '1'\nvars: {}\n")
    place = place_of(tmp_path)
    return Company(replace(place, log=tmp_path / "logs" / "refresh.jsonl"))


def error_of(run: Run, kind: type[Exception]) -> str:
    assert isinstance(run.error, kind), run.error
    return str(run.error)


def test_a_version_takes_over_tables_until_the_project_changes(company: Company) -> None:
    """What a setting withholds from now on must not stay in free blocks of a file."""

    def written(run: Run) -> int:
        publication = publish_warehouse(company.place, run, company.keep)
        assert len(publication.row_counts) > 4
        return publication.tables_written - len(publication.row_counts)

    first = company.refresh()
    assert written(replace(first, is_full_build=False)) < 0
    assert written(replace(first, is_full_build=True)) == 0
    assert written(replace(first, is_full_build=False, project_fingerprint="another")) == 0


def test_a_refresh_publishes_once_and_then_finds_nothing_new(company: Company) -> None:
    first = company.refresh(trigger="cron")
    assert (first.outcome, first.exit_code, company.built) == (Outcome.published, 0, [Mode.full])
    again = company.refresh()
    assert (again.outcome, again.exit_code, company.built) == (Outcome.unchanged, 0, [Mode.full])
    assert company.asked(
        "select trigger_name, outcome, exit_code, models_built, tests_passed, published_version "
        "from meta.meta_run order by started_at"
    ) == [
        ("cron", "published", 0, 4, 7, first.published_version),
        ("manual", "unchanged", 0, None, None, None),
    ]
    # The published file holds the run that made it, and says which version it is.
    assert company.served("select outcome from meta.meta_run") == "published"
    assert published_version(company.place.published) == first.published_version
    lines = [json.loads(line) for line in company.place.log.read_text().splitlines()]
    assert [line["outcome"] for line in lines if line["event"] == "ended"] == [
        "published",
        "unchanged",
    ]


def test_a_changed_project_is_built_in_full_and_full_builds_anything(company: Company) -> None:
    company.refresh()
    company.change()
    assert company.refresh().outcome is Outcome.published
    assert company.refresh(full=True).outcome is Outcome.published
    assert company.built == [Mode.full, Mode.full, Mode.full]
    assert len(kept_versions_of(company.place.published)) == 3


def test_new_files_are_built_incrementally(company: Company) -> None:
    company.refresh()
    folder = company.place.inbox / "demo"
    folder.mkdir(parents=True)
    (folder / "deal.csv").write_text("deal_id,name\n1,A\n2,B\n")
    run = company.refresh()
    assert (run.outcome, run.files_landed, run.rows_landed) == (Outcome.published, 1, 2)
    assert company.built == [Mode.full, Mode.incremental]
    assert company.asked(
        "select source_name, table_name, rows_landed from meta.meta_run_table"
    ) == [("demo", "deal", 2)]
    assert company.refresh().outcome is Outcome.unchanged


def test_a_second_refresh_says_who_runs_and_ends_at_once(company: Company) -> None:
    with refresh_lock(company.place.database, "a refresh (cron)"):
        script = (
            "import sys\nfrom pathlib import Path\n"
            "from warehouse.refresh.lock import refresh_lock\n"
            "from warehouse.errors import WarehouseError\n"
            "try:\n with refresh_lock(Path(sys.argv[1]), 'x'): pass\n"
            "except WarehouseError as e: print(e); sys.exit(e.exit_code)"
        )
        other = subprocess.run(
            [sys.executable, "-c", script, str(company.place.database)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert other.returncode == 6, other.stderr
        assert f"a refresh (cron) runs since {datetime.now(timezone.utc).date()}" in other.stdout
        assert f"process {os.getpid()} on" in other.stdout
    assert company.refresh().exit_code == 0


def test_the_lock_of_a_dead_process_is_none(company: Company) -> None:
    database = company.place.database
    note = {"pid": 1, "host": "gone", "since": "2020-01-01", "doing": "a refresh"}
    database.with_name(database.name + ".refresh.json").write_text(json.dumps(note))
    database.with_name(database.name + ".refresh.lock").touch()
    assert company.refresh().exit_code == 0
    assert not database.with_name(database.name + ".refresh.json").exists()


def test_a_run_that_is_killed_in_the_build_is_recorded_and_repaired(company: Company) -> None:
    company.refresh()
    company.change()
    company.value = 0.55
    company.meanwhile = lambda: os._exit(9)
    child = os.fork()
    if child == 0:
        company.refresh()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert company.served() == 0.5
    company.meanwhile = lambda: None
    run = company.refresh()
    assert (run.outcome, run.is_full_build, company.served()) == (Outcome.published, True, 0.55)
    assert company.built == [Mode.full, Mode.resume]
    assert [row[0] for row in company.asked("select outcome from meta.meta_run order by started_at")
            ] == ["published", "died", "published"]  # fmt: skip


def test_a_run_that_is_killed_after_the_swap_is_known_as_published(company: Company) -> None:
    company.refresh()
    with duckdb.connect(str(company.place.database)) as connection:
        connection.execute(
            "update meta.meta_run set outcome = 'running', exit_code = null, ended_at = null, "
            "published_version = null"
        )
    company.refresh()
    assert company.asked(
        "select outcome from meta.meta_run where published_version is not null"
    ) == [("published",)]


def test_a_failed_build_leaves_the_published_file_and_shows_the_rows(company: Company) -> None:
    company.refresh()
    company.change()
    company.value = 0.6
    company.failures = (
        Failure("test", "no_negative_deal", "tests/data/x.sql", "Got 1 result, configured to fail",
                1, '"w"."test_failures"."no_negative_deal"'),
        Failure("model", "kpi_sales", "models/kpi_sales.sql", "Binder Error: no column a"),
    )  # fmt: skip
    run = company.refresh()
    assert (run.outcome, run.exit_code, run.failed_step) == (Outcome.failed, 4, "build")
    message = error_of(run, BuildError)
    for part in ("no_negative_deal (tests/data/x.sql)", "Secret Ltd",
                 "test_failures.no_negative_deal", "mend models/kpi_sales.sql",
                 "Binder Error: no column a"):  # fmt: skip
        assert part in message
    assert len(message.splitlines()) < 40
    assert company.served() == 0.5
    # Rows may hold people and companies: they go to the terminal, never into a log or a record.
    assert "Secret" not in company.place.log.read_text()
    assert "Secret" not in body(run)
    assert company.asked("select outcome, exit_code, failed_step, tests_failed from meta.meta_run "
                         "where exit_code <> 0") == [("failed", 4, "build", 1)]  # fmt: skip
    company.failures = ()
    assert company.refresh().is_full_build is True
    assert company.built == [Mode.full, Mode.full, Mode.resume]
    assert company.served() == 0.6


def test_an_error_nobody_foresaw_is_recorded_and_raised(company: Company) -> None:
    def broken() -> None:
        raise ZeroDivisionError("oops")

    company.meanwhile = broken
    assert isinstance(company.refresh().error, ZeroDivisionError)
    assert company.asked("select outcome, exit_code, message from meta.meta_run") == [
        ("failed", 1, "ZeroDivisionError: oops")
    ]


def test_a_table_that_shrinks_stops_until_it_is_accepted(company: Company) -> None:
    company.refresh()
    company.change()
    company.rows = 60
    run = company.refresh()
    assert (run.outcome, run.exit_code, run.guards_exceeded) == (Outcome.stopped, 7, 2)
    message = error_of(run, AuditError)
    assert "table core.fct_deal: 100 rows -> 60 rows (-40.0%)" in message
    assert "source demo, opportunity: 100 rows -> 60 rows" in message
    assert "warehouse refresh --accept" in message
    assert company.served("select count(*) from core.fct_deal") == 100
    # Asked again it stops again, and accepting needs no other build.
    assert company.refresh().exit_code == 7
    accepted = company.refresh(accept=True)
    assert (accepted.outcome, accepted.guards_exceeded) == (Outcome.published, 2)
    assert company.served("select count(*) from core.fct_deal") == 60
    assert company.built == [Mode.full, Mode.full]
    assert company.asked(
        "select distinct is_accepted from meta.meta_run_guard "
        f"where is_exceeded and run_id = '{accepted.run_id}'"
    ) == [(True,)]


@pytest.mark.parametrize(("rows", "value"), [(81, 0.69), (130, 0.31)])
def test_what_stays_within_the_bands_is_published(
    company: Company, rows: int, value: float
) -> None:
    company.refresh()
    company.change()
    company.rows, company.value = rows, value
    run = company.refresh()
    assert (run.outcome, run.guards_exceeded) == (Outcome.published, 0)


@pytest.mark.parametrize("value", [0.29, "null"])
def test_a_headline_kpi_that_jumps_stops(company: Company, value: float | str) -> None:
    company.refresh()
    company.change()
    company.value = value
    run = company.refresh()
    shown = "no value" if value == "null" else f"{float(value):.1%}"
    assert f"KPI win_rate: 50.0% (month to 2026-10-31, as published) -> {shown}" in error_of(
        run, AuditError
    )
    assert company.served() == 0.5


def test_a_guard_that_is_not_known_is_refused(company: Company) -> None:
    company.place.project["vars"] = {"guards": {"shrink": 1}}
    run = company.refresh()
    assert run.exit_code == 2
    assert "not shrink" in str(run.error)


def test_a_source_that_stops_to_deliver_is_reported_even_with_nothing_new(company: Company) -> None:
    folder = company.place.inbox / "demo"
    folder.mkdir(parents=True)
    (folder / "deal.csv").write_text("deal_id,name\n1,A\n")
    company.place.project["vars"] = {"crm_sources": {"demo": {"max_age_hours": 24}}}
    assert company.refresh().outcome is Outcome.published
    with duckdb.connect(str(company.place.database)) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_columns() where column_name = 'landed_at'"
        ).fetchall():
            connection.execute(
                f"update {schema}.{table} set landed_at = landed_at - interval '25 hours'"
            )
    run = company.refresh()
    assert (run.outcome, run.exit_code) == (Outcome.stopped, 7)
    assert "source demo: nothing new for 25.0 hours, at most 24 are allowed" in str(run.error)
    assert company.refresh(accept=True).outcome is Outcome.unchanged


def test_a_damaged_warehouse_is_kept_aside_and_loses_no_first_value(
    company: Company, capfd: pytest.CaptureFixture[str]
) -> None:
    company.refresh()
    first = company.served("select published_version from meta.meta_first_published")
    company.place.database.write_bytes(b"power went " * 1000)
    company.value = 0.6
    run = company.refresh()
    assert (run.outcome, run.is_full_build, company.served()) == (Outcome.published, True, 0.6)
    assert company.asked("select value, published_version from meta.meta_first_published") == [
        (0.5, first)
    ]
    assert len(company.asked("select run_id from meta.meta_run")) == 2
    assert list(company.place.root.glob("warehouse.duckdb.unreadable-*"))
    assert "cannot be read" in capfd.readouterr().err


def test_what_a_killed_run_spilled_is_removed(company: Company) -> None:
    """DuckDB removes only what the same process has spilled; the rest would fill the disk."""
    company.refresh()
    spilled = Path(f"{company.place.database}.tmp") / "duckdb_temp_1_0_storage_DEFAULT-0.tmp"
    spilled.parent.mkdir()
    spilled.write_text("Secret Ltd")
    assert company.refresh().outcome is Outcome.unchanged
    assert not spilled.parent.exists()


def test_damage_that_only_the_build_meets_is_repaired_too(company: Company) -> None:
    company.refresh()
    company.change()
    company.failures = (Failure("model", "a", "models/a.sql", "Corrupt database file: computed …"),)

    def mend() -> None:
        if len(company.built) == 3:
            company.failures = ()

    company.meanwhile = mend
    run = company.refresh()
    assert (run.outcome, company.built) == (Outcome.published, [Mode.full, Mode.full, Mode.full])
    assert company.asked("select count(*) from meta.meta_first_published") == [(1,)]


def test_a_warehouse_that_somebody_removed_is_built_with_its_first_values(company: Company) -> None:
    company.refresh()
    company.place.database.unlink()
    company.value = 0.6
    company.refresh()
    assert company.asked("select value from meta.meta_first_published") == [(0.5,)]


def test_a_first_value_that_was_never_seen_is_taken_back(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("warehouse.publish.versions.put_in_place", full_disk)
        run = company.refresh()
    assert (run.exit_code, run.published_version) == (5, None)
    assert "No space left on device" in error_of(run, PublishError)
    assert not list(company.place.root.rglob("*.new*"))
    assert not kept_versions_of(company.place.published)
    company.change()
    company.value = 0.6
    company.refresh()
    assert company.asked("select value from meta.meta_first_published") == [(0.6,)]


def test_a_reader_of_the_warehouse_is_waited_for_and_then_named(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.refresh()
    monkeypatch.setattr(recovery.with_patience, "__defaults__", ((0.05, 0.05),))
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); input()"
    reader = subprocess.Popen(
        [sys.executable, "-c", f"{script.replace('; input()', '')}; print(1, flush=True); input()",
         str(company.place.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    reader.stdout.readline()
    run = company.refresh()
    assert run.exit_code == 1
    assert "is in use by another process" in str(run.error)
    reader.communicate("\n")
    assert company.refresh().exit_code == 0


def test_a_damaged_published_file_is_replaced(company: Company) -> None:
    company.refresh()
    company.place.published.unlink()
    company.place.published.write_bytes(b"damaged")
    run = company.refresh()
    assert (run.outcome, company.built, company.served()) == (Outcome.published, [Mode.full], 0.5)


def test_a_version_nobody_could_read_is_removed(company: Company) -> None:
    company.refresh()
    company.change()
    company.value = 0.6
    company.refresh()
    newest, oldest = kept_versions_of(company.place.published)
    # As if the process had died between writing the version and putting it in place.
    company.place.published.unlink()
    os.link(oldest.path, company.place.published)
    with duckdb.connect(str(company.place.database)) as connection:
        connection.execute(
            "update meta.meta_run set outcome = 'running', published_version = null "
            f"where published_version = '{newest.name}'"
        )
        connection.execute("delete from meta_refresh.state where name = 'published'")
    run = company.refresh()
    assert run.outcome is Outcome.published
    assert [v.name for v in kept_versions_of(company.place.published)] == [
        run.published_version,
        oldest.name,
    ]


def test_versions_are_kept_and_rolled_back_to(company: Company) -> None:
    place = replace(company.place, versions=3)
    company.place = place
    for value in (0.5, 0.51, 0.52, 0.53, 0.54):
        company.change()
        company.value = value
        company.refresh()
    kept = kept_versions_of(place.published)
    assert [version.is_current for version in kept] == [True, False, False]
    with duckdb.connect(str(place.published), read_only=True) as reader:
        assert roll_back(place, None) == (kept[0].name, kept[1].name)
        assert reader.execute("select value from kpi.kpi_sales").fetchone() == (0.54,)
    assert company.served() == 0.53
    assert roll_back(place, kept[2].name) == (kept[1].name, kept[2].name)
    assert company.served() == 0.52
    assert company.asked("select outcome, published_version from meta.meta_run "
                         "where trigger_name = 'rollback' order by started_at") == [
        ("rolled_back", kept[1].name), ("rolled_back", kept[2].name)]  # fmt: skip
    # Nothing new leaves the chosen version alone; new input is published above all of them.
    assert company.refresh().outcome is Outcome.unchanged
    assert company.served() == 0.52
    company.change()
    company.value = 0.6
    run = company.refresh()
    assert company.served() == 0.6
    assert kept_versions_of(place.published)[0].name == run.published_version


def test_versions_go_up_when_the_clock_goes_back(company: Company) -> None:
    version = company.refresh().published_version
    assert version is not None
    earlier = datetime(2001, 1, 1, tzinfo=timezone.utc)
    assert next_version(company.place.published, earlier) == f"{version}-2"


def test_a_large_fact_can_be_left_out_and_parquet_switched_on(company: Company) -> None:
    (company.place.root / "target").mkdir()
    node = {"schema": "core", "alias": "fct_deal", "config": {"meta": {"publish": False}}}
    (company.place.root / "target" / "manifest.json").write_text(json.dumps({"nodes": {"a": node}}))
    company.place = replace(company.place, parquet=company.place.root / "parquet", versions=1)
    company.refresh()
    company.change()
    company.value = 0.6
    run = company.refresh()
    assert (run.outcome, run.guards_exceeded) == (Outcome.published, 0)
    assert company.served("select count(*) from duckdb_tables() where schema_name = 'core'") == 0
    folder = company.place.root / "parquet" / "marts"
    found = duckdb.sql(f"select value from '{folder}/latest/kpi/kpi_sales.parquet'").fetchall()
    assert found == [(0.6,)]
    assert sorted(path.name for path in folder.iterdir()) == [run.published_version, "latest"]


def test_files_are_for_the_owner_and_the_group_only(company: Company) -> None:
    company.refresh()
    for path in (company.place.database, *company.place.published.parent.rglob("*.duckdb")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_notification_that_fails_changes_nothing(company: Company) -> None:
    run = company.refresh()
    assert notify("nonsense", run, "tiny") == "the address of --notify is none that Apprise knows"
    problem = notify("json://user:secret@127.0.0.1:1/", run, "tiny")
    assert problem is not None
    assert "secret" not in problem
    assert run.exit_code == 0
    assert run.published_version is not None
    assert run.published_version in body(run)


def test_the_record_is_described_column_by_column() -> None:
    text = (ROOT / "models" / "crm" / "meta" / "_meta_run__sources.yml").read_text()
    described = {
        (table["name"], column["name"], column["data_type"])
        for table in yaml.safe_load(text)["sources"][0]["tables"]
        for column in table["columns"]
        if table["description"] and column["description"]
    }
    with duckdb.connect() as connection:
        connection.execute(DDL)
        connection.execute(restatement.DDL)
        made = connection.execute(
            "select table_name, column_name, lower(data_type) from duckdb_columns() "
            "where schema_name = 'meta'"
        ).fetchall()
    assert described == set(made)


def restated_world(path: Path, value: float, as_of: str, **inputs: str) -> Path:
    """A warehouse with one KPI and what it was computed from."""
    path.unlink(missing_ok=True)
    months = inputs.get("months", "('invoice', date '2026-09-01', 10, 'a')")
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
        connection.execute(f"""
            create schema kpi; create schema reference;
            create table reference.kpi_definition as
            select 'dso' as metric_name, 'kpi_payments' as kpi_table, 'days' as unit,
                '{inputs.get("formula", "sum")}' as formula, '' as attributed_on,
                '' as time_attribution, 'sum' as aggregation, 'invoice;?payment' as needs_tables,
                '' as edge_cases, 1 as definition_version;
            create table reference.kpi_parameter as
            select 'dso_days' as parameter, {inputs.get("parameter", "90")} as value;
            create table meta.meta_merge_key as
            select 'account' as object_type, '1' as record_id, '2' as survivor_id where false;
            create table meta.meta_input_month as
            select * from (values {months}) as t (table_name, month_start, row_count, checksum);
            create table kpi.kpi_payments as
            select 'dso' as metric_name, 'month' as grain, date '2026-09-01' as period_start,
                date '2026-09-30' as period_end, 'total' as dimension, 'days' as unit,
                {value}::double as value, date '{as_of}' as as_of;
            create table kpi.kpi_scorecard as select 'dso' as metric_name;
            create table meta.meta_first_published as
            select 'dso' as metric_name, 'month' as grain, date '2026-09-01' as period_start,
                'total' as dimension, 40::double as value, date '2026-10-01' as as_of,
                '20261001T000000Z' as published_version
        """)
    return path


@pytest.mark.parametrize(
    ("value", "as_of", "inputs", "cause", "detail"),
    [
        (41, "2026-10-02", {"months": "('invoice', date '2026-09-01', 13, 'b')"},
         "late_rows", "late_rows invoice 2026-09 (+3 rows)"),
        (41, "2026-10-02", {"months": "('invoice', date '2026-09-01', 9, 'b')"},
         "deletion", "deletion invoice 2026-09 (-1 rows)"),
        (41, "2026-10-02", {"months": "('invoice', date '2026-09-01', 10, 'b')"},
         "correction", "correction invoice 2026-09"),
        (41, "2026-10-02", {"formula": "average"}, "definition", "definition dso"),
        (41, "2026-10-02", {"parameter": "30"}, "parameter", "parameter dso_days"),
        # Of another table, or after the period: not what moved it. Time has passed, though.
        (41, "2026-10-02", {"months": "('invoice', date '2026-09-01', 10, 'a'), "
                            "('invoice', date '2026-10-01', 5, 'c'), ('lead', null, 5, 'c')"},
         "matured", None),
        # Without that, another table is the only one that can have.
        (41, "2026-10-01", {"months": "('invoice', date '2026-09-01', 10, 'a'), "
                            "('lead', date '2026-09-01', 5, 'c')"},
         "late_rows", "late_rows lead 2026-09 (+5 rows)"),
        (41, "2026-10-01", {}, "unknown", None),
        (40.05, "2026-10-02", {"months": "('invoice', date '2026-09-01', 13, 'b')"}, None, None),
    ],
)  # fmt: skip
def test_a_restated_value_is_listed_with_what_changed_since(
    tmp_path: Path, value: float, as_of: str, inputs: dict[str, str],
    cause: str | None, detail: str | None,
) -> None:  # fmt: skip
    before = restated_world(tmp_path / "before.duckdb", 40, "2026-10-01")
    now = restated_world(tmp_path / "now.duckdb", value, as_of, **inputs)
    with duckdb.connect(str(now)) as connection:
        restatement.note_changes(connection, before, "20261002T000000Z", None)
        count, news = restatement.restate(connection, "20261002T000000Z")
        rows = connection.execute(
            "select cause, cause_detail, round(difference, 6) from meta.meta_kpi_restatement"
        ).fetchall()
        assert rows == ([] if cause is None else [(cause, detail, value - 40)])
        assert (count, len(news)) == (len(rows), len(rows))
        # Told once: the next refresh lists it and is silent.
        assert restatement.restate(connection, "20261003T000000Z") == (count, [])


TINY_PROJECT = {
    "dbt_project.yml": "name: tiny\nversion: 1.0.0\nprofile: tiny\nmodels: {+materialized: table}\n"
    "data_tests: {+store_failures: true}\non-run-start: [select 1]\n"
    "flags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "tiny: {target: dev, outputs: {dev: {type: duckdb, path: tiny.duckdb}}}\n",
    "models/deal.sql": "select -1 as deal_id\n",
    "models/broken.sql": "select no_such_column\n",
    "models/after.sql": "select * from {{ ref('broken') }}\n",
    "tests/no_negative_deal.sql": "select * from {{ ref('deal') }} where deal_id < 0\n",
}


def test_dbt_says_what_was_built_and_what_failed_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in TINY_PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    report = dbt_build(replace(place_of(ROOT), root=tmp_path), Mode.full, lambda _: None)
    assert (report.models_built, report.tests_passed, report.skipped) == (1, 0, 1)
    found = {failed.name: failed for failed in report.failures}
    assert set(found) == {"broken", "no_negative_deal"}
    assert found["broken"].path == "models/broken.sql"
    assert "no_such_column" in found["broken"].message
    assert found["no_negative_deal"].row_count == 1
    assert "no_negative_deal" in str(found["no_negative_deal"].rows_in)
    assert {result.unique_id: result.verdict.value for result in report.results} == {
        "model.tiny.deal": "built",
        "model.tiny.broken": "failed",
        "model.tiny.after": "skipped",
        "test.tiny.no_negative_deal": "failed",
    }


AFTER = """
{{ config(materialized='incremental') }}
select VALUE as value from {{ ref('broken') }}
"""


def test_what_has_no_room_beside_others_is_built_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The models that were built are kept, what failed is tried once more, then it is said so."""
    hungry = (
        "select 1 as a {% if execute and target.threads > LIMIT %}"
        "where error('Out of Memory Error: full'){% endif %}\n"
    )
    project = {
        **TINY_PROJECT,
        "dbt_project.yml": TINY_PROJECT["dbt_project.yml"].replace(
            "select 1", '"{{ begin_memory() }}"'
        ),
        "profiles.yml": TINY_PROJECT["profiles.yml"].replace("type:", "threads: 2, type:"),
        "models/deal.sql": "select 1 as deal_id\n",
        "models/broken.sql": hungry.replace("LIMIT", "2"),
        "models/after.sql": AFTER.replace("VALUE", "1"),
    }
    engine = ROOT / "macros" / "engine"
    project |= {f"macros/{name}.sql": (engine / f"{name}.sql").read_text()
                for name in ("unchanged", "materializations")}  # fmt: skip
    for name, content in project.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    place = replace(place_of(ROOT), root=tmp_path)
    told: list[str] = []
    report = dbt_build(place, Mode.full, told.append)
    assert (report.models_built, report.is_one_by_one, report.failures) == (3, False, ())

    # The second time it needs the room alone; what waited for it is built anew like the rest.
    (tmp_path / "models/broken.sql").write_text(hungry.replace("LIMIT", "1"))
    (tmp_path / "models/after.sql").write_text(AFTER.replace("VALUE", "2"))
    report = dbt_build(place, Mode.full, told.append)
    assert report.is_one_by_one
    assert "out of memory; building the rest one at a time" in told
    assert (report.models_built, report.tests_passed, report.failures) == (3, 1, ())
    with duckdb.connect("tiny.duckdb") as connection:
        assert connection.execute(
            "select count(*) from meta_refresh.unchanged_node"
        ).fetchone() == (3,)
        assert connection.execute("select value from after").fetchall() == [(2,)]

    (tmp_path / "models/broken.sql").write_text(hungry.replace("LIMIT", "0"))
    report = dbt_build(place, Mode.incremental, told.append)
    assert ([failed.name for failed in report.failures], report.skipped) == (["broken"], 1)
    assert "WAREHOUSE_MEMORY" in failure.explain(report, None)


DBT_COMPANY = {
    "dbt_project.yml": TINY_PROJECT["dbt_project.yml"].replace(
        "select 1", '"{{ begin_memory() }}"'
    ) + "vars: {guards: {jump_share: null, jump_points: null, shrink_share: null}}\n",
    "models/deal.sql": "select deal_id, amount::double as amount from raw_crm.deal\n",
    "models/total.sql": "select sum(amount) as total from {{ ref('deal') }}\n",
    "models/rate.sql": "select rate from read_csv('rate.csv')\n",
    "models/converted.sql": "select total * rate as converted "
    "from {{ ref('total') }} cross join {{ ref('rate') }}\n",
    "models/history.sql": "{{ config(materialized='incremental') }}\n"
    "select total from {{ ref('total') }}\n",
    "tests/no_negative_deal.sql": "select * from {{ ref('deal') }} where amount < 0\n",
}  # fmt: skip


class DbtCompany(Company):
    """A company whose build is dbt's, of a few models on a delivered table and on a file."""

    MODELS = ("converted", "deal", "history", "rate", "total")

    def __init__(self, root: Path) -> None:
        database = root / "warehouse.duckdb"
        engine = ROOT / "macros" / "engine"
        profile = TINY_PROJECT["profiles.yml"].replace("tiny.duckdb", str(database))
        project = {
            **DBT_COMPANY,
            "profiles.yml": profile.replace("type:", "threads: 1, type:"),
            **{f"macros/{name}.sql": (engine / f"{name}.sql").read_text()
               for name in ("unchanged", "materializations")},
        }  # fmt: skip
        for name, content in project.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(content)
        place = replace(place_of(root), sources=("crm",), log=root / "logs" / "refresh.jsonl")
        super().__init__(place)
        self.made: set[str] = set()
        self.deliver("deal.csv", "1,10\n2,20\n")
        self.find_rate()

    def deliver(self, name: str, rows: str) -> None:
        folder = self.place.inbox / "crm"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("deal_id,amount\n" + rows)

    def find_rate(self) -> None:
        (self.place.root / "rate.csv").write_text("rate\n2\n")

    def lose_rate(self) -> None:
        """Make one model fail, by nothing that is a part of the project."""
        (self.place.root / "rate.csv").unlink()

    def build(self, place: Place, mode: Mode, progress: Callable[[str], None]) -> BuildReport:
        """Build; `made` are the names of the models that were built and not kept."""
        super().build(place, mode, progress)
        report = dbt_build(place, mode, progress)
        self.made = {
            node.unique_id.split(".")[2] for node in report.results if node.verdict is Verdict.built
        }
        return report

    def tables(self) -> dict[str, list[Any]]:
        return {name: self.asked(f"from {name} order by all") for name in self.MODELS}

    def assert_as_from_scratch(self) -> None:
        """The tables are those of a warehouse that was never there before."""
        tables = self.tables()
        assert all(tables.values())
        self.place.database.unlink()
        assert self.refresh().exit_code == 0
        assert self.made == set(self.MODELS)
        assert self.tables() == tables


@pytest.fixture
def dbt_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DbtCompany:
    monkeypatch.chdir(tmp_path)
    return DbtCompany(tmp_path)


@pytest.mark.parametrize("delivered", [False, True], ids=["nothing_new", "new_rows"])
def test_after_a_failed_build_only_the_rest_is_built(
    dbt_company: DbtCompany, capfd: pytest.CaptureFixture[str], delivered: bool
) -> None:
    company = dbt_company
    company.lose_rate()
    failed = company.refresh()
    assert (failed.exit_code, company.made) == (4, {"deal", "total", "history"})
    company.find_rate()
    if delivered:
        company.deliver("deal.20261102T0000.delta.csv", "3,30\n")
    run = company.refresh()
    assert (run.outcome, run.is_full_build) == (Outcome.published, True)
    # An incremental table has no memory: it may hold rows of both builds, and is made as a whole.
    rest = {"rate", "converted", "history"}
    assert company.made == (rest | {"deal", "total"} if delivered else rest)
    said = capfd.readouterr().err
    assert ("all anew" in said) is delivered
    assert ("2 models kept from before" in said) is not delivered
    company.assert_as_from_scratch()


#: Refreshes the folder it is started in, and is killed once two models are built.
KILLED = """
import os
from pathlib import Path
from rich.console import Console
import test_refresh
from warehouse.refresh import Options, refresh
from warehouse.refresh.build import dbt_build

def build(place, mode, progress):
    return dbt_build(place, mode, lambda done: done.startswith("2 ") and os._exit(9))

refresh(test_refresh.DbtCompany(Path.cwd()).place, Options(), Console(), build)
"""


def test_a_first_build_that_is_killed_is_continued(dbt_company: DbtCompany) -> None:
    company = dbt_company
    killed = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=company.place.root, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert killed.returncode == 9, killed.stderr
    assert company.refresh().outcome is Outcome.published
    assert company.made < set(company.MODELS)
    company.assert_as_from_scratch()


def test_an_incremental_build_that_failed_is_continued(dbt_company: DbtCompany) -> None:
    """A test found rows; their correction is delivered and followed, the rest stays."""
    company = dbt_company
    assert company.refresh().exit_code == 0
    company.deliver("deal.20261102T0000.delta.csv", "3,-30\n")
    failed = company.refresh()
    assert (failed.exit_code, failed.is_full_build) == (4, False)
    assert company.refresh().exit_code == 4  # what failed is asked again
    company.deliver("deal.20261103T0000.csv", "1,10\n2,20\n3,30\n")
    run = company.refresh()
    assert (run.outcome, run.is_full_build) == (Outcome.published, True)
    assert company.made == {"deal", "total", "converted", "history"}
    company.assert_as_from_scratch()


@pytest.mark.parametrize("full", [False, True], ids=["changed", "full"])
def test_after_a_failed_build_a_changed_project_and_full_build_everything(
    dbt_company: DbtCompany, full: bool
) -> None:
    company = dbt_company
    company.lose_rate()
    assert company.refresh().exit_code == 4
    company.find_rate()
    if not full:
        # Nothing that the SQL of a table shows.
        (company.place.root / "models" / "_models.yml").write_text("models: [{name: deal}]\n")
    assert company.refresh(full=full).outcome is Outcome.published
    assert company.made == set(company.MODELS)


def test_a_full_build_that_ended_before_dbt_began_is_still_to_be_made(
    dbt_company: DbtCompany,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("oops")

    company = dbt_company
    assert company.refresh().exit_code == 0
    company.meanwhile = broken
    assert isinstance(company.refresh(full=True).error, ZeroDivisionError)
    company.meanwhile = lambda: None
    assert company.refresh().outcome is Outcome.published
    assert company.made == set(company.MODELS)


def test_the_demo_is_published_by_the_command_and_then_nothing_is_new(
    built: Built, tmp_path: Path
) -> None:
    root = copy_project(tmp_path, built.target)
    shutil.copy(built.database, root / "warehouse.duckdb")
    place = place_of(root)
    # What `make build` built counts as built: the build itself is not tried again here.
    with duckdb.connect(str(place.database)) as connection:
        write_state(connection, built=str(fingerprint(place, connection)))
    first = run_warehouse("refresh", "--trigger", "test", root=root)
    assert first.returncode == 0, first.stderr + first.stdout
    assert "version 20" in first.stdout
    started = datetime.now(timezone.utc)
    second = run_warehouse("refresh", root=root)
    assert second.returncode == 0, second.stderr
    assert "nothing new" in second.stdout
    print(f"nothing new: {datetime.now(timezone.utc) - started}")
    with duckdb.connect(str(place.published), read_only=True) as connection:
        kept = connection.execute(
            "select count(*) from meta.meta_first_published as kept "
            "inner join meta.meta_run as runs using (published_version)"
        ).fetchone()
    assert kept is not None
    assert kept[0] > 100_000
    versions = run_warehouse("versions", root=root)
    assert "served" in versions.stdout
    with refresh_lock(place.database, "a refresh (test)"):
        blocked = run_warehouse("refresh", root=root)
    assert blocked.returncode == RefreshRunningError.exit_code
    assert "a refresh (test) runs since" in blocked.stderr
