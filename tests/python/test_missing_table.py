"""Any table of the contract may be missing: the build stays green, and exactly the KPIs that need
the table say `no_data`.

The demo company is landed as an export of a source in the contract's shape, once with every table
and then once without each. Only what depends on the missing table is built again (`replay`); two
builds by dbt, with the table left out of the source's list, prove that this is the same."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
import yaml

from conftest import FULL, ROOT, copy_project, copy_slice, run_dbt
from replay import Failure, Project, Replay

EXPORT = "simulated"
# In short the demo itself stands for the export: then nothing is compiled and built to begin with.
SOURCE = EXPORT if FULL else "demo"
TABLES = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["crm_sources"][EXPORT][
    "tables"
]

# A fallback of the catalogue that finds nothing to fall back on in the demo, with what it says.
SLA_METRICS = (
    "sla_compliance_rate",
    "sla_time_ratio",
    "sla_faster_than_agreed_rate",
    "sla_breach_overrun_minutes",
    "sla_at_risk_open_count",
    "sla_watermelon_rate",
)
NO_FALLBACK = {
    # Calendar-clock promises go on; the demo has business-clock ones in every period, and a total
    # without them would be another figure (build notes, B6).
    **{("business_hours", name): "business clock without business_hours" for name in SLA_METRICS},
    **{("field_history", name): "pauses without field_history" for name in SLA_METRICS},
    # One of its inputs is no_data then.
    ("field_history", "premium_readiness_flag"): "pauses without field_history",
    # The value of a customer is net of what winning it cost.
    ("cost_entry", "customer_lifetime_value_net"): "no customer has a known value",
    # CM2 would do, but an invoice without a cost of its own has its cost share from the contract.
    ("contract_line", "value_weighted_churn_rate"): "neither CM2 nor MRR is known",
}


class Reading(NamedTuple):
    """A KPI (its total) or one of its variants."""

    metric: str
    variant: str | None


@dataclass(frozen=True)
class Published:
    """What an area table shows of a reading, over all its periods."""

    rows: int
    no_data_rows: int
    values: int
    reasons: str

    @property
    def says_no_data(self) -> bool:
        return self.rows == self.no_data_rows


@pytest.fixture(scope="module")
def export(
    tmp_path_factory: pytest.TempPathFactory, project: Project, demo: Path
) -> Iterator[tuple[Replay, dict[Reading, Published]]]:
    """The demo company, and what was published of it; in `make test-full` landed and built as a
    source of its own."""
    folder = tmp_path_factory.mktemp("export")
    if FULL:
        result = run_dbt("compile", root=copy_project(folder), WAREHOUSE_SOURCES=EXPORT)
        assert result.returncode == 0, result.stdout[-4000:]
        project = Project.read(folder / "target" / "manifest.json")
    with Replay.of_copy(project, demo, folder) as replay:
        # What the demo published stays out of it: this source has published nothing yet.
        kept = [model for model in project.models() if model.is_kept]
        for model in kept:
            replay.connection.execute(f"delete from {model.relation}")
        if FULL:
            land(replay.connection)
            for model in project.models():
                if not model.is_kept:
                    replay.create(model, model.sql)
            assert not list(replay.failures())
        else:
            replay.build({model.unique_id for model in kept})
        replay.remember()
        yield replay, published(replay)


def land(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"create schema raw_{EXPORT}")
    for table in TABLES:
        connection.execute(
            f"create table raw_{EXPORT}.{table} as select *, '{table}.csv' as _source_file, "
            "row_number() over () as _source_row, timestamp '2026-01-01' as _loaded_at "
            f"from raw_demo.{table}"
        )


def published(replay: Replay) -> dict[Reading, Published]:
    found = {}
    for node in replay.project.area_tables().values():
        for metric, variant, *figures in replay.connection.execute(
            "select metric_name, case when dimension = 'variant' then dimension_value end, "
            "count(*), count_if(value_status = 'no_data'), count(value), "
            "coalesce(string_agg(distinct status_reason, '; '), '') "
            f"from {node.relation} where dimension in ('total', 'variant') group by all"
        ).fetchall():
            found[Reading(metric, variant)] = Published(*figures)
    return found


def needs() -> dict[Reading, list[set[str]]]:
    """`a;b|c;?d` of the registry: each requirement with the tables of which any will do."""

    def requirements(text: str) -> list[set[str]]:
        return [set(part.strip().split("|")) for part in text.split(";") if part[:1] not in "?"]

    reference = ROOT / "seeds" / "reference"
    with (reference / "kpi_definition.csv").open(newline="", encoding="utf-8") as file:
        found = {
            Reading(row["metric_name"], None): requirements(row["needs_tables"])
            for row in csv.DictReader(file)
        }
    with (reference / "kpi_variant.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            own = requirements(row["needs_tables"])
            found[Reading(row["metric_name"], row["variant"])] = (
                own or found[Reading(row["metric_name"], None)]
            )
    return found


def leave_out(replay: Replay, table: str) -> set[str]:
    """Empty a landed table and build what depends on it; gives the tables that are different."""
    replay.connection.execute(
        f"create or replace table raw_{SOURCE}.{table} as "
        f"select * from raw_{SOURCE}.{table} where false"
    )
    readers = {
        model.unique_id: model.sql
        for model in replay.project.models()
        if f'"raw_{SOURCE}"."{table}"' in model.sql
    }
    assert readers
    return replay.build(set(), readers)


def failures(replay: Replay, different: set[str]) -> Iterator[Failure]:
    """The data tests that are red. Two of them ask of the demo alone that everything is filled; of
    an export they do not, so neither of the demo that stands for it."""
    for failure in replay.failures(different):
        if not FULL and failure.test.startswith("kpi_is_filled_"):
            continue
        if not FULL and failure.test.startswith("kpi_matches_registry_"):
            test = next(node for node in replay.project.tests() if node.name == failure.test)
            asked_of_any = f"from ({test.sql}) where not regexp_matches(problem, ?)"
            if not replay.connection.execute(
                asked_of_any, ["^(dimension|variant) missing: "]
            ).fetchall():
                continue
        yield failure


def wrong_readings(
    table: str, before: dict[Reading, Published], after: dict[Reading, Published]
) -> list[str]:
    """Where a KPI that needs the table shows a value, or one that does not says no_data."""
    wrong = []
    required = needs()
    for reading, was in before.items():
        now = after.get(reading, Published(0, 0, 0, ""))
        name = f"{reading.metric} {reading.variant or ''}".strip()
        if {table} in required[reading]:
            if not now.says_no_data or now.values:
                wrong.append(f"{name} needs {table} and has {now.values} values")
            # A variant is published where it was observed, a total in every period.
            if reading.variant is None and f"missing: {table}" not in now.reasons:
                wrong.append(f"{name} does not say that {table} is missing: {now.reasons}")
        elif reading.variant is None:
            if now.says_no_data and not was.says_no_data:
                reason = NO_FALLBACK.get((table, reading.metric))
                if reason is None or reason not in now.reasons:
                    wrong.append(f"{name} does not need {table}: {now.reasons}")
            if now.rows == 0:
                wrong.append(f"{name} has no total any more")
    return wrong


# In short: a table many KPIs need, two that others fall back on, and one of a single area.
LEFT_OUT = [table for table in TABLES if table != "account"]
SHORT = ["contract_line", "field_history", "payment", "quote"]


@pytest.mark.parametrize("table", LEFT_OUT if FULL else SHORT)
def test_exactly_the_kpis_that_need_a_missing_table_say_no_data(
    export: tuple[Replay, dict[Reading, Published]], table: str
) -> None:
    replay, before = export
    with replay.undone():
        different = leave_out(replay, table)
        assert replay.project.model("meta_table_coverage").unique_id in different
        assert not list(failures(replay, different))
        assert not wrong_readings(table, before, published(replay))


def test_every_area_table_is_looked_at(export: tuple[Replay, dict[Reading, Published]]) -> None:
    replay, before = export
    listed = (ROOT / "macros" / "kpi" / "area_tables.sql").read_text()
    assert replay.project.area_tables()
    for area, node in replay.project.area_tables().items():
        assert f"'{area}': '{node.name}'" in listed
    assert listed.count("'kpi_") == len(replay.project.area_tables())
    assert len(TABLES) == 25
    required = needs()
    assert {reading.metric for reading in before} == {
        reading.metric
        for reading in required
        if reading.variant is None and area_of(reading.metric) in replay.project.area_tables()
    }


def area_of(metric: str) -> str:
    with (ROOT / "seeds" / "reference" / "kpi_definition.csv").open(
        newline="", encoding="utf-8"
    ) as file:
        return next(row["area"] for row in csv.DictReader(file) if row["metric_name"] == metric)


@pytest.mark.skipif(not FULL, reason="builds every table again: make test-full")
def test_replaying_what_did_not_change_gives_the_same_tables(
    project: Project, demo: Path, tmp_path: Path
) -> None:
    with Replay.of_copy(project, demo, tmp_path) as replay:
        replay.remember()
        models = [model for model in project.models() if model.is_built]
        assert len(models) > 150
        # Every model is created again, also those whose parents came out as before.
        different = replay.build(set(), {model.unique_id: model.sql for model in models})
        assert {project.nodes[key].name for key in different} == set()
        assert not list(replay.failures())


def build_without(
    table: str, model: str, project: Project, demo: Path, root: Path
) -> tuple[int, str, Path]:
    """What dbt does with the same export when the source does not list the table. It builds this
    model and what it is made of, in `make test-full` the whole project."""
    root = copy_project(root) if FULL else copy_slice(root, project, [model], [EXPORT])
    database = root / "warehouse.duckdb"
    shutil.copy(demo, database)
    with duckdb.connect(str(database)) as connection:
        land(connection)
        connection.execute(f"drop table raw_{EXPORT}.{table}")
        for schema in ("raw_demo", "crm", "meta", "intermediate", "core", "kpi"):
            connection.execute(f"drop schema {schema} cascade")
    source = {"shape": "contract", "currency": "EUR", "tables": [t for t in TABLES if t != table]}
    result = run_dbt(
        "build",
        "--exclude-resource-type",
        "unit_test",
        "--vars",
        json.dumps({"crm_sources": {EXPORT: source}}),
        root=root,
        WAREHOUSE_SOURCES=EXPORT,
    )
    return result.returncode, result.stdout, database


def test_a_build_without_the_table_publishes_what_the_replay_did(
    export: tuple[Replay, dict[Reading, Published]], project: Project, demo: Path, tmp_path: Path
) -> None:
    replay, _ = export
    code, output, database = build_without("contract_line", "kpi_churn", project, demo, tmp_path)
    assert code == 0, output[-4000:]
    with replay.undone():
        leave_out(replay, "contract_line")
        expected = {
            node.name: rows_of(replay.connection, node.name)
            for node in replay.project.area_tables().values()
            if FULL or node.name == "kpi_churn"
        }
    with duckdb.connect(str(database), read_only=True) as connection:
        for name, rows in expected.items():
            found = rows_of(connection, name)
            assert len(found) == len(rows), name
            for one, other in zip(found, rows, strict=True):
                assert is_same(one, other), f"{name}: {one} is not {other}"


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(
        f"from kpi.{table} order by metric_name, grain, period_start, dimension, dimension_value"
    ).fetchall()


def is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Equal, doubles up to the order in which they were added."""
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(one, other, strict=True)
    )


def test_without_accounts_the_build_stops_before_any_kpi_and_says_why(
    project: Project, demo: Path, tmp_path: Path
) -> None:
    code, output, database = build_without("account", "kpi_churn", project, demo, tmp_path)
    assert code == 1
    assert "FAIL 1 accounts_are_loaded" in output
    with duckdb.connect(str(database), read_only=True) as connection:
        (problem,) = connection.execute("from test_failures.accounts_are_loaded").fetchone() or ()
        assert problem == "no source brings the table account"
        # No fact and no KPI was built that someone could take for a result.
        assert not connection.execute(
            "select table_name from duckdb_tables() "
            "where schema_name = 'kpi' or table_name like 'fct!_%' escape '!'"
        ).fetchall()
