"""B7 Churn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from oracle.customers import Spell, all_spells, base, has_churned, is_provisional, tenure_band
from oracle.economics import Margins, eve, mrr
from oracle.lookup import People, Rates
from oracle.raw import Crm
from oracle.rows import (
    UNKNOWN,
    Fact,
    KpiRow,
    Metric,
    Period,
    month_start,
    periods,
    roll_up,
    status_row,
)

NEEDS = ["contract_line|invoice|opportunity"]

Weights = dict[Spell, float | None]


def net_customers_lost(crm: Crm) -> list[KpiRow]:
    """Customers lost less customers won back."""
    people = People(crm)
    metric = Metric(
        "net_customers_lost",
        NEEDS,
        ["segment", "region"],
        is_ratio=False,
        has_interval=False,
    )
    facts = []
    for spell in all_spells(crm):
        members = {name: people.account(spell.account, name) for name in ("segment", "region")}
        if spell.churn_date and spell.churn_date <= crm.as_of:
            is_open = is_provisional(crm, spell)
            facts.append(Fact(spell.churn_date, 1.0, members=members, is_open=is_open))
        if spell.number > 1:
            facts.append(Fact(spell.start, -1.0, members=members))
    return roll_up(crm, metric, facts)


def customer_churn_rate(crm: Crm) -> list[KpiRow]:
    """Customers at the start of a period that left in it ÷ customers at its start."""
    metric = Metric("customer_churn_rate", NEEDS, ["segment", "region", "tenure_band"])
    return _point_to_point(crm, metric, lambda period, spells: dict.fromkeys(spells, 1.0))


def value_weighted_churn_rate(crm: Crm) -> list[KpiRow]:
    """As customer_churn_rate, each customer weighted with its CM2 of the 12 months before.

    Where that is not loaded, or unknown of more customers than G1 lets go missing, recurring
    revenue at the start stands in for all of them. A customer of unknown CM2 is in neither part.
    """
    margins, rates = Margins(crm), Rates(crm)
    limit = float(crm.parameters["fx_max_missing_share"])

    def weights(period: Period, spells: list[Spell]) -> Weights:
        first, last = month_start(period.start, -12), eve(period.start)
        found: Weights = dict.fromkeys(spells)
        if first >= crm.first_month:
            found = {spell: margins.cm2(spell.account, first, last) for spell in spells}
        n_unknown = sum(worth is None for worth in found.values())
        if n_unknown > limit * len(found):
            found = {spell: mrr(spell, last, rates) for spell in spells}
        return {spell: None if worth is None else max(worth, 0.0) for spell, worth in found.items()}

    metric = Metric(
        "value_weighted_churn_rate",
        ["contract_line|invoice"],
        ["segment", "region"],
        has_interval=False,
    )
    return _point_to_point(crm, metric, weights)


@dataclass
class _Cell:
    lost: float = 0.0
    at_start: float = 0.0
    n: int = 0
    is_open: bool = False


def _point_to_point(
    crm: Crm, metric: Metric, weigh: Callable[[Period, list[Spell]], Weights]
) -> list[KpiRow]:
    """Share of the base that left, month by month and over twelve months."""
    people, spells = People(crm), all_spells(crm)
    rows = []
    for grain in ("month", "r12m"):
        for period in periods(crm, grain):
            cells: dict[tuple[str, str], _Cell] = defaultdict(_Cell)
            cells["total", "total"]  # a row for every period
            for spell, weight in weigh(period, base(spells, period)).items():
                members = {
                    "total": "total",
                    "tenure_band": tenure_band(crm, spell, eve(period.start)),
                    "segment": people.account(spell.account, "segment"),
                    "region": people.account(spell.account, "region"),
                }
                is_lost = has_churned(crm, spell, period)
                for dimension in ("total", *metric.dimensions):
                    cell = cells[dimension, members[dimension] or UNKNOWN]
                    if weight is not None:
                        cell.lost += weight if is_lost else 0.0
                        cell.at_start += weight
                        cell.n += 1
                    cell.is_open |= is_lost and is_provisional(crm, spell)
            rows += [
                status_row(
                    crm,
                    metric,
                    period,
                    place,
                    (cell.lost, cell.at_start),
                    cell.n,
                    is_open=cell.is_open or period.end > crm.as_of,
                )
                for place, cell in cells.items()
            ]
    return rows
