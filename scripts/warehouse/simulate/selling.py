"""What sales people do all day: calls, e-mails, meetings on leads, deals and customers."""

from __future__ import annotations

import numpy as np

from warehouse.simulate.activities import (
    A_CALL,
    A_EMAIL,
    A_MEETING,
    A_NOTE,
    A_TASK,
    A_VISIT,
    A_WEBINAR,
    INBOUND,
    INTERNAL,
    O_CANCELLED,
    O_CONNECTED,
    O_HELD,
    O_NO_ANSWER,
    O_NO_SHOW,
    OUTBOUND,
    Activities,
)
from warehouse.simulate.arrays import NA, Flags, Floats, Ints, full, ints, known, spread, where
from warehouse.simulate.campaigns import WEBINAR, Campaigns
from warehouse.simulate.companies import COLD_CALL
from warehouse.simulate.customers import Customers
from warehouse.simulate.deals import DealBook
from warehouse.simulate.directory import Directory
from warehouse.simulate.draw import Stream
from warehouse.simulate.journeys import Journeys
from warehouse.simulate.leads import Leads
from warehouse.simulate.staff import SECOND_LINE, Staff
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MINUTE,
    MONTH_START,
    MONTHS,
    OFFICE,
    local_day,
    office_moment,
)

# call, e-mail, meeting, visit, note, task
_MIX_LEAD = (0.55, 0.37, 0.0, 0.0, 0.08, 0.0)
_MIX_DEAL = (0.32, 0.18, 0.35, 0.04, 0.06, 0.05)
_MIX_CARE = (0.4, 0.26, 0.13, 0.08, 0.08, 0.05)
_KINDS = ints([A_CALL, A_EMAIL, A_MEETING, A_VISIT, A_NOTE, A_TASK])


