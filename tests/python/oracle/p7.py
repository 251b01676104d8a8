"""P7 Cost of ownership."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from oracle.lookup import Rates
from oracle.raw import Crm, Row, days_between
from oracle.rows import UNKNOWN, KpiRow, Metric, Period, periods, status_row

CATEGORIES = {"implementation", "license", "maintenance", "training", "integration", "growth"}
PLACES = {"cost_category": "category", "department": "department"}
Place = tuple[str, str]


@dataclass(frozen=True)
class Booking:
    """A booking of the CRM's own cost in euro; None is hours nobody put a price on."""

    row: Row
    amount: float | None

    def is_in(self, place: Place) -> bool:
        """Whether the booking belongs to a slice."""
        dimension, member = place
        return dimension == "total" or (self.row[PLACES[dimension]] or UNKNOWN) == member


@dataclass(frozen=True)
class Spent:
    """What was booked in a slice of a period."""

    bookings: list[Booking]

    @property
    def amount(self) -> float:
        """The sum of what has a price."""
        return sum(booking.amount or 0.0 for booking in self.bookings)

    @property
    def is_whole(self) -> bool:
        """Whether everything has a price: how much is missing otherwise, nobody knows."""
        return all(booking.amount is not None for booking in self.bookings)


class Ownership:
    """Bookings of the CRM's own cost, and what was planned."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm

    @cached_property
    def bookings(self) -> list[Booking]:
        """Everything booked to the pool in the six categories of the card."""
        rates, hourly = Rates(self.crm), self.crm.parameters["internal_hourly_rate"]
        found = []
        for row in self.crm["cost_entry"]:
            if row["cost_pool"] != "crm_tco" or row["category"] not in CATEGORIES:
                continue
            amount = row["net_amount"]
            if amount is not None:
                rate = rates.rate(row["currency"], row["cost_date"])
                amount = None if rate is None else amount * rate
            elif row["hours"] is not None and hourly:
                amount = row["hours"] * float(hourly)
            found.append(Booking(row, amount))
        return found

    def spent(self, entry_type: str, place: Place, start: date, end: date) -> Spent:
        """What was booked in a slice between two days."""
        return Spent(
            [
                booking
                for booking in self.bookings
                if booking.row["entry_type"] == entry_type
                and start <= booking.row["cost_date"] <= end
                and booking.is_in(place)
            ]
        )

    def members(self, dimension: str, period: Period) -> set[str]:
        """The slices that something was booked in, apart from plans."""
        return {
            booking.row[PLACES[dimension]] or UNKNOWN
            for booking in self.bookings
            if booking.row["entry_type"] == "actual"
            and period.start <= booking.row["cost_date"] <= period.end
        }

    def planned(
        self, metric: str, column: str, place: Place, start: date, end: date
    ) -> float | None:
        """What kpi_target says for a slice, spread evenly over the days of its rows."""
        found = [
            row[column]
            * _shared_days(row["period_start"], row["period_end"], start, end)
            / (days_between(row["period_start"], row["period_end"]) + 1)
            for row in self.crm["kpi_target"]
            if row["metric_name"] == metric
            and row[column] is not None
            and (row["dim_name"], row["dim_value"]) == place
            and _shared_days(row["period_start"], row["period_end"], start, end)
        ]
        return sum(found) if found else None

    def planned_members(
        self, metric: str, column: str, dimension: str, start: date, end: date
    ) -> set[str]:
        """The slices that have a plan."""
        return {
            row["dim_value"]
            for row in self.crm["kpi_target"]
            if row["metric_name"] == metric
            and row[column] is not None
            and row["dim_name"] == dimension
            and _shared_days(row["period_start"], row["period_end"], start, end)
        }


def _shared_days(first: date, last: date, start: date, end: date) -> int:
    return max(days_between(max(first, start), min(last, end)) + 1, 0)


def _partial(row: KpiRow, spent: Spent) -> KpiRow:
    """Without knowing how much is missing there is no value (G1)."""
    if spent.is_whole or row.value_status == "no_data":
        return row
    return replace(row, value=None, value_status="partial")


def tco_actual(crm: Crm) -> list[KpiRow]:
    """What was booked for the CRM itself."""
    ownership = Ownership(crm)
    metric = Metric("tco_actual", ["cost_entry"], [], is_ratio=False, has_interval=False)
    rows = []
    for period in _all(crm, "month", "quarter", "year", "r12m"):
        for place in [("total", "total"), *_slices(ownership, period)]:
            spent = ownership.spent("actual", place, period.start, min(period.end, crm.as_of))
            parts = spent.amount, None
            row = status_row(crm, metric, period, place, parts, len(spent.bookings))
            rows.append(_partial(row, spent))
    return rows


def _all(crm: Crm, *grains: str) -> Iterator[Period]:
    for grain in grains:
        yield from periods(crm, grain)


def _slices(ownership: Ownership, period: Period) -> list[Place]:
    return [
        (dimension, member)
        for dimension in PLACES
        for member in sorted(ownership.members(dimension, period))
    ]


def tco_budget_variance(crm: Crm) -> list[KpiRow]:
    """Booked less budget ÷ budget, an open period up to the newest day on both sides."""
    ownership = Ownership(crm)
    metric = Metric("tco_budget_variance", ["cost_entry"], [], has_interval=False)
    rows = []
    for period in _all(crm, "month", "quarter", "year"):
        start, end = period.start, min(period.end, crm.as_of)
        budgets: dict[Place, float | None] = dict.fromkeys(_slices(ownership, period))
        for dimension in PLACES:
            names = ownership.planned_members("tco_budget", "budget_amount", dimension, start, end)
            for name in names:
                place = dimension, name
                budgets[place] = ownership.planned("tco_budget", "budget_amount", place, start, end)
        total = ownership.planned("tco_budget", "budget_amount", ("total", "total"), start, end)
        if total is None:
            by_category = [
                budget
                for (dimension, _), budget in budgets.items()
                if dimension == "cost_category" and budget is not None
            ]
            total = sum(by_category) if by_category else None
        budgets["total", "total"] = total
        for place, budget in budgets.items():
            spent = ownership.spent("actual", place, start, end)
            parts = spent.amount - (budget or 0.0), budget or 0.0
            row = status_row(crm, metric, period, place, parts, len(spent.bookings))
            rows.append(_partial(row, spent))
    return rows


def _savings(
    crm: Crm, metric: Metric
) -> Iterator[tuple[Period, Place, float | None, Spent, KpiRow]]:
    """Baseline less booked and postponed cost of every year and category, by the day."""
    ownership = Ownership(crm)
    for period in periods(crm, "year"):
        start, end = period.start, min(period.end, crm.as_of)
        names = ownership.members("cost_category", period) | ownership.planned_members(
            "tco_actual", "baseline_value", "cost_category", start, end
        )
        for place in [("total", "total"), *(("cost_category", name) for name in sorted(names))]:
            baseline = ownership.planned("tco_actual", "baseline_value", place, start, end)
            actual = ownership.spent("actual", place, start, end)
            deferred = ownership.spent("deferred", place, start, end)
            spent = Spent(actual.bookings + deferred.bookings)
            saving = None if baseline is None else baseline - spent.amount
            n = len(actual.bookings)
            row = status_row(crm, metric, period, place, (saving or 0.0, None), n)
            row = _partial(replace(row, numerator=None), spent)
            if saving is None:
                # What the category cost before is not known: nothing to save on.
                row = replace(row, value=None, n=None, value_status="no_data")
            yield period, place, saving, spent, row


def cost_saving_realised(crm: Crm) -> list[KpiRow]:
    """What was spent before less what is spent now; what is only postponed is no saving."""
    metric = Metric("cost_saving_realised", ["cost_entry"], [], has_interval=False)
    return [row for *_, row in _savings(crm, metric)]


def target_cost_saving_attainment(crm: Crm) -> list[KpiRow]:
    """What was saved ÷ what was to be saved up to the same day."""
    ownership = Ownership(crm)
    metric = Metric("target_cost_saving_attainment", ["cost_entry"], [], has_interval=False)
    rows = []
    for period, place, saving, spent, known in _savings(crm, metric):
        if known.value_status == "no_data":
            rows.append(known)
            continue
        target = ownership.planned(
            "cost_saving_realised",
            "target_value",
            place,
            period.start,
            min(period.end, crm.as_of),
        )
        parts = saving or 0.0, max(target or 0.0, 0.0)
        n = sum(booking.row["entry_type"] == "actual" for booking in spent.bookings)
        row = status_row(crm, metric, period, place, parts, n)
        rows.append(_partial(row, spent))
    return rows
