"""B3 New business."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from oracle.acquisition import NewCustomer, acquisition_costs, cost_by_month, new_customers
from oracle.economics import Billing, Margins, billings, net_in_currency
from oracle.lookup import People, Rates
from oracle.raw import Crm
from oracle.rows import (
    UNKNOWN,
    Fact,
    KpiRow,
    Metric,
    Period,
    month_end,
    month_start,
    periods,
    roll_up,
    status_row,
)

BASE = "contract_line|invoice|opportunity"
Members = dict[str, str | None]


def members(people: People, customer: NewCustomer) -> Members:
    """The dimensions of a new customer: of its account and of its first deal."""
    return {
        "region": people.account(customer.account, "region"),
        "segment": people.account(customer.account, "segment"),
        "rep": people.rep(
            customer.deal.owner if customer.deal else people.owner(customer.account, customer.on)
        ),
        "lead_source": (customer.deal.row["lead_source"] if customer.deal else None)
        or people.account(customer.account, "lead_source"),
    }


def new_customer_count(crm: Crm) -> list[KpiRow]:
    """Accounts with their first sale, less those that withdrew at once."""
    people = People(crm)
    metric = Metric(
        "new_customer_count",
        [BASE],
        ["region", "segment", "rep", "lead_source"],
        is_ratio=False,
        has_interval=False,
    )
    facts = []
    for customer in new_customers(crm):
        place = members(people, customer)
        facts.append(Fact(customer.on, 1.0, members=place))
        if customer.withdrawn_on is not None:
            facts.append(Fact(customer.withdrawn_on, -1.0, members=place))
    return roll_up(crm, metric, facts)


def _new_business(crm: Crm) -> Iterator[tuple[NewCustomer, Billing]]:
    """The documents of each customer's first months, the acquisition month being one of them."""
    by_account = {customer.account: customer for customer in new_customers(crm)}
    months = crm.days("new_business_months")
    for billing in billings(crm):
        customer = by_account.get(billing.account)
        if customer and customer.month <= billing.on < month_start(customer.month, months):
            yield customer, billing


def _billing_facts(crm: Crm, is_margin: bool) -> list[Fact]:
    people, rates = People(crm), Rates(crm)
    facts = []
    for customer, billing in _new_business(crm):
        worth = billing.margin if is_margin else billing.net
        net, missing, unknown = net_in_currency(billing.row), 0.0, 0.0
        if net is None:
            # The gross amount never stands in; it only bounds what is not known.
            unknown = sum(rates.split(billing.row["gross_amount"], "EUR", billing.on))
        elif worth is None:
            missing = rates.split(net, billing.row["currency"], billing.on)[1]
        facts.append(
            Fact(
                billing.on,
                worth or 0.0,
                missing=missing,
                unknown=unknown,
                members=members(people, customer),
            )
        )
    return facts


def new_business_net_revenue(crm: Crm) -> list[KpiRow]:
    """Invoices less credit notes of customers in their first twelve months."""
    metric = Metric(
        "new_business_net_revenue",
        ["invoice"],
        ["region", "segment", "lead_source"],
        is_ratio=False,
        has_interval=False,
    )
    return roll_up(crm, metric, _billing_facts(crm, is_margin=False))


def new_business_contribution_margin(crm: Crm) -> list[KpiRow]:
    """CM1 of the documents of new_business_net_revenue."""
    metric = Metric(
        "new_business_contribution_margin",
        ["invoice"],
        ["region", "segment", "lead_source", "rep"],
        is_ratio=False,
        has_interval=False,
    )
    return roll_up(crm, metric, _billing_facts(crm, is_margin=True))


def customer_acquisition_cost(crm: Crm) -> list[KpiRow]:
    """Acquisition cost ÷ new customers of the period; a category over all new customers."""
    metric = Metric("customer_acquisition_cost", ["cost_entry", BASE], [], has_interval=False)
    costs, customers = acquisition_costs(crm), new_customers(crm)
    days = [(customer.on, 1) for customer in customers]
    days += [(customer.withdrawn_on, -1) for customer in customers if customer.withdrawn_on]
    rows = []
    for grain in metric.grains:
        for period in periods(crm, grain):
            inside = [cost for cost in costs if period.start <= cost[0] <= period.end]
            count = sum(sign for day, sign in days if period.start <= day <= period.end)
            by_place: dict[tuple[str, str], float] = defaultdict(float)
            by_place["total", "total"] = 0.0
            for _, amount, category, _ in inside:
                by_place["total", "total"] += amount
                by_place["cost_category", category or UNKNOWN] += amount
            rows += [
                status_row(crm, metric, period, place, (amount, float(count)), count)
                for place, amount in by_place.items()
            ]
    return rows


