"""Worked examples E6 and E15 through all service models, from contract rows to decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from replay import Project, Replay

VIENNA = ZoneInfo("Europe/Vienna")

TABLES = {
    "crm.crm_business_hours": "business_hours_id varchar, row_type varchar, iso_weekday integer,"
    " opens_at varchar, closes_at varchar, holiday_date date, timezone varchar,"
    " source_name varchar",
    "crm.crm_sla_policy": "sla_policy_id varchar, metric varchar, priority varchar,"
    " valid_from date, valid_to date, target_minutes integer, clock varchar,"
    " pause_statuses varchar, is_premium boolean",
    "crm.crm_support_case": "case_id varchar, master_case_id varchar, account_id varchar,"
    " contact_id varchar, product_id varchar, case_type varchar, channel varchar, priority varchar,"
    " status varchar, created_at timestamp, first_responded_at timestamp,"
    " first_solved_at timestamp, solved_at timestamp, owner_user_id varchar,"
    " sla_policy_id varchar, business_hours_id varchar, assignee_count integer,"
    " reopen_count integer, service_minutes integer, is_escalated boolean, root_cause varchar,"
    " source_name varchar",
    "crm.crm_field_history": "history_id varchar, object_type varchar, record_id varchar,"
    " field_name varchar, old_value varchar, new_value varchar, changed_at timestamp,"
    " changed_by_user_id varchar, source_name varchar",
    "crm.crm_activity": "activity_id varchar, activity_type varchar, direction varchar,"
    " user_id varchar, case_id varchar, started_at timestamp, completed_at timestamp,"
    " outcome varchar, is_automated boolean, is_public boolean",
    "crm.crm_contract_line": "contract_line_id varchar, account_id varchar, sla_policy_id varchar,"
    " start_date date, end_date date",
    "meta.meta_merge_key": "object_type varchar, record_id varchar, survivor_id varchar",
    "meta.meta_table_coverage": "table_name varchar, is_present boolean, first_event_date date,"
    " last_event_date date",
    "meta.meta_reporting": "as_of date, as_of_at timestamp, reporting_currency varchar",
}

#: The tables that stand in for the contract, and the calendar that `fill` makes.
GIVEN = ("crm", "meta", "core")


def utc(local: str) -> datetime:
    """A Vienna wall-clock time of March 2025, `07 16:00`, as the instant that is stored."""
    moment = datetime.strptime(f"2025-03-{local}", "%Y-%m-%d %H:%M").replace(tzinfo=VIENNA)
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


#: Case, priority, local creation time.
CASES = [
    ("T1", "normal", "07 16:00"),
    ("T2", "high", "12 10:00"),
    ("T3", "high", "13 09:30"),
    ("DST", "normal", "28 16:00"),
    ("WEEKEND", "normal", "21 18:00"),
]
#: Case, status before and after, local time of the change.
CHANGES = [
    ("T1", "open", "pending", "10 12:00"),
    ("T1", "pending", "open", "11 15:00"),
    ("T1", "open", "solved", "13 10:00"),
    ("T1", "solved", "open", "14 09:00"),
    ("T1", "open", "solved", "14 10:30"),
    ("T3", "open", "solved", "13 16:00"),
    ("DST", "open", "solved", "31 10:00"),
]
#: Case, local time, automatic.
REPLIES = [("T1", "07 16:01", True), ("T1", "10 11:30", False), ("WEEKEND", "24 09:00", False)]


@dataclass(frozen=True)
class View:
    instances: dict[tuple[str, str], dict[str, Any]]
    answered_within_24h: dict[str, bool | None]


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in ("crm", "meta", "core"):
        connection.execute(f"create schema {schema}")
    for table, columns in TABLES.items():
        connection.execute(f"create table {table} ({columns})")
    connection.execute(
        "create table core.dim_date as select cast(d as date) as date_day,"
        " cast(isodow(d) as integer) as iso_weekday, isodow(d) <= 5 as is_weekday"
        " from range(timestamp '2024-12-01', timestamp '2025-06-01', interval 1 day) as days (d)"
    )
    for weekday in range(1, 6):
        connection.execute(
            "insert into crm.crm_business_hours values"
            " ('AT', 'weekly', ?, '09:00', '17:00', null, 'Europe/Vienna', 'test')",
            [weekday],
        )
    for metric, priority, target in [
        ("first_response", "normal", 240),
        ("first_response", "high", 240),
        ("resolution", "normal", 960),
        ("resolution", "high", 480),
    ]:
        connection.execute(
            "insert into crm.crm_sla_policy values"
            " ('P', ?, ?, '2024-01-01', null, ?, 'business', 'pending', false)",
            [metric, priority, target],
        )
    for case, priority, created in CASES:
        connection.execute(
            "insert into crm.crm_support_case (case_id, account_id, case_type, channel, priority,"
            " status, created_at, sla_policy_id, business_hours_id, source_name)"
            " values (?, 'A', 'incident', 'email', ?, 'open', ?, 'P', 'AT', 'test')",
            [case, priority, utc(created)],
        )
    for number, (case, old, new, changed) in enumerate(CHANGES):
        connection.execute(
            "insert into crm.crm_field_history values"
            " (?, 'case', ?, 'status', ?, ?, ?, null, 'test')",
            [f"H{number}", case, old, new, utc(changed)],
        )
    for number, (case, moment, is_automated) in enumerate(REPLIES):
        connection.execute(
            "insert into crm.crm_activity values"
            " (?, 'case_comment', 'outbound', 'U1', ?, ?, ?, null, ?, true)",
            [f"A{number}", case, utc(moment), utc(moment), is_automated],
        )


@pytest.fixture(scope="module")
def views(
    project: Project, demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, View]:
    """What the models say as of the three moments of E6."""
    with duckdb.connect() as connection:
        folder = tmp_path_factory.mktemp("sla_example")
        connection.execute(f"attach '{demo}' as demo (read_only)")
        connection.execute(f"attach '{folder / 'sla.duckdb'}' as \"{project.database}\"")
        connection.execute(f'use "{project.database}"')
        connection.execute("set timezone = 'UTC'")
        fill(connection)
        connection.execute("create schema intermediate; create schema reference")
        for seed in ("case_type_group", "case_status_group", "kpi_parameter"):
            connection.execute(f"create table reference.{seed} as from demo.reference.{seed}")
        moments = ("13 12:00", "15 00:00", "31 23:00")
        return {moment: view(Replay(project, connection), moment) for moment in moments}


def view(replay: Replay, moment: str) -> View:
    """Run the compiled models up to int_case_sla on what is in the tables."""
    connection = replay.connection
    connection.execute("delete from meta.meta_reporting")
    connection.execute(
        "insert into meta.meta_reporting values (cast(? as date), ?, 'EUR')",
        [utc(moment), utc(moment)],
    )
    wanted = replay.project.upstream(replay.project.model("int_case_sla"))
    for key, node in replay.project.nodes.items():
        if key in wanted and node.kind == "model" and node.schema not in GIVEN:
            replay.create(node, node.sql)
    cursor = connection.execute("select * from intermediate.int_case_sla")
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    answers = connection.execute(
        "select case_id, is_answered_within_24h from intermediate.int_case_answer"
    ).fetchall()
    return View({(row["case_id"], row["sla_metric"]): row for row in rows}, dict(answers))


def compliance(view: View, cases: tuple[str, ...]) -> tuple[int, int]:
    verdicts = [view.instances[case, "resolution"]["is_met"] for case in cases]
    return sum(v is True for v in verdicts), sum(v is not None for v in verdicts)


E6_CASES = ("T1", "T2", "T3")


def test_e6_as_of_thursday_noon(views: dict[str, View]) -> None:
    instances = views["13 12:00"].instances
    t1, t2, t3 = (instances[case, "resolution"] for case in E6_CASES)
    reply = instances["T1", "first_response"]
    assert (reply["elapsed_minutes"], reply["is_met"], reply["time_ratio"]) == (210, True, 0.875)
    assert (t1["elapsed_minutes"], t1["is_met"], t1["time_ratio"]) == (900, True, 0.9375)
    assert (t2["elapsed_minutes"], t2["is_met"], t2["is_open_breach"]) == (600, False, True)
    assert t2["decided_at"] == utc("13 10:00")
    assert (t3["elapsed_minutes"], t3["is_met"], t3["is_at_risk"]) == (150, None, False)
    assert compliance(views["13 12:00"], E6_CASES) == (1, 2)


def test_e6_as_of_friday_night_the_reopened_case_is_broken(views: dict[str, View]) -> None:
    instances = views["15 00:00"].instances
    t1, t2, t3 = (instances[case, "resolution"] for case in E6_CASES)
    assert (t1["elapsed_minutes"], t1["is_met"]) == (990, False)
    assert t1["decided_at"] == utc("14 10:00")
    assert t2["decided_at"] == utc("13 10:00")
    assert (t3["elapsed_minutes"], t3["is_met"]) == (390, True)
    assert compliance(views["15 00:00"], E6_CASES) == (1, 3)


def test_e6_over_the_change_of_clocks(views: dict[str, View]) -> None:
    instance = views["31 23:00"].instances["DST", "resolution"]
    assert (instance["elapsed_minutes"], instance["is_met"]) == (120, True)
    wall_clock = instance["fulfilled_at"] - instance["started_at"]
    assert wall_clock.total_seconds() / 60 == 3900


def test_e15_a_weekend_is_no_business_minute_and_63_hours(views: dict[str, View]) -> None:
    last = views["31 23:00"]
    instance = last.instances["WEEKEND", "first_response"]
    assert (instance["elapsed_minutes"], instance["is_met"]) == (0, True)
    assert last.answered_within_24h["WEEKEND"] is False
    assert (instance["fulfilled_at"] - instance["started_at"]).total_seconds() / 3600 == 63
