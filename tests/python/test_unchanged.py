"""What WAREHOUSE_KEEP_UNCHANGED leaves is what a build from scratch makes.

A small project with the real materializations, and a history with late rows, corrections, deletions
and merges; in `make test-full` the demo with such a history too.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import FULL, ROOT, copy_project, dbt_here, run_dbt, run_warehouse
from replay import Project, Replay

PROJECT = """\
name: small
profile: small
macro-paths: [macros]
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
data_tests: {+store_failures: true, +schema: failures}
on-run-start: ["{{ begin_memory() }}"]
"""
PROFILES = """\
small:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('WAREHOUSE_DB') }}", threads: 2}
"""
FILES = {
    "models/crm/crm_account.sql": """
        select account_id, region from raw_crm.account where not is_deleted and master_id is null
    """,
    "models/crm/crm_activity.sql": """
        select activity_id, coalesce(account.master_id, activity.account_id) as account_id, minutes
        from raw_crm.activity as activity
        left join raw_crm.account as account on activity.account_id = account.account_id
    """,
    "models/marts/account_minutes.sql": """
        select account.account_id, account.region, sum(activity.minutes) as minutes
        from {{ ref('crm_account') }} as account
        inner join {{ ref('crm_activity') }} as activity on account.account_id = activity.account_id
        group by all
    """,
    "models/marts/region_minutes.sql": """
        select region, sum(minutes) as minutes, count(*) as accounts
        from {{ ref('account_minutes') }} group by all
    """,
    "models/marts/region_accounts.sql": """
        select names.name, count(*) as accounts
        from {{ ref('crm_account') }} as account
        inner join {{ ref('names') }} as names on account.region = names.region
        group by all
    """,
    "models/marts/is_busy.sql": """
        select region, minutes > 100 as is_busy from {{ ref('region_minutes') }}
    """,
    "models/marts/busy_count.sql": "select count_if(is_busy) as n from {{ ref('is_busy') }}",
    "seeds/names.csv": "region,name\nN,North\nS,South\n",
    "tests/no_region_is_tired.sql": """
        select * from {{ ref('region_minutes') }} where minutes > 1000000
    """,
}
MARTS = {"account_minutes", "region_minutes", "region_accounts", "is_busy", "busy_count"}


class Small:
    """The project in a folder, with its warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "small.duckdb"
        shutil.copytree(ROOT / "macros" / "engine", folder / "macros")
        files = {"dbt_project.yml": PROJECT, "profiles.yml": PROFILES, **FILES}
        for name, text in files.items():
            self.write(name, text)
        self.sql("create schema raw_crm")
        self.sql(
            "create table raw_crm.account as select 'A' || range as account_id, "
            "if(range % 2 = 0, 'N', 'S') as region, null::varchar as master_id, "
            "false as is_deleted from range(8)"
        )
        self.sql(
            "create table raw_crm.activity as select 'V' || range as activity_id, "
            "'A' || (range % 8) as account_id, range % 9 as minutes from range(64)"
        )

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(statement).fetchall()

    def build(self, *arguments: str, keep: bool = True, succeeds: bool = True) -> set[str]:
        """Build; the names of the marts that were built and not kept."""
        result = dbt_here(
            self.folder,
            "build",
            *arguments,
            WAREHOUSE_DB=str(self.database),
            WAREHOUSE_KEEP_UNCHANGED="true" if keep else "",
        )
        assert result.success == succeeds, result.exception
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        return {
            name
            for one in results
            if (name := one["unique_id"].split(".")[2]) in MARTS and one["message"] != "UNCHANGED"
        }

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        return {name: self.sql(f"from {name} order by all") for name in sorted(MARTS)}


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


def test_only_what_can_have_changed_is_built(small: Small) -> None:
    assert small.build() == MARTS
    assert small.build() == set()
    # 1 minute more changes the sums, and nobody's being busy.
    small.sql("update raw_crm.activity set minutes = minutes + 1 where activity_id = 'V8'")
    assert small.build() == {"account_minutes", "region_minutes", "is_busy"}
    small.write("seeds/names.csv", "region,name\nN,North\nS,Sud\n")
    assert small.build() == {"region_accounts"}
    small.write(
        "models/marts/busy_count.sql", "select 1 + count_if(is_busy) as n from {{ ref('is_busy') }}"
    )
    assert small.build() == {"busy_count"}
    small.sql("drop table is_busy")
    assert small.build() == {"is_busy"}
    # Whatever another dbt command may have done: nothing is taken for known after it.
    small.build("--select", "busy_count", keep=False)
    assert small.build() == MARTS
    assert small.build("--full-refresh") == MARTS


