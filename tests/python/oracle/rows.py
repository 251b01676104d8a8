"""From dated observations to published rows: periods, roll-up and status."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from oracle.raw import Crm, day_after

UNKNOWN = "(unknown)"
GRAINS = ("month", "quarter", "year", "r12m")


@dataclass(frozen=True)
class KpiRow:
    """One row of a published table, as far as it is recomputed."""

    metric_name: str
    grain: str
    period_start: date
    dimension: str
    dimension_value: str
    numerator: float | None
    denominator: float | None
    value: float | None
    n: int | None
    value_status: str


@dataclass(frozen=True)
class Fact:
    """What one record adds to a metric on its day.

    `missing` is what could not be converted, at the last rate of any age (E19).
    """

    on: date
    numerator: float
    denominator: float = 0.0
    n: int = 1
    missing: float = 0.0
    unknown: float = 0.0
    is_open: bool = False
    members: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """How the facts of a metric become rows."""

    name: str
    needs: Sequence[str]
    dimensions: Sequence[str]
    grains: Sequence[str] = GRAINS
    is_ratio: bool = True
    has_interval: bool = True
    window_days: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class Period:
    """A period of one grain, both days inclusive."""

    grain: str
    start: date
    end: date


def month_start(day: date, shift: int = 0) -> date:
    """The first day of the month of a day, so many months later."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


def month_end(day: date, shift: int = 0) -> date:
    """The last day of the month of a day, so many months later."""
    return month_start(day, shift + 1) - timedelta(days=1)


def periods(crm: Crm, grain: str) -> list[Period]:
    """Every period of a grain that touches the reporting months."""
    months = []
    month = crm.first_month
    while month <= crm.as_of:
        months.append(month)
        month = month_start(month, 1)
    if grain == "month":
        return [Period(grain, month, month_end(month)) for month in months]
    if grain == "r12m":
        return [Period(grain, month_start(month, -11), month_end(month)) for month in months]
    if grain == "year":
        years = sorted({month.year for month in months})
        return [Period(grain, date(year, 1, 1), date(year, 12, 31)) for year in years]
    if grain == "quarter":
        starts = sorted({month_start(month, -((month.month - 1) % 3)) for month in months})
        return [Period(grain, start, month_end(start, 2)) for start in starts]
    if grain == "iso_week":
        monday = months[0] - timedelta(days=months[0].weekday())
        weeks = []
        while monday <= crm.as_of:
            weeks.append(Period(grain, monday, monday + timedelta(days=6)))
            monday += timedelta(days=7)
        return weeks
    raise ValueError(grain)


def is_covered(crm: Crm, needs: Sequence[str], period: Period) -> bool:
    """Whether every needed table was loaded for the period (C7); `a|b` asks for one of them."""
    for need in needs:
        windows = [crm.coverage(table) for table in need.split("|")]
        if not any(
            period.start >= first.replace(day=1) and min(period.end, crm.as_of) <= month_end(last)
            for first, last in windows
        ):
            return False
    return True


@dataclass
class _Slice:
    """The facts of one slice in order of their day, with running sums."""

    days: list[date] = field(default_factory=list)
    sums: list[tuple[float, ...]] = field(default_factory=lambda: [(0.0,) * 6])

    def add(self, fact: Fact) -> None:
        lost = abs(fact.missing), abs(fact.unknown)
        parts = (fact.numerator, fact.denominator, fact.n, *lost, fact.is_open)
        self.days.append(fact.on)
        self.sums.append(tuple(a + b for a, b in zip(self.sums[-1], parts, strict=True)))


def roll_up(crm: Crm, metric: Metric, facts: Iterable[Fact]) -> list[KpiRow]:
    """Sum the facts of every period and slice; a slice has a row where it had a fact."""
    slices: dict[tuple[str, str], _Slice] = defaultdict(_Slice)
    total = slices["total", "total"]
    for fact in sorted(facts, key=lambda fact: fact.on):
        if fact.on < crm.first_month:
            continue
        total.add(fact)
        for dimension in metric.dimensions:
            if dimension in fact.members:
                slices[dimension, fact.members[dimension] or UNKNOWN].add(fact)
    rows = []
    for grain in metric.grains:
        for period in periods(crm, grain):
            for place, inside in slices.items():
                low = bisect_left(inside.days, period.start)
                high = bisect_right(inside.days, period.end)
                if low == high and place != ("total", "total"):
                    continue
                first, last = inside.sums[low], inside.sums[high]
                numerator, denominator, n, missing, unknown, n_open = (
                    b - a for a, b in zip(first, last, strict=True)
                )
                missing += unknown
                base = abs(denominator if metric.is_ratio else numerator)
                youngest = inside.days[high - 1] if high > low else period.end
                rows.append(
                    status_row(
                        crm,
                        metric,
                        period,
                        place,
                        (numerator, denominator if metric.is_ratio else None),
                        round(n),
                        missing_share=missing / (base + missing) if missing else 0.0,
                        is_unknown=unknown > 0,
                        is_open=period.end > crm.as_of
                        or n_open > 0
                        or day_after(youngest, metric.window_days) > crm.as_of,
                    )
                )
    return rows


def status_row(
    crm: Crm,
    metric: Metric,
    period: Period,
    place: tuple[str, str],
    parts: tuple[float, float | None],
    n: int,
    missing_share: float = 0.0,
    is_unknown: bool = False,
    is_open: bool | None = None,
) -> KpiRow:
    """Value and status of one row; the first status that applies wins (G1)."""
    numerator, denominator = parts
    key = (metric.name, period.grain, period.start, *place)
    if not is_covered(crm, metric.needs, period):
        return KpiRow(*key, None, None, None, None, "no_data")
    if denominator is not None and denominator == 0:
        # A period in which nothing was observed is published as no numerator over 0.
        return KpiRow(
            *key, (numerator or None) if n == 0 else numerator, 0.0, None, n, "not_applicable"
        )
    value = numerator if denominator is None else metric.scale * numerator / denominator
    if missing_share:
        limit = float(crm.parameters["fx_max_missing_share"])
        if is_unknown and missing_share > limit:
            return KpiRow(*key, None, None, None, None, "no_data")
        kept = value if missing_share <= limit else None
        return KpiRow(*key, numerator, denominator, kept, n, "partial")
    if is_open is None:
        is_open = period.end + timedelta(days=metric.window_days) > crm.as_of
    status = "ok"
    if is_open:
        status = "immature"
    elif metric.has_interval and n < crm.days("n_min"):
        status = "low_n"
    return KpiRow(*key, numerator, denominator, value, n, status)
