"""Leads: where they come from, how good they are, and what sales makes of them.

Cause and effect: the source sets the quality, quality drives the score, the score the hand-over,
quality and the speed of the first touch the acceptance, and all of it the qualification.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.simulate.arrays import Flags, Floats, Ints, full, known, where
from warehouse.simulate.companies import (
    CAMPAIGN,
    COLD_CALL,
    EVENT,
    PARTNER,
    REFERRAL,
    SOCIAL,
    WEB,
    Companies,
    draw_companies,
)
from warehouse.simulate.draw import Stream
from warehouse.simulate.offer import SEASON_OF_SALES
from warehouse.simulate.staff import Staff
from warehouse.simulate.timeline import (
    DAY,
    END,
    HOUR,
    MINUTE,
    MONTH_START,
    MONTHS,
    OFFICE,
    calendar_month,
    moment,
    office_moment,
)

LEADS_PER_MONTH = 20.0
"""At demo size, in the first month; grows by about a third over the three years."""

STATUSES = ("new", "mql", "sal", "sql", "rejected", "recycled", "deactivated", "converted")
S_NEW, S_MQL, S_SAL, S_SQL, S_REJECTED, S_RECYCLED, S_DEACTIVATED, S_CONVERTED = range(8)
SYSTEMS = ("marketing_automation", "manual", "event", "import", "web_form")
REJECTION = ("no_fit", "no_budget", "bad_data", "already_customer", "timing", "other")
DEACTIVATION = ("no_response", "idle", "hard_bounce", "out_of_business", "duplicate")

_SOURCE_SHARE = (0.33, 0.22, 0.10, 0.10, 0.10, 0.07, 0.08)
_SOURCE_QUALITY = np.asarray([0.0, -0.15, -0.1, 0.35, 0.05, 0.75, -0.5])


@dataclass
class Leads:
    """All leads. Moments are empty where the step was not reached by the end of the data."""

    companies: Companies
    source: Ints
    system: Ints
    campaign: Ints
    score: Ints
    quality: Floats
    created: Ints
    mql: Ints
    handed_over: Ints
    first_touch: Ints
    sal: Ints
    sql: Ints
    rejected: Ints
    rejection: Ints
    recycled: Ints
    again_mql: Ints  # second hand-over after a recycle
    deactivated: Ints
    deactivation: Ints
    converted: Ints  # conversion moment
    status: Ints
    confirmed: Flags  # 4 × n: budget, authority, need, timeline
    deal: Ints
    account: Ints
    master: Ints
    deleted: Flags

    @property
    def n(self) -> int:
        """Number of leads."""
        return len(self.source)


def after_office(start: Ints, minutes: Floats) -> Ints:
    """The moment so many office minutes later."""
    steps = np.floor(minutes * MINUTE).astype(np.int64)
    return where(known(start), OFFICE.moment_at(OFFICE.position(np.maximum(start, 0)) + steps + 1))


def draw_leads(stream: Stream, staff: Staff, units: float) -> Leads:
    """Leads of the three years with everything that marketing and sales did to them."""
    rng = stream.child("leads")
    months = np.arange(MONTHS)
    expected = (
        LEADS_PER_MONTH
        * units
        * (1 + 0.35 * months / MONTHS)
        * SEASON_OF_SALES[calendar_month(MONTH_START[:MONTHS]) - 1]
    )
    counts = np.floor(expected + rng.uniform(MONTHS)).astype(np.int64)
    n = int(counts.sum())
    month = np.repeat(np.arange(MONTHS), counts)
    length = MONTH_START[month + 1] - MONTH_START[month]
    day = MONTH_START[month] + np.floor(rng.uniform(n) * length).astype(np.int64)
    source = rng.code(_SOURCE_SHARE, n)
    self_service = (source == WEB) | (source == SOCIAL) | (source == CAMPAIGN)
    minute = np.floor(rng.shape(((0, 0), (0.08, 480), (0.85, 1110), (1, 1439)), n))
    created = np.where(
        self_service,
        moment(day, minute.astype(np.int64)),
        office_moment(day, rng.uniform(n)),
    )
    created = np.minimum(created, END - 2 * HOUR)
    order = np.argsort(created, kind="stable")
    created, source = created[order], source[order]

    companies = draw_companies(rng, staff, n)
    quality = _SOURCE_QUALITY[source] + rng.bell(n)
    noise = rng.bell(n)
    score = np.clip(np.floor(50 + 13 * quality + 11 * noise), 1, 99).astype(np.int64)
    unscored = (source == COLD_CALL) | (source == REFERRAL)
    score_seen = where(~(unscored & rng.chance(0.35, n)), score)
    system = np.select(
        [source == WEB, source == EVENT, source == PARTNER, unscored], [4, 2, 3, 1], 0
    ).astype(np.int64)

    # Marketing: nurture until the score is reached, then hand over.
    is_mql = (score >= 45) | (unscored & rng.chance(0.85, n))
    nurture = rng.shape(((0, 0.02), (0.45, 0.4), (0.8, 9), (1, 40)), n) * DAY
    mql = where(is_mql, created + np.where(unscored, 60, nurture).astype(np.int64))
    # The last leads have been handed over only just now; nobody has looked at them.
    ready = is_mql & (created > END - 25 * DAY) & (created < END - 2 * DAY)
    fresh = rng.some(np.flatnonzero(ready), 0.15)
    mql[fresh] = END - rng.between(4, 30, len(fresh)) * HOUR
    gap = np.floor(rng.shape(((0, 0), (0.6, 0.3), (1, 20)), n) * HOUR).astype(np.int64)
    gap[fresh] = 0
    handed = where(is_mql, mql + gap)

    # Sales: first touch, then accept, reject or leave it lying.
    skill = staff.skill[np.maximum(staff.occupant(companies.seat, created // DAY), 0)]
    touch_minutes = rng.shape(((0, 4), (0.3, 35), (0.6, 120), (0.85, 480), (1, 2600)), n)
    touch_minutes[fresh] = 5_000
    touch = after_office(handed, touch_minutes)
    promising = 0.785 + 0.10 * quality + 0.1 * skill - 0.00003 * touch_minutes
    u = rng.even(n)
    accepts = is_mql & (u < promising)
    undecided = is_mql & ~accepts & (u > 0.955)
    rejects = is_mql & ~accepts & ~undecided
    think = rng.shape(((0, 10), (0.5, 260), (0.86, 900), (0.93, 1400), (1, 4300)), n)
    decided = after_office(touch, think)
    touched = accepts | (rejects & rng.chance(0.7, n)) | (undecided & rng.chance(0.3, n))
    early_touch = accepts & rng.chance(0.03, n)
    touch = where(
        touched, np.where(early_touch, np.maximum(handed - 3 * HOUR, created + 60), touch)
    )
    sal = where(accepts, np.maximum(decided, handed + MINUTE))
    rejected = where(rejects, np.maximum(decided, handed + MINUTE))

    # A few rejected leads are recycled by marketing and handed over again with more success.
    recycles = np.zeros(n, dtype=np.bool_)
    recycles[rng.some(np.flatnonzero(rejects), 0.14, 3)] = True
    recycled = where(recycles, rejected + rng.between(15, 90, n) * DAY)
    again = np.zeros(n, dtype=np.bool_)
    again[rng.some(np.flatnonzero(recycles), 0.6, 2)] = True
    again_mql = where(again, recycled + rng.between(2, 40, n) * DAY)
    late_sal = after_office(again_mql, rng.shape(((0, 30), (0.9, 900), (1, 2600)), n))
    sal = np.where(again & (late_sal < END), late_sal, sal)
    accepts = accepts | (again & known(sal))

    # Qualification.
    can = 0.47 + 0.11 * quality + 0.12 * skill
    qualifies = accepts & (rng.even(n) < can)
    sql_days = rng.shape(((0, 0.3), (0.3, 6), (0.7, 16), (0.92, 29), (1, 55)), n)
    sql = where(
        qualifies, office_moment((sal + sql_days * DAY).astype(np.int64) // DAY, rng.uniform(n))
    )
    sql = where(qualifies, np.maximum(sql, sal + HOUR))
    # One source delivers the qualification date without a time of day.
    dated_only = qualifies & (source == PARTNER)
    sql = np.where(dated_only, np.maximum(sql // DAY * DAY, sal + MINUTE), sql)
    converts = qualifies & rng.chance(0.92, n)
    converted = where(
        converts, sql + np.floor(rng.shape(((0, 0), (0.7, 2), (1, 60)), n) * HOUR).astype(np.int64)
    )

    failed = accepts & ~qualifies
    v = rng.uniform(n)
    rejects_later = failed & (v < 0.22)
    rejected = np.where(
        rejects_later, sal + rng.between(5, 40, n) * DAY + rng.between(0, 6, n) * HOUR, rejected
    )
    drops = (failed & (v >= 0.22) & (v < 0.80)) | (~is_mql & rng.chance(0.62, n))
    drop_after = rng.between(30, 120, n) * DAY
    base = np.where(failed, sal, created)
    deactivated = where(drops, base + drop_after)

    def until_end(values: Ints) -> Ints:
        return where(known(values) & (values < END), values)

    mql, handed, touch, sal, sql, rejected, recycled, again_mql, deactivated, converted = map(
        until_end,
        (mql, handed, touch, sal, sql, rejected, recycled, again_mql, deactivated, converted),
    )
    steps = np.stack([created, mql, sal, sql, rejected, recycled, deactivated, converted])
    steps[1] = np.maximum(steps[1], again_mql)
    status = np.argmax(steps[::-1], axis=0)  # the latest step wins, the later one on a tie
    status = (7 - status).astype(np.int64)
    handed = where(~(known(handed) & rng.chance(0.12, n)), handed)

    rejection = where(
        known(rejected) & ~rng.chance(0.06, n), rng.code((0.3, 0.2, 0.15, 0.08, 0.17, 0.1), n)
    )
    reason = rng.code((0.45, 0.25, 0.12, 0.05, 0.05), n)
    deactivation = where(known(deactivated) & ~rng.chance(0.05, n), reason)
    # Standards are kept better by some reps than by others.
    careful = (
        0.962
        + 0.03 * staff.diligence[np.maximum(staff.occupant(companies.seat, created // DAY), 0)]
    )
    confirmed = rng.uniform(4 * n).reshape(4, n) < careful
    return Leads(
        companies=companies,
        source=source,
        system=system,
        campaign=full(n),
        score=score_seen,
        quality=quality,
        created=created,
        mql=mql,
        handed_over=handed,
        first_touch=touch,
        sal=sal,
        sql=sql,
        rejected=rejected,
        rejection=rejection,
        recycled=recycled,
        again_mql=again_mql,
        deactivated=deactivated,
        deactivation=deactivation,
        converted=converted,
        status=status,
        confirmed=np.asarray(confirmed),
        deal=full(n),
        account=full(n),
        master=full(n),
        deleted=rng.uniform(n) < 0.008,
    )
