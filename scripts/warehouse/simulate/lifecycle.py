"""The life of customers, month by month: what they use, suffer, buy, and why they leave.

One loop over the months carries the state of every account. Cases and missed service levels lower
satisfaction; low satisfaction, missed service levels and unpaid invoices raise the chance to leave;
satisfied and engaged customers buy more. Everything that the other domains write in detail (cases,
invoices, surveys, deals) starts from the skeleton drawn here.
"""

from __future__ import annotations

import numpy as np

from warehouse.simulate.arrays import (
    NA,
    Flags,
    Floats,
    Ints,
    full,
    known,
    no,
    rounded,
    where,
)
from warehouse.simulate.companies import (
    CAMPAIGN,
    ENTERPRISE,
    PARTNER,
    REFERRAL,
    SINGLE,
)
from warehouse.simulate.customers import (
    BY_CUSTOMER,
    BY_PAYMENT_FAILURE,
    BY_UPGRADE,
    BY_VENDOR,
    NOT_STARTED,
    OPEN_ENDED,
    R_COMPETITOR,
    R_INSOLVENCY,
    R_NO_NEED,
    R_PAYMENT,
    R_PRICE,
    R_SERVICE,
    R_WITHDRAWAL,
    RENEWED_BY_DEAL,
    Customers,
    Enrol,
    Legacy,
)
from warehouse.simulate.deals import (
    D_EXISTING,
    D_RENEWAL,
    D_WIN_BACK,
    EXISTING_CYCLE,
    Baskets,
    DealBook,
    NewBusiness,
    first_baskets,
    new_deals,
)
from warehouse.simulate.draw import Stream
from warehouse.simulate.expansion import Orders, campaign_orders, expansion_orders
from warehouse.simulate.offer import (
    CRM_BASIC,
    CRM_ENT,
    CRM_PRO,
    EXISTING,
    RECURRING,
    SEASON_OF_CHURN,
    SEASON_OF_SALES,
)
from warehouse.simulate.staff import DE_NORTH, DE_SOUTH
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MONTH_START,
    MONTHS,
    add_months,
    calendar_month,
    local_day,
    month_floor,
    office_moment,
    workday_from,
)

CASE_RATE = np.asarray([0.28, 0.15, 0.085, 0.045])
"""Support cases per customer and month, by segment."""
USAGE_RATE = np.asarray([0.28, 0.21, 0.16, 0.12])
"""Days per month with logged administrator usage, by segment."""
EXPANSION_RATE = 0.05
"""Chance per customer and month that an expansion deal is started."""
CHURN_RATE = 0.0096
"""Monthly chance to leave of a customer with average satisfaction and no trouble."""


def service_pressure() -> Floats:
    """How overloaded the service desk is, per month: a hard winter 2024/25, better afterwards."""
    pressure = np.ones(MONTHS)
    pressure[16:20] = (1.5, 1.9, 2.0, 1.6)
    pressure[26:] = 0.85
    return pressure


