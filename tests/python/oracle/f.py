"""F Governance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from oracle.acquisition import NewCustomer, acquisition_costs, new_customers
from oracle.customers import all_spells
from oracle.economics import billings, net_in_currency, service_costs
from oracle.lookup import People, Rates
from oracle.p7 import Ownership
from oracle.raw import Crm
from oracle.rows import UNKNOWN, KpiRow, Metric, month_end, month_start, periods, status_row

POOLS = {"acquisition", "retention", "service", "crm_tco"}


@dataclass(frozen=True)
class Amount:
    """What an account brought or cost in a month; account None is cost that nobody bears."""

    month: date
    account: str | None
    margin: float = 0.0
    cost: float = 0.0
    #: What has no exchange rate, and revenue whose margin nobody knows.
    missing: float = 0.0
    unknown: float = 0.0
    is_unpriced: bool = False


@dataclass
class Sums:
    """The amounts of a slice of a year."""

    margin: float = 0.0
    cost: float = 0.0
    missing: float = 0.0
    unknown: float = 0.0
    accounts: set[str] = field(default_factory=set)

    def add(self, amount: Amount) -> None:
        self.margin += amount.margin
        self.cost += amount.cost
        self.missing += amount.missing
        self.unknown += amount.unknown
        if amount.account is not None:
            self.accounts.add(amount.account)


def customer_relationship_roi(crm: Crm) -> list[KpiRow]:
    """CM1 of all customers less what winning, keeping and serving them and the CRM cost, over that.

    Cost without an account is borne by the customers won in the month (acquisition) or of it.
    """
    people = People(crm)
    # A sale that was called off is none.
    won = {
        customer.account: customer
        for customer in new_customers(crm)
        if customer.deal is None or customer.deal.outcome == "won"
    }
    amounts = list(_amounts(crm, list(won.values())))
    metric = Metric("customer_relationship_roi", ["invoice", "cost_entry"], [], has_interval=False)
    booked = {row["cost_pool"] for row in crm["cost_entry"] if row["entry_type"] == "actual"}
    limit = float(crm.parameters["fx_max_missing_share"])
    rows = []
    for period in periods(crm, "r12m"):
        inside = [amount for amount in amounts if period.start <= amount.month <= period.end]
        cells: dict[tuple[str, str], Sums] = defaultdict(Sums)
        for amount in inside:
            if amount.is_unpriced:
                continue
            cells["total", "total"].add(amount)
            for name in ("segment", "region"):
                cells[name, people.account(amount.account, name) or UNKNOWN].add(amount)
            customer = won.get(amount.account or "")
            cells["cohort_year", str(customer.on.year) if customer else UNKNOWN].add(amount)
        is_whole = booked >= POOLS and not any(amount.is_unpriced for amount in inside)
        for place, sums in cells.items():
            parts = (sums.margin - sums.cost, sums.cost)
            lost = sums.missing + sums.unknown
            row = status_row(
                crm,
                metric,
                period,
                place,
                parts,
                len(sums.accounts),
                missing_share=lost / (sums.cost + lost) if lost else 0.0,
                is_open=period.end > crm.as_of,
            )
            is_known = all(
                part <= limit * (sums.cost + part) for part in (sums.missing, sums.unknown)
            )
            if row.value_status != "no_data" and not (is_whole and is_known):
                row = KpiRow(
                    metric.name,
                    *(period.grain, period.start, *place),
                    *(*parts, None, len(sums.accounts)),
                    "partial",
                )
            rows.append(row)
    return rows


def _amounts(crm: Crm, won: list[NewCustomer]) -> Iterator[Amount]:
    rates = Rates(crm)
    for billing in billings(crm):
        month = month_start(billing.on)
        if billing.margin is not None:
            yield Amount(month, billing.account, margin=billing.margin)
        elif billing.net is not None:
            yield Amount(month, billing.account, unknown=abs(billing.net))
        else:
            net = net_in_currency(billing.row)
            gross = float(billing.row["gross_amount"] or 0.0)
            _, missing = rates.split(net or 0.0, billing.row["currency"], billing.on)
            unknown = abs(gross) if net is None else 0.0
            yield Amount(month, billing.account, missing=abs(missing), unknown=unknown)
    winners: dict[date, list[str]] = defaultdict(list)
    for customer in won:
        winners[customer.month].append(customer.account)
    customers = _customers_by_month(crm)
    for day, cost, _, _ in acquisition_costs(crm):
        yield from _spread(month_start(day), cost, winners)
    for row in crm["cost_entry"]:
        if row["cost_pool"] == "retention" and row["entry_type"] == "actual":
            cost, _ = rates.split(row["net_amount"] or 0.0, row["currency"], row["cost_date"])
            yield from _spread(month_start(row["cost_date"]), cost, customers)
    for (account, month), cost in service_costs(crm).items():
        if account is None:
            yield from _spread(month, cost, customers)
        else:
            yield Amount(month, account, cost=cost)
    for booking in Ownership(crm).bookings:
        month = month_start(booking.row["cost_date"])
        if booking.row["entry_type"] != "actual":
            continue
        if booking.amount is None:
            yield Amount(month, None, is_unpriced=True)
        else:
            yield from _spread(month, booking.amount, customers)


def _spread(month: date, cost: float, bearers: dict[date, list[str]]) -> Iterator[Amount]:
    """The same part of a cost for everybody who bears it, or all of it for nobody."""
    if not bearers.get(month):
        yield Amount(month, None, cost=cost)
    for account in bearers.get(month, []):
        yield Amount(month, account, cost=cost / len(bearers[month]))


def _customers_by_month(crm: Crm) -> dict[date, list[str]]:
    """Who was a customer on a day of each month."""
    found: dict[date, set[str]] = defaultdict(set)
    spells = all_spells(crm)
    for period in periods(crm, "month"):
        day = min(month_end(period.start), crm.as_of)
        for spell in spells:
            if spell.start <= day and (
                spell.churn_date is None or spell.churn_date >= period.start
            ):
                found[period.start].add(spell.account)
    return {month: sorted(accounts) for month, accounts in found.items()}
