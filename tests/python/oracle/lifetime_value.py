"""What a customer has brought and is expected to bring, after service cost."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from oracle.acquisition import cost_by_month, new_customers
from oracle.customers import Spell, all_spells, spells_by_account
from oracle.economics import Margins, eve
from oracle.lookup import People
from oracle.raw import Crm, days_between
from oracle.rows import month_end, month_start

Z95 = 1.959963984540054


class LifetimeValue:
    """Historic and predicted contribution of customers."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.people, self.margins = crm, People(crm), Margins(crm)
        self.spells, self.by_account = all_spells(crm), spells_by_account(crm)
        self.discount = (1 + float(crm.parameters["discount_rate_pa"])) ** (1 / 12) - 1
        costs, newcomers = cost_by_month(crm), new_customers(crm)
        sizes: dict[date, int] = defaultdict(int)
        for customer in newcomers:
            if customer.deal is None or customer.deal.outcome == "won":
                sizes[customer.month] += 1
        self.paid = {
            c.account: costs[c.month] / sizes[c.month] for c in newcomers if sizes[c.month]
        }
        self._means: dict[tuple[str | None, date], float | None] = {}
        self._retention: dict[tuple[str | None, date], float] = {}

    def of(self, spell: Spell, day: date) -> float | None:
        """Historic and predictive part together."""
        so_far = self.margins.cm2(spell.account, self.crm.first_month, day)
        months, own = self.monthly(spell, day)
        segment = self.people.account(spell.account, "segment")
        expected = own if months >= self.crm.days("clv_min_months") else self.mean(segment, day)
        if so_far is None or expected is None:
            return None
        return so_far - self.paid.get(spell.account, 0.0) + self.predict(expected, segment, day)

    def monthly(self, spell: Spell, day: date) -> tuple[int, float | None]:
        """Months as a customer among the last twelve, and the mean CM2 of each."""
        first = max(month_start(day, -11), self.crm.first_month)
        months = {
            month
            for month in (month_start(day, -shift) for shift in range(12))
            for other in self.by_account[spell.account]
            if month >= first
            and other.start <= month_end(month)
            and (other.end is None or other.end >= month)
        }
        total = self.margins.cm2(spell.account, first, day)
        return len(months), None if total is None else total / len(months)

    def mean(self, segment: str | None, day: date) -> float | None:
        """Mean monthly CM2 of the customers of a segment that are old enough."""
        if (segment, day) not in self._means:
            months, total = 0, 0.0
            for spell in self.spells:
                if (
                    not spell.is_active(day)
                    or self.people.account(spell.account, "segment") != segment
                ):
                    continue
                count, own = self.monthly(spell, day)
                if own is not None and count >= self.crm.days("clv_min_months"):
                    months, total = months + count, total + own * count
            self._means[segment, day] = total / months if months else None
        return self._means[segment, day]

    def predict(self, monthly: float, segment: str | None, day: date) -> float:
        """What is left to come within the horizon."""
        horizon = self.crm.days("clv_horizon_months")
        if (segment, day) not in self._retention:
            self._retention[segment, day] = self.retention(segment, day)
        q = self._retention[segment, day] / (1 + self.discount)
        return float(monthly * q * (1 - q**horizon) / (1 - q))

    def retention(self, segment: str | None, day: date) -> float:
        """Monthly retention of a segment over the mature months of the last twelve."""
        last = month_end(day)
        while days_between(last, self.crm.as_of) < self.crm.days("grace_days"):
            last = month_end(last, -1)
        at_start = lost = 0
        for shift in range(-11, 1):
            start, end = month_start(last, shift), month_end(last, shift)
            if start < self.crm.first_month:
                continue
            for spell in self.spells:
                if self.people.account(spell.account, "segment") != segment:
                    continue
                if spell.is_active(eve(start)):
                    at_start += 1
                    lost += spell.churn_date is not None and start <= spell.churn_date <= end
        if lost:
            return 1 - lost / at_start
        # Nobody left: the upper end of what that can mean (Wilson).
        return 1 - Z95 * Z95 / (at_start + Z95 * Z95)
