"""B4 Retention and customer value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from oracle.b7 import customer_churn_rate
from oracle.customers import (
    DAYS_PER_MONTH,
    Spell,
    all_spells,
    has_churned,
    is_provisional,
    tenure_band,
)
from oracle.economics import Margins, eve, mrr
from oracle.lifetime_value import LifetimeValue
from oracle.lookup import People, Rates
from oracle.raw import Crm, days_between
from oracle.rows import UNKNOWN, KpiRow, Metric, periods, status_row

BASE = "contract_line|invoice|opportunity"


def customer_retention_rate(crm: Crm) -> list[KpiRow]:
    """Customers at the start of a period that are still in the same spell at its end."""
    rows = []
    for row in customer_churn_rate(crm):
        row = replace(row, metric_name="customer_retention_rate")
        if row.numerator is not None and row.denominator:
            kept = row.denominator - row.numerator
            row = replace(row, numerator=kept, value=kept / row.denominator)
        rows.append(row)
    return rows


def customer_lifetime_months(crm: Crm) -> list[KpiRow]:
    """Restricted mean of how long customers stay, from all spells seen up to the end of a month."""
    people, spells = People(crm), all_spells(crm)
    metric = Metric("customer_lifetime_months", [BASE], [], has_interval=False)
    rows = []
    for period in periods(crm, "month"):
        day = min(period.end, crm.as_of)
        cells: dict[tuple[str, str], list[Life]] = defaultdict(list)
        for spell in spells:
            life = observe(crm, spell, day)
            if life is None:
                continue
            cells["total", "total"].append(life)
            for name in ("segment", "region"):
                cells[name, people.account(spell.account, name) or UNKNOWN].append(life)
        for place, lives in cells.items():
            value = restricted_mean(lives, crm.days("lifetime_horizon_months"))
            is_open = any(life.is_provisional for life in lives) or period.end > crm.as_of
            row = status_row(crm, metric, period, place, (value, None), len(lives), is_open=is_open)
            if row.value_status == "ok" and len(lives) < crm.days("n_min"):
                row = replace(row, value_status="low_n")
            if min(life.seen_from for life in lives) > 0:
                # Nobody was seen in the first months of being a customer: no curve to start from.
                row = replace(row, value=None, n=None, value_status="no_data")
            rows.append(replace(row, numerator=None))
    return rows


@dataclass(frozen=True)
class Life:
    """From which month of its age a customer was seen, until which, and if it left then."""

    seen_from: float
    seen_to: float
    has_left: bool
    is_provisional: bool


def observe(crm: Crm, spell: Spell, day: date) -> Life | None:
    """What can be known of a spell at the close of a day; it is at risk from the first data on."""
    if spell.start > day:
        return None
    has_left = spell.churn_date is not None and spell.churn_date <= day
    end = spell.churn_date if has_left else day
    if end is None or end < crm.first_month:
        return None
    late_entry = max(days_between(spell.start, crm.first_month), 0)
    exposure = days_between(spell.start, end)
    if exposure <= late_entry:
        return None
    is_open = has_left and is_provisional(crm, spell)
    return Life(late_entry / DAYS_PER_MONTH, exposure / DAYS_PER_MONTH, has_left, is_open)


def restricted_mean(lives: list[Life], horizon: float) -> float:
    """The area under the Kaplan–Meier curve up to the horizon or the longest life seen."""
    horizon = min(horizon, max(life.seen_to for life in lives))
    area, survival, before = 0.0, 1.0, 0.0
    for moment in sorted({life.seen_to for life in lives if life.has_left}):
        if moment > horizon:
            break
        area += survival * (moment - before)
        at_risk = sum(life.seen_from < moment <= life.seen_to for life in lives)
        left = sum(life.has_left and life.seen_to == moment for life in lives)
        survival *= 1 - left / at_risk
        before = moment
    return area + survival * (horizon - before)


def profit_per_customer(crm: Crm) -> list[KpiRow]:
    """CM2 of twelve months ÷ customers at their end."""
    margins = Margins(crm)
    metric = Metric(
        "profit_per_customer",
        ["invoice", "cost_entry|support_case"],
        ["segment", "region", "tenure_band"],
        has_interval=False,
    )

    def worth(spell: Spell, start: date, end: date) -> float | None:
        return margins.cm2(spell.account, start, end)

    return _per_active_customer(crm, metric, "r12m", worth)


def _per_active_customer(
    crm: Crm,
    metric: Metric,
    grain: str,
    worth: Callable[[Spell, date, date], float | None],
) -> list[KpiRow]:
    """Sum of a worth ÷ the active customers whose worth is known."""
    people, spells = People(crm), all_spells(crm)
    rows = []
    for period in periods(crm, grain):
        day = min(period.end, crm.as_of)
        cells: dict[tuple[str, str], list[float | None]] = defaultdict(list)
        cells["total", "total"] = []
        for spell in spells:
            if not spell.is_active(day):
                continue
            value = worth(spell, period.start, day)
            members = {
                "total": "total",
                "segment": people.account(spell.account, "segment"),
                "region": people.account(spell.account, "region"),
                "tenure_band": tenure_band(crm, spell, day),
            }
            for dimension in ("total", *metric.dimensions):
                cells[dimension, members[dimension] or UNKNOWN].append(value)
        for place, found in cells.items():
            known = [value for value in found if value is not None]
            row = status_row(
                crm, metric, period, place, (sum(known), float(len(known))), len(known)
            )
            rows.append(_with_unknown(crm, row, len(found) - len(known), len(found)))
    return rows


def _with_unknown(crm: Crm, row: KpiRow, n_unknown: int, n: int) -> KpiRow:
    """Who is unknown is left out of both parts; more than G1 lets go missing is no full picture."""
    if row.value_status == "no_data" or not n_unknown:
        return row
    if n_unknown == n:
        key = (row.metric_name, row.grain, row.period_start, row.dimension, row.dimension_value)
        return KpiRow(*key, None, None, None, None, "no_data")
    if n_unknown > float(crm.parameters["fx_max_missing_share"]) * n:
        return replace(row, value_status="partial")
    return row


def net_revenue_retention(crm: Crm) -> list[KpiRow]:
    """Recurring revenue at the end of twelve months of those who had some at their start."""
    people, rates, spells = People(crm), Rates(crm), all_spells(crm)
    metric = Metric("net_revenue_retention", ["contract_line"], [], has_interval=False)
    rows = []
    for period in periods(crm, "r12m"):
        opening, closing = eve(period.start), min(period.end, crm.as_of)
        at_start = _mrr_by_account(spells, opening, rates, opening)
        at_end = _mrr_by_account(spells, closing, rates, opening)
        provisional = {
            spell.account
            for spell in spells
            if has_churned(crm, spell, period) and is_provisional(crm, spell)
        }
        cells: dict[tuple[str, str], list[tuple[str, float, float]]] = defaultdict(list)
        cells["total", "total"] = []
        for account, before in at_start.items():
            if before == 0:
                continue
            found = account, at_end.get(account) or 0.0, before or 0.0
            cells["total", "total"].append(found)
            for name in ("segment", "region"):
                cells[name, people.account(account, name) or UNKNOWN].append(found)
        for place, members in cells.items():
            parts = sum(after for _, after, _ in members), sum(before for *_, before in members)
            is_open = period.end > crm.as_of or any(name in provisional for name, _, _ in members)
            rows.append(
                status_row(crm, metric, period, place, parts, len(members), is_open=is_open)
            )
    return rows


def _mrr_by_account(
    spells: list[Spell], day: date, rates: Rates, rate_day: date
) -> dict[str, float | None]:
    return {
        spell.account: mrr(spell, day, rates, rate_day) for spell in spells if spell.is_active(day)
    }


def customer_lifetime_value_net(crm: Crm) -> list[KpiRow]:
    """What an active customer has brought so far and is expected to bring, after service cost."""
    value = LifetimeValue(crm)
    metric = Metric(
        "customer_lifetime_value_net",
        ["invoice", "cost_entry|support_case"],
        ["segment", "region"],
        has_interval=False,
    )
    return _per_active_customer(crm, metric, "month", lambda spell, _, day: value.of(spell, day))