class Life:
    """The monthly loop."""

    def __init__(
        self,
        stream: Stream,
        customers: Customers,
        business: NewBusiness,
        first_account: int,
        legacy: Legacy,
        enrol: Enrol,
    ) -> None:
        self.rng = stream.child("lifecycle")
        self.c = customers
        self.business = business
        self.first_account = first_account
        self.enrol = enrol
        n = customers.n
        rng = self.rng
        german = np.isin(customers.companies.region, (DE_NORTH, DE_SOUTH))
        self.base = 0.25 + rng.bell(n) * 0.55 - 0.12 * german
        self.sat = self.base + rng.bell(n) * 0.2
        self.engaged = rng.bell(n) * 0.5
        self.fragile = rng.bell(n) * 0.35
        self.breaches: Floats = np.zeros(n)
        customers.payer = rng.code((0.62, 0.29, 0.09), n)
        customers.monthly = rng.chance(
            np.asarray([0.36, 0.34, 0.3, 0.26])[customers.companies.segment]
        )
        # Some early customers came through partners, who bill them.
        loyal = np.flatnonzero(~known(legacy.end) & (legacy.start < FIRST_DAY - 300))
        early = rng.some(loyal, 0.02, 4)
        customers.unbilled = no(n)
        customers.unbilled[early] = True
        self.in_trouble = no(n)
        self.renewing = no(n)
        self.waived = 0
        self.accepted: list[tuple[Ints, Ints]] = []
        """Campaign member rows and the deals their acceptance became."""
        self._start_legacy(legacy)

    def _start_legacy(self, legacy: Legacy) -> None:
        c, rng = self.c, self.rng
        n = legacy.companies.n
        accounts = np.arange(n, dtype=np.int64)
        term = np.asarray([12, 24, 36, NA], dtype=np.int64)[rng.code((0.58, 0.1, 0.06, 0.26), n)]
        c.start_spell(accounts, legacy.start, term, rng)
        basket = first_baskets(rng, accounts, legacy.companies, term)
        basket = basket.take(basket.mrr > 0)
        grown = 1 + rng.between(0, 2, basket.n) * (legacy.start[basket.deal] < FIRST_DAY - 500) // 2
        basket.mrr = basket.mrr * grown
        basket.quantity = np.where(basket.quantity > 1, basket.quantity * grown, 1)
        c.add_lines(accounts[basket.deal], basket, legacy.start[basket.deal], full(basket.n))
        while True:  # terms renewed before the CRM: their last end counts
            due = known(c.term_end) & (c.term_end < FIRST_DAY + 62) & (np.arange(c.n) < n)
            if not due.any():
                break
            c.term_end[due] = add_months(c.term_end[due] + 1, 12) - 1
        gone = np.flatnonzero(known(legacy.end))
        reason = rng.code((0.3, 0.22, 0.08, 0.2, 0.12, 0.03, 0.05), len(gone))
        c.kind[gone] = OPEN_ENDED
        c.leave(
            gone,
            legacy.end[gone],
            legacy.end[gone] - rng.between(5, 60, len(gone)),
            np.where(reason == R_PAYMENT, BY_PAYMENT_FAILURE, BY_CUSTOMER).astype(np.int64),
            where(~rng.chance(0.15, len(gone)), reason),
            where(reason == R_COMPETITOR, rng.code((0.4, 0.3, 0.2, 0.1), len(gone))),
        )
        c.moves.n = 0  # nothing was tracked before the CRM

    def run(self) -> None:
        """All months in order."""
        for month in range(MONTHS):
            self._first_sales(month)
            self._decide_deals(month)
            active = self._active(month)
            self._service(month, active)
            self._money_trouble(month, active)
            self._expire_terms(month)
            self._leave_or_stay(month)
            self._win_back(month)
            self._expand(month)
            self._campaigns(month)
            self._decide_deals(month)  # those opened and decided within the month
            self.c.satisfaction[month] = self.sat
            self.c.trouble[month] = self.in_trouble
        self._close_book()

    def _active(self, month: int) -> Ints:
        first, last = int(MONTH_START[month]), int(MONTH_START[month + 1]) - 1
        c = self.c
        return np.flatnonzero((c.since <= last) & (~known(c.until) | (c.until >= first))).astype(
            np.int64
        )

    def _staying(self, month: int, least_days: int) -> Ints:
        """Running customers without notice, customers for at least so many days."""
        c = self.c
        return np.flatnonzero(
            (c.since <= MONTH_START[month] - least_days) & ~known(c.until)
        ).astype(np.int64)

    # -- what customers get ------------------------------------------------------------------

    def _first_sales(self, month: int) -> None:
        """Won new-business deals become contracts."""
        c, rng, deals = self.c, self.rng, self.business.deals
        in_month = (
            deals.won
            & (deals.close < END)
            & (local_day(deals.close) >= MONTH_START[month])
            & (local_day(deals.close) < MONTH_START[month + 1])
        )
        rows = np.flatnonzero(in_month)
        if not len(rows):
            return
        account = deals.account[rows] + self.first_account
        day = local_day(deals.close[rows])
        next_month = month_floor(day + 32)
        start = np.where(
            rng.chance(0.5, len(rows)), month_floor(next_month), day + rng.between(1, 18, len(rows))
        )
        soon = deals.quick[rows]
        start = np.where(soon, day + 1, start)
        fresh = c.since[account] >= NOT_STARTED
        back = ~fresh & known(c.until[account])
        begin = np.flatnonzero(fresh | back)
        # Two deals of one account on one day start one contract.
        _, first = np.unique(account[begin], return_index=True)
        begin = begin[np.sort(first)]
        c.start_spell(account[begin], start[begin], self.business.terms[rows][begin], rng)
        place = full(deals.n)
        place[rows] = np.arange(len(rows))
        basket = self.business.baskets
        basket = basket.take((place[basket.deal] >= 0) & (basket.product < RECURRING))
        at = place[basket.deal]
        c.add_lines(account[at], basket, start[at], basket.deal)
        self._withdraw(account[begin], day[begin], month)

    def _withdraw(self, accounts: Ints, signed: Ints, month: int) -> None:
        """A few new customers use their right to withdraw within 14 days of signing."""
        c, rng = self.c, self.rng
        early = signed < MONTH_START[month] + 16
        early &= (c.since[accounts] <= signed + 6) & (c.companies.segment[accounts] > ENTERPRISE)
        accounts, signed = accounts[early], signed[early]
        leaves = rng.fair("withdrawal", np.full(len(accounts), 0.4))
        accounts, signed = accounts[leaves], signed[leaves]
        n = len(accounts)
        end = np.minimum(c.since[accounts] + rng.between(2, 6, n), signed + 12)
        c.kind[accounts] = OPEN_ENDED
        c.leave(accounts, end, end - 1, full(n, BY_CUSTOMER), full(n, R_WITHDRAWAL), full(n))

    def _service(self, month: int, active: Ints) -> None:
        """Cases, missed service levels, usage, and what they do to satisfaction."""
        c, rng = self.c, self.rng
        segment = c.companies.segment[active]
        tenure = MONTH_START[month] - c.since[active]
        rate = CASE_RATE[segment] * np.where(tenure < 95, 1.9, 1.0) * np.exp(self.fragile[active])
        just_started = (tenure <= 0) & (c.since[active] < MONTH_START[month + 1])
        n_cases = rng.counts(rate) + (just_started & (segment != SINGLE))
        account = np.repeat(active, n_cases)
        pressure = service_pressure()[month]
        bad_luck = np.exp(self.fragile[account] * 0.5)
        late_reply = rng.fair("late reply", np.minimum(0.045 * pressure * bad_luck, 0.6))
        late_fix = rng.fair("late fix", np.minimum(0.08 * pressure * bad_luck, 0.6))
        c.cases.add(
            len(account), account=account, month=month, late_reply=late_reply, late_fix=late_fix
        )
        missed = np.bincount(account, weights=late_reply * 0.5 + late_fix * 1.0, minlength=c.n)
        self.breaches = 0.72 * self.breaches + missed
        self.sat = (
            self.sat + 0.16 * (self.base - self.sat) + self.rng.bell(c.n) * 0.09 - 0.3 * missed
        )
        leaving = known(c.until)
        self.engaged = (
            0.9 * self.engaged
            + self.rng.bell(c.n) * 0.22
            + 0.05 * self.sat
            - np.where(leaving, 0.7, 0.0)
        )
        days = rng.counts(USAGE_RATE[segment] * np.exp(0.7 * self.engaged[active]))
        used = days > 0
        c.usage.add(int(used.sum()), account=active[used], month=month, days=days[used])

    def _money_trouble(self, month: int, active: Ints) -> None:
        """Some customers run out of money for a while; bad payers more often."""
        begins = np.asarray([0.0015, 0.004, 0.018])[self.c.payer[active]]
        u = self.rng.uniform(len(active))
        now = self.in_trouble[active]
        self.in_trouble[active] = np.where(now, u > 0.22, u < begins)

    def _risk(self, accounts: Ints, month: int) -> Floats:
        c = self.c
        tenure = (MONTH_START[month] - c.since[accounts]) / 30.4375
        by_tenure = np.select([tenure < 5, tenure < 20, tenure > 36], [-0.35, 0.3, -0.4], 0.0)
        by_size = np.asarray([-0.45, -0.1, 0.15, 0.35])[c.companies.segment[accounts]]
        return np.asarray(
            np.exp(
                np.clip(
                    0.5 * self.breaches[accounts]
                    - 0.62 * self.sat[accounts]
                    + 1.25 * self.in_trouble[accounts]
                    - 0.35 * self.engaged[accounts]
                    + by_tenure
                    + by_size,
                    -3.0,
                    2.6,
                )
            )
        )

    def _causes(self, accounts: Ints) -> tuple[Ints, Ints, Ints]:
        """Why a customer goes: cancel type, reason (sometimes unknown), competitor."""
        rng = self.rng
        n = len(accounts)
        weights = np.tile(np.asarray([2.6, 2.0, 0.5, 2.2, 0.9, 0.15, 0.9]), (n, 1))
        weights[:, R_SERVICE] += 2.2 * self.breaches[accounts]
        weights[:, R_PAYMENT] += 5.0 * self.in_trouble[accounts]
        weights[:, R_NO_NEED] += 1.5 * np.clip(-self.engaged[accounts], 0, 3)
        weights[:, R_INSOLVENCY] += 0.8 * self.in_trouble[accounts]
        reason = rng.code_by(weights, np.arange(n, dtype=np.int64))
        cancel = np.select(
            [reason == R_PAYMENT, (reason == R_INSOLVENCY) & rng.chance(0.6, n)],
            [BY_PAYMENT_FAILURE, BY_VENDOR],
            BY_CUSTOMER,
        ).astype(np.int64)
        switched = (reason == R_COMPETITOR) & rng.chance(0.9, n)
        switched |= (reason == R_PRICE) & rng.chance(0.25, n)
        competitor = where(switched, rng.code((0.42, 0.28, 0.2, 0.1), n))
        return cancel, where(~rng.chance(0.08, n), reason), competitor

    # -- end and renewal of contracts --------------------------------------------------------

    def _expire_terms(self, month: int) -> None:
        """A term ends while its renewal is still being negotiated: the lines end for now."""
        c = self.c
        due = np.flatnonzero(
            (c.kind == RENEWED_BY_DEAL)
            & ~known(c.until)
            & (c.since < NOT_STARTED)
            & (c.term_end < MONTH_START[month + 1])
            & self.renewing
        )
        if len(due):
            marked = no(c.n)
            marked[due] = True
            rows = c.open_lines(marked)
            rows = rows[c.lines["start"][rows] <= c.term_end[c.lines["account"][rows]]]
            c.lines["end"][rows] = c.term_end[c.lines["account"][rows]]
            c.until[due] = c.term_end[due]

    def _leave_or_stay(self, month: int) -> None:
        c, rng = self.c, self.rng
        season = float(SEASON_OF_CHURN[calendar_month(MONTH_START[month : month + 1])[0] - 1])
        first, following = int(MONTH_START[month]), int(MONTH_START[month + 1])
        days = following - first

        # Open-ended contracts may be cancelled any month.
        free = self._staying(month, 20)
        free = free[c.kind[free] == OPEN_ENDED]
        chance = np.minimum(CHURN_RATE * season * self._risk(free, month), 0.5)
        going = free[rng.fair("open-ended", chance)]
        if month == MONTHS - 1:
            going = np.union1d(going, rng.some(free, 0.0))
        end = np.where(
            rng.chance(0.55 if month < MONTHS - 1 else 0.0, len(going)),
            following - 1,
            first + rng.between(3, days - 1, len(going)),
        ).astype(np.int64)
        notice = np.maximum(end - rng.between(2, 25, len(going)), first)
        c.leave(going, end, notice, *self._causes(going))
        self._return_late(going, end)

        # Fixed terms that renew by themselves: decided one month before the end.
        due = self._staying(month, 0)
        due = due[
            (c.kind[due] != OPEN_ENDED)
            & ~self.renewing[due]
            & (c.term_end[due] >= following)
            & (c.term_end[due] < MONTH_START[month + 2])
        ]
        chance = 1 - np.exp(-12 * CHURN_RATE * season * self._risk(due, month))
        leaves = rng.fair("fixed term", np.clip(chance, 0.01, 0.85))
        if month == MONTHS - 1:
            leaves |= np.isin(due, rng.some(due, 0.0))
        going, staying = due[leaves], due[~leaves]
        notice = first + rng.between(0, days - 1, len(going))
        c.leave(going, c.term_end[going], notice, *self._causes(going))
        self._return_late(going, c.term_end[going])
        self._extend(staying, first)

        # Fixed terms renewed by a deal: the talks begin two months before the end.
        due = self._staying(month, 0)
        due = due[
            (c.kind[due] == RENEWED_BY_DEAL)
            & (c.term_end[due] >= MONTH_START[month + 2])
            & (c.term_end[due] < MONTH_START[month + 3])
            & (c.busy_until[due] < first)
        ]
        self._renewal_deals(due, month)

    def _extend(self, accounts: Ints, first: int) -> None:
        """The term moves on by a year: the end date of every running line changes."""
        c, rng = self.c, self.rng
        old = c.term_end[accounts]
        c.term_end[accounts] = add_months(old + 1, 12) - 1
        marked = no(c.n)
        marked[accounts] = True
        rows = c.open_lines(marked)
        account = c.lines["account"][rows]
        when = np.zeros(c.n, dtype=np.int64)
        when[accounts] = office_moment(
            first + rng.between(0, 24, len(accounts)), rng.uniform(len(accounts))
        )
        old_end = np.zeros(c.n, dtype=np.int64)
        old_end[accounts] = old
        by = c.staff.occupant(c.companies.seat, np.maximum(when // DAY, FIRST_DAY))
        tracked = c.lines["start"][rows] <= old_end[account]
        rows, account = rows[tracked], account[tracked]
        c.moves.add(
            len(rows),
            line=rows,
            old=old_end[account],
            new=c.term_end[account],
            at=np.minimum(when[account], END - HOUR),
            user=by[account],
        )

    def _return_late(self, accounts: Ints, end: Ints) -> None:
        """A few customers who left sign again: within the grace a late renewal, later a return."""
        rng = self.rng
        n = len(accounts)
        within_month = end + 3 < month_floor(month_floor(end) + 32)
        late = rng.fair("late return", np.where(within_month, 0.25, 0.05)) & (end < LAST_DAY - 45)
        later = rng.fair("return", np.full(n, 0.06)) & (end < LAST_DAY - 170) & ~late
        for back, low, high, declared in ((late, 6, 24, D_RENEWAL), (later, 38, 150, D_WIN_BACK)):
            rows = np.flatnonzero(back)
            day = end[rows] + rng.between(low, high, len(rows))
            # Time runs away: a talk about a late renewal lasts into the next month.
            next_month = month_floor(month_floor(end[rows]) + 32) + 2
            near = (high < 30) & (next_month - end[rows] < 26) & (next_month - end[rows] > 3)
            day = np.where(near, np.maximum(day, next_month), day)
            close = office_moment(day, rng.uniform(len(rows)))
            self._new_spell_deals(
                accounts[rows], close - 3 * DAY, close, True, declared, quick=True
            )

    def _renewal_deals(self, accounts: Ints, month: int) -> None:
        c, rng = self.c, self.rng
        n = len(accounts)
        if not n:
            return
        season = float(SEASON_OF_CHURN[calendar_month(MONTH_START[month : month + 1])[0] - 1])
        chance = 1 - np.exp(-12 * CHURN_RATE * season * self._risk(accounts, month))
        lost = rng.fair("renewal", np.clip(chance, 0.02, 0.85))
        u = rng.uniform(n)
        end = c.term_end[accounts]
        decided = np.select(
            [lost, u < 0.86, u < 0.955],
            [end - rng.between(3, 30, n), end - rng.between(2, 35, n), end + rng.between(3, 25, n)],
            end + rng.between(34, 70, n),
        ).astype(np.int64)
        created = office_moment(MONTH_START[month] + rng.between(0, 24, n), rng.uniform(n))
        close = np.maximum(office_moment(decided, rng.uniform(n)), created + 2 * DAY)
        self.renewing[accounts] = True
        deal = self._open_deals(accounts, D_RENEWAL, created, close, ~lost, role=1)
        marked = no(c.n)
        marked[accounts] = True
        rows = c.open_lines(marked)
        rows = rows[c.lines["start"][rows] <= c.term_end[c.lines["account"][rows]]]
        place = full(c.n)
        place[accounts] = np.arange(n)
        at = place[c.lines["account"][rows]]
        change = np.asarray([100, 103, 105, 108, 94])[rng.code((0.34, 0.26, 0.22, 0.13, 0.05), n)]
        mrr = np.maximum(c.lines["mrr"][rows] * change[at] // 10_000 * 100, 100)
        mrr = np.where(change[at] == 100, c.lines["mrr"][rows], mrr)
        self.c.baskets.add(
            len(rows),
            deal=deal[at],
            product=c.lines["product"][rows],
            quantity=c.lines["quantity"][rows],
            mrr=mrr,
            net=mrr * 12,
            term=12,
            replaces=rows,
        )
        # A free renewal now and then: the fee of the first year is waived as goodwill.
        if self.waived < (month + 4) // 14 and not lost.all():
            self.waived += 1
            free = rng.some(np.flatnonzero(~lost), 0.0)
            rows = np.flatnonzero(np.isin(c.baskets["deal"], deal[free]))
            c.baskets["mrr"][rows] = 0
            c.baskets["net"][rows] = 0

    # -- deals with customers ----------------------------------------------------------------

    def _open_deals(
        self,
        accounts: Ints,
        declared: int,
        created: Ints,
        close: Ints,
        won: Flags,
        *,
        role: int = 0,
        campaign: Ints | int = NA,
        source: Ints | None = None,
        quick: bool = False,
        term: Ints | int = 12,
    ) -> Ints:
        """Role 0: changes a contract, 1: renews it, 2: starts a new one."""
        c = self.c
        n = len(accounts)
        self.c.busy_until[accounts] = local_day(close)
        origin = (
            source
            if source is not None
            else np.where(self.rng.chance(0.7, n), REFERRAL, PARTNER).astype(np.int64)
        )
        return c.deals.add(
            n,
            account=accounts,
            declared=declared,
            seat=c.companies.seat[accounts],
            source=origin,
            campaign=campaign,
            created=np.minimum(created, END - HOUR),
            close=close,
            won=won,
            entry=self.rng.chance(0.12, n).astype(np.int64),
            quick=int(quick),
            left=0,
            term=term,
            role=role,
        )

    def _expand(self, month: int) -> None:
        """Expansion deals: more seats, a higher tier, another product, training, or less of it."""
        c, rng = self.c, self.rng
        first = int(MONTH_START[month])
        ready = self._staying(month, 60)
        ready = ready[c.busy_until[ready] < first]
        season = float(SEASON_OF_SALES[calendar_month(MONTH_START[month : month + 1])[0] - 1])
        chance = (
            EXPANSION_RATE
            * season
            * np.exp(
                0.3 * self.sat[ready]
                + 0.25 * self.engaged[ready]
                + np.asarray([0.45, 0.15, -0.15, -0.9])[c.companies.segment[ready]]
            )
        )
        ready = ready[rng.fair("expansion", np.minimum(chance, 0.4))]
        suite = c.family_line((CRM_BASIC, CRM_PRO, CRM_ENT), first)
        ready = ready[known(suite[ready])]
        n = len(ready)
        orders = expansion_orders(rng, c, ready, self.sat[ready], first)
        rep = np.maximum(c.staff.occupant(c.companies.seat[ready], full(n, first)), 0)
        chance = 0.62 + 0.1 * self.sat[ready] + 0.25 * c.staff.skill[rep] + 0.3 * orders.less
        won = rng.fair("expansion won", np.clip(chance, 0.15, 0.95))
        created = office_moment(first + rng.between(0, 27, n), rng.uniform(n))
        cycle = rng.shape(EXISTING_CYCLE, n) * np.where(orders.one_off, 0.6, 1.0)
        close = office_moment(created // DAY + np.floor(cycle).astype(np.int64) + 1, rng.uniform(n))
        deal = self._open_deals(ready, D_EXISTING, created, close, won, term=orders.term)
        self._fill_baskets(deal, orders)

    def _fill_baskets(self, deal: Ints, orders: Orders) -> None:
        self.c.baskets.add(
            len(deal),
            deal=deal,
            product=orders.product,
            quantity=orders.quantity,
            mrr=orders.mrr,
            net=orders.net,
            term=orders.term,
            replaces=orders.replaces,
        )

    def _win_back(self, month: int) -> None:
        """Former customers are approached again; a quarter of the attempts succeeds."""
        c, rng = self.c, self.rng
        first = int(MONTH_START[month])
        former = np.flatnonzero(
            known(c.until)
            & (c.until < first - 50)
            & (c.until > first - 700)
            & (c.busy_until < first)
        )
        former = former[rng.fair("win-back", np.full(len(former), 0.022))]
        n = len(former)
        created = office_moment(first + rng.between(0, 27, n), rng.uniform(n))
        close = office_moment(
            created // DAY + rounded(rng.shape(EXISTING_CYCLE, n)) + 1, rng.uniform(n)
        )
        self._new_spell_deals(
            former, created, close, rng.fair("win-back won", np.full(n, 0.36)), D_WIN_BACK
        )

    def _new_spell_deals(
        self,
        accounts: Ints,
        created: Ints,
        close: Ints,
        won: Flags | bool,
        declared: int,
        quick: bool = False,
    ) -> None:
        c, rng = self.c, self.rng
        n = len(accounts)
        if not n:
            return
        term = np.asarray([12, NA], dtype=np.int64)[rng.code((0.6, 0.4), n)]
        deal = self._open_deals(
            accounts,
            declared,
            created,
            close,
            np.broadcast_to(np.asarray(won), (n,)),
            role=2,
            quick=quick,
            term=term,
        )
        basket = first_baskets(rng, np.arange(n, dtype=np.int64), c.companies.take(accounts), term)
        basket = basket.take(basket.product < RECURRING)
        c.baskets.add(
            basket.n,
            deal=deal[basket.deal],
            product=basket.product,
            quantity=basket.quantity,
            mrr=basket.mrr,
            net=basket.net,
            term=basket.term,
        )

    def _campaigns(self, month: int) -> None:
        """Campaign offers to customers; whoever accepts orders without a sales process."""
        c, rng = self.c, self.rng
        eligible = self._staying(month, 31)
        eligible = eligible[
            (c.busy_until[eligible] < MONTH_START[month])
            & (
                (c.kind[eligible] != RENEWED_BY_DEAL)
                | (c.term_end[eligible] > MONTH_START[month] + 120)
            )
        ]
        offers = self.enrol(month, c, eligible)
        n = len(offers.account)
        if not n:
            return
        first = int(MONTH_START[month])
        orders = campaign_orders(rng, c, offers.account, offers.product, first)
        deal = self._open_deals(
            offers.account,
            D_EXISTING,
            offers.answered,
            offers.accepted,
            ~no(n),
            quick=True,
            campaign=offers.campaign,
            source=np.where(known(offers.campaign), CAMPAIGN, REFERRAL).astype(np.int64),
            term=orders.term,
        )
        self.accepted.append((offers.member, deal + self.business.deals.n))
        self._fill_baskets(deal, orders)

    def _decide_deals(self, month: int) -> None:
        """Deals with customers decided in the month take effect on their contracts."""
        c, rng = self.c, self.rng
        deals = c.deals
        closed_on = local_day(deals["close"])
        rows = np.flatnonzero(
            (closed_on >= MONTH_START[month])
            & (closed_on < MONTH_START[month + 1])
            & (deals["close"] < END)
            & ~known(deals["applied"])
        )
        if not len(rows):
            return
        deals["applied"][rows] = month
        account, role, day = deals["account"][rows], deals["role"][rows], closed_on[rows]
        gone = (role == 0) & known(c.until[account]) & (c.until[account] < day + 120)
        deals["won"][rows[gone]] = 0
        deals["left"][rows[gone]] = 1
        won = deals["won"][rows] == 1

        # Renewals lost: the customer goes at the end of the term.
        lost = np.flatnonzero((role == 1) & ~won & ~known(c.until[account]))
        if len(lost):
            who = account[lost]
            c.leave(
                who, c.term_end[who], np.minimum(day[lost], c.term_end[who]), *self._causes(who)
            )

        n = len(rows)
        late_start = np.where(
            rng.chance(0.5, n), month_floor(day + 32), day + rng.between(1, 14, n)
        )
        on_time = (role == 1) & (day <= c.term_end[account])
        start = np.select(
            [on_time, (role == 1) | (deals["quick"][rows] == 1)],
            [c.term_end[account] + 1, workday_from(day + 1)],
            late_start,
        ).astype(np.int64)
        renewed = np.flatnonzero(won & (role == 1))
        again = np.flatnonzero(won & (role == 2))
        place = full(deals.n)
        place[rows[won]] = np.flatnonzero(won)
        lines = np.flatnonzero((place[c.baskets["deal"]] >= 0) & (c.baskets["product"] < RECURRING))
        at = place[c.baskets["deal"][lines]]

        # Replaced lines end the day before the new ones start.
        replaced = c.baskets["replaces"][lines]
        is_renewal = role[at] == 1
        ends = known(replaced) & ~known(c.lines["end"][np.maximum(replaced, 0)])
        old, new_start = replaced[ends], start[at][ends]
        old_end = where(c.kind[account[at][ends]] != OPEN_ENDED, c.term_end[account[at][ends]])
        # A late renewal leaves a gap after the term.
        last_day = np.where(is_renewal[ends], c.term_end[account[at][ends]], new_start - 1)
        c.lines["end"][old] = np.maximum(last_day, c.lines["start"][old])
        upgrade = ~is_renewal[ends]
        c.lines["cancel"][old[upgrade]] = BY_UPGRADE
        moved = upgrade & (old_end != c.lines["end"][old])
        c.moves.add(
            int(moved.sum()),
            line=old[moved],
            old=old_end[moved],
            new=c.lines["end"][old][moved],
            at=deals["close"][rows][at][ends][moved],
            user=c.staff.occupant(deals["seat"][rows], day)[at][ends][moved],
        )
        c.start_spell(account[again], start[again], deals["term"][rows][again], rng)
        self.renewing[account[role == 1]] = False
        if len(renewed):
            who = account[renewed]
            c.since[who] = np.where(known(c.until[who]), start[renewed], c.since[who])
            c.term_end[who] = add_months(start[renewed], 12) - 1
            c.until[who] = NA
        basket = Baskets(
            *(
                c.baskets[k][lines]
                for k in ("deal", "product", "quantity", "mrr", "net", "term", "replaces")
            )
        )
        c.add_lines(account[at], basket, start[at], basket.deal + self.business.deals.n)

    def _close_book(self) -> None:
        """Running lines of fixed terms carry the end of their term."""
        c = self.c
        account = c.lines["account"]
        running = ~known(c.lines["end"]) & (c.kind[account] != OPEN_ENDED)
        running &= c.term_end[account] >= c.lines["start"]
        c.lines["end"][running] = c.term_end[account][running]
        c.lines["fixed"][:] = running
        c.order_moves()
        self._odd_endings()

    def _odd_endings(self) -> None:
        """Endings recorded in a misleading way: an "upgrade" that nothing followed, and a
        competitor on a contract that ended for unpaid invoices."""
        c, rng = self.c, self.rng
        gone = known(c.until) & (c.until < LAST_DAY - 150) & (c.until > FIRST_DAY)
        ended = known(c.lines["reason"]) & gone[c.lines["account"]]
        accounts = np.unique(c.lines["account"][ended & (c.lines["cancel"] == BY_CUSTOMER)])
        odd = np.isin(c.lines["account"], rng.some(accounts, 0.01))
        odd &= c.lines["end"] == c.until[c.lines["account"]]
        # The company itself ends a few contracts, and somebody always stops paying.
        others = np.setdiff1d(accounts, c.lines["account"][odd])
        for share, cancel, reason in (
            (0.02, BY_VENDOR, R_INSOLVENCY),
            (0.03, BY_PAYMENT_FAILURE, R_PAYMENT),
        ):
            chosen = np.isin(c.lines["account"], rng.some(others, share))
            chosen &= ended & (c.lines["end"] == c.until[c.lines["account"]])
            c.lines["cancel"][chosen] = cancel
            c.lines["reason"][chosen] = reason
            c.lines["competitor"][chosen] = NA
            others = np.setdiff1d(others, c.lines["account"][chosen])
        c.lines["cancel"][odd] = BY_UPGRADE
        c.lines["reason"][odd] = NA
        c.lines["competitor"][odd] = NA
        # Offers that customers turned down shortly before they left were never decided.
        d = c.deals
        lost = (d["won"] == 0) & (d["close"] < END) & (d["role"] == 0)
        until = c.until[d["account"]]
        lost &= known(until) & (until > local_day(d["close"])) & (d["left"] == 0)
        d["left"][rng.some(np.flatnonzero(lost), 0.15)] = 1
        unpaid = np.flatnonzero(c.lines["cancel"] == BY_PAYMENT_FAILURE)
        accounts = rng.some(np.unique(c.lines["account"][unpaid]), 0.05)
        switched = unpaid[np.isin(c.lines["account"][unpaid], accounts)]
        c.lines["competitor"][switched] = 1

    def existing_deals(self) -> DealBook:
        """The deals with customers as a book."""
        d = self.c.deals
        return new_deals(
            d.n,
            account=d["account"],
            pipeline=EXISTING,
            declared=d["declared"],
            seat=d["seat"],
            source=d["source"],
            campaign=d["campaign"],
            created=d["created"],
            close=d["close"],
            won=d["won"] == 1,
            entry=d["entry"],
            left_behind=d["left"] == 1,
            quick=d["quick"] == 1,
        )

    def existing_baskets(self) -> Baskets:
        """Their lines, numbered after the new-business deals."""
        b = self.c.baskets
        order = np.argsort(b["deal"], kind="stable")
        return Baskets(
            b["deal"][order] + self.business.deals.n,
            *(
                b[k][order].copy()
                for k in ("product", "quantity", "mrr", "net", "term", "replaces")
            ),
        )
