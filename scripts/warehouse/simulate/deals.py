"""Deals and what is in them: the book that new business and customer life both write into."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from warehouse.simulate.arrays import NA, Flags, Floats, Ints, full, ints, known, rounded, spread
from warehouse.simulate.companies import (
    COLD_CALL,
    EVENT,
    PARTNER,
    REFERRAL,
    SINGLE,
    SOCIAL,
    WEB,
    Companies,
)
from warehouse.simulate.draw import Stream
from warehouse.simulate.leads import Leads
from warehouse.simulate.offer import (
    ANALYTICS,
    ANALYTICS_PLUS,
    DIRECT_COST,
    MIGRATION,
    NEW,
    ONBOARDING,
    SEASON_OF_SALES,
    SUPPORT,
    SUPPORT_SHARE,
    TRAINING,
    UNIT_PRICE,
)
from warehouse.simulate.staff import Staff
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MONTH_START,
    MONTHS,
    calendar_month,
    office_moment,
)

DECLARED = ("new_business", "existing_business", "renewal", "win_back")
D_NEW, D_EXISTING, D_RENEWAL, D_WIN_BACK = range(4)

NEW_CYCLE = ((0, 6), (0.05, 20), (0.25, 47), (0.5, 71), (0.75, 102), (0.95, 175), (1, 290))
"""Days from creation to the decision of a new-business deal, as (probability, days)."""
EXISTING_CYCLE = ((0, 4), (0.05, 16), (0.25, 37), (0.5, 57), (0.75, 80), (0.95, 135), (1, 220))

DIRECT_PER_MONTH = 4.0
"""Deals that start without a lead (referral, partner, old contacts), at demo size."""
IMPORTED = 50
"""Open deals taken over from spreadsheets when the CRM went live, at demo size."""


@dataclass
class DealBook:
    """One element per deal: what was known or decided when it was created, and its fate.

    `close` is the moment of the decision; where it lies after the end of the data the deal is open.
    """

    account: Ints
    pipeline: Ints
    declared: Ints
    seat: Ints
    source: Ints
    lead: Ints
    campaign: Ints
    created: Ints
    close: Ints
    won: Flags
    entry: Ints  # number of stages already passed at creation
    imported: Flags
    left_behind: Flags  # lost because the customer left
    moved: Flags  # opened in the other pipeline
    quick: Flags  # ordered without a sales process (campaign offers, late renewals)

    @property
    def n(self) -> int:
        """Number of deals."""
        return len(self.account)

    @property
    def closed(self) -> Flags:
        """Decided by the end of the data."""
        return np.asarray(self.close < END)

    @staticmethod
    def together(parts: list[DealBook]) -> DealBook:
        """All deals of the parts, in order."""
        return DealBook(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(DealBook))
        )

    def take(self, rows: Ints) -> DealBook:
        """Some of the deals."""
        return DealBook(*(getattr(self, f.name)[rows] for f in fields(DealBook)))


def new_deals(n: int, **columns: Ints | Flags | int | bool) -> DealBook:
    """A book of `n` deals; columns not given get their usual value."""
    usual: dict[str, Ints | Flags] = {
        "account": full(n),
        "pipeline": full(n, NEW),
        "declared": full(n, D_NEW),
        "seat": full(n),
        "source": full(n),
        "lead": full(n),
        "campaign": full(n),
        "created": full(n),
        "close": full(n),
        "won": np.zeros(n, np.bool_),
        "entry": full(n, 0),
        "imported": np.zeros(n, np.bool_),
        "left_behind": np.zeros(n, np.bool_),
        "moved": np.zeros(n, np.bool_),
        "quick": np.zeros(n, np.bool_),
    }
    for name, value in columns.items():
        filled = np.broadcast_to(np.asarray(value), (n,))
        usual[name] = (
            filled.astype(np.bool_) if usual[name].dtype == np.bool_ else filled.astype(np.int64)
        )
    return DealBook(**usual)  # type: ignore[arg-type]


@dataclass
class Baskets:
    """The lines of deals: product, pieces, monthly fee and net value (cents), what they replace."""

    deal: Ints
    product: Ints
    quantity: Ints
    mrr: Ints
    net: Ints
    term: Ints
    replaces: Ints

    @property
    def n(self) -> int:
        """Number of lines."""
        return len(self.deal)

    @staticmethod
    def together(parts: list[Baskets]) -> Baskets:
        """All lines of the parts, in order."""
        return Baskets(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Baskets))
        )

    def take(self, rows: Ints | Flags) -> Baskets:
        """Some of the lines."""
        return Baskets(*(getattr(self, f.name)[rows] for f in fields(Baskets)))


def monthly_fee(product: Ints, seats: Ints, discount: Ints, swiss: Ints) -> Ints:
    """Fee per month in whole units of the currency (as cents); discount in percent."""
    price = UNIT_PRICE[product] * np.where(swiss == 1, 108, 100) // 100
    return ints(np.maximum(seats * price * (100 - discount) // 10_000, 19) * 100)


_SUITE_BY_SEGMENT = np.asarray(
    [[0.02, 0.33, 0.65], [0.15, 0.6, 0.25], [0.5, 0.45, 0.05], [0.85, 0.15, 0.0]]
)
_SUPPORT_BY_SEGMENT = np.asarray(  # none, standard, premium, 24x7
    [[0.05, 0.3, 0.35, 0.3], [0.18, 0.46, 0.28, 0.08], [0.4, 0.45, 0.14, 0.01], [0.8, 0.2, 0, 0]]
)
_SEATS = ((70, 170), (26, 90), (6, 28), (2, 5))


def draw_seats(rng: Stream, segment: Ints) -> Ints:
    """Number of seats a company of that size needs."""
    low = ints([s[0] for s in _SEATS])[segment]
    high = ints([s[1] for s in _SEATS])[segment]
    skew = rng.uniform(len(segment)) * rng.uniform(len(segment))
    return low + np.floor(skew * (high - low + 1)).astype(np.int64)


def first_baskets(rng: Stream, deals: Ints, companies: Companies, term: Ints) -> Baskets:
    """What a new customer orders: a suite, often support and analytics, onboarding, training."""
    n = len(deals)
    suite = rng.code_by(_SUITE_BY_SEGMENT, companies.segment)
    support = rng.code_by(_SUPPORT_BY_SEGMENT, companies.segment) - 1
    analytics = rng.chance(np.asarray([0.5, 0.32, 0.16, 0.02])[companies.segment])
    seats = draw_seats(rng, companies.segment)
    discount = np.floor(rng.shape(((0, 0), (0.35, 0), (0.8, 10), (1, 22)), n)).astype(np.int64)
    swiss = companies.currency
    fee = monthly_fee(suite, seats, discount, swiss)
    months = np.where(term == NA, 12, term)
    parts: list[Baskets] = []

    def lines(mask: Flags, product: Ints, quantity: Ints, mrr: Ints) -> None:
        rows = np.flatnonzero(mask)
        parts.append(
            Baskets(
                deals[rows],
                product[rows],
                quantity[rows],
                mrr[rows],
                (mrr * months)[rows],
                term[rows],
                full(len(rows)),
            )
        )

    lines(np.ones(n, np.bool_), suite, seats, fee)
    product = np.where(rng.chance(0.8, n), ANALYTICS, ANALYTICS_PLUS).astype(np.int64)
    lines(analytics, product, seats, monthly_fee(product, seats, discount, swiss))
    share = ints(SUPPORT_SHARE)[np.maximum(support, 0)]
    care = np.maximum(fee * share // 100 // 100 * 100, 1_900)
    lines(support >= 0, SUPPORT + np.maximum(support, 0), full(n, 1), care)
    for product_code, chance, most in (
        (ONBOARDING, 0.6, 1),
        (TRAINING, 0.4, 3),
        (MIGRATION, 0.14, 1),
    ):
        pieces = rng.between(1, most, n)
        net = UNIT_PRICE[product_code] * pieces
        rows = np.flatnonzero(rng.chance(chance, n) & (companies.segment != SINGLE))
        parts.append(
            Baskets(
                deals[rows],
                full(len(rows), product_code),
                pieces[rows],
                full(len(rows), 0),
                net[rows],
                full(len(rows)),
                full(len(rows)),
            )
        )
    basket = Baskets.together(parts)
    return basket.take(np.lexsort((basket.product, basket.deal)).astype(np.int64))


def basket_value(baskets: Baskets, n: int) -> Ints:
    """Net value per deal in cents."""
    return np.bincount(baskets.deal, weights=baskets.net.astype(np.float64), minlength=n).astype(
        np.int64
    )


def draw_term(rng: Stream, n: int) -> Ints:
    """Contract term in months; empty for open-ended contracts."""
    return np.asarray([12, 24, 36, NA], dtype=np.int64)[rng.code((0.56, 0.11, 0.06, 0.27), n)]


_SOURCE_WIN = np.asarray([0.0, -0.02, -0.05, 0.07, 0.0, 0.12, -0.06])
_REGION_WIN = np.asarray([-0.035, 0.02, 0.04, 0.03, -0.06])
_SEGMENT_WIN = np.asarray([-0.05, 0.0, 0.03, 0.0])


def win_chance(
    staff: Staff, source: Ints, companies: Companies, day: Ints, base: float = 0.205
) -> Floats:
    """Chance to win a new-business deal: source, region, size and the rep's skill matter."""
    rep = np.maximum(staff.occupant(companies.seat, day), 0)
    trend = 0.03 * (day - FIRST_DAY) / (LAST_DAY - FIRST_DAY)
    chance = (
        base
        + _SOURCE_WIN[source]
        + _REGION_WIN[companies.region]
        + _SEGMENT_WIN[companies.segment]
        + 0.25 * staff.skill[rep]
        + trend
    )
    return np.asarray(np.clip(chance, 0.05, 0.75))


