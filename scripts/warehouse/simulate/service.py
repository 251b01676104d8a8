"""Support cases in detail: who asks what, how fast it is answered and solved, by whom.

The lifecycle has decided how many cases an account opens in a month and which of them miss the
response or the resolution target. This module turns that into moments on the clock of the policy
that applies, with pauses, reassignments, reopenings, and the comments that were exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.simulate.activities import (
    A_CASE_COMMENT,
    A_VISIT,
    INBOUND,
    INTERNAL,
    O_HELD,
    OUTBOUND,
    Activities,
)
from warehouse.simulate.arrays import NA, Flags, Ints, full, known, no, rounded, where
from warehouse.simulate.customers import Customers
from warehouse.simulate.directory import Directory
from warehouse.simulate.draw import Stream
from warehouse.simulate.history import History
from warehouse.simulate.offer import (
    POLICIES,
    PRIORITIES,
    RESOLUTION_BEFORE,
    RESOLUTION_TARGET,
    RESPONSE_TARGET,
    ROUND_THE_CLOCK,
    STANDARD,
    SUPPORT,
    SUPPORT_24X7,
    TIGHTENED,
)
from warehouse.simulate.staff import FIRST_LINE, ONBOARDING, SALES_GROUPS, SECOND_LINE, Staff
from warehouse.simulate.tables import Keys
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    MINUTE,
    MONTH_START,
    MONTHS,
    OFFICE,
    OFFICE_CH,
    OFFICE_DE,
    local_day,
    moment,
    office_moment,
    workday_from,
)

TYPES = (
    "incident", "question", "complaint", "onboarding", "order_change", "return", "billing", "spam",
    "proactive",
)  # fmt: skip
(
    T_INCIDENT,
    T_QUESTION,
    T_COMPLAINT,
    T_ONBOARDING,
    T_ORDER,
    T_RETURN,
    T_BILLING,
    T_SPAM,
    T_PROACTIVE,
) = range(9)
CHANNELS = ("phone", "email", "web", "chat", "social", "onsite")
PHONE, EMAIL, WEB, CHAT, SOCIAL, ONSITE = range(6)
STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
NEW, OPEN, PENDING, ON_HOLD, SOLVED, CLOSED = range(6)
ROOT_CAUSES = (
    "bug",
    "configuration",
    "user_error",
    "third_party",
    "performance",
    "data",
    "process",
)
CALENDARS = ("BH-AT", "BH-DE", "BH-CH", "BH-247")


@dataclass
class Cases:
    """All cases; moments are empty where they have not come by the end of the data."""

    account: Ints
    contact: Ints
    product: Ints
    kind: Ints
    channel: Ints
    priority: Ints
    status: Ints
    created: Ints
    responded: Ints  # as recorded (sometimes empty although answered)
    answered: Ints  # first public human reply
    first_solved: Ints
    solved: Ints
    owner: Ints
    policy: Ints
    calendar: Ints
    assignees: Ints
    reopened: Ints
    minutes: Ints
    escalated: Flags
    cause: Ints
    late: Flags  # missed a target
    deleted: Flags

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.account)


class _Axes:
    """Adds working time on the calendar of each case."""

    def __init__(self, calendar: Ints) -> None:
        self.calendar = calendar

    def plus(self, start: Ints, seconds: Ints) -> Ints:
        """The moment so many seconds of the case's own clock later."""
        result = start + seconds
        for code, clock in enumerate((OFFICE, OFFICE_DE, OFFICE_CH)):
            rows = np.flatnonzero(self.calendar == code)
            result[rows] = clock.moment_at(clock.position(start[rows]) + seconds[rows])
        return result


