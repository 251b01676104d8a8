"""How deals move: stages with skips, steps back and reopenings, owners, amounts, close dates.

All of it is bent to the fate the deal book holds: the last event of a decided deal is its decision,
and what lies after the end of the data has not happened, which leaves the deal open.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from warehouse.simulate.arrays import (
    NA,
    Flags,
    Floats,
    Ints,
    full,
    ints,
    known,
    latest,
    no,
    running_sum,
    spread,
    where,
)
from warehouse.simulate.deals import DealBook
from warehouse.simulate.draw import Stream
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.offer import (
    EXISTING,
    FIRST_STAGE,
    LOST_STAGE,
    NEW,
    OFFER_STAGE,
    OPEN_STAGES,
    WON_STAGE,
)
from warehouse.simulate.staff import Staff
from warehouse.simulate.timeline import (
    DAY,
    END,
    HOUR,
    LAST_DAY,
    MINUTE,
    OFFICE,
    add_months,
    day,
    local_day,
    moment,
    month_floor,
    office_moment,
)

LOST_REASONS = (
    "price", "competitor", "no_budget", "timing", "no_decision", "feature_gap", "other",
    "Bereinigung", "customer_left",
)  # fmt: skip
L_CLEANUP, L_LEFT = 7, 8
CLEANUP_DAY = day(2024, 12, 18)
"""On this day sales closed old deals in bulk."""


@dataclass
class Journeys:
    """What happened to each deal of a book."""

    # stage events, in order of deal and time; the first of a deal is its creation
    deal: Ints
    stage: Ints
    at: Ints
    # per deal
    current: Ints
    closed: Flags
    won: Flags
    closed_at: Ints
    seat_before: Ints
    seat_after: Ints
    transferred: Ints
    forgotten: Flags  # nobody took the deal over when its owner left
    owner: Ints
    amount: Ints
    expected: Ints
    reason: Ints
    competitor: Ints
    value: Ints  # what the lines add up to
    changes: dict[str, Ledger]  # owner, amount, expected: deal, old, new, at, user

    def owner_at(self, staff: Staff, deal: Ints, at: Ints) -> Ints:
        """Owner of deals at moments."""
        at = np.where(self.forgotten[deal], self.at[self.first_event[deal]], at)
        after = known(self.transferred[deal]) & (at >= self.transferred[deal])
        seat = np.where(after, self.seat_after[deal], self.seat_before[deal])
        return staff.occupant(seat, local_day(at))

    @cached_property
    def first_event(self) -> Ints:
        """Row of the creation event of each deal."""
        return np.flatnonzero(np.r_[True, self.deal[1:] != self.deal[:-1]])

    def visits(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Stage visits up to the end of the data: deal, stage, entered, left (or the end)."""
        follows = np.r_[self.deal[1:] == self.deal[:-1], False]
        left = np.where(follows, np.r_[self.at[1:], NA], END)
        return self.deal, self.stage, self.at, left