@dataclass
class NewBusiness:
    """New-business deals, their accounts (companies), baskets, and which deal opened which."""

    deals: DealBook
    baskets: Baskets
    terms: Ints  # per deal
    companies: Companies
    account_created: Ints
    account_source: Ints
    account_lead: Ints


def draw_new_business(
    stream: Stream, staff: Staff, leads: Leads, units: float, market: Companies
) -> NewBusiness:
    """Deals with companies that are no customers yet.

    `market` supplies the companies of deals that start without a lead. Accounts are numbered from
    0; the caller shifts them. Updates `leads.deal` and `leads.account`.
    """
    rng = stream.child("new business")
    lead = np.flatnonzero(known(leads.converted))
    n_lead = len(lead)
    months = np.arange(MONTHS)
    expected = (
        DIRECT_PER_MONTH
        * units
        * (1 + 0.3 * months / MONTHS)
        * SEASON_OF_SALES[calendar_month(MONTH_START[:MONTHS]) - 1]
    )
    counts = np.floor(expected + rng.uniform(MONTHS)).astype(np.int64)
    month, _ = spread(counts)
    direct_day = MONTH_START[month] + rng.between(0, 27, len(month))
    n_direct, n_import = len(month), round(IMPORTED * units)
    n = n_lead + n_direct + n_import
    companies = Companies.together(
        [leads.companies.take(lead), market.take(np.arange(n_direct + n_import))]
    )
    direct_day[-1:] = LAST_DAY - 1  # one deal has only just been opened
    import_day = FIRST_DAY + rng.between(0, 12, n_import)
    created = np.r_[
        leads.converted[lead],
        office_moment(np.r_[direct_day, import_day], rng.uniform(n_direct + n_import)),
    ]
    created = np.minimum(created, END - HOUR)
    source = np.r_[
        leads.source[lead],
        np.asarray([WEB, PARTNER, EVENT, REFERRAL, COLD_CALL, SOCIAL])[
            rng.code((0.15, 0.3, 0.1, 0.3, 0.1, 0.05), n_direct + n_import)
        ],
    ]
    imported = np.r_[np.zeros(n_lead + n_direct, np.bool_), np.ones(n_import, np.bool_)]
    cycle = rng.shape(NEW_CYCLE, n)
    cycle *= np.asarray([1.35, 1.05, 0.85, 0.6])[companies.segment]
    cycle = np.where(imported, cycle * 0.75, cycle)
    close = office_moment(created // DAY + np.floor(cycle).astype(np.int64) + 1, rng.uniform(n))
    quality = np.r_[leads.quality[lead] * 0.02, np.zeros(n_direct + n_import)]
    won = rng.fair("won", win_chance(staff, source, companies, created // DAY) + quality, close)
    mid = rng.chance(0.08, n) * rng.between(1, 2, n)
    entry = np.where(imported, rng.between(0, 2, n), mid).astype(np.int64)
    # Some deals are typed in after the handshake: created and won on one day.
    late = np.zeros(n, np.bool_)
    late[rng.some(np.flatnonzero(won & ~imported), 0.02, 2)] = True
    close = np.where(late, created + rng.between(5, 300, n) * 60, close)
    entry = np.where(late, 3, entry)
    account = np.arange(n, dtype=np.int64)
    book = new_deals(
        n,
        account=account,
        seat=companies.seat,
        source=source,
        lead=np.r_[lead, full(n_direct + n_import)],
        campaign=np.r_[leads.campaign[lead], full(n_direct + n_import)],
        created=created,
        close=close,
        won=won,
        entry=entry,
        imported=imported,
    )
    leads.deal[lead] = np.arange(n_lead)
    leads.account[lead] = np.arange(n_lead)

    # A second attempt some months after a loss; and a few leads that open two deals.
    lost = np.flatnonzero(~won & (close < END - 120 * DAY))
    again = rng.some(lost, 0.11, 3)
    day = close[again] // DAY + rng.between(90, 380, len(again))
    again, day = again[day < LAST_DAY - 5], day[day < LAST_DAY - 5]
    second = companies.take(again)
    begun = office_moment(day, rng.uniform(len(again)))
    wins = rng.even(len(again)) < win_chance(staff, source[again], second, day, 0.33)
    finish = office_moment(
        day + np.floor(rng.shape(NEW_CYCLE, len(again))).astype(np.int64) + 1,
        rng.uniform(len(again)),
    )
    retry = new_deals(
        len(again),
        account=account[again],
        seat=second.seat,
        source=source[again],
        created=begun,
        close=finish,
        won=wins,
    )
    twin_of = rng.some(np.flatnonzero(known(book.lead) & (created < END - 30 * DAY)), 0.012, 2)
    twins = new_deals(
        len(twin_of),
        account=account[twin_of],
        seat=companies.seat[twin_of],
        source=source[twin_of],
        lead=book.lead[twin_of],
        created=created[twin_of] + 900,
        close=close[twin_of] - DAY,
        won=False,
    )
    twins.close = np.maximum(twins.close, twins.created + 20 * DAY)
    deals = DealBook.together([book, retry, twins])
    per_deal = companies.take(deals.account)
    term = draw_term(rng, deals.n)
    baskets = first_baskets(rng, np.arange(deals.n, dtype=np.int64), per_deal, term)
    account_created = np.where(
        known(book.lead), created, created - rng.between(0, 20, n) * DAY - HOUR
    ).astype(np.int64)
    return NewBusiness(deals, baskets, term, companies, account_created, source, book.lead)


def direct_cost(rng: Stream, product: Ints, net: Ints) -> Ints:
    """Variable cost of lines in cents: the product's standard share, a few percent up or down."""
    share = DIRECT_COST[product] / 10_000 * (0.94 + 0.12 * rng.uniform(len(product)))
    return rounded(net * share)
