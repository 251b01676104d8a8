"""Deals: stage visits, outcome, reached stages and the type of what was sold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from oracle.customers import Spell, spells_by_account
from oracle.lookup import History, Rates
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import month_end


@dataclass(frozen=True)
class Visit:
    """A stay of a deal in a stage."""

    stage: Row
    entered_at: datetime


@dataclass(frozen=True)
class Deal:
    """A deal with its way through the stages."""

    row: Row
    visits: list[Visit]
    outcome: str
    outcome_at: datetime | None
    owner: str | None

    @property
    def outcome_on(self) -> date:
        """The reporting day of the outcome."""
        assert self.outcome_at is not None
        return local_date(self.outcome_at)


def deals(crm: Crm) -> dict[str, Deal]:
    """Every deal that is left, with its visits and its outcome as of the newest data."""
    history = History(crm)
    stages = crm.by("pipeline_stage")
    found = {}
    for key, row in crm.by("opportunity").items():
        changes = history.changes("opportunity", "stage_id", key)
        visits = []
        if not changes or changes[0]["old_value"] is not None:
            first = changes[0]["old_value"] if changes else row["stage_id"]
            visits.append(Visit(stages[first], row["created_at"]))
        visits += [Visit(stages[change["new_value"]], change["changed_at"]) for change in changes]
        last = visits[-1]
        outcome = "won" if last.stage["is_won"] else "lost" if last.stage["is_lost"] else "open"
        outcome_at = None if outcome == "open" else last.entered_at
        owner = history.at(
            "opportunity", "owner_user_id", key, outcome_at or datetime.max, row["owner_user_id"]
        )
        found[key] = Deal(row, visits, outcome, outcome_at, owner)
    return found


def reached(deal: Deal, stages: list[Row]) -> dict[int, datetime]:
    """When a deal first entered or passed each stage of its pipeline (G8).

    A deal that changed the pipeline is mapped by sort_order; only Won is Won.
    """
    found: dict[int, datetime] = {}
    for stage in stages:
        moments = [
            visit.entered_at
            for visit in deal.visits
            if visit.stage["is_won"]
            or (
                not stage["is_won"]
                and visit.stage["sort_order"] is not None
                and visit.stage["sort_order"] >= stage["sort_order"]
            )
        ]
        if moments:
            found[stage["sort_order"]] = min(moments)
    return found


def funnel_window_days(crm: Crm, all_deals: dict[str, Deal]) -> int:
    """P90 of the won cycles of the last 24 months, the default below the minimum of deals."""
    from_day = day_after(month_end(crm.as_of, -24))
    cycles = sorted(
        days_between(local_date(deal.row["created_at"]), deal.outcome_on)
        for deal in all_deals.values()
        if deal.outcome == "won" and deal.outcome_on >= from_day
    )
    if len(cycles) < crm.days("min_mature_deals"):
        return crm.days("funnel_window_days")
    # The smallest number of days that covers nine in ten deals, as P90 is defined in C10.
    return cycles[ceil(0.9 * len(cycles)) - 1]


@dataclass(frozen=True)
class SaleLine:
    """A booked line with what kind of sale it was; a cancellation takes it back (sign -1)."""

    row: Row
    deal: Deal
    on: date
    booked_on: date
    sign: int
    sale_type: str
    replaced: Row | None
    months: int


@dataclass(frozen=True)
class Booking:
    """One time that a deal was won, until it was opened again."""

    deal: Deal
    on: date
    cancelled_on: date | None


def bookings(all_deals: dict[str, Deal]) -> list[Booking]:
    """Every entry into Won; won and open again is a cancellation in the month it happened."""
    found = []
    for deal in all_deals.values():
        for visit, following in zip(deal.visits, [*deal.visits[1:], None], strict=True):
            if visit.stage["is_won"]:
                cancelled_on = local_date(following.entered_at) if following else None
                found.append(Booking(deal, local_date(visit.entered_at), cancelled_on))
    return found


def line_increment(rates: Rates, line: SaleLine) -> tuple[float, float]:
    """What a line adds to what it replaces, in euro, and what is missing of it."""
    amount, missing = rates.split(line.row["net_amount"], line.row["currency"], line.booked_on)
    if line.replaced is None:
        return amount, missing
    old = line.replaced["mrr_net_amount"] * line.months
    if abs(line.row["net_amount"] - old) <= 0.01 * line.months:
        return 0.0, 0.0
    worth, lost = rates.split(old, line.replaced["currency"], line.booked_on)
    return amount - worth, missing - lost


def sale_lines(crm: Crm, all_deals: dict[str, Deal]) -> list[SaleLine]:
    """The lines of won deals, classified by the rules of int_sale_line."""
    return _SaleTypes(crm, all_deals).lines()


class _SaleTypes:
    def __init__(self, crm: Crm, all_deals: dict[str, Deal]) -> None:
        self.crm = crm
        self.products = crm.by("product")
        self.contracts = crm.by("contract_line")
        self.spells = spells_by_account(crm)
        self.bookings: dict[str, list[Booking]] = defaultdict(list)
        self.first_win: dict[str, date] = {}
        for booking in bookings(all_deals):
            account = booking.deal.row["account_id"]
            self.bookings[booking.deal.row["opportunity_id"]].append(booking)
            self.first_win[account] = min(self.first_win.get(account, booking.on), booking.on)
        self.bought: dict[str, list[tuple[date, str | None, str]]] = defaultdict(list)
        for line in crm["opportunity_line_item"]:
            for booking in self.bookings[line["opportunity_id"]]:
                if booking.cancelled_on is None:
                    self.bought[booking.deal.row["account_id"]].append(
                        (booking.on, line["opportunity_id"], line["product_id"])
                    )
        for contract in crm["contract_line"]:
            self.bought[contract["account_id"]].append(
                (contract["start_date"], contract["opportunity_id"], contract["product_id"])
            )

    def lines(self) -> list[SaleLine]:
        found = []
        for line in self.crm["opportunity_line_item"]:
            for booking in self.bookings[line["opportunity_id"]]:
                replaced = self.contracts.get(line["replaces_contract_line_id"] or "")
                months = line["term_months"] or 12
                kind = self.sale_type(line, booking, replaced, months)
                for on, sign in ((booking.on, 1), (booking.cancelled_on, -1)):
                    if on is not None:
                        found.append(
                            SaleLine(
                                line, booking.deal, on, booking.on, sign, kind, replaced, months
                            )
                        )
        return found

    def sale_type(self, line: Row, booking: Booking, replaced: Row | None, months: int) -> str:
        account, day = booking.deal.row["account_id"], booking.on
        spells = self.spells.get(account, [])
        grace = self.crm.days("grace_days")
        if day == self.first_win[account] and not any(
            days_between(spell.start, day) > grace for spell in spells
        ):
            return "first_sale"
        # A spell that only the deal's own lines started hides no win-back (reading 4).
        others = [spell for spell in spells if not self._is_own(spell, line["opportunity_id"])]
        eve = day_after(day, -1)
        if not any(spell.is_active(eve) for spell in others) and any(
            spell.end is not None and spell.end < eve for spell in others
        ):
            return "win_back"
        product = self.products[line["product_id"]]
        family = product["product_family"]
        if replaced is not None:
            old = self.products[replaced["product_id"]]
            same_product = replaced["product_id"] == line["product_id"]
            same_family = family is not None and old["product_family"] == family
            growth = line["net_amount"] - replaced["mrr_net_amount"] * months
            if (same_product or same_family) and growth <= 0.01 * months:
                return "renewal"
            if same_product:
                return "deep_sell"
        before = [
            self.products[bought]
            for on, by_deal, bought in self.bought[account]
            if on < day and by_deal != line["opportunity_id"]
        ]
        if family is None:
            again = any(old["product_id"] == line["product_id"] for old in before)
            return "deep_sell" if again else "cross_sell"
        same = [old for old in before if old["product_family"] == family]
        tiers = [old["tier_rank"] for old in same if old["tier_rank"] is not None]
        if (
            same
            and product["tier_rank"] is not None
            and tiers
            and product["tier_rank"] > max(tiers)
        ):
            return "up_sell"
        return "deep_sell" if same else "cross_sell"

    @staticmethod
    def _is_own(spell: Spell, opportunity: str) -> bool:
        starters = [line for line in spell.lines if line["start_date"] == spell.start]
        return all(line["opportunity_id"] == opportunity for line in starters)
