"""P1 CRM usage."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from oracle.lookup import People
from oracle.raw import Crm, local_date
from oracle.rows import Fact, KpiRow, Metric, roll_up


def monday(day: date) -> date:
    """The start of the ISO week of a day."""
    return day - timedelta(days=day.weekday())


def crm_adoption_rate(crm: Crm) -> list[KpiRow]:
    """Licensed people that logged in and maintained something in a week ÷ licensed people."""
    people = People(crm)
    logged_in: set[tuple[str, date]] = set()
    for row in crm["login_history"]:
        is_login = row["event_type"] == "login" and row["login_status"] == "success"
        if is_login and row["channel"] != "api":
            logged_in.add((row["user_id"], monday(local_date(row["event_at"]))))
    maintained: dict[tuple[str, date], int] = defaultdict(int)
    for row in crm["activity"]:
        if row["completed_at"] and not row["is_automated"] and row["user_id"]:
            maintained[row["user_id"], monday(local_date(row["completed_at"]))] += 1
    for row in crm["field_history"]:
        if row["changed_by_user_id"]:
            maintained[row["changed_by_user_id"], monday(local_date(row["changed_at"]))] += 1
    for row in crm["quote"]:
        if row["sent_at"] and row["created_by_user_id"]:
            maintained[row["created_by_user_id"], monday(local_date(row["sent_at"]))] += 1
    metric = Metric(
        "crm_adoption_rate",
        ["login_history"],
        ["department", "team", "region"],
        grains=("iso_week", "month", "quarter", "r12m"),
    )
    facts = []
    week = monday(crm.first_month)
    while week <= crm.as_of:
        for user in crm["app_user"]:
            if not user["is_crm_licensed"] or user["user_type"] != "human":
                continue
            first = max(week, user["licensed_from"] or date.min)
            last = min(week + timedelta(days=6), user["licensed_to"] or date.max)
            if (last - first).days + 1 < crm.days("licence_days_in_week"):
                continue
            key = user["user_id"], week
            facts.append(
                Fact(
                    week + timedelta(days=3),  # a week belongs to the month of its Thursday
                    float(key in logged_in and maintained[key] > 0),
                    1.0,
                    members={
                        "department": user["department"],
                        "team": people.team(user["user_id"]),
                        "region": user["region"],
                    },
                )
            )
        week += timedelta(days=7)
    return roll_up(crm, metric, facts)