class Cohorts:
    """What the new customers of a period cost and bring, month by month of their age."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.margins, self.people = crm, Margins(crm), People(crm)
        # Who left stays in the cohort: no survivorship. A sale that was called off is none.
        self.customers = [
            customer
            for customer in new_customers(crm)
            if customer.deal is None or customer.deal.outcome == "won"
        ]
        self.costs = cost_by_month(crm)
        self.sizes: dict[date, int] = defaultdict(int)
        for customer in self.customers:
            self.sizes[customer.month] += 1

    def slices(
        self, period: Period, dimensions: list[str]
    ) -> dict[tuple[str, str], tuple[list[NewCustomer], float]]:
        """Customers and cost of the total, and of each slice with its share per customer."""
        found: dict[tuple[str, str], tuple[list[NewCustomer], float]] = {}
        start, end = max(period.start, self.crm.first_month), period.end
        cohort = [c for c in self.customers if start <= c.month <= end]
        cost = sum(cost for month, cost in self.costs.items() if start <= month <= end)
        found["total", "total"] = cohort, cost
        unallocated = sum(
            cost
            for month, cost in self.costs.items()
            if start <= month <= end and not self.sizes[month]
        )
        for dimension in dimensions:
            for customer in cohort:
                place = dimension, members(self.people, customer)[dimension] or UNKNOWN
                inside, spent = found.get(place, ([], 0.0))
                share = self.costs[customer.month] / self.sizes[customer.month]
                found[place] = [*inside, customer], spent + share
            if unallocated:
                found[dimension, "(unallocated)"] = [], unallocated
        return found

    def age(self, customer: NewCustomer) -> int:
        """How many months of a customer are closed."""
        last = self.crm.as_of
        if last != month_end(last):
            last = month_end(last, -1)
        return (last.year - customer.month.year) * 12 + last.month - customer.month.month + 1

    def cm2(self, customer: NewCustomer, index: int) -> float:
        """CM2 of a customer in a month of its age."""
        month = month_start(customer.month, index)
        return self.margins.cm2(customer.account, month, month_end(month)) or 0.0


def cac_break_even_months(crm: Crm) -> list[KpiRow]:
    """Months until the customers of a cohort have brought back in CM2 what they cost."""
    metric = Metric("cac_break_even_months", ["cost_entry", "invoice"], [], has_interval=False)
    cohorts = Cohorts(crm)
    rows = []
    for grain in ("month", "year"):
        for period in periods(crm, grain):
            slices = cohorts.slices(period, ["segment", "lead_source", "region"])
            for place, (cohort, cost) in slices.items():
                if place[1] == "(unallocated)":
                    continue
                row = status_row(crm, metric, period, place, (0.0, float(len(cohort))), len(cohort))
                value = _break_even(cohorts, cohort, cost) if row.value is not None else None
                status = row.value_status
                if status == "ok" and value is None:
                    status = "immature"
                rows.append(
                    KpiRow(
                        metric.name, grain, period.start, *place, None, None, value, row.n, status
                    )
                )
    return rows


def _break_even(cohorts: Cohorts, cohort: list[NewCustomer], cost: float) -> float | None:
    total = 0.0
    for index in range(min(cohorts.age(customer) for customer in cohort)):
        total += sum(cohorts.cm2(customer, index) for customer in cohort)
        if total >= cost:
            return index + 1.0
    return None


def acquisition_roi(crm: Crm) -> list[KpiRow]:
    """CM2 of a cohort's first twelve months less its cost ÷ its cost."""
    metric = Metric("acquisition_roi", ["cost_entry", "invoice"], [], has_interval=False)
    cohorts = Cohorts(crm)
    rows = []
    for grain in ("month", "quarter", "year"):
        for period in periods(crm, grain):
            slices = cohorts.slices(period, ["segment", "lead_source"])
            for place, (cohort, cost) in slices.items():
                brought = sum(
                    cohorts.cm2(customer, index)
                    for customer in cohort
                    for index in range(min(12, cohorts.age(customer)))
                )
                is_open = any(cohorts.age(c) < 12 for c in cohort)
                if not cohort:
                    is_open = month_end(period.end, 11) > crm.as_of
                rows.append(
                    status_row(
                        crm,
                        metric,
                        period,
                        place,
                        (brought - cost, cost),
                        len(cohort),
                        is_open=is_open or period.end > crm.as_of,
                    )
                )
    return rows