def travel(stream: Stream, staff: Staff, book: DealBook, value: Ints) -> Journeys:
    """The journeys of all deals of a book whose lines add up to `value` (cents)."""
    rng = stream.child("journeys")
    _clean_up(rng, book)
    deal, stage, at = _stages(rng, staff, book)
    _change_pipeline(rng, book, deal, stage)
    happened = at < END
    deal, stage, at = deal[happened], stage[happened], at[happened]
    n = book.n
    last = np.flatnonzero(np.r_[deal[1:] != deal[:-1], True])
    current = stage[last]
    closed = np.isin(current, np.r_[WON_STAGE, LOST_STAGE])
    won = np.isin(current, WON_STAGE)
    until = np.where(closed, at[last], END)

    transfers = rng.chance(0.045, n) & ~book.quick
    half = book.created + ((until - book.created) * rng.uniform(n)).astype(np.int64)
    transferred = where(
        transfers & (until - book.created > 10 * DAY), office_moment(half // DAY, rng.uniform(n))
    )
    transferred = where(
        known(transferred) & (transferred < until - DAY) & (transferred > book.created + HOUR),
        transferred,
    )
    colleagues = _colleague(rng, staff, book.seat)
    result = Journeys(
        deal=deal,
        stage=stage,
        at=at,
        current=current,
        closed=closed,
        won=won,
        closed_at=where(closed, until),
        seat_before=book.seat,
        seat_after=where(known(transferred), colleagues, book.seat),
        transferred=transferred,
        forgotten=no(n),
        owner=full(n),
        amount=full(n),
        expected=full(n),
        reason=full(n),
        competitor=full(n),
        value=value,
        changes={
            k: Ledger("deal", "old", "new", "at", "user") for k in ("owner", "amount", "expected")
        },
    )
    then = staff.occupant(book.seat, local_day(book.created))
    orphaned = ~closed & ~known(transferred) & known(staff.left[np.maximum(then, 0)])
    result.forgotten[rng.some(np.flatnonzero(orphaned), 0.35)] = True
    _owners(staff, book, result, until)
    _amounts(rng, staff, book, result)
    _close_dates(rng, staff, book, result, until)
    lost = closed & ~won
    reason = rng.code((0.25, 0.2, 0.12, 0.15, 0.14, 0.08, 0.06), n)
    reason = where(~rng.chance(0.05, n), reason)
    reason = np.where(book.left_behind, L_LEFT, reason)
    swept = local_day(np.where(closed, until, 0)) == CLEANUP_DAY
    result.reason = where(lost, np.where(swept, L_CLEANUP, reason))
    rival = (result.reason == 1) | ((result.reason == 0) & rng.chance(0.2, n))
    result.competitor = where(rival, rng.code((0.4, 0.28, 0.2, 0.12), n))
    return result


def _clean_up(rng: Stream, book: DealBook) -> None:
    """Deals that would have been lost around the clean-up day are closed on it."""
    near = (
        ~book.won
        & (book.pipeline == NEW)
        & (np.abs(local_day(book.close) - CLEANUP_DAY) < 30)
        & (local_day(book.created) < CLEANUP_DAY - 60)
    )
    rows = rng.some(np.flatnonzero(near), 0.5, 3)
    book.close[rows] = moment(CLEANUP_DAY, 990) + np.arange(len(rows)) % 600


def _stages(rng: Stream, staff: Staff, book: DealBook) -> tuple[Ints, Ints, Ints]:
    """Stage events: deal, stage, moment; sorted."""
    n = book.n
    levels = OPEN_STAGES[book.pipeline]
    first = FIRST_STAGE[book.pipeline]
    entry = np.minimum(book.entry, levels - 1)
    depth = np.minimum(rng.code((0.28, 0.3, 0.26, 0.16), n), levels - 1)
    reached = np.where(book.won, levels - 1, np.maximum(depth, entry))
    rep = np.maximum(staff.occupant(book.seat, local_day(book.created)), 0)
    skips = np.clip(0.07 - 0.03 * staff.diligence[rep], 0.01, 0.2)
    skips = np.where(book.quick, 0.65, skips)
    parts: list[tuple[Ints, Ints, Ints, Floats]] = []  # deal, order, stage, weight of what follows

    def add(mask: Flags, order: int | Ints, stage: Ints, weight: float = 1.0) -> None:
        rows = np.flatnonzero(mask)
        keys = np.broadcast_to(np.asarray(order), (n,))[rows]
        parts.append(
            (rows, keys.astype(np.int64), stage[rows], weight * (0.25 + rng.uniform(len(rows))))
        )

    for level in range(4):
        inside = (level >= entry) & (level <= reached) & (level < levels)
        kept = (level == entry) | ~rng.chance(skips) | ((level == reached) & ~book.won)
        add(inside & kept, level * 10, first + level, 0.8 if level == 0 else 1.0)
    # A step back to the stage before, and forward again.
    backward = rng.chance(0.055, n) & (reached > entry) & ~book.quick
    pivot = entry + 1 + np.floor(rng.uniform(n) * np.maximum(reached - entry, 1)).astype(np.int64)
    pivot = np.minimum(pivot, reached)
    add(backward, pivot * 10 + 1, first + pivot - 1, 0.7)
    add(backward, pivot * 10 + 2, first + pivot, 0.7)
    # Lost and taken up again; a few deals are won and then cancelled.
    long_enough = (book.close - book.created > 35 * DAY) & ~book.quick
    reopened = no(n)
    reopened[rng.some(np.flatnonzero(long_enough), 0.04, 4)] = True
    still_open = long_enough & (book.close >= END) & (book.created < END - 60 * DAY)
    reopened[rng.some(np.flatnonzero(still_open), 0.02)] = True
    add(reopened, 80, LOST_STAGE[book.pipeline], 1.1)
    add(reopened, 81, first + reached, 0.9)
    cancelled = no(n)
    candidates = long_enough & ~book.won & ~reopened & (book.close < END - 20 * DAY)
    cancelled[rng.some(np.flatnonzero(candidates & (book.pipeline == NEW)), 0.006, 2)] = True
    add(cancelled, 80, WON_STAGE[book.pipeline], 0.2)
    add(cancelled, 81, first + levels - 1, 0.2)
    add(
        np.ones(n, np.bool_),
        90,
        np.where(book.won, WON_STAGE[book.pipeline], LOST_STAGE[book.pipeline]),
    )

    deal, order, stage, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    sorted_rows = np.lexsort((order, deal))
    deal, order, stage, weight = (x[sorted_rows] for x in (deal, order, stage, weight))
    # Two equal stages in a row (a step back onto a skipped stage) are one.
    same = np.r_[False, (deal[1:] == deal[:-1]) & (stage[1:] == stage[:-1])]
    deal, order, stage, weight = (x[~same] for x in (deal, order, stage, weight))
    before = running_sum(weight, deal) - weight
    weight_total = np.bincount(deal, weights=np.where(order == 90, 0.0, weight), minlength=n)
    share = np.where(order == 90, 1.0, before / np.maximum(weight_total[deal], 1e-9))
    start, stop = OFFICE.position(book.created), OFFICE.position(book.close)
    # Some deals that are open at the end were lost and taken up again before it.
    revived = np.flatnonzero((book.close >= END) & (book.created < END - 60 * DAY) & reopened)
    now = int(OFFICE.position(ints([END]))[0])
    comeback = np.flatnonzero((order == 81) & np.isin(deal, revived))
    squeeze = np.ones(n)
    target = 0.85 * (now - start) / np.maximum(stop - start, 1)
    squeeze[deal[comeback]] = np.minimum(
        target[deal[comeback]] / np.maximum(share[comeback], 1e-9), 1
    )
    share = np.where(order == 90, share, share * squeeze[deal])
    at = OFFICE.moment_at(start[deal] + np.floor((stop - start)[deal] * share).astype(np.int64))
    opening = np.r_[True, deal[1:] != deal[:-1]]
    at = np.where(opening, book.created[deal], at)
    at = np.where(order == 90, book.close[deal], at)
    at = np.minimum(np.maximum(at, book.created[deal] + np.where(opening, 0, 30)), book.close[deal])
    # Keep the order of events that fall on one second.
    at = np.where((order != 90) & ~opening, np.minimum(at, book.close[deal] - 30), at)
    for _ in range(6):
        early = np.flatnonzero((at[1:] <= at[:-1]) & (deal[1:] == deal[:-1])) + 1
        at[early] = at[early - 1] + 1
    book.close[deal[order == 90]] = at[order == 90]
    return deal, stage, at


def _change_pipeline(rng: Stream, book: DealBook, deal: Ints, stage: Ints) -> None:
    """A few deals were opened in the wrong pipeline and moved over at their first step."""
    opening = np.r_[True, deal[1:] != deal[:-1]]
    follows = np.r_[opening[1:], True]
    fits = opening & ~follows & (stage == FIRST_STAGE[NEW]) & (book.close[deal] < END)
    rows = rng.some(np.flatnonzero(fits & (np.r_[stage[1:], -1] < WON_STAGE[NEW])), 0.004, 2)
    stage[rows] = FIRST_STAGE[EXISTING]
    book.moved[deal[rows]] = True


def _colleague(rng: Stream, staff: Staff, seat: Ints) -> Ints:
    """Another seat of the same team where there is one."""
    result = seat.copy()
    u = rng.uniform(len(seat))
    for team in np.unique(staff.seat_team[seat]).tolist():
        seats = np.flatnonzero(staff.seat_team == team)
        mine = np.flatnonzero(staff.seat_team[seat] == team)
        if len(seats) < 2:
            continue
        place = np.searchsorted(seats, seat[mine])
        step = 1 + np.floor(u[mine] * (len(seats) - 1)).astype(np.int64)
        result[mine] = seats[(place + step) % len(seats)]
    return result


def _owners(staff: Staff, book: DealBook, j: Journeys, until: Ints) -> None:
    """Owner changes: transfers to a colleague, and successors of people who leave."""
    changes = j.changes["owner"]
    rows = np.flatnonzero(known(j.transferred))
    day_of = local_day(j.transferred[rows])
    old = staff.occupant(j.seat_before[rows], day_of)
    new = staff.occupant(j.seat_after[rows], day_of)
    real = old != new
    j.transferred[rows[~real]] = NA
    j.seat_after[rows[~real]] = j.seat_before[rows[~real]]
    rows, old, new = rows[real], old[real], new[real]
    changes.add(len(rows), deal=rows, old=old, new=new, at=j.transferred[rows], user=old)
    for seat, on, before, after in zip(*(x.tolist() for x in staff.handovers()), strict=True):
        when = int(moment(on, 0))
        mine = np.where(known(j.transferred) & (j.transferred <= when), j.seat_after, j.seat_before)
        rows = np.flatnonzero(
            (mine == seat) & (book.created < when) & (until > when) & ~j.forgotten
        )
        changes.add(len(rows), deal=rows, old=before, new=after, at=when, user=before)
    j.owner = j.owner_at(staff, np.arange(book.n, dtype=np.int64), np.minimum(until, END - 1))


def _event(j: Journeys, book: DealBook, stages: Ints) -> Ints:
    """First moment each deal entered its pipeline's given stage or a later one, empty if never."""
    order = j.stage - FIRST_STAGE[book.pipeline[j.deal]]
    open_stage = order < OPEN_STAGES[book.pipeline[j.deal]]
    hit = open_stage & (order >= stages[book.pipeline[j.deal]] - FIRST_STAGE[book.pipeline[j.deal]])
    hit |= np.isin(j.stage, WON_STAGE)
    result = full(book.n)
    rows = np.flatnonzero(hit)[::-1]
    result[j.deal[rows]] = j.at[rows]
    return result


def _amounts(rng: Stream, staff: Staff, book: DealBook, j: Journeys) -> None:
    """First guess, value after the offer, and a last discount."""
    n = book.n
    guess = (j.value * rng.between(70, 135, n) // 100 + 5_000) // 10_000 * 10_000
    rough = rng.chance(0.36, n) & ~book.quick & (guess > 0)
    unknown = rng.chance(0.09, n) & ~book.quick
    rough &= ~unknown
    first = np.where(unknown, NA, np.where(rough, guess, j.value))
    offered = _event(j, book, OFFER_STAGE)
    stop = np.where(j.closed, j.closed_at, END) - 5 * MINUTE
    at = np.where(
        unknown, book.created + rng.between(1, 20, n) * DAY, offered + rng.between(60, 3000, n)
    )
    done = (unknown | (rough & known(offered))) & (at < stop) & (at > book.created)
    forced = unknown & ~done & j.won
    at = np.where(forced, stop - 60, at)
    done |= forced
    late_cut = rng.chance(0.07, n) & done & ~book.quick
    middle = np.where(late_cut, j.value * rng.between(103, 118, n) // 100 // 100 * 100, j.value)
    cut_at = at + ((stop - at) * (0.4 + 0.5 * rng.uniform(n))).astype(np.int64)
    late_cut &= cut_at > at + HOUR
    middle = np.where(late_cut, middle, j.value)
    done &= middle != first
    late_cut &= done
    rows = np.flatnonzero(done)
    j.changes["amount"].add(
        len(rows),
        deal=rows,
        old=first[rows],
        new=middle[rows],
        at=at[rows],
        user=j.owner_at(staff, rows, at[rows]),
    )
    rows = np.flatnonzero(late_cut)
    j.changes["amount"].add(
        len(rows),
        deal=rows,
        old=middle[rows],
        new=j.value[rows],
        at=cut_at[rows],
        user=j.owner_at(staff, rows, cut_at[rows]),
    )
    j.amount = np.where(done, j.value, np.where(j.won, j.value, first))
    # A placeholder amount of zero on a few open deals.
    idle = np.flatnonzero(~j.closed & ~done & ~book.quick & (book.pipeline == NEW))
    no_amount, zero = rng.some(idle[::2], 0.06), rng.some(idle[1::2], 0.06)
    j.amount[no_amount] = NA
    j.amount[zero] = 0


def _close_dates(rng: Stream, staff: Staff, book: DealBook, j: Journeys, until: Ints) -> None:
    """The forecast close date slips while the deal lives; not everybody keeps it up to date."""
    n = book.n
    created = local_day(book.created)
    stop = np.where(j.closed, local_day(until), LAST_DAY + 1)
    ahead = np.where(book.pipeline == NEW, rng.between(35, 110, n), rng.between(18, 70, n))
    expected = created + ahead
    month_end = add_months(month_floor(expected), 1) - 1
    expected = np.where(rng.chance(0.35, n), month_end, expected)
    year_end = ints([day(2023, 12, 31), day(2024, 12, 31), day(2025, 12, 31), day(2026, 12, 31)])
    at_year_end = rng.chance(0.03, n)
    expected = np.where(at_year_end, year_end[np.searchsorted(year_end, created)], expected)
    expected = np.where(book.quick, local_day(np.minimum(book.close, END + 30 * DAY)), expected)
    missing = rng.chance(0.025, n) & ~j.won & ~book.quick
    expected = where(~missing, expected)
    changes = j.changes["expected"]
    moved_at = book.created.copy()

    def change(rows: Ints, new: Ints, at: Ints) -> None:
        changes.add(
            len(rows),
            deal=rows,
            old=expected[rows],
            new=new,
            at=at,
            user=j.owner_at(staff, rows, at),
        )
        expected[rows] = new
        moved_at[rows] = at

    kept_up = ~book.quick
    kept_up[rng.some(np.flatnonzero(~j.closed & (book.created < END - 120 * DAY)), 0.1)] = False
    for _ in range(5):
        kept_up &= rng.chance(0.87, n)
        due = known(expected) & (expected < stop) & kept_up
        rows = np.flatnonzero(due)
        at = office_moment(expected[rows] - rng.between(0, 8, len(rows)), rng.uniform(len(rows)))
        at = np.maximum(at, moved_at[rows] + 3 * HOUR)
        fits = at < np.minimum(until[rows], END) - HOUR
        rows, at = rows[fits], at[fits]
        change(rows, expected[rows] + rng.between(9, 48, len(rows)), at)
    pulled = rng.chance(0.03, n) & known(expected) & (expected > created + 40) & ~book.quick
    rows = np.flatnonzero(pulled)
    at = office_moment(expected[rows] - 30, rng.uniform(len(rows)))
    fits = (at > moved_at[rows]) & (at < np.minimum(until[rows], END) - HOUR)
    rows, at = rows[fits], at[fits]
    change(rows, expected[rows] - rng.between(7, 20, len(rows)), at)
    # The CRM writes the close date on closing, but not on every path.
    wrong = known(expected) & j.closed & (expected != local_day(until)) & rng.chance(0.55, n)
    rows = np.flatnonzero(wrong)
    change(rows, local_day(until[rows]), until[rows])
    j.expected = expected


@dataclass
class Quotes:
    """Quote versions."""

    deal: Ints
    group: Ints
    version: Ints
    status: Ints
    sent: Ints
    accepted: Ints
    expires: Ints
    amount: Ints
    user: Ints


QUOTE_STATUS = ("draft", "sent", "accepted", "rejected", "expired")
Q_DRAFT, Q_SENT, Q_ACCEPTED, Q_REJECTED, Q_EXPIRED = range(5)


def draw_quotes(stream: Stream, staff: Staff, book: DealBook, j: Journeys) -> Quotes:
    """Offers with their versions; most deals that reach the offer stage get one."""
    rng = stream.child("quotes")
    n = book.n
    offered = _event(j, book, OFFER_STAGE)
    stop = np.where(j.closed, j.closed_at, END)
    first_sent = offered + rng.between(1, 60, n) * HOUR
    gets = (
        known(offered)
        & rng.chance(np.where(book.quick, 0.45, 0.84))
        & (first_sent < stop - 2 * HOUR)
    )
    # Two options side by side on a few deals; a quote written after the handshake on a few others.
    groups = gets.astype(np.int64)
    groups[rng.some(np.flatnonzero(gets & ~book.quick), 0.03, 2)] = 2
    after_win = rng.some(np.flatnonzero(j.won & ~gets & (j.closed_at < END - 9 * DAY)), 0.03, 2)
    groups[after_win] = 1
    deal_of_group, option = spread(groups)
    late = no(n)
    late[after_win] = True
    versions = 1 + rng.code((0.62, 0.28, 0.10), len(deal_of_group))
    versions = np.where(late[deal_of_group] | book.quick[deal_of_group], 1, versions)
    group, v = spread(versions)
    deal = deal_of_group[group]
    sent = first_sent[deal] + option[group] * HOUR + v * rng.between(3, 11, len(deal)) * DAY
    sent = np.where(late[deal], j.closed_at[deal] + 2 * DAY, sent)
    keep = (sent < stop[deal] - HOUR) | late[deal]
    keep &= sent < END
    group, deal, v, sent = group[keep], deal[keep], v[keep], sent[keep]
    last = v == latest(group, v, len(deal_of_group))[group]
    days_valid = np.asarray([14, 30, 30, 45, 60])[rng.code(np.ones(5), len(deal))]
    expires = local_day(sent) + days_valid
    second_option = option[group] == 1
    status = np.where(last, Q_SENT, Q_EXPIRED)
    won, lost = j.won[deal] & last, (j.closed & ~j.won)[deal] & last
    status = np.where(won, np.where(second_option, Q_REJECTED, Q_ACCEPTED), status)
    status = np.where(lost, np.where(rng.chance(0.62, len(deal)), Q_REJECTED, Q_EXPIRED), status)
    status = np.where((status == Q_SENT) & (expires < LAST_DAY), Q_EXPIRED, status)
    accepted = where(
        status == Q_ACCEPTED,
        np.maximum(
            np.minimum(j.closed_at[deal] - rng.between(5, 90, len(deal)) * MINUTE, END),
            sent + MINUTE,
        ),
    )
    amount = np.where(last, j.value[deal], j.value[deal] * rng.between(101, 112, len(deal)) // 100)
    amount = np.where(second_option, amount * 12 // 10, amount)
    drafts = rng.some(np.flatnonzero((status == Q_SENT) & last), 0.12, 2)
    status[drafts] = Q_DRAFT
    sent[drafts] = NA
    expires[drafts] = NA
    user = j.owner_at(staff, deal, np.where(known(sent), sent, END - 1))
    return Quotes(
        deal, group, v + 1, status.astype(np.int64), sent, accepted, expires, amount, user
    )
