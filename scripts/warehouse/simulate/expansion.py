"""What running customers order: more, better, other or less than they have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from warehouse.simulate.arrays import NA, Flags, Floats, Ints, full, ints, known, lookup, where
from warehouse.simulate.customers import Customers
from warehouse.simulate.deals import monthly_fee
from warehouse.simulate.draw import Stream
from warehouse.simulate.offer import (
    ANALYTICS,
    ANALYTICS_PLUS,
    CONSULTING,
    CRM_BASIC,
    CRM_ENT,
    CRM_PRO,
    RECURRING,
    SUPPORT,
    SUPPORT_24X7,
    SUPPORT_PREMIUM,
    SUPPORT_SHARE,
    TRAINING,
    UNIT_PRICE,
)

LEAST_CARE = 1_900
"""Cents per month below which no support contract is sold."""


class Wish(IntEnum):
    """The kinds of orders of running customers."""

    MORE_SEATS = 0  # the contract line is replaced by a larger one
    ADD_ON = 1  # a line beside the contract
    HIGHER_TIER = 2
    OTHER_PRODUCT = 3
    TRAINING_DAYS = 4
    LOWER_TIER = 5
    BETTER_SUPPORT = 6
    FEWER_SEATS = 7


@dataclass
class Orders:
    """One line per deal; a replaced contract line is empty for additions."""

    product: Ints
    quantity: Ints
    mrr: Ints
    net: Ints
    replaces: Ints
    one_off: Flags
    less: Flags

    @property
    def term(self) -> Ints:
        """A year for subscriptions, nothing for what is billed once."""
        return where(~self.one_off, 12)


def _holdings(c: Customers, accounts: Ints, day: int) -> tuple[Ints, Ints, Ints]:
    """Rows of the running suite, analytics and support lines of accounts."""
    suite = c.family_line((CRM_BASIC, CRM_PRO, CRM_ENT), day)[accounts]
    analytics = c.family_line((ANALYTICS, ANALYTICS_PLUS), day)[accounts]
    support = c.family_line((SUPPORT, SUPPORT_PREMIUM, SUPPORT_24X7), day)[accounts]
    return suite, analytics, support


def expansion_orders(rng: Stream, c: Customers, accounts: Ints, mood: Floats, day: int) -> Orders:
    """Orders of customers with a running suite; the happier ask for more, the others for less."""
    n = len(accounts)
    suite, analytics, support = _holdings(c, accounts, day)
    product, seats, fee = (c.lines[k][suite] for k in ("product", "quantity", "mrr"))
    tier = np.maximum(lookup(c.lines["product"], support), SUPPORT - 1)

    u = rng.uniform(n) - 0.05 * np.clip(mood - 0.2, -1, 1)
    wish = np.searchsorted([0.27, 0.42, 0.60, 0.83, 0.945], u, side="right")
    wish = np.where((wish == Wish.HIGHER_TIER) & (product == CRM_ENT), Wish.BETTER_SUPPORT, wish)
    wish = np.where((wish == Wish.BETTER_SUPPORT) & (tier >= SUPPORT_24X7), Wish.MORE_SEATS, wish)
    # Customers who have paid for a year get their additional seats beside the contract.
    wish = np.where((wish == Wish.MORE_SEATS) & ~c.monthly[accounts], Wish.ADD_ON, wish)
    complete = known(analytics) & known(support)
    wish = np.where((wish == Wish.OTHER_PRODUCT) & complete, Wish.TRAINING_DAYS, wish)
    wish = np.where((wish == Wish.LOWER_TIER) & (product == CRM_BASIC), Wish.FEWER_SEATS, wish)

    swiss = c.companies.currency[accounts]
    discount = rng.between(0, 12, n)
    per_seat = np.maximum(fee // np.maximum(seats, 1), 100)
    added = np.maximum(seats * rng.between(38, 100, n) // 100, 1)
    fewer = np.maximum(seats * rng.between(55, 85, n) // 100, 1)
    higher = monthly_fee(np.minimum(product + 1, CRM_ENT), seats, discount, swiss)
    lower = monthly_fee(np.maximum(product - 1, CRM_BASIC), seats, discount, swiss)
    next_tier = np.minimum(tier + 1, SUPPORT_24X7)
    care = fee * ints(SUPPORT_SHARE)[next_tier - SUPPORT] // 10_000 * 100
    old_care = np.maximum(lookup(c.lines["mrr"], support), 0)
    care = np.maximum(np.maximum(care, old_care * 12 // 10), LEAST_CARE)
    to_support = (wish == Wish.BETTER_SUPPORT) | ((wish == Wish.OTHER_PRODUCT) & known(analytics))
    days = rng.between(1, 4, n)
    lesson = np.where(rng.chance(0.6, n), TRAINING, CONSULTING).astype(np.int64)

    def by_wish(usual: Ints, cases: dict[Wish, Ints]) -> Ints:
        chosen = np.select([wish == w for w in cases], list(cases.values()), usual)
        return chosen.astype(np.int64)

    new_product = by_wish(
        product,
        {
            Wish.HIGHER_TIER: product + 1,
            Wish.OTHER_PRODUCT: full(n, ANALYTICS),
            Wish.TRAINING_DAYS: lesson,
            Wish.LOWER_TIER: product - 1,
        },
    )
    quantity = by_wish(
        seats,
        {
            Wish.MORE_SEATS: seats + added,
            Wish.ADD_ON: added,
            Wish.TRAINING_DAYS: days,
            Wish.FEWER_SEATS: fewer,
        },
    )
    mrr = by_wish(
        fee,
        {
            Wish.MORE_SEATS: (fee + per_seat * added) // 100 * 100,
            Wish.ADD_ON: per_seat * added // 100 * 100,
            Wish.HIGHER_TIER: np.maximum(higher, fee * 12 // 10),
            Wish.OTHER_PRODUCT: monthly_fee(full(n, ANALYTICS), seats, discount, swiss),
            Wish.TRAINING_DAYS: full(n, 0),
            Wish.LOWER_TIER: np.minimum(lower, fee * 8 // 10),
            Wish.FEWER_SEATS: np.minimum(per_seat * fewer // 100 * 100, fee),
        },
    )
    one_off = wish == Wish.TRAINING_DAYS
    mrr = np.where(to_support, care, mrr)
    stays_beside = (wish == Wish.ADD_ON) | (wish == Wish.OTHER_PRODUCT) | one_off
    replaces = np.where(wish == Wish.BETTER_SUPPORT, support, where(~stays_beside, suite))
    return Orders(
        product=np.where(to_support, next_tier, new_product),
        quantity=np.where(to_support, 1, quantity),
        mrr=mrr,
        net=np.where(one_off, UNIT_PRICE[lesson] * days, mrr * 12),
        replaces=replaces.astype(np.int64),
        one_off=one_off,
        less=(wish == Wish.LOWER_TIER) | (wish == Wish.FEWER_SEATS),
    )


def campaign_orders(rng: Stream, c: Customers, accounts: Ints, product: Ints, day: int) -> Orders:
    """Orders of the product of a campaign's offer."""
    n = len(accounts)
    suite, _, support = _holdings(c, accounts, day)
    fee = np.where(known(suite), lookup(c.lines["mrr"], suite), 60_000)
    seats = np.where(known(suite), lookup(c.lines["quantity"], suite), 10)
    one_off = product >= RECURRING
    is_support = (product >= SUPPORT) & (product <= SUPPORT_24X7)
    share = ints(SUPPORT_SHARE)[np.clip(product - SUPPORT, 0, 2)]
    old_care = np.maximum(lookup(c.lines["mrr"], support), 0)
    care = np.maximum(np.maximum(fee * share // 10_000 * 100, old_care * 13 // 10), LEAST_CARE)
    swiss = c.companies.currency[accounts]
    subscription = monthly_fee(
        np.minimum(product, RECURRING - 1), seats, rng.between(5, 20, n), swiss
    )
    mrr = np.select([one_off, is_support], [full(n, 0), care], subscription).astype(np.int64)
    pieces = np.where(one_off, rng.between(1, 3, n), np.where(is_support, 1, seats))
    return Orders(
        product=product,
        quantity=pieces.astype(np.int64),
        mrr=mrr,
        net=np.where(one_off, UNIT_PRICE[product] * pieces, mrr * 12),
        replaces=where(is_support, support, NA),
        one_off=one_off,
        less=np.zeros(n, dtype=np.bool_),
    )
