"""P6 Payments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import median

from oracle.deals import deals
from oracle.lookup import People, Rates
from oracle.raw import Crm, Row, days_between, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, periods, roll_up, status_row


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