def test_a_test_that_failed_is_asked_again_and_one_that_passed_is_not(small: Small) -> None:
    asked = "select count(*) from meta_refresh.unchanged_node where node_id like 'test.%'"
    small.build()
    assert small.sql(asked) == [(1,)]
    small.sql("update raw_crm.activity set minutes = 2000000 where activity_id = 'V8'")
    small.build(succeeds=False)
    assert small.sql(asked) == [(0,)]
    small.build(succeeds=False)
    small.sql("update raw_crm.activity set minutes = 1 where activity_id = 'V8'")
    small.build()
    assert small.sql(asked) == [(1,)]


CHANGES = (
    "insert into raw_crm.activity values ('L{n}', 'A{a}', {n})",
    "update raw_crm.activity set minutes = {n} where activity_id = 'V{v}'",
    "delete from raw_crm.activity where activity_id = 'V{v}'",
    "update raw_crm.account set master_id = 'A0' where account_id = 'A{b}'",
    "update raw_crm.account set master_id = null where account_id = 'A{b}'",
    "update raw_crm.account set is_deleted = not is_deleted where account_id = 'A{a}'",
    "update raw_crm.account set region = if(region = 'N', 'S', 'N') where account_id = 'A{a}'",
)


def test_a_history_in_slices_ends_like_a_build_from_scratch(small: Small) -> None:
    chance = random.Random(20261125)
    small.build()
    kept = 0
    for _ in range(4 if FULL else 2):
        for change in chance.sample(CHANGES, chance.randint(0, 2)):
            small.sql(
                change.format(
                    n=chance.randrange(99),
                    v=chance.randrange(64),
                    a=chance.randrange(8),
                    b=chance.randrange(1, 8),
                )
            )
        kept += len(MARTS - small.build())
        in_slices = small.tables()
        scratch = small.folder / "scratch.duckdb"
        shutil.copy(small.database, scratch)
        small.build(keep=False)
        assert in_slices == small.tables()
        shutil.move(scratch, small.database)
    assert kept > 0


#: The demo's facts of which some rows come late.
LATE = ("activity", "login_history", "feedback", "payment")
#: Two deliveries of changes, the later one first.
NIGHTS = ("20300103T0200", "20300102T0200")


def demo_in_slices(chance: random.Random) -> list[dict[str, list[dict[str, str]]]]:
    """The demo as a full export that lacks some rows, and deltas that bring them, correct deals,
    delete one and merge accounts; every slice as file name without ending -> rows."""
    slices: list[dict[str, list[dict[str, str]]]] = [{}, {}, {}]
    for file in sorted((ROOT / "seeds" / "demo").glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        parts: list[list[dict[str, str]]] = [[], [], []]
        for row in rows:
            late = file.stem in LATE and chance.random() < 0.03
            parts[chance.choice((1, 2)) if late else 0].append(row)
        if file.stem == "opportunity":
            for part in parts[1:]:
                for row in chance.sample([row for row in rows if row["net_amount"]], 20):
                    part.append({**row, "net_amount": f"{float(row['net_amount']) * 1.1:.2f}"})
                part.append({**chance.choice(rows), "is_deleted": "true"})
        if file.stem == "account":
            one, other = chance.sample([row for row in rows if not row["master_account_id"]], 2)
            parts[2].append({**one, "master_account_id": other["account_id"]})
        slices[0][f"{file.stem}.20300101T0200"] = parts[0]
        for number, night in enumerate(NIGHTS, start=1):
            if parts[number]:
                slices[number][f"{file.stem}.{night}.delta"] = parts[number]
    return slices


@pytest.mark.skipif(not FULL, reason="builds the whole project: make test-full")
def test_the_demo_in_slices_ends_like_a_build_from_scratch(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    inbox = root / "inbox" / "simulated"
    inbox.mkdir(parents=True)
    for files in demo_in_slices(random.Random(20261126)):
        for name, rows in files.items():
            with (inbox / f"{name}.csv").open("w", newline="", encoding="utf-8") as opened:
                writer = csv.DictWriter(opened, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        result = run_warehouse("refresh", "--accept", root=root, WAREHOUSE_SOURCES="simulated")
        assert result.returncode == 0, result.stdout + result.stderr
    # What is published goes through dbt too, and leaves a manifest of its own.
    compiled = run_dbt("compile", root=root, WAREHOUSE_SOURCES="simulated")
    assert compiled.returncode == 0, compiled.stdout[-4000:]
    project = Project.read(root / "target" / "manifest.json")
    with Replay.of_copy(project, root / "warehouse.duckdb", tmp_path) as replay:
        [(last_built,)] = replay.connection.execute(
            "select models_built from meta.meta_run order by started_at desc limit 1"
        ).fetchall()
        assert 0 < last_built < len(list(project.models()))
        # What was published first is of the day it was published, and so is what is made of it.
        published = {model.unique_id for model in project.models() if model.is_kept}
        models = [m for m in project.models() if not project.upstream(m) & published]
        assert len(models) > 350
        kept = {model.name: replay.fingerprint(model) for model in models}
        for model in models:
            replay.create(model, model.sql)
        assert [m.name for m in models if not replay.fingerprint(m).is_like(kept[m.name])] == []
