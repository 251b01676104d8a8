"""What customers bring in and cost: invoices, margins, service cost and recurring revenue."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from oracle.customers import Spell
from oracle.lookup import Rates
from oracle.raw import Crm, Row, day_after, local_date
from oracle.rows import month_start


@dataclass(frozen=True)
class Billing:
    """A document in euro; None is unknown (no net amount) or lacks an exchange rate."""

    row: Row
    account: str
    on: date
    net: float | None
    direct_cost: float | None

    @property
    def margin(self) -> float | None:
        """CM1: net revenue less direct cost (G5)."""
        if self.net is None or self.direct_cost is None:
            return None
        return self.net - self.direct_cost


def net_in_currency(invoice: Row) -> float | None:
    """The net amount, from gross and tax if it is missing; never the gross amount."""
    if invoice["net_amount"] is not None:
        return float(invoice["net_amount"])
    if invoice["gross_amount"] is None or invoice["tax_amount"] is None:
        return None
    return float(invoice["gross_amount"]) - float(invoice["tax_amount"])


def billings(crm: Crm) -> list[Billing]:
    """Invoices and credit notes, void ones left out."""
    rates, costs = Rates(crm), DirectCost(crm)
    found = []
    for invoice in crm["invoice"]:
        if invoice["status"] == "void":
            continue
        rate = rates.rate(invoice["currency"], invoice["invoice_date"])
        net, cost = net_in_currency(invoice), costs.of(invoice)
        found.append(
            Billing(
                row=invoice,
                account=invoice["account_id"],
                on=invoice["invoice_date"],
                net=None if net is None or rate is None else net * rate,
                direct_cost=None if cost is None or rate is None else cost * rate,
            )
        )
    return found


class DirectCost:
    """Direct cost of an invoice: its own, else the share of its deal line, else of its product."""

    def __init__(self, crm: Crm) -> None:
        self.products, self.contracts = crm.by("product"), crm.by("contract_line")
        self.lines: dict[str, list[Row]] = defaultdict(list)
        for line in crm["opportunity_line_item"]:
            self.lines[line["opportunity_id"]].append(line)

    def of(self, invoice: Row) -> float | None:
        """Direct cost of an invoice."""
        if invoice["direct_cost_amount"] is not None:
            return float(invoice["direct_cost_amount"])
        net = net_in_currency(invoice)
        contract = self.contracts.get(invoice["contract_line_id"] or "")
        deal = invoice["opportunity_id"] or (contract and contract["opportunity_id"])
        lines = self.lines.get(deal or "", [])
        if contract:
            lines = [line for line in lines if line["product_id"] == contract["product_id"]]
        costs = [(line["net_amount"], self.line_cost(line)) for line in lines]
        sold = sum(sold for sold, cost in costs if cost is not None)
        if net is None:
            return None
        if sold:
            return float(net * sum(cost for _, cost in costs if cost is not None) / sold)
        return net * self._standard(contract["product_id"]) if contract else None

    def line_cost(self, line: Row) -> float | None:
        """Direct cost of a deal line: its own, else by the standard of its product."""
        if line["direct_cost_amount"] is not None:
            return float(line["direct_cost_amount"])
        share = self.products[line["product_id"]]["standard_direct_cost_pct"]
        return None if share is None else float(line["net_amount"] * share)

    def _standard(self, product: str) -> float:
        return float(self.products[product]["standard_direct_cost_pct"])


def service_costs(crm: Crm) -> dict[tuple[str | None, date], float]:
    """Service cost by account and month; account None is what no one can be charged with.

    Bookings go to their account, else to the account of their case; the rest of a month's pool is
    shared by the minutes spent on cases and visits. Only a month without a pool is valued by the
    hour.
    """
    rates = Rates(crm)
    cases, users = crm.by("support_case"), crm.by("app_user")
    found: dict[tuple[str | None, date], float] = defaultdict(float)
    rest: dict[date, float] = defaultdict(float)
    has_pool = set()
    for cost in crm["cost_entry"]:
        if cost["cost_pool"] != "service" or cost["entry_type"] != "actual":
            continue
        month = month_start(cost["cost_date"])
        has_pool.add(month)
        amount, _ = rates.split(cost["net_amount"] or 0.0, cost["currency"], cost["cost_date"])
        account = cost["account_id"]
        if account is None and cost["case_id"] is not None:
            account = cases[cost["case_id"]]["account_id"]
        if account is None:
            rest[month] += amount
        else:
            found[account, month] += amount
    work = service_work(crm)
    total: dict[date, float] = defaultdict(float)
    for account, user, day, spent in work:
        total[month_start(day)] += spent
        worker = users.get(user or "")
        if month_start(day) not in has_pool and worker and worker["hourly_cost_amount"] is not None:
            worth, _ = rates.split(worker["hourly_cost_amount"], worker["currency"], day)
            found[account, month_start(day)] += spent / 60 * worth
    for account, _, day, spent in work:
        month = month_start(day)
        if rest[month]:
            found[account, month] += rest[month] * spent / total[month]
    for month, amount in rest.items():
        if not total[month]:
            found[None, month] += amount
    return found


def service_work(crm: Crm) -> list[tuple[str | None, str | None, date, float]]:
    """Account, user, day and minutes of solved cases, and of visits outside cases and deals."""
    found: list[tuple[str | None, str | None, date, float]] = []
    for activity in crm["activity"]:
        minutes = activity["duration_minutes"]
        if not minutes or activity["completed_at"] is None or activity["case_id"] is not None:
            continue
        if activity["activity_type"] == "visit" and activity["opportunity_id"] is None:
            day = local_date(activity["started_at"])
            found.append((activity["account_id"], activity["user_id"], day, float(minutes)))
    for case, day, spent in service_work_by_case(crm):
        found.append((case["account_id"], case["owner_user_id"], day, spent))
    return found


def service_work_by_case(crm: Crm) -> list[tuple[Row, date, float]]:
    """Solved cases, their day and the minutes spent: the case's own, else of its activities."""
    on_case: dict[str, float] = defaultdict(float)
    for activity in crm["activity"]:
        minutes = activity["duration_minutes"]
        if minutes and activity["completed_at"] is not None and activity["case_id"] is not None:
            on_case[activity["case_id"]] += minutes
    found = []
    for case in crm["support_case"]:
        minutes = case["service_minutes"] or on_case.get(case["case_id"])
        if case["solved_at"] is not None and minutes:
            found.append((case, local_date(case["solved_at"]), float(minutes)))
    return found