def touch(
    rng: Stream,
    log: Activities,
    mix: tuple[float, ...],
    user: Ints,
    at: Ints,
    careful: Floats,
    **links: Ints,
) -> Ints:
    """Log human touches: the mix sets their kind, the person how late they are logged."""
    n = len(at)
    kind = _KINDS[rng.code(mix, n)]
    live = (kind == A_CALL) | (kind == A_MEETING) | (kind == A_VISIT)
    u = rng.uniform(n)
    outcome = np.select(
        [kind == A_CALL, live],
        [
            np.where(u < 0.56, O_CONNECTED, O_NO_ANSWER),
            np.select([u < 0.87, u < 0.95], [O_HELD, O_NO_SHOW], O_CANCELLED),
        ],
        NA,
    )
    typical = np.select([kind == A_CALL, kind == A_MEETING, kind == A_VISIT], [11, 50, 95], 0)
    minutes = np.where(outcome == O_NO_ANSWER, 1, typical * rng.between(50, 170, n) // 100)
    minutes = where(live, minutes)
    direction = np.where(
        rng.chance(0.27, n) & ((kind == A_CALL) | (kind == A_EMAIL)), INBOUND, OUTBOUND
    )
    direction = np.where((kind == A_NOTE) | (kind == A_TASK), INTERNAL, direction)
    synced = (kind == A_EMAIL) & rng.chance(0.22, n)
    done = at + np.maximum(minutes, 0) * MINUTE
    lag = rng.shape(((0, 0.0), (0.45, 0.4), (0.75, 9), (0.93, 50), (1, 200)), n) * (
        1.25 - 0.5 * careful
    )
    planned_before = ((kind == A_MEETING) | (kind == A_VISIT)) & rng.chance(0.3, n)
    logged = done + np.floor(lag * HOUR).astype(np.int64)
    logged = np.where(planned_before, at - rng.between(1, 9, n) * DAY, logged)
    logged = np.where(synced, done, np.minimum(logged, END - 1))
    happened = (done < END) & known(user)
    rows = np.flatnonzero(happened)
    return log.add(
        len(rows),
        type=kind[rows],
        direction=direction[rows],
        user=user[rows],
        started=at[rows],
        completed=done[rows],
        logged=logged[rows],
        minutes=minutes[rows],
        outcome=outcome[rows],
        automated=synced[rows].astype(np.int64),
        **{k: v[rows] for k, v in links.items()},
    )


def _care(staff: Staff, user: Ints) -> Floats:
    return np.asarray(np.clip(0.5 + 0.4 * staff.diligence[np.maximum(user, 0)], 0.0, 1.0))


def work_leads(stream: Stream, staff: Staff, leads: Leads, d: Directory, log: Activities) -> None:
    """Touches on leads, and the cold calls that some of them come from."""
    rng = stream.child("lead work")
    touched = np.flatnonzero(known(leads.first_touch))
    more = rng.counts(np.full(len(touched), 0.6))
    lead, k = spread(more + 1)
    lead = touched[lead]
    at = leads.first_touch[lead]
    follow_up = office_moment(local_day(at) + k * rng.between(1, 7, len(k)), rng.uniform(len(k)))
    at = np.where(k == 0, at, np.maximum(follow_up, at + HOUR))
    stop = np.where(known(leads.converted), leads.converted, END)
    keep = at < stop[lead]
    lead, at = lead[keep], at[keep]
    user = staff.occupant(leads.companies.seat[lead], local_day(at))
    touch(rng, log, _MIX_LEAD, user, at, _care(staff, user), lead=lead)

    # Cold calling: several attempts for each lead it brings; redials within minutes happen.
    sourced = np.flatnonzero(leads.source == COLD_CALL)
    lead, k = spread(rng.between(1, 2, len(sourced)))
    lead = sourced[lead]
    at = leads.created[lead] - 20 * MINUTE - k * rng.between(1, 12, len(lead)) * DAY
    user = staff.occupant(leads.companies.seat[lead], local_day(at))
    _call(rng, log, user, at, np.where(k == 0, O_CONNECTED, O_NO_ANSWER), lead=lead)
    attempts = len(sourced) * 4
    never_bought = np.flatnonzero(d.account_type == 0)
    who = never_bought[rng.between(0, len(never_bought) - 1, attempts)]
    month = np.floor(rng.uniform(attempts) * (LAST_DAY - FIRST_DAY)).astype(np.int64)
    at = office_moment(FIRST_DAY + month, rng.uniform(attempts))
    late = at < d.created[who]
    who, at = who[~late], at[~late]
    user = staff.occupant(d.companies.seat[who], local_day(at))
    reached = np.where(rng.chance(0.34, len(who)), O_CONNECTED, O_NO_ANSWER)
    _call(rng, log, user, at, reached, account=who, contact=who)
    redial = rng.some(np.flatnonzero(reached == O_NO_ANSWER), 0.06, 3)
    _call(
        rng,
        log,
        user[redial],
        at[redial] + rng.between(90, 280, len(redial)),
        full(len(redial), O_CONNECTED),
        account=who[redial],
        contact=who[redial],
    )


def _call(rng: Stream, log: Activities, user: Ints, at: Ints, outcome: Ints, **links: Ints) -> None:
    rows = np.flatnonzero((at < END - HOUR) & (local_day(at) >= FIRST_DAY) & known(user))
    minutes = np.where(outcome == O_CONNECTED, rng.between(3, 18, len(at)), 1)
    log.add(
        len(rows),
        type=A_CALL,
        direction=OUTBOUND,
        user=user[rows],
        started=at[rows],
        completed=at[rows] + minutes[rows] * MINUTE,
        logged=at[rows] + minutes[rows] * MINUTE + 60,
        minutes=minutes[rows],
        outcome=outcome[rows],
        automated=0,
        **{k: v[rows] for k, v in links.items()},
    )


def work_deals(
    stream: Stream, staff: Staff, book: DealBook, j: Journeys, d: Directory, log: Activities
) -> None:
    """Touches within each stage visit, more of them on deals that are going to be won."""
    rng = stream.child("deal work")
    deal, stage, entered, left = j.visits()
    is_open = np.isin(stage, np.r_[np.arange(4), np.arange(6, 9)])
    deal, entered, left = deal[is_open], entered[is_open], left[is_open]
    owner = np.maximum(j.owner_at(staff, deal, entered), 0)
    days = (left - entered) / DAY
    mean = 0.46 + 0.021 * np.minimum(days, 60)
    mean = mean * (0.95 + 0.3 * book.won[deal]) * (1 + 0.25 * staff.diligence[owner])
    mean = np.where(book.quick[deal], 0.35, mean)
    mean = np.where(book.created[deal] > END - 3 * DAY, 0.0, np.clip(mean, 0.05, 6))
    visit, _ = spread(rng.counts(mean))
    start, stop = OFFICE.position(entered[visit]), OFFICE.position(left[visit])
    at = OFFICE.moment_at(
        start + np.floor((stop - start) * rng.uniform(len(visit))).astype(np.int64)
    )
    at = np.maximum(at, entered[visit] + 1)
    deal = deal[visit]
    user = j.owner_at(staff, deal, at)
    # Now and then an expert from service joins.
    expert = rng.chance(0.06, len(deal))
    seats = staff.seats_of((SECOND_LINE,))
    helper = staff.occupant(seats[rng.between(0, len(seats) - 1, len(deal))], local_day(at))
    user = np.where(expert, helper, user)
    account = book.account[deal]
    contact = where(rng.chance(0.62, len(deal)), d.contact_of(rng, account))
    linked = ~rng.chance(0.05, len(deal))  # some are filed under the account only
    touch(
        rng,
        log,
        _MIX_DEAL,
        user,
        at,
        _care(staff, user),
        deal=where(linked, deal),
        account=account,
        contact=contact,
    )
    # Meetings with companies that talk about two deals at once name only the company.
    second = np.flatnonzero(known(book.lead) & ~_first_with(book.lead))
    at = office_moment(local_day(book.created[second]) + 6, rng.uniform(len(second)))
    second, at = second[at < END - DAY], at[at < END - DAY]
    log.add(
        len(second),
        type=A_MEETING,
        direction=OUTBOUND,
        user=j.owner_at(staff, second, at),
        account=book.account[second],
        started=at,
        completed=at + HOUR,
        logged=at + 2 * HOUR,
        minutes=60,
        outcome=O_HELD,
        automated=0,
    )
    # Reminders of the sales automation are no work of a person.
    reminded = rng.some(np.flatnonzero(~j.closed & (book.created < END - 15 * DAY)), 0.08)
    at = office_moment(LAST_DAY - rng.between(2, 12, len(reminded)), rng.uniform(len(reminded)))
    log.add(
        len(reminded),
        type=A_EMAIL,
        direction=OUTBOUND,
        user=staff.automation,
        account=book.account[reminded],
        deal=reminded,
        started=at,
        completed=at,
        logged=at,
        automated=1,
    )
    # Planned next steps of open deals: tasks and meetings in the future.
    ahead = np.flatnonzero(~j.closed & rng.chance(0.55, book.n))
    at = office_moment(LAST_DAY + rng.between(1, 25, len(ahead)), rng.uniform(len(ahead)))
    kind = np.where(rng.chance(0.5, len(ahead)), A_MEETING, A_TASK)
    # Tasks may be overdue already, meetings lie ahead.
    due = office_moment(LAST_DAY + rng.between(-9, 12, len(ahead)), rng.uniform(len(ahead)))
    at = np.where(kind == A_TASK, due, at)
    log.add(
        len(ahead),
        type=kind,
        direction=np.where(kind == A_TASK, INTERNAL, OUTBOUND),
        user=j.owner[ahead],
        account=book.account[ahead],
        deal=ahead,
        started=at,
        logged=END - rng.between(1, 14, len(ahead)) * DAY,
        automated=0,
    )


def _first_with(values: Ints) -> Flags:
    """True for the first row with each value."""
    first = np.zeros(len(values), dtype=np.bool_)
    first[np.unique(values, return_index=True)[1]] = True
    return first


CARE_PER_MONTH = 0.19
"""Touches per running customer and month outside of deals and cases."""


def care_for_customers(
    stream: Stream, staff: Staff, customers: Customers, d: Directory, log: Activities
) -> None:
    """Account management: calls, visits and notes, more for larger customers."""
    rng = stream.child("care")
    c = customers
    by_size = np.asarray([2.0, 1.15, 0.75, 0.35])
    for month in range(MONTHS):
        first = int(MONTH_START[month])
        active = np.flatnonzero((c.since < first + 28) & (~known(c.until) | (c.until >= first)))
        mean = CARE_PER_MONTH * by_size[c.companies.segment[active]]
        row, _ = spread(rng.counts(mean))
        account = active[row]
        at = office_moment(first + rng.between(0, 29, len(account)), rng.uniform(len(account)))
        user = staff.occupant(c.companies.seat[account], local_day(at))
        contact = where(rng.chance(0.6, len(account)), d.contact_of(rng, account))
        touch(rng, log, _MIX_CARE, user, at, _care(staff, user), account=account, contact=contact)


def attend_webinars(stream: Stream, campaigns: Campaigns, log: Activities) -> None:
    """Webinar attendances and no-shows as activities, beside the member rows of the campaign."""
    rng = stream.child("webinars")
    m = campaigns.members
    rows = np.flatnonzero((m["type"] == WEBINAR) & known(m["delivered"]) & (m["step"] == 1))
    missed = rng.some(rows[~known(m["responded"][rows])], 0.12, 2)
    rows = np.union1d(rows[known(m["responded"][rows])], missed)
    shown_up = known(m["responded"][rows])
    at = np.where(shown_up, m["responded"][rows], m["delivered"][rows] + 3 * DAY)
    at = np.minimum(at, END - 2 * HOUR)
    log.add(
        len(rows),
        type=A_WEBINAR,
        direction=INBOUND,
        account=m["account"][rows],
        contact=m["contact"][rows],
        lead=m["lead"][rows],
        campaign=m["campaign"][rows],
        started=at,
        completed=where(shown_up, np.minimum(at + HOUR, END - 1)),
        logged=at + HOUR,
        minutes=60,
        outcome=np.where(shown_up, O_HELD, O_NO_SHOW),
        automated=1,
    )
