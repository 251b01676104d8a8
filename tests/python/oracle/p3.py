"""P3 Lead quality."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from oracle.cases import midnight_utc
from oracle.deals import deals, funnel_window_days, sale_lines
from oracle.lookup import History, People, band
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import Fact, KpiRow, Metric, roll_up

DIMENSIONS = ["source_system", "lead_source", "score_band"]


class BusinessDays:
    """Days on which the default calendar is open: the one most cases follow."""

    def __init__(self, crm: Crm) -> None:
        used = Counter(case["business_hours_id"] for case in crm["support_case"])
        default = used.most_common(1)[0][0]
        rows = [row for row in crm["business_hours"] if row["business_hours_id"] == default]
        self.weekdays = {row["iso_weekday"] for row in rows if row["row_type"] == "window"}
        self.holidays = {row["holiday_date"] for row in rows if row["row_type"] == "holiday"}

    def after(self, day: date, count: int) -> date:
        """The n-th business day after a day."""
        while count:
            day = day_after(day)
            count -= day.isoweekday() in self.weekdays and day not in self.holidays
        return day


def places(crm: Crm, lead: Row) -> dict[str, str | None]:
    """The dimensions of a lead."""
    score = lead["score"]
    return {
        "source_system": lead["source_system"],
        "lead_source": lead["lead_source"],
        "score_band": None if score is None else band(crm, "score_band", float(score)),
    }


def hand_overs(crm: Crm) -> list[tuple[Row, datetime, datetime | None]]:
    """Lead, hand-over and acceptance; a lead that was recycled is handed over again.

    Where no hand-over is recorded, the lead was handed over as it became an MQL.
    """
    history = History(crm)
    found = []
    for lead in crm["lead"]:
        handed_over_at = lead["handed_over_at"] or lead["mql_at"]
        if handed_over_at is None:
            continue
        changes = history.changes("lead", "status", lead["lead_id"])
        starts = [handed_over_at]
        starts += [c["changed_at"] for c in changes if c["old_value"] == "recycled"]
        for start, end in zip(starts, [*starts[1:], datetime.max], strict=True):
            accepted = [lead["sal_at"]] if lead["sal_at"] else []
            inside = [moment for moment in accepted if start <= moment < end]
            found.append((lead, start, min(inside, default=None)))
    return found


def mql_acceptance_rate(crm: Crm) -> list[KpiRow]:
    """Leads accepted by the end of the third business day ÷ leads handed over that long ago."""
    days, people = BusinessDays(crm), People(crm)
    limit = crm.days("mql_accept_business_days")
    metric = Metric(
        "mql_acceptance_rate",
        ["lead"],
        [*DIMENSIONS, "team"],
        grains=("month", "quarter", "r12m"),
    )
    now = midnight_utc(day_after(crm.as_of))
    facts: list[Fact] = []
    young: list[Fact] = []
    for lead, start, accepted_at in hand_overs(crm):
        ends_at = midnight_utc(day_after(days.after(local_date(start), limit)))
        is_accepted = accepted_at is not None and accepted_at < ends_at
        place = places(crm, lead) | {"team": people.team(lead["owner_user_id"])}
        group = facts if ends_at <= now else young
        group.append(Fact(local_date(start), float(is_accepted), 1.0, members=place))
    return _with_young(roll_up(crm, metric, facts), roll_up(crm, metric, young))


def mql_to_win_rate(crm: Crm) -> list[KpiRow]:
    """First MQLs of an account whose first sale was won in the window ÷ those old enough."""
    all_deals = deals(crm)
    window = funnel_window_days(crm, all_deals)
    first_sale: dict[str, date] = {}
    for line in sale_lines(crm, all_deals):
        if line.sale_type == "first_sale" and line.deal.outcome == "won":
            first_sale[line.deal.row["account_id"]] = line.on
    first: dict[str, Row] = {}
    for lead in sorted(crm["lead"], key=lambda row: row["mql_at"] or datetime.max):
        if lead["mql_at"] is not None:
            first.setdefault(lead["converted_account_id"] or lead["lead_id"], lead)
    metric = Metric(
        "mql_to_win_rate",
        ["lead", "opportunity"],
        DIMENSIONS,
        grains=("month", "quarter", "r12m"),
    )
    facts, young = [], []
    for lead in first.values():
        day = local_date(lead["mql_at"])
        won_on = first_sale.get(lead["converted_account_id"] or "")
        is_won = won_on is not None and 0 <= days_between(day, won_on) <= window
        if days_between(day, crm.as_of) >= window:
            facts.append(Fact(day, float(is_won), 1.0, members=places(crm, lead)))
        else:
            young.append(Fact(day, 0.0, 1.0, members=places(crm, lead)))
    rows = roll_up(crm, metric, facts)
    return _with_young(rows, roll_up(crm, metric, young))


def _with_young(rows: list[KpiRow], young: list[KpiRow]) -> list[KpiRow]:
    """Young members are left out; where there is no other, the row is immature (reading 10)."""
    found = {(row.grain, row.period_start, row.dimension, row.dimension_value): row for row in rows}
    for row in young:
        key = row.grain, row.period_start, row.dimension, row.dimension_value
        is_empty = key not in found or found[key].value_status == "not_applicable"
        if is_empty and row.value_status not in {"no_data", "not_applicable"}:
            found[key] = replace(
                row, numerator=None, denominator=None, value=None, n=0, value_status="immature"
            )
    return list(found.values())
