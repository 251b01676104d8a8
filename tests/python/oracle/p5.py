"""P5 Response speed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from oracle.cases import CaseHistory, counted_cases, first_replies
from oracle.lookup import People
from oracle.raw import Crm, Row, days_between, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, periods, roll_up, status_row

DAY = timedelta(hours=24)
GRAINS = ("iso_week", "month", "quarter", "r12m")


def members(crm: Crm, people: People, past: CaseHistory, case: Row) -> dict[str, str | None]:
    """The dimensions of a case; its team is that of the owner at the last solve."""
    solved_at = past.last_solve(case) or past.as_of_at
    return {
        "channel": case["channel"],
        "case_type": case["case_type"],
        "priority": past.value(case, "priority", solved_at),
        "team": people.team(past.value(case, "owner_user_id", solved_at)),
        "region": people.account(case["account_id"], "region"),
    }


def answered_within_24h_rate(crm: Crm) -> list[KpiRow]:
    """Cases with a public reply of a person within 24 hours ÷ cases answered or a day old."""
    people, past, replies = People(crm), CaseHistory(crm), first_replies(crm)
    metric = Metric(
        "answered_within_24h_rate",
        ["support_case"],
        ["channel", "case_type", "team", "region"],
        grains=GRAINS,
    )
    facts = []
    for case in counted_cases(crm):
        deadline, reply = case["created_at"] + DAY, replies.get(case["case_id"])
        is_answered = reply is not None and reply <= deadline
        decided_at = reply if reply is not None and is_answered else deadline
        if decided_at < past.as_of_at:
            place = members(crm, people, past, case)
            facts.append(Fact(local_date(decided_at), float(is_answered), 1.0, members=place))
    return roll_up(crm, metric, facts)


def resolved_within_24h_rate(crm: Crm) -> list[KpiRow]:
    """Cases solved for good within 24 hours ÷ cases a day old."""
    people, past = People(crm), CaseHistory(crm)
    metric = Metric(
        "resolved_within_24h_rate",
        ["support_case"],
        ["case_type", "priority", "channel", "team", "region"],
        grains=GRAINS,
    )
    facts = []
    for case in counted_cases(crm):
        deadline, solved_at = case["created_at"] + DAY, past.last_solve(case)
        if deadline < past.as_of_at:
            is_solved = solved_at is not None and solved_at <= deadline
            place = members(crm, people, past, case)
            facts.append(Fact(local_date(deadline), float(is_solved), 1.0, members=place))
    return roll_up(crm, metric, facts)


def first_contact_resolution_rate(crm: Crm) -> list[KpiRow]:
    """Cases solved at the first contact ÷ solved cases whose week of waiting is over."""
    people, past = People(crm), CaseHistory(crm)
    days = timedelta(days=crm.days("fcr_days"))
    eligible = {
        row["case_type"] for row in crm.seed("case_type_group") if row["is_fcr_eligible"] == "true"
    }
    n_replies: dict[str, int] = defaultdict(int)
    for activity in crm["activity"]:
        is_reply = activity["is_public"] and not activity["is_automated"]
        if activity["case_id"] and is_reply and activity["direction"] == "outbound":
            n_replies[activity["case_id"]] += 1
    alike: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for case in counted_cases(crm):
        if case["contact_id"] and case["root_cause"]:
            alike[case["contact_id"], case["root_cause"]].append(case["created_at"])
    metric = Metric(
        "first_contact_resolution_rate",
        ["support_case", "activity"],
        ["channel", "case_type", "team"],
        grains=("month", "quarter", "r12m"),
    )
    facts = []
    for case in counted_cases(crm):
        solved_at = past.last_solve(case)
        if case["case_type"] not in eligible or case["channel"] == "onsite" or solved_at is None:
            continue
        if solved_at + days >= past.as_of_at:
            continue  # not older than the days in which it may come back
        again = any(
            solved_at < created <= solved_at + days
            for created in alike.get((case["contact_id"], case["root_cause"]), [])
        )
        is_first = (
            n_replies[case["case_id"]] <= 1
            and (case["assignee_count"] or 1) <= 1
            and not _is_reopened(past, case, days)
            and not again
        )
        place = members(crm, people, past, case)
        facts.append(Fact(local_date(solved_at), float(is_first), 1.0, members=place))
    return roll_up(crm, metric, facts)


def _is_reopened(past: CaseHistory, case: Row, within: timedelta) -> bool:
    solved_at: datetime | None = None
    for (start, _), status in past.statuses(case):
        if status in past.solved_statuses:
            solved_at = solved_at or start
        elif solved_at is not None:
            if start <= solved_at + within:
                return True
            solved_at = None
    return False


def post_sales_cycle_time(crm: Crm) -> list[KpiRow]:
    """Median days from opening to solving post-sales cases; open ones count as far as they got."""
    people, past = People(crm), CaseHistory(crm)
    kinds = {
        row["case_type"] for row in crm.seed("case_type_group") if row["is_post_sales"] == "true"
    }
    metric = Metric("post_sales_cycle_time", ["support_case"], [], has_interval=True)
    rows = []
    for grain in ("month", "quarter", "r12m"):
        for period in periods(crm, grain):
            cells: dict[tuple[str, str], list[tuple[int, bool]]] = {("total", "total"): []}
            for case in counted_cases(crm):
                opened_on, solved_at = local_date(case["created_at"]), past.last_solve(case)
                if case["case_type"] not in kinds or not period.start <= opened_on <= period.end:
                    continue
                ended_on = local_date(solved_at) if solved_at else crm.as_of
                life = days_between(opened_on, ended_on), solved_at is not None
                cells["total", "total"].append(life)
                place = members(crm, people, past, case)
                for dimension in ("case_type", "region", "team"):
                    cells.setdefault((dimension, place[dimension] or UNKNOWN), []).append(life)
            for place_key, lives in cells.items():
                value = median_survival(lives)
                parts = (value or 0.0, None)
                row = status_row(crm, metric, period, place_key, parts, len(lives))
                row = replace(row, numerator=None, value=None if row.value is None else value)
                if value is None and row.value_status != "no_data":
                    row = replace(row, value_status="immature" if lives else "not_applicable")
                rows.append(row)
    return rows


def median_survival(lives: list[tuple[int, bool]]) -> float | None:
    """The smallest t with S(t) ≤ 0.5 of the Kaplan–Meier curve (C10)."""
    survival = 1.0
    for moment in sorted({days for days, has_ended in lives if has_ended}):
        at_risk = sum(days >= moment for days, _ in lives)
        ended = sum(has_ended and days == moment for days, has_ended in lives)
        survival *= 1 - ended / at_risk
        if survival <= 0.5 + 1e-12:
            return float(moment)
    return None
