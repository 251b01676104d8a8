"""B5 Customer satisfaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from oracle.cases import CaseHistory
from oracle.customers import all_spells
from oracle.lookup import People
from oracle.raw import Crm, Row, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, Period, periods, roll_up, status_row

Scale = tuple[str, float, float]


def answers(crm: Crm, kind: str) -> list[Row]:
    """Answers of one kind on a known scale, excluded ones left out, oldest first."""
    known = scales(crm)
    found = [
        row
        for row in crm["feedback"]
        if row["feedback_type"] == kind
        and row["score"] is not None
        and row["responded_at"] is not None
        and not row["is_excluded"]
        and (kind, row["scale_min"], row["scale_max"]) in known
    ]
    return sorted(found, key=lambda row: row["responded_at"])


def scales(crm: Crm) -> dict[Scale, float]:
    """From which score an answer is a satisfied one, by kind and scale."""
    return {
        (row["feedback_type"], float(row["scale_min"]), float(row["scale_max"])): float(
            row["satisfied_from"]
        )
        for row in crm.seed("feedback_scale")
    }


def csat_score(crm: Crm) -> list[KpiRow]:
    """Satisfied answers ÷ answers; of several answers on one case the last one."""
    people, past, cases = People(crm), CaseHistory(crm), crm.by("support_case")
    satisfied_from = scales(crm)
    metric = Metric(
        "csat_score",
        ["feedback"],
        ["subject", "case_type", "channel", "team", "region"],
        grains=("month", "quarter", "r12m"),
    )
    last = {row["case_id"] or row["feedback_id"]: row for row in answers(crm, "CSAT")}
    facts = []
    for row in last.values():
        case = cases.get(row["case_id"] or "")
        owner = past.value(case, "owner_user_id", past.as_of_at) if case else None
        scale = ("CSAT", row["scale_min"], row["scale_max"])
        facts.append(
            Fact(
                on=local_date(row["responded_at"]),
                numerator=1.0 if row["score"] >= satisfied_from[scale] else 0.0,
                denominator=1.0,
                members={
                    "subject": row["subject"],
                    "case_type": case["case_type"] if case else None,
                    "channel": row["channel"],
                    "team": people.team(owner),
                    "region": people.account(row["account_id"], "region"),
                },
            )
        )
    return roll_up(crm, metric, facts)


def nps_score(crm: Crm) -> list[KpiRow]:
    """Promoters less detractors per hundred answers, the latest of each contact in the period.

    The total weighs the countries with their active customers at the end of the period; slices are
    the raw balance.
    """
    people, contacts = People(crm), crm.by("contact")
    metric = Metric(
        "nps_score", ["feedback"], ["country", "subject", "segment", "region"], scale=100
    )
    found = answers(crm, "NPS")
    rows = []
    for grain in ("month", "quarter", "r12m"):
        for period in periods(crm, grain):
            latest = {
                row["contact_id"] or row["feedback_id"]: row
                for row in found
                if period.start <= local_date(row["responded_at"]) <= period.end
            }
            balance: dict[tuple[str, str], list[int]] = defaultdict(list)
            for row in latest.values():
                contact = contacts.get(row["contact_id"] or "")
                account = row["account_id"] or (contact["account_id"] if contact else None)
                country = row["country"] or (contact and contact["country"])
                members = {
                    "country": country or people.account(account, "country"),
                    "subject": row["subject"],
                    "segment": people.account(account, "segment"),
                    "region": people.account(account, "region"),
                }
                for dimension, member in members.items():
                    balance[dimension, member or UNKNOWN].append(opinion(row["score"]))
            for place, opinions in balance.items():
                parts = (float(sum(opinions)), float(len(opinions)))
                rows.append(status_row(crm, metric, period, place, parts, len(opinions)))
            rows.append(_stratified(crm, metric, period, balance))
    return rows


def opinion(score: float) -> int:
    """1 for a promoter, -1 for a detractor."""
    return 1 if score >= 9 else -1 if score <= 6 else 0


def _stratified(
    crm: Crm, metric: Metric, period: Period, balance: dict[tuple[str, str], list[int]]
) -> KpiRow:
    people, day = People(crm), min(period.end, crm.as_of)
    customers = Counter(
        people.account(spell.account, "country")
        for spell in all_spells(crm)
        if spell.is_active(day)
    )
    by_country = {
        member: opinions for (name, member), opinions in balance.items() if name == "country"
    }
    n = sum(len(opinions) for opinions in by_country.values())
    weight = sum(customers[country] for country in by_country)
    value = sum(
        customers[country] / weight * sum(opinions) / len(opinions)
        for country, opinions in by_country.items()
    )
    row = status_row(crm, metric, period, ("total", "total"), (value * n, float(n)), n)
    return replace(row, numerator=None, denominator=None)
