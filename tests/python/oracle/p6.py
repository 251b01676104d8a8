"""P6 Payments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from oracle.deals import deals
from oracle.lookup import People, Rates
from oracle.raw import Crm, Row, days_between, local_date
from oracle.rows import (
    UNKNOWN,
    Fact,
    KpiRow,
    Metric,
    month_end,
    month_start,
    periods,
    roll_up,
    status_row,
)

SLICES = ("region", "segment")
COUNTBACK_MONTHS = 12
Place = tuple[str, str]


def documents(crm: Crm) -> dict[str, Row]:
    """Invoices and credit notes by their id, void ones left out."""
    return {row["invoice_id"]: row for row in crm["invoice"] if row["status"] != "void"}


def days_to_pay(crm: Crm) -> list[KpiRow]:
    """Days from invoice to payment, weighted with what was paid; reversals take back."""
    people, rates, invoices = People(crm), Rates(crm), documents(crm)
    metric = Metric(
        "days_to_pay",
        ["invoice", "payment"],
        ["region", "country", "segment"],
        has_interval=False,
    )
    facts = []
    for payment in crm["payment"]:
        invoice = invoices.get(payment["invoice_id"])
        if invoice is None or (payment["amount"] < 0 and not payment["is_reversal"]):
            continue  # paying out a credit is no payment of a customer
        sign = -1 if payment["is_reversal"] and payment["amount"] > 0 else 1
        amount, missing = rates.split(
            sign * payment["amount"], invoice["currency"], payment["paid_at"]
        )
        days = days_between(invoice["invoice_date"], payment["paid_at"])
        account = invoice["account_id"]
        names = ("region", "country", "segment")
        facts.append(
            Fact(
                payment["paid_at"],
                amount * days,
                amount,
                missing=missing,
                members={name: people.account(account, name) for name in names},
            )
        )
    return roll_up(crm, metric, facts)


@dataclass(frozen=True)
class Entry:
    """A dated change of what is owed on an invoice, in its currency."""

    on: date
    amount: float
    is_write_off: bool = False


def ledgers(crm: Crm) -> dict[str, list[Entry]]:
    """What moved the balance of every invoice, in order of the day."""
    invoices = documents(crm)
    found: dict[str, list[Entry]] = defaultdict(list)
    for key, row in invoices.items():
        if row["document_type"] == "invoice":
            found[key].append(Entry(row["invoice_date"], row["gross_amount"]))
        elif row["applies_to_invoice_id"] in invoices:
            found[row["applies_to_invoice_id"]].append(
                Entry(row["invoice_date"], row["gross_amount"])
            )
    for payment in crm["payment"]:
        if payment["invoice_id"] in found:
            sign = -1 if payment["is_reversal"] and payment["amount"] > 0 else 1
            amount = -sign * payment["amount"]
            found[payment["invoice_id"]].append(Entry(payment["paid_at"], amount))
    for key, entries in found.items():
        entries.sort(key=lambda entry: entry.on)
        written_off_on = invoices[key]["written_off_at"]
        if written_off_on is not None:
            left = sum(entry.amount for entry in entries if entry.on <= written_off_on)
            entries.append(Entry(written_off_on, -left, is_write_off=True))
            entries.sort(key=lambda entry: entry.on)
    return found


def settled_on(entries: list[Entry], tolerance: float) -> date | None:
    """The first day on which nothing is owed any more, unless it was written off."""
    balance = 0.0
    for place, entry in enumerate(entries):
        balance += entry.amount
        is_last_of_day = place + 1 == len(entries) or entries[place + 1].on > entry.on
        # Who paid too much has settled, too.
        if is_last_of_day and balance <= tolerance + 1e-9:
            return None if entry.is_write_off else entry.on
    return None


def lead_to_cash_days(crm: Crm) -> list[KpiRow]:
    """Median days from the lead to the first settled invoice of its deal."""
    people, invoices, all_deals = People(crm), documents(crm), deals(crm)
    leads, owed = crm.by("lead"), ledgers(crm)
    tolerance = float(crm.parameters["ledger_tolerance"])
    first: dict[str, date] = {}
    for key, entries in owed.items():
        deal, paid_on = invoices[key]["opportunity_id"], settled_on(entries, tolerance)
        if deal is not None and paid_on is not None:
            first[deal] = min(first.get(deal, date.max), paid_on)
    chains = []
    by_deal = {row["converted_opportunity_id"]: row for row in crm["lead"]}
    for deal_id, paid_on in first.items():
        deal = all_deals.get(deal_id)
        if deal is None:
            continue
        lead = leads.get(deal.row["source_lead_id"] or "") or by_deal.get(deal_id)
        # A deal without a lead is no whole chain; it only shows that its slice had a payment.
        days = days_between(local_date(lead["created_at"]), paid_on) if lead else None
        chains.append((paid_on, days, deal.row))
    metric = Metric("lead_to_cash_days", ["invoice", "payment", "opportunity", "lead"], [])
    rows = []
    for grain in ("month", "quarter", "r12m"):
        for period in periods(crm, grain):
            cells: dict[tuple[str, str], list[int]] = {("total", "total"): []}
            for paid_on, days, row in chains:
                if not period.start <= paid_on <= period.end:
                    continue
                segment = people.account(row["account_id"], "segment")
                for place in (
                    ("total", "total"),
                    ("segment", segment or UNKNOWN),
                    ("lead_source", row["lead_source"] or UNKNOWN),
                ):
                    cells.setdefault(place, []).extend([] if days is None else [days])
            for place, found in cells.items():
                value = float(median(found)) if found else None
                base = status_row(crm, metric, period, place, (value or 0.0, None), len(found))
                status = base.value_status
                if value is None and status != "no_data":
                    status = "not_applicable"
                rows.append(
                    KpiRow(
                        metric.name,
                        grain,
                        period.start,
                        *place,
                        None,
                        None,
                        None if base.value is None else value,
                        base.n,
                        status,
                    )
                )
    return rows


def dso_countback(crm: Crm) -> list[KpiRow]:
    """Days of the newest sales that stand behind what is owed at the end of a month."""
    metric = Metric("dso_countback", ["invoice", "payment"], [], has_interval=False)
    first_known = month_start(crm.first_month, crm.days("receivable_warmup_months"))
    limit = float(crm.parameters["fx_max_missing_share"])
    tolerance = float(crm.parameters["ledger_tolerance"])
    receivables = _Receivables(crm)
    rows = []
    for period in periods(crm, "month"):
        day = min(period.end, crm.as_of)
        for place in receivables.places:
            owed, missing = receivables.owed(place, day)
            days, months = _countback(owed, day, receivables.sales[place], tolerance)
            missing += sum(receivables.unknown_sales[place][month] for month in months)
            row = status_row(crm, metric, period, place, (days or 0.0, None), 1)
            row = replace(row, numerator=None)
            if period.start < first_known:
                row = replace(row, value=None, n=None, value_status="no_data")
            elif days is None:
                row = replace(row, value=None, value_status="not_applicable")
            elif missing:
                is_small = missing / (missing + owed) <= limit
                row = replace(row, value=row.value if is_small else None, value_status="partial")
            rows.append(row)
    return rows


class _Receivables:
    """Gross sales of every month and what is owed on a day, as a whole and by customer."""

    def __init__(self, crm: Crm) -> None:
        self.rates, self.invoices = Rates(crm), documents(crm)
        people = People(crm)
        self.sales: dict[Place, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        self.unknown_sales: dict[Place, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        self.entries: dict[Place, list[tuple[Row, Entry]]] = defaultdict(list)
        owed = ledgers(crm)
        for key, invoice in self.invoices.items():
            names = {name: people.account(invoice["account_id"], name) for name in SLICES}
            month = month_start(invoice["invoice_date"])
            known, unknown = self.rates.split(
                invoice["gross_amount"], invoice["currency"], invoice["invoice_date"]
            )
            for place in (("total", "total"), *((n, m or UNKNOWN) for n, m in names.items())):
                self.sales[place][month] += known
                self.unknown_sales[place][month] += abs(unknown)
                self.entries[place] += [(invoice, entry) for entry in owed.get(key, [])]

    @property
    def places(self) -> list[Place]:
        """The whole and its slices."""
        return sorted(self.sales)

    def owed(self, place: Place, day: date) -> tuple[float, float]:
        """What is owed in euro, and how much more there is in a currency without a rate."""
        known = unknown = 0.0
        for invoice, entry in self.entries[place]:
            # An advance is a debt to the customer, no receivable, until its invoice is written.
            if max(entry.on, invoice["invoice_date"]) <= day:
                amount, missing = self.rates.split(entry.amount, invoice["currency"], day)
                known, unknown = known + amount, unknown + missing
        return known, abs(unknown)


def _countback(
    owed: float, day: date, sales: dict[date, float], tolerance: float
) -> tuple[float | None, list[date]]:
    """Take sales month by month off what is owed; the last month counts by its part."""
    if owed <= tolerance:
        return None, []
    days, month, used = 0.0, month_start(day), []
    for _ in range(COUNTBACK_MONTHS):
        length = days_between(month, min(month_end(month), day)) + 1
        used.append(month)
        sold = max(sales[month], 0.0)
        if owed <= sold:
            return days + owed / sold * length, used
        owed, days, month = owed - sold, days + length, month_start(month, -1)
    return days, used
