"""P7 Return on the CRM: what it provably brought in twelve months against what it cost (E11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from oracle.b4 import profit_per_customer
from oracle.customers import all_spells, base, has_churned, is_provisional
from oracle.economics import service_work_by_case
from oracle.lookup import Rates
from oracle.p4 import campaign_roi_incremental
from oracle.p6 import documents, dso_countback
from oracle.p7 import Ownership, Spent
from oracle.raw import Crm, Row, days_between
from oracle.rows import KpiRow, Metric, Period, is_covered, month_start, periods, status_row

TOTAL = ("total", "total")
NEEDS = ["cost_entry", "campaign_member|contract_line|payment|support_case"]


@dataclass(frozen=True)
class Stream:
    """What one kind of benefit brought, and whether that can still change."""

    amount: float
    is_open: bool = False


@dataclass(frozen=True)
class Year:
    """Benefit and cost of twelve months."""

    period: Period
    streams: list[Stream]
    spent: Spent

    @property
    def benefit(self) -> float:
        """What the streams with evidence brought together."""
        return sum(stream.amount for stream in self.streams)


class Benefits:
    """The five streams of crm_benefit_amount; None where nothing tells what would have been."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.rates, self.ownership = crm, Rates(crm), Ownership(crm)

    def streams(self, period: Period) -> list[Stream]:
        """The streams of a year that have evidence."""
        found = (
            self._service_time(period),
            self._campaign(period),
            self._retained(period),
            self._cash(period),
            self._legacy(period),
        )
        return [stream for stream in found if stream is not None]

    def _baseline(self, metric: str, place: tuple[str, str], period: Period) -> float | None:
        """The baseline of the narrowest row that contains the end of the period (C16)."""
        rows = [
            row
            for row in self.crm["kpi_target"]
            if row["metric_name"] == metric
            and (row["dim_name"], row["dim_value"]) == place
            and row["baseline_value"] is not None
            and row["period_start"] <= period.end <= row["period_end"]
        ]
        if not rows:
            return None
        rows.sort(key=lambda row: days_between(row["period_start"], row["period_end"]))
        return float(rows[0]["baseline_value"])

    def _costs(
        self, period: Period, is_wanted: Callable[[Row], bool]
    ) -> Iterator[tuple[Row, float]]:
        for row in self.crm["cost_entry"]:
            day = row["cost_date"]
            if row["entry_type"] == "actual" and is_wanted(row) and self._is_in(day, period):
                yield row, self.rates.split(row["net_amount"] or 0.0, row["currency"], day)[0]

    def _is_in(self, day: date, period: Period) -> bool:
        return period.start <= day <= min(period.end, self.crm.as_of)

    def _service_time(self, period: Period) -> Stream | None:
        """Minutes below the baseline of each case type, at the rate of an hour of service."""
        if not is_covered(self.crm, ["support_case"], period):
            return None
        saved = worth = priced = 0.0
        is_known = False
        for case, day, minutes in self._cases:
            if not self._is_in(day, period):
                continue
            place = "case_type", case["case_type"]
            baseline = self._baseline("service_minutes_per_case", place, period)
            if baseline is None:
                continue
            is_known = True
            saved += baseline - minutes
            user = self.crm.by("app_user").get(case["owner_user_id"] or "")
            rate = None
            if user and user["hourly_cost_amount"] is not None:
                rate = self.rates.rate(user["currency"], day)
            if user and rate is not None:
                worth += minutes * user["hourly_cost_amount"] * rate
                priced += minutes
        pool = list(
            self._costs(period, lambda row: row["cost_pool"] == "service" and bool(row["hours"]))
        )
        hours = sum(row["hours"] for row, _ in pool)
        if not is_known or not (hours or priced):
            return None
        hourly = sum(amount for _, amount in pool) / hours if hours else worth / priced
        return Stream(saved / 60 * hourly)

    @cached_property
    def _cases(self) -> list[tuple[Row, date, float]]:
        return service_work_by_case(self.crm)

    def _kept(self, period: Period) -> tuple[float, int, bool] | None:
        """Share of customers kept beyond the baseline, of how many, and whether it can change."""
        monthly = self._baseline("customer_churn_rate", TOTAL, period)
        customers = base(all_spells(self.crm), period)
        if monthly is None or not customers:
            return None
        lost = [spell for spell in customers if has_churned(self.crm, spell, period)]
        # The card's target is one of a month: twelve of them are a year.
        share = 1 - (1 - monthly) ** 12 - len(lost) / len(customers)
        return share, len(customers), any(is_provisional(self.crm, spell) for spell in lost)

    def _retained(self, period: Period) -> Stream | None:
        """Customers that the baseline would have lost, at the mean CM2 of a customer."""
        kept, profit = self._kept(period), self._profit.get(period.start)
        if kept is None or profit is None or profit.numerator is None or not profit.denominator:
            return None
        share, count, is_open = kept
        return Stream(share * count * profit.numerator / profit.denominator, is_open)

    @cached_property
    def _profit(self) -> dict[date, KpiRow]:
        return _totals(profit_per_customer(self.crm))

    def _campaign(self, period: Period) -> Stream | None:
        """What campaigns brought beyond their control groups less what the CRM pool does not bear.

        Customers kept have no names: their share of all is taken out of the campaigns' part.
        """
        row = self._campaigns.get(period.start)
        if row is None or row.numerator is None or not row.denominator:
            return None
        borne = sum(
            amount
            for cost, amount in self._costs(period, lambda cost: cost["cost_pool"] == "crm_tco")
            if cost["campaign_id"]
        )
        gain = row.numerator + row.denominator
        retained = self._retained(period)
        kept = self._kept(period)
        share = max(kept[0], 0.0) if kept and retained else 0.0
        amount = gain - max(row.denominator - borne, 0.0) - share * max(gain, 0.0)
        return Stream(amount, row.value_status == "immature")

    @cached_property
    def _campaigns(self) -> dict[date, KpiRow]:
        return _totals(campaign_roi_incremental(self.crm))

    def _cash(self, period: Period) -> Stream | None:
        """Days of sales outstanding below the baseline, at a day's sales and yearly interest."""
        row = self._dso.get(month_start(period.end))
        baseline = self._baseline("dso_countback", TOTAL, period)
        is_loaded = is_covered(self.crm, ["invoice", "payment"], period)
        if row is None or row.value is None or baseline is None or not is_loaded:
            return None
        sold = sum(
            self.rates.split(document["gross_amount"], document["currency"], day)[0]
            for document in documents(self.crm).values()
            if self._is_in(day := document["invoice_date"], period)
        )
        days = days_between(period.start, min(period.end, self.crm.as_of)) + 1
        yearly = float(self.crm.parameters["capital_cost_pa"])
        return Stream((baseline - row.value) * sold / days * yearly)

    @cached_property
    def _dso(self) -> dict[date, KpiRow]:
        return {
            row.period_start: row
            for row in dso_countback(self.crm)
            if row.grain == "month" and row.dimension == "total"
        }

    def _legacy(self, period: Period) -> Stream | None:
        """What the old system cost before less what is still booked for it."""
        end = min(period.end, self.crm.as_of)
        plan = self.ownership.planned("legacy_cost", "baseline_value", TOTAL, period.start, end)
        if plan is None:
            return None
        booked = self._costs(period, lambda row: row["category"] == "legacy")
        return Stream(plan - sum(amount for _, amount in booked))