def draw_cases(
    stream: Stream,
    staff: Staff,
    customers: Customers,
    directory: Directory,
    log: Activities,
    history: History,
    keys: Keys,
) -> Cases:
    """All cases, with their status, owner, priority and policy history and their comments."""
    rng = stream.child("service")
    skeleton = customers.cases
    n = skeleton.n
    month = skeleton["month"]
    length = MONTH_START[month + 1] - MONTH_START[month]
    day = MONTH_START[month] + np.floor(rng.uniform(n) * length).astype(np.int64)
    in_hours = rng.chance(0.83, n)
    anytime = moment(
        day, np.floor(rng.shape(((0, 0), (0.1, 400), (0.6, 1080), (1, 1439)), n)).astype(np.int64)
    )
    created = np.where(in_hours, office_moment(day, rng.uniform(n)), anytime) + rng.between(
        0, 59, n
    )
    created = np.minimum(created, END - rng.between(600, 40_000, n))
    order = np.argsort(created, kind="stable")
    created, month = created[order], month[order]
    account = skeleton["account"][order]
    late_reply, late_fix = skeleton["late_reply"][order] == 1, skeleton["late_fix"][order] == 1
    day = local_day(created)

    # What it is about.
    since = customers.since[account]
    young = (day - since < 60) & (since >= FIRST_DAY)
    _, first_of_account = np.unique(account, return_index=True)
    first = no(n)
    first[first_of_account] = True
    kind = rng.code((0.39, 0.31, 0.07, 0.0, 0.085, 0.03, 0.095, 0.012, 0.016), n)
    kind = np.where((young & first) | (young & rng.chance(0.25, n)), T_ONBOARDING, kind)
    channel = rng.code((0.22, 0.4, 0.22, 0.09, 0.025, 0.045), n)
    channel = np.where(kind == T_SPAM, EMAIL, channel)
    channel = np.where(kind == T_PROACTIVE, PHONE, channel)
    priority = rng.code((0.2, 0.53, 0.2, 0.07), n)
    priority = np.where(kind == T_INCIDENT, np.minimum(priority + rng.chance(0.25, n), 3), priority)

    # Which promise applies.
    tier = _support_tier(customers, account, month)
    policy = np.maximum(tier, 0)
    without = (tier < 0) & rng.chance(0.09, n)
    country = directory.companies.country[account]
    calendar = np.select([country == 0, (country == 2) | (country == 3)], [1, 2], 0)
    calendar = np.where(policy == ROUND_THE_CLOCK, 3, calendar).astype(np.int64)
    axes = _Axes(calendar)
    reply_target = RESPONSE_TARGET[policy, priority] * MINUTE
    fix_target = RESOLUTION_TARGET[policy, priority]
    older = (policy == STANDARD) & (day < TIGHTENED)
    fix_target = np.where(older, RESOLUTION_BEFORE[priority], fix_target) * MINUTE

    # First reply.
    quick = rng.shape(((0, 0.01), (0.35, 0.12), (0.7, 0.38), (0.95, 0.8), (1, 0.99)), n)
    slow = rng.shape(((0, 1.03), (0.5, 1.4), (0.9, 2.6), (1, 4.5)), n)
    reply = np.floor(reply_target * np.where(late_reply, slow, quick)).astype(np.int64)
    reply = np.maximum(reply, rng.between(50, 400, n))
    live = ((channel == PHONE) & rng.chance(0.7, n)) | (kind == T_PROACTIVE)
    reply = np.where(live, 0, reply)
    # Solution: working time without pauses; some cases are solved exactly in time.
    done_early = rng.shape(((0, 0.01), (0.3, 0.08), (0.6, 0.3), (0.9, 0.75), (1, 0.995)), n)
    too_late = rng.shape(((0, 1.02), (0.5, 1.3), (0.9, 2.2), (1, 3.4)), n)
    work = np.floor(fix_target * np.where(late_fix, too_late, done_early)).astype(np.int64)
    plain = ~late_fix & ~late_reply & ~without & (kind == T_QUESTION) & (channel != PHONE)
    exact = np.r_[
        rng.some(np.flatnonzero(plain & (policy == ROUND_THE_CLOCK)), 0.003, 2),
        rng.some(np.flatnonzero(plain & (policy == STANDARD)), 0.002, 1),
    ]
    work = np.maximum(work, reply + rng.between(120, 5_000, n))
    work[exact] = fix_target[exact]
    pauses = rng.chance(np.where(channel == PHONE, 0.1, 0.32))
    pauses[exact] = False
    untouched = rng.chance(0.006, n) & ~live
    pauses &= ~untouched
    pause = where(pauses, rng.between(2 * HOUR, 16 * HOUR, n), 0)
    pause_status = np.where(rng.chance(0.16, n), ON_HOLD, PENDING)
    pause_from = reply + ((work - reply) * (0.1 + 0.6 * rng.uniform(n))).astype(np.int64)

    answered = np.where(reply == 0, created, axes.plus(created, reply))
    paused = where(pauses, axes.plus(created, pause_from))
    resumed = where(pauses, axes.plus(created, pause_from + pause))
    first_solved = axes.plus(created, work + pause)
    first_solved = np.where(untouched, END + DAY, first_solved)

    # Reopening: the customer comes back; sometimes only to say thanks.
    returns = rng.chance(0.048, n) & (kind != T_SPAM)
    returns[exact] = False
    thanks = returns & rng.chance(0.2, n)
    wait = np.where(thanks, rng.between(20, 170, n) * MINUTE, rng.between(3, 240, n) * HOUR)
    reopened = where(returns, axes.plus(first_solved + wait, full(n, 60)))
    again = where(
        returns,
        axes.plus(
            np.maximum(reopened, 0),
            np.where(thanks, rng.between(180, 600, n), rng.between(1_200, 20_000, n)),
        ),
    )
    closes = rng.chance(0.1, n) & ~returns
    closed = where(closes, first_solved + rng.between(2, 6, n) * DAY)

    # Who works on it: first line, second line for the hard ones, onboarding for newcomers.
    hard = np.where(priority >= 2, 0.8, 0.6)
    team = np.where((kind == T_INCIDENT) & rng.chance(hard, n), SECOND_LINE, FIRST_LINE)
    team = np.where(kind == T_ONBOARDING, ONBOARDING, team)
    seat = _seat(rng, staff, team)
    owner = staff.occupant(seat, day)
    # The second line settles what it takes on.
    passes = rng.chance(0.14, n) & (team == FIRST_LINE) & ~live
    before_reply = passes & rng.chance(0.4, n)
    other_team = np.where(
        rng.chance(0.6, n), np.where(team == FIRST_LINE, SECOND_LINE, FIRST_LINE), team
    )
    first_owner = staff.occupant(_seat(rng, staff, other_team), day)
    # Late requests go to the colleague in Toronto before anybody answers.
    abroad = np.flatnonzero((staff.timezone == 1) & staff.licensed)
    sun = rng.some(np.flatnonzero(~live & (team == FIRST_LINE) & (reply > HOUR)), 0.01, 2)
    if len(abroad):
        in_office = staff.active_on(day[sun], np.broadcast_to(abroad[:1], sun.shape))
        sun = sun[in_office & (owner[sun] != abroad[0])]
        first_owner[sun], owner[sun] = owner[sun], abroad[0]
        passes[sun] = before_reply[sun] = True
    passes &= first_owner != owner
    before_reply &= passes
    share = rng.uniform(n)
    passed_at = np.where(
        before_reply,
        created + ((answered - created) * share).astype(np.int64) + 1,
        answered + ((first_solved - answered) * share * 0.8).astype(np.int64) + 1,
    )
    passed_at = where(passes & (passed_at < np.minimum(first_solved, END)), passed_at)
    owner = np.where(passes & ~known(passed_at), first_owner, owner)
    passes = known(passed_at)
    starts_in_queue = ~passes & rng.chance(0.1, n) & ~live
    picked_at = where(starts_in_queue, created + ((answered - created) // 2) + 1)
    picked_at = where(known(picked_at) & (picked_at < END), picked_at)
    owner = where(~starts_in_queue | known(picked_at), owner)

    agent = np.where(passes & ~before_reply, first_owner, owner)
    system = staff.integration + 2

    # Status changes up to the end of the data.
    opened = np.where(
        live, created + 30, created + ((answered - created) * 0.6).astype(np.int64) + 20
    )
    record = keys.of("support_case", np.arange(n, dtype=np.int64))
    steps: list[tuple[Ints, Ints, Ints]] = []

    def step(at: Ints, status: Ints | int) -> None:
        rows = np.flatnonzero(known(at) & (at < END))
        steps.append((rows, at[rows], np.broadcast_to(np.asarray(status), (n,))[rows]))

    step(opened, OPEN)
    step(paused, pause_status)
    step(resumed, OPEN)
    step(first_solved, SOLVED)
    step(reopened, OPEN)
    step(again, SOLVED)
    step(closed, CLOSED)
    case = np.concatenate([s[0] for s in steps])
    at = np.concatenate([s[1] for s in steps])
    new = np.concatenate([s[2] for s in steps]).astype(np.int64)
    turn = np.repeat(np.arange(len(steps)), [len(s[0]) for s in steps])
    sequence = np.lexsort((turn, at, case))
    case, at, new = case[sequence], at[sequence], new[sequence]
    old = np.where(np.r_[True, case[1:] != case[:-1]], NEW, np.r_[NEW, new[:-1]])
    by = np.where(np.isin(new, (CLOSED,)), system, np.maximum(owner[case], 0))
    history.labels_changed("case", record.gather(case), "status", STATUSES, old, new, at, by)
    status = full(n, NEW)
    status[case] = new  # rows are in order of time: the last one stays

    rows = np.flatnonzero(passes)
    history.keys_changed(
        "case",
        record.gather(rows),
        "owner_user_id",
        first_owner[rows],
        owner[rows],
        passed_at[rows],
        first_owner[rows],
    )
    rows = np.flatnonzero(known(picked_at))
    history.keys_changed(
        "case",
        record.gather(rows),
        "owner_user_id",
        full(len(rows)),
        owner[rows],
        picked_at[rows],
        owner[rows],
    )
    recorded_policy = where(~without & ~rng.chance(0.03, n), policy)
    _changed_promises(rng, history, record, priority, recorded_policy, opened, owner)

    def past(values: Ints) -> Ints:
        return where(known(values) & (values < END), values)

    first_solved = past(first_solved)
    solved = np.where(known(past(again)), again, first_solved)
    solved = where((status == SOLVED) | (status == CLOSED), solved)
    answered = past(np.where(untouched & ~live, END + DAY, answered))
    contact = directory.contact_of(rng, account)
    cause = where(
        known(solved) & ~rng.chance(0.05, n), rng.code((0.2, 0.19, 0.24, 0.1, 0.1, 0.1, 0.07), n)
    )
    _repeat_questions(rng, account, contact, cause, created, solved)
    minutes = rounded(rng.shape(((0, 3), (0.5, 16), (0.9, 60), (1, 180)), n))
    heavy = (channel == ONSITE) | (kind == T_ONBOARDING)
    trend = 1.12 - 0.22 * month / MONTHS  # the CRM makes handling a little faster
    minutes = rounded(minutes * np.where(heavy, 3.2, 1.0) * trend) + 2
    recorded = np.where((channel == PHONE) & live & rng.chance(0.5, n), NA, answered)
    recorded = where(~rng.chance(0.1, n), recorded)
    product = np.where(rng.chance(0.6, n), _suite(customers, account), rng.between(3, 7, n))
    product = where(~rng.chance(0.11, n), product)
    missing_contact = rng.chance(0.02, n)
    everyone = np.arange(n, dtype=np.int64)
    nameless = np.isin(everyone, rng.some(everyone[kind != T_ONBOARDING], 0.005, 2))
    result = Cases(
        account=where(~nameless, account),
        contact=where(~missing_contact, contact),
        product=product,
        kind=kind,
        channel=channel,
        priority=priority,
        status=status,
        created=created,
        responded=recorded,
        answered=answered,
        first_solved=first_solved,
        solved=solved,
        owner=owner,
        policy=recorded_policy,
        calendar=calendar,
        assignees=1 + passes.astype(np.int64),
        reopened=(known(past(reopened))).astype(np.int64),
        minutes=where(known(first_solved) | rng.chance(0.5, n), minutes),
        escalated=(late_reply | late_fix) & rng.chance(0.4, n),
        cause=cause,
        late=late_reply | late_fix,
        deleted=np.isin(everyone, rng.some(everyone, 0.003, 2)),
    )
    _late_links(rng, history, record, result)
    _comments(
        rng, staff, result, agent, account, contact, live, paused, past(reopened), thanks, log
    )
    return result


def _support_tier(customers: Customers, account: Ints, month: Ints) -> Ints:
    """Support tier of the account in the month of the case; below 0 without a support contract."""
    lines = customers.lines
    care = np.flatnonzero((lines["product"] >= SUPPORT) & (lines["product"] <= SUPPORT_24X7))
    result = full(len(account), -1)
    for m in range(MONTHS):
        rows = np.flatnonzero(month == m)
        on = care[
            (lines["start"][care] < MONTH_START[m + 1])
            & (~known(lines["end"][care]) | (lines["end"][care] >= MONTH_START[m]))
        ]
        tier = full(customers.n, -1)
        np.maximum.at(tier, lines["account"][on], lines["product"][on] - SUPPORT)
        result[rows] = tier[account[rows]]
    return result


def _suite(customers: Customers, account: Ints) -> Ints:
    lines = customers.lines
    rows = np.flatnonzero(lines["product"] <= 2)
    suite = full(customers.n)
    suite[lines["account"][rows]] = lines["product"][rows]
    return suite[account]


def _seat(rng: Stream, staff: Staff, team: Ints) -> Ints:
    """A seat of the given team for each case."""
    result = full(len(team))
    u = rng.uniform(len(team))
    for group in (FIRST_LINE, SECOND_LINE, ONBOARDING):
        seats = staff.seats_of((group,))
        rows = np.flatnonzero(team == group)
        result[rows] = seats[np.floor(u[rows] * len(seats)).astype(np.int64)]
    return result


def _changed_promises(
    rng: Stream,
    history: History,
    record: pl.Series,
    priority: Ints,
    policy: Ints,
    at: Ints,
    owner: Ints,
) -> None:
    """A few cases change priority or policy while they are open."""
    n = len(priority)
    rows = np.flatnonzero(rng.chance(0.045, n) & (at < END - HOUR))
    before = np.where(priority[rows] > 0, priority[rows] - 1, 1)
    history.labels_changed(
        "case",
        record.gather(rows),
        "priority",
        PRIORITIES,
        before,
        priority[rows],
        at[rows] + 40,
        np.maximum(owner[rows], 0),
    )
    rows = rng.some(np.flatnonzero((policy > 0) & (at < END - HOUR)), 0.012, 2)
    history.labels_changed(
        "case",
        record.gather(rows),
        "sla_policy_id",
        POLICIES,
        policy[rows] - 1,
        policy[rows],
        at[rows] + 70,
        np.maximum(owner[rows], 0),
    )


def _late_links(rng: Stream, history: History, record: pl.Series, cases: Cases) -> None:
    """On a few cases the contact was linked only after the first reply."""
    filled = np.flatnonzero(
        known(cases.contact) & known(cases.answered) & (cases.answered < END - 2 * DAY)
    )
    rows = rng.some(filled, 0.012, 2)
    history.keys_changed(
        "case",
        record.gather(rows),
        "contact_id",
        full(len(rows)),
        cases.contact[rows],
        cases.answered[rows] + rng.between(1, 20, len(rows)) * HOUR,
        np.maximum(cases.owner[rows], 0),
        table="contact",
    )


def _repeat_questions(
    rng: Stream, account: Ints, contact: Ints, cause: Ints, created: Ints, solved: Ints
) -> None:
    """Some people ask the same again within a week: the case that follows repeats the cause."""
    order = np.lexsort((created, account))
    case, follower = order[:-1], order[1:]
    wait = created[follower] - solved[case]
    soon = (account[case] == account[follower]) & known(solved[case]) & known(solved[follower])
    soon &= (wait > 0) & (wait < 6 * DAY) & known(cause[case])
    pairs = rng.some(np.flatnonzero(soon), 0.3, 2)
    contact[follower[pairs]] = contact[case[pairs]]
    cause[follower[pairs]] = cause[case[pairs]]


def _consult_sales(
    rng: Stream, staff: Staff, cases: Cases, comment: Callable[[Ints, Ints, Ints, int, bool], None]
) -> None:
    """Now and then the agent asks somebody from sales, who answers inside the case."""
    sales = np.flatnonzero(np.isin(staff.group, SALES_GROUPS) & staff.licensed & (staff.kind == 0))
    rows = np.flatnonzero(known(cases.first_solved) & rng.chance(0.06, cases.n))
    user = sales[rng.between(0, len(sales) - 1, len(rows))]
    at = cases.created[rows] + (cases.first_solved[rows] - cases.created[rows]) // 2
    there = staff.active_on(local_day(at), user)
    comment(rows[there], at[there], user[there], INTERNAL, False)


def _comments(
    rng: Stream,
    staff: Staff,
    cases: Cases,
    agent: Ints,
    account: Ints,
    contact: Ints,
    live: Flags,
    paused: Ints,
    reopened: Ints,
    thanks: Flags,
    log: Activities,
) -> None:
    """Replies, questions back, internal notes, automatic receipts, and visits on site."""
    n = cases.n
    everyone = np.arange(n, dtype=np.int64)

    def comment(
        rows: Ints, at: Ints, user: Ints, direction: int, public: bool, automated: bool = False
    ) -> None:
        keep = known(at) & (at < END)
        rows, at, user = rows[keep], at[keep], user[keep]
        log.add(
            len(rows),
            type=A_CASE_COMMENT,
            direction=direction,
            user=user,
            account=account[rows],
            contact=contact[rows],
            case=rows,
            started=at,
            completed=at,
            automated=int(automated),
            public=int(public),
        )

    replied = ~live | rng.chance(0.25, n)
    rows = everyone[replied & (cases.kind != T_SPAM) & (cases.channel != ONSITE)]
    comment(rows, cases.answered[rows], np.maximum(agent[rows], 0), OUTBOUND, True)
    rows = rng.some(everyone[(cases.channel == EMAIL) | (cases.channel == WEB)], 0.16, 3)
    comment(
        rows, cases.created[rows] + 45, full(len(rows), staff.integration + 2), OUTBOUND, True, True
    )
    rows = everyone[known(paused) & rng.chance(0.6, n)]
    comment(
        rows, paused[rows] + rng.between(1, 8, len(rows)) * HOUR, full(len(rows)), INBOUND, True
    )
    second = staff.group[np.maximum(cases.owner, 0)] == SECOND_LINE
    rows = everyone[known(cases.first_solved) & ~live & rng.chance(0.3, n) & ~second]
    at = cases.first_solved[rows] - rng.between(2, 30, len(rows)) * MINUTE
    later = at > np.maximum(cases.answered[rows], 0) + 120
    comment(rows[later], at[later], np.maximum(cases.owner[rows[later]], 0), OUTBOUND, True)
    rows = everyone[known(reopened)]
    comment(rows, reopened[rows] - 60, full(len(rows)), INBOUND, True)
    rows = rows[~thanks[rows] & known(cases.solved[rows])]
    comment(rows, cases.solved[rows] - 90, np.maximum(cases.owner[rows], 0), OUTBOUND, True)
    rows = everyone[rng.chance(0.07, n)]
    at = cases.created[rows] + rng.between(5, 50, len(rows)) * MINUTE
    comment(rows, at, np.maximum(agent[rows], 0), INTERNAL, False)
    _consult_sales(rng.child("consulted"), staff, cases, comment)
    rows = everyone[cases.channel == ONSITE]
    day = workday_from(local_day(cases.created[rows]) + rng.between(1, 8, len(rows)))
    start = office_moment(day, rng.uniform(len(rows)) * 0.5)
    held = start < END
    rows, start = rows[held], start[held]
    length = rng.between(60, 300, len(rows))
    log.add(
        len(rows),
        type=A_VISIT,
        direction=OUTBOUND,
        user=np.maximum(cases.owner[rows], 0),
        account=account[rows],
        contact=contact[rows],
        case=rows,
        started=start,
        completed=np.minimum(start + length * MINUTE, END - 1),
        logged=np.minimum(start + length * MINUTE + rng.between(1, 40, len(rows)) * HOUR, END - 1),
        minutes=length,
        outcome=O_HELD,
        automated=0,
    )
