"""`warehouse bench`: what it measures, with the long steps replaced by short ones."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pytest

from conftest import ROOT
from warehouse.bench import Commands, Settings, as_lines, own_commands, run_bench, write_json
from warehouse.bench.floor import FACT_DATES, write_floor
from warehouse.bench.process import run_measured
from warehouse.bench.queries import percentile, time_queries
from warehouse.errors import WarehouseError

# Stands in for land, build and publish: the demo is what it publishes, whatever was delivered.
PUBLISH = """
import os, pathlib, sys
assert os.environ["WAREHOUSE_SOURCES"] == "simulated"
assert "WAREHOUSE_DB" not in os.environ
here = pathlib.Path.cwd()
(here / "published").mkdir(exist_ok=True)
(here / "warehouse.duckdb").write_bytes(b"warehouse")
(here / "published" / "fresh").symlink_to(sys.argv[1])
(here / "published" / "fresh").replace(here / "published" / "marts.duckdb")
files = len(list((here / "inbox" / "simulated").iterdir()))
(here / "logs").mkdir(exist_ok=True)
with (here / "logs" / "refresh.jsonl").open("a") as log:
    print(f'{{"event": "step", "step": "land", "seconds": {files}}}', file=log)
"""


def count(relation: str) -> int:
    row = duckdb.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])


def test_a_small_company_is_measured_and_nothing_else_is_touched(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_DB", "the_users_own.duckdb")
    own = own_commands()
    publish = (sys.executable, "-c", PUBLISH, str(demo))
    commands = Commands(own.simulate, own.floor, publish)
    root_before = sorted(path.name for path in ROOT.iterdir())

    told: list[tuple[str, int]] = []
    report = run_bench(
        ROOT,
        tmp_path / "bench",
        Settings(0.002, query_rounds=2),
        commands,
        lambda so_far, step: told.append((step, len(so_far.steps))),
    )

    # A step that fails leaves the figures of those before it.
    assert told[:3] == [("simulate", 0), ("floor", 1), ("first refresh", 2)]
    assert sorted(path.name for path in ROOT.iterdir()) == root_before
    steps = {step.name: step for step in report.steps}
    assert list(steps) == [
        "simulate",
        "floor",
        "first refresh",
        "  land",
        "refresh, nothing new",
        "refresh, 0.1% new",
        "refresh, 1.0% new",
    ]
    # Every table was there for the first refresh.
    assert steps["  land"].seconds == 25 == len(report.rows)
    floor = steps["floor"].seconds
    assert steps["refresh, 1.0% new"].floors == steps["refresh, 1.0% new"].seconds / floor
    assert 20e6 < (steps["floor"].peak_bytes or 0) < 4e9
    assert report.queries["alone"]["queries"] == 20
    assert report.queries["alone"]["failed"] == 0
    assert report.queries["during a refresh"]["failed"] == 0

    # Rows that were kept back are new, each delta newer than the one before.
    folder = tmp_path / "bench"
    for table, moment in FACT_DATES.items():
        base, small, large = (
            f"'{folder}/{part}/{table}.parquet'" for part in ("base", "delta_0", "delta_1")
        )
        assert count(small) <= count(large) <= max(1, round(0.0101 * count(base)) + 1), table
        if table in ("activity", "login_history", "campaign_member"):
            key = {"activity": "activity_id", "login_history": "login_id"}.get(table, "*")
            whole = f"(from {base} union all from {small} union all from {large})"
            assert count(whole) == count(f"(select distinct {key} from {whole})"), table
            before_large = f"<= (select min({moment}) from {large})"
            found = duckdb.execute(
                f"select (select max({moment}) from {base}) {before_large}, "
                f"(select max({moment}) from {small}) {before_large}"
            ).fetchone()
            assert found is not None
            assert False not in found, table
            assert True in found or table != "activity"

    write_json(report, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["peak_bytes"] == report.peak_bytes
    assert written["steps"][1]["name"] == "floor"
    lines = as_lines(report)
    assert lines[0].startswith(f"scale 0.002: {sum(report.rows.values()):,} rows in 25 tables")
    assert any(line.startswith("refresh, 0.1% new") for line in lines)


def test_the_dates_of_the_floor_are_those_of_the_contract() -> None:
    contract = (ROOT / "macros" / "contract" / "crm_contract.sql").read_text()
    found, table = {}, ""
    for line in contract.splitlines():
        if line.startswith("    '") and line.endswith(": {"):
            table = line.split("'")[1]
        if line.strip().startswith("'dated_by': '"):
            found[table] = line.split("'")[3]
    assert {table: found[table] for table in FACT_DATES} == FACT_DATES
    assert set(found) - set(FACT_DATES) == {"campaign"}  # a handful of rows


def test_the_floor_writes_every_row_and_counts_the_months(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    folder.mkdir()
    activity = folder / "activity.parquet"
    duckdb.execute(
        "copy (select 'a' || i as activity_id, timestamp '2026-01-31' + to_days(i::int) as "
        f"started_at from range(3) as t(i)) to '{activity}' (format parquet)"
    )
    write_floor(folder, tmp_path / "floor.duckdb", "1", "1GB")
    with duckdb.connect(str(tmp_path / "floor.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.activity").fetchone() == (3,)
        months = connection.execute("from monthly.activity order by all").fetchall()
    assert [(str(month)[:7], rows) for month, rows in months] == [("2026-01", 1), ("2026-02", 2)]


def test_a_step_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "print('no such table'); raise SystemExit(4)")
    with pytest.raises(WarehouseError, match="ended with 4:\nno such table"):
        run_measured(argv, tmp_path, {}, tmp_path / "log")


def test_memory_of_a_step_is_its_own(tmp_path: Path) -> None:
    take = "block = bytearray(300_000_000)"
    large = run_measured((sys.executable, "-c", take), tmp_path, {}, tmp_path / "log")
    small = run_measured((sys.executable, "-c", ""), tmp_path, {}, tmp_path / "log")
    assert small.peak_bytes < 50e6 < 300e6 < large.peak_bytes < 500e6


def test_queries_that_fail_are_counted(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "marts.duckdb")).close()
    timings = time_queries(
        tmp_path / "marts.duckdb", lambda rounds: rounds < 2, queries=("select 1", "from nothing")
    )
    assert len(timings.seconds) == len(timings.errors) == 2
    assert "nothing" in str(timings.as_json()["first_error"])


def test_the_percentile_is_an_observed_value() -> None:
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95
    assert percentile([3.0], 0.95) == 3
