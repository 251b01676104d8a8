"""Customers: the uninterrupted times in which an account had a contract (G13)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from oracle.lookup import band
from oracle.raw import Crm, Row, day_after, days_between
from oracle.rows import Period

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, eq=False)
class Spell:
    """One uninterrupted time of a customer."""

    account: str
    number: int
    start: date
    end: date | None
    lines: list[Row]

    @property
    def churn_date(self) -> date | None:
        """The first day without service."""
        return day_after(self.end) if self.end else None

    def is_active(self, day: date) -> bool:
        """Whether the customer was one on the day."""
        return self.start <= day and (self.end is None or self.end >= day)


def spells_by_account(crm: Crm) -> dict[str, list[Spell]]:
    """The spells of every account, oldest first; a gap up to the grace days does not end one."""
    grace = crm.days("grace_days")
    lines_of: dict[str, list[Row]] = defaultdict(list)
    for line in crm["contract_line"]:
        lines_of[line["account_id"]].append(line)
    found = {}
    for account, lines in lines_of.items():
        lines.sort(key=lambda line: (line["start_date"], line["end_date"] or date.max))
        groups: list[list[Row]] = []
        latest: date | None = None
        for line in lines:
            if latest is None or (
                latest != date.max and days_between(day_after(latest), line["start_date"]) > grace
            ):
                groups.append([])
                latest = line["end_date"] or date.max
            groups[-1].append(line)
            latest = max(latest, line["end_date"] or date.max)
        found[account] = [
            Spell(account, number, group[0]["start_date"], _last_day(group), group)
            for number, group in enumerate(groups, start=1)
        ]
    return found


def _last_day(lines: list[Row]) -> date | None:
    ends = [line["end_date"] for line in lines]
    return None if None in ends else max(ends)


def all_spells(crm: Crm) -> list[Spell]:
    """Every spell that has begun."""
    return [
        spell
        for spells in spells_by_account(crm).values()
        for spell in spells
        if spell.start <= crm.as_of
    ]


def tenure_band(crm: Crm, spell: Spell, day: date) -> str | None:
    """How long the customer has been one at the close of a day."""
    return band(crm, "tenure_band", days_between(spell.start, day) / DAYS_PER_MONTH)


def has_churned(crm: Crm, spell: Spell, period: Period) -> bool:
    """Whether the spell ended in the period, as far as time has come."""
    churn_date = spell.churn_date
    return churn_date is not None and period.start <= churn_date <= min(period.end, crm.as_of)


def base(spells: list[Spell], period: Period) -> list[Spell]:
    """The customers that a period starts with."""
    return [spell for spell in spells if spell.is_active(day_after(period.start, -1))]


def is_provisional(crm: Crm, spell: Spell) -> bool:
    """Whether a late renewal can still undo the churn: it is younger than the grace days."""
    churn_date = spell.churn_date
    return (
        churn_date is not None
        and churn_date <= crm.as_of
        and days_between(churn_date, crm.as_of) < crm.days("grace_days")
    )