class Margins:
    """CM2 of an account over a window of whole months."""

    def __init__(self, crm: Crm) -> None:
        # CM2 by month; None where a document of the month is not fully known.
        self._months: dict[str, dict[date, float | None]] = defaultdict(dict)
        for billing in billings(crm):
            months, month = self._months[billing.account], month_start(billing.on)
            so_far, margin = months.get(month, 0.0), billing.margin
            months[month] = None if so_far is None or margin is None else so_far + margin
        for (account, month), amount in service_costs(crm).items():
            if account is not None:
                so_far = self._months[account].get(month, 0.0)
                self._months[account][month] = None if so_far is None else so_far - amount

    def cm2(self, account: str, first: date, last: date) -> float | None:
        """Net revenue less direct and service cost; None if a part of it is unknown."""
        months = self._months.get(account, {})
        parts = [worth for month, worth in months.items() if first <= month <= last]
        return None if None in parts else sum(part for part in parts if part is not None)


def mrr(spell: Spell, day: date, rates: Rates, rate_day: date | None = None) -> float | None:
    """Monthly recurring revenue on a day of a spell; in a gap the last one is carried."""
    while not any(_is_running(line, day) for line in spell.lines):
        ends = [line["end_date"] for line in spell.lines if line["end_date"]]
        day = max(end for end in ends if end < day)
    total = 0.0
    for line in spell.lines:
        if _is_running(line, day):
            rate = rates.rate(line["currency"], rate_day or day)
            if rate is None:
                return None
            total += line["mrr_net_amount"] * rate
    return total


def _is_running(line: Row, day: date) -> bool:
    return line["start_date"] <= day and (line["end_date"] is None or line["end_date"] >= day)


def eve(day: date) -> date:
    """The day before, whose close is the stock a period opens with (G13)."""
    return day_after(day, -1)
