"""New customers: when an account was first sold to, what that cost and what it brought."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from oracle.customers import spells_by_account
from oracle.deals import Deal, deals, sale_lines
from oracle.lookup import Rates
from oracle.raw import Crm, days_between
from oracle.rows import month_start


@dataclass(frozen=True)
class NewCustomer:
    """An account with its first sale; withdrawn_on if it stepped back within the period allowed.

    A customer older than the deals has none of them: its first contract is its start.
    """

    account: str
    on: date
    deal: Deal | None
    withdrawn_on: date | None

    @property
    def month(self) -> date:
        """The acquisition month."""
        return month_start(self.on)


def new_customers(crm: Crm) -> list[NewCustomer]:
    """Every account with a first sale, once."""
    spells = spells_by_account(crm)
    lines = sale_lines(crm, deals(crm))
    first: dict[str, NewCustomer] = {}
    for line in sorted(lines, key=lambda line: line.on):
        account = line.deal.row["account_id"]
        if line.sale_type != "first_sale" or line.sign < 0 or account in first:
            continue
        ends = [other.on for other in lines if other.sign < 0 and other.deal is line.deal]
        deal_id = line.deal.row["opportunity_id"]
        for spell in spells.get(account, []):
            if spell.churn_date and any(row["opportunity_id"] == deal_id for row in spell.lines):
                ends.append(spell.churn_date)
        limit = crm.days("withdrawal_days")
        early = [end for end in ends if 0 <= days_between(line.on, end) <= limit]
        first[account] = NewCustomer(account, line.on, line.deal, min(early, default=None))
    for account, known in spells.items():
        if account not in first and known[0].start <= crm.as_of:
            first[account] = NewCustomer(account, known[0].start, None, None)
    return list(first.values())


def acquisition_costs(crm: Crm) -> list[tuple[date, float, str | None, str | None]]:
    """Day, amount, category and campaign of what was spent on winning customers."""
    rates = Rates(crm)
    return [
        (
            cost["cost_date"],
            rates.split(cost["net_amount"] or 0.0, cost["currency"], cost["cost_date"])[0],
            cost["category"],
            cost["campaign_id"],
        )
        for cost in crm["cost_entry"]
        if cost["cost_pool"] == "acquisition" and cost["entry_type"] == "actual"
    ]


def cost_by_month(crm: Crm) -> dict[date, float]:
    """Acquisition cost of every month."""
    found: dict[date, float] = defaultdict(float)
    for day, amount, _, _ in acquisition_costs(crm):
        found[month_start(day)] += amount
    return found