def _totals(rows: list[KpiRow]) -> dict[date, KpiRow]:
    return {
        row.period_start: row for row in rows if row.grain == "r12m" and row.dimension == "total"
    }


def crm_roi(crm: Crm) -> list[KpiRow]:
    """(Benefit − cost) ÷ cost of twelve months, of all whole years so far, and the payback."""
    benefits, metric = Benefits(crm), Metric("crm_roi", NEEDS, [], has_interval=False)
    rows: list[KpiRow] = []
    years: dict[date, Year] = {}
    for period in periods(crm, "r12m"):
        if not is_covered(crm, NEEDS, period):
            rows.append(status_row(crm, metric, period, TOTAL, (0.0, None), 0))
            continue
        end = min(period.end, crm.as_of)
        spent = benefits.ownership.spent("actual", TOTAL, period.start, end)
        year = Year(period, benefits.streams(period), spent)
        years[period.start] = year
        rows.append(_row(crm, metric, year, TOTAL, [year]))
        chain = [
            earlier
            for start, earlier in years.items()
            if (start.month, start.day) == (period.start.month, period.start.day)
            and earlier.streams
        ]
        rows.append(_row(crm, metric, year, ("variant", "cumulative"), chain))
        rows.append(_payback(_row(crm, metric, year, ("variant", "payback"), chain), chain))
    return rows


def _row(crm: Crm, metric: Metric, year: Year, place: tuple[str, str], chain: list[Year]) -> KpiRow:
    """Benefit less cost ÷ cost of the years; the newest one says whether they are over."""
    spent = Spent([booking for part in chain for booking in part.spent.bookings])
    benefit = sum(part.benefit for part in chain)
    is_open = year.period.end > crm.as_of or any(stream.is_open for stream in year.streams)
    parts = benefit - spent.amount, spent.amount
    n = len(year.streams)
    row = status_row(crm, metric, year.period, place, parts, n, is_open=is_open)
    if not any(part.streams for part in chain):
        # Without a benefit that is known there is no return.
        key = (metric.name, year.period.grain, year.period.start, *place)
        return KpiRow(*key, None, None, None, None, "no_data")
    if not spent.is_whole:
        row = replace(row, value=None, value_status="partial")
    return row


def _payback(row: KpiRow, chain: list[Year]) -> KpiRow:
    """The first month by which benefit, a twelfth of its year each month, makes up for the cost."""
    row = replace(row, numerator=None, denominator=None, value=None)
    if row.value_status in {"no_data", "partial"}:
        return row
    balance, number = 0.0, 0
    for year in chain:
        for shift in range(12):
            month = month_start(year.period.start, shift)
            cost = sum(
                booking.amount or 0.0
                for booking in year.spent.bookings
                if month_start(booking.row["cost_date"]) == month
            )
            balance += year.benefit / 12 - cost
            number += 1
            if balance >= 0:
                return replace(row, value=float(number))
    return replace(row, value_status="immature")
