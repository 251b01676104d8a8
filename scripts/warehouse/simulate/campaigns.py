"""Campaigns: whom they address, what each step sets off, and what people would have done anyway.

Most campaigns keep back a random control group, and multi-step campaigns keep back a random part of
the people who did not react before each further step. The true effect is modest: an offer adds a
few percentage points to the share of customers who order the product within a month, more for loyal
customers than for younger ones, and least for companies that are no customers yet.
"""

from __future__ import annotations

import numpy as np

from warehouse.simulate.arrays import NA, Flags, Floats, Ints, full, ints, known, lookup, no, where
from warehouse.simulate.companies import CAMPAIGN, EVENT, SOCIAL, Companies
from warehouse.simulate.customers import Acceptances, Customers
from warehouse.simulate.deals import (
    Baskets,
    DealBook,
    NewBusiness,
    draw_term,
    first_baskets,
    new_deals,
)
from warehouse.simulate.draw import Stream
from warehouse.simulate.leads import Leads
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.offer import (
    ANALYTICS,
    ANALYTICS_PLUS,
    SUPPORT_24X7,
    SUPPORT_PREMIUM,
    TRAINING,
)
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MINUTE,
    MONTH_START,
    MONTHS,
    moment,
    office_moment,
    workday_from,
)

TYPES = ("email", "phone", "webinar", "event", "mail", "social")
EMAIL, PHONE, WEBINAR, EVENT_TYPE, MAIL, SOCIAL_TYPE = range(6)
TO_CUSTOMERS, TO_PROSPECTS, FOR_LEADS, FRAME = range(4)

CAMPAIGNS_PER_MONTH = 1.3
"""At demo size."""
AUDIENCE = 30
"""Companies addressed by one campaign."""
STEP_GAP = 12
"""Days between the steps of a campaign."""
WINDOW = 30

# customer type: 0 new, 1 other, 2 loyal
_ORDERS_ANYWAY = np.asarray([0.010, 0.034, 0.052])
_ADDED_BY_OFFER = np.asarray([0.010, 0.012, 0.022])
_ANYWAY_LATER = np.asarray([0.004, 0.010, 0.014])
_ADDED_BY_FOLLOWUP = np.asarray([0.005, 0.008, 0.012])
_CONTROL_SHARE = np.asarray([0.34, 0.32, 0.26])


class Campaigns:
    """All campaigns and their members."""

    def __init__(self, stream: Stream, units: float) -> None:
        self.rng = stream.child("campaigns")
        self.list = Ledger(
            "type",
            "automated",
            "steps",
            "start",
            "end",
            "offer",
            "audience",
            "randomised",
            "kpi",
            "budget",
            "actual",
            "parent",
            "month",
        )
        self.members = Ledger(
            "campaign",
            "step",
            "contact",
            "lead",
            "account",
            "arm",
            "randomised",
            "enrolled",
            "sent",
            "delivered",
            "opened",
            "machine",
            "clicked",
            "responded",
            "bounced",
            "unsubscribed",
            "complained",
            "accepted",
            "deal",
            "type",
        )
        self._plan(units)

    def _plan(self, units: float) -> None:
        rng = self.rng
        counts = np.floor(
            np.full(MONTHS, CAMPAIGNS_PER_MONTH * units) + rng.uniform(MONTHS)
        ).astype(np.int64)
        month = np.repeat(np.arange(MONTHS), counts)
        n = len(month)
        audience = rng.code((0.44, 0.27, 0.29), n)
        kind = rng.code_by(
            np.asarray(
                [
                    [0.62, 0.12, 0.14, 0.0, 0.12, 0.0],
                    [0.66, 0.16, 0.06, 0.0, 0.12, 0.0],
                    [0.0, 0.0, 0.46, 0.28, 0.0, 0.26],
                ]
            ),
            audience,
        )
        steps = np.where(
            (audience != FOR_LEADS) & rng.chance(0.55, n), rng.between(2, 3, n), 1
        ).astype(np.int64)
        start = np.minimum(workday_from(MONTH_START[month] + rng.between(0, 13, n)), LAST_DAY - 2)
        offer = np.asarray(
            [ANALYTICS, SUPPORT_PREMIUM, TRAINING, ANALYTICS_PLUS, SUPPORT_24X7], dtype=np.int64
        )[rng.code((0.34, 0.24, 0.24, 0.1, 0.08), n)]
        offer = np.where(audience == TO_CUSTOMERS, offer, np.where(rng.chance(0.6, n), 1, 0))
        offer = where(audience != FOR_LEADS, offer.astype(np.int64))
        size = np.where(audience == FOR_LEADS, 12, AUDIENCE)
        per_head = np.asarray([900, 4200, 3500, 26_000, 1_800, 6_500])[kind]
        fixed = np.asarray([70_000, 60_000, 160_000, 450_000, 120_000, 200_000])[kind]
        budget = (size * per_head * steps + fixed) // 10_000 * 10_000
        actual = budget * rng.between(78, 124, n) // 100 // 100 * 100
        on_time = rng.chance(0.72, n)
        defined = moment(start, 600) + np.where(on_time, -1, 1) * rng.between(2, 25, n) * DAY
        defined = where(~rng.chance(0.1, n) & (defined < END), defined)
        unknown = rng.some(np.flatnonzero(start < LAST_DAY - 90), 0.05)
        randomised = (audience != FOR_LEADS) & rng.chance(0.84, n)
        self.list.add(
            n,
            type=kind,
            automated=(kind == EMAIL) | (steps > 1),
            steps=steps,
            start=start,
            end=start + steps * STEP_GAP + 14,
            offer=offer,
            audience=audience,
            randomised=randomised,
            kpi=defined,
            budget=budget,
            actual=where((start < LAST_DAY - 10) & ~np.isin(np.arange(n), unknown), actual),
            month=month,
        )
        # Frame programmes that hold several campaigns together, and one that is only planned.
        frames = self.list.add(
            2,
            type=EMAIL,
            automated=1,
            steps=1,
            start=ints([MONTH_START[6], MONTH_START[18]]),
            end=ints([MONTH_START[18] - 1, MONTH_START[30] - 1]),
            offer=NA,
            audience=FRAME,
            randomised=0,
            kpi=NA,
            budget=NA,
            actual=NA,
            month=-1,
        )
        for row in frames.tolist():
            inside = (self.list["start"] >= self.list["start"][row]) & (
                self.list["end"] <= self.list["end"][row]
            )
            inside &= (self.list["steps"] > 1) & (self.list["audience"] == TO_CUSTOMERS)
            self.list["parent"][inside] = row
        self.list.add(
            1,
            type=WEBINAR,
            automated=0,
            steps=1,
            start=LAST_DAY + 45,
            end=LAST_DAY + 46,
            offer=TRAINING,
            audience=FRAME,
            randomised=0,
            kpi=END - 5 * DAY,
            budget=450_000,
            actual=NA,
            month=-1,
        )

    def _of(self, month: int, audience: int) -> Ints:
        return np.flatnonzero((self.list["month"] == month) & (self.list["audience"] == audience))

    def _assign(self, campaigns: Ints, people: Ints, share_fit: float) -> tuple[Ints, Ints]:
        """Each addressed company goes to one of the month's campaigns."""
        rng = self.rng
        wanted = int(AUDIENCE / share_fit) * len(campaigns)
        chosen = people[rng.order(len(people))][:wanted]
        return campaigns[np.arange(len(chosen)) % max(len(campaigns), 1)], chosen

    def _mail(self, rows: Ints, treated: Flags) -> None:
        """What happens to the messages of a step: delivery, opens, clicks, answers, opt-outs."""
        m, rng = self.members, self.rng
        n = len(rows)
        kind = m["type"][rows]
        written = (kind == EMAIL) | (kind == WEBINAR) | (kind == MAIL)
        sent = where(treated, m["enrolled"][rows] + rng.between(5, 180, n) * MINUTE)
        sent = where(known(sent) & (sent < END - 2 * DAY), sent)
        bounced = known(sent) & written & rng.chance(0.034, n)
        delivered = where(known(sent) & ~bounced, sent + rng.between(1, 40, n))
        got = known(delivered)
        opens = got & (kind == EMAIL) & rng.chance(0.46, n)
        machine = opens & rng.chance(0.28, n)
        opened = where(opens, delivered + np.where(machine, 1, rng.between(300, 90_000, n)))
        interest = np.where(kind == PHONE, 0.2, 0.13)
        clicks = got & (rng.uniform(n) < interest)
        bots = got & (kind == EMAIL) & rng.chance(0.012, n)
        clicked = where(clicks | bots, delivered + np.where(bots, 1, rng.between(400, 150_000, n)))
        answers = clicks & rng.chance(0.48, n)
        responded = where(answers, clicked + rng.between(60, 60_000, n))
        leaves = got & rng.chance(0.009, n)
        complains = got & (kind == EMAIL) & rng.chance(0.001, n)
        m["sent"][rows] = sent
        m["delivered"][rows] = delivered
        m["bounced"][rows] = where(bounced, sent + 30)
        for column, values in (
            ("opened", opened),
            ("clicked", clicked),
            ("responded", responded),
            ("unsubscribed", where(leaves, delivered + rng.between(600, 90_000, n))),
            ("complained", where(complains, delivered + rng.between(600, 9_000, n))),
        ):
            m[column][rows] = where(known(values) & (values < END), values)
        m["machine"][rows] = np.where(known(m["opened"][rows]), machine.astype(np.int64), NA)

    def _accept(self, rows: Ints, customer: Ints, probability: Floats) -> None:
        """Who orders the offered product, and when: within a month, a few later."""
        m, rng = self.members, self.rng
        n = len(rows)
        yes = no(n)
        step = int(m["step"][rows[0]]) if n else 0
        for kind in range(3):
            for arm in range(2):
                mine = (customer == kind) & (m["arm"][rows] == arm)
                yes[mine] = rng.fair(f"{step} {kind} {arm}", probability[mine])
        days = rng.shape(((0, 1.5), (0.5, 7), (0.9, 20), (1, 28)), n)
        late = no(n)
        late[yes] = rng.fair("late", np.full(int(yes.sum()), 0.06))
        days = np.where(late, WINDOW + 1 + days * 0.7, days)
        when = office_moment(
            m["enrolled"][rows] // DAY + np.floor(days).astype(np.int64), rng.uniform(n)
        )
        when = np.maximum(when, m["enrolled"][rows] + 6 * HOUR)
        yes &= when < END
        m["accepted"][rows] = where(yes, when)
        # Who orders has, as a rule, reacted to the message.
        reacts = (
            yes & known(m["delivered"][rows]) & ~known(m["responded"][rows]) & rng.chance(0.8, n)
        )
        at = where(reacts, m["delivered"][rows] + rng.between(600, 20_000, n))
        m["responded"][rows] = np.where(reacts, at, m["responded"][rows])

    def _run(self, campaign: Ints, account: Ints, kind_of_customer: Ints) -> Ints:
        """All steps of the month's campaigns for the chosen companies; returns all member rows."""
        rng, m, c = self.rng, self.members, self.list
        n = len(account)
        if not n:
            return ints([])
        random = c["randomised"][campaign] == 1
        control = random & rng.fair("control", _CONTROL_SHARE[kind_of_customer])
        enrolled = moment(c["start"][campaign], 540) + rng.between(0, 200, n) * MINUTE
        rows = m.add(
            n,
            campaign=campaign,
            step=1,
            contact=account,
            account=account,
            arm=control,
            randomised=random,
            enrolled=enrolled,
            type=c["type"][campaign],
        )
        self._mail(rows, ~control)
        effect = _ADDED_BY_OFFER[kind_of_customer] * known(m["delivered"][rows])
        self._accept(rows, kind_of_customer, _ORDERS_ANYWAY[kind_of_customer] + effect)
        everything = [rows]
        for step in (2, 3):
            silent = (
                (c["steps"][m["campaign"][rows]] >= step)
                & (m["arm"][rows] == 0)
                & known(m["delivered"][rows])
                & ~known(m["responded"][rows])
                & ~known(m["accepted"][rows])
                & ~known(m["unsubscribed"][rows])
                & (m["enrolled"][rows] + STEP_GAP * DAY < END - 3 * DAY)
            )
            before = rows[silent]
            customer = kind_of_customer[silent]
            hold = (m["randomised"][before] == 1) & rng.fair("hold", np.full(len(before), 0.3))
            rows = m.add(
                len(before),
                campaign=m["campaign"][before],
                step=step,
                contact=m["contact"][before],
                account=m["account"][before],
                arm=hold,
                randomised=m["randomised"][before],
                enrolled=m["enrolled"][before] + STEP_GAP * DAY,
                type=m["type"][before],
            )
            self._mail(rows, ~hold)
            effect = _ADDED_BY_FOLLOWUP[customer] * known(m["delivered"][rows])
            self._accept(rows, customer, _ANYWAY_LATER[customer] + effect)
            everything.append(rows)
            kind_of_customer = customer
        return np.concatenate(everything)

    def _accepted(self, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """First acceptance of each company among member rows: row, answered, accepted."""
        m = self.members
        rows = rows[known(m["accepted"][rows])]
        _, first = np.unique(m["account"][rows], return_index=True)
        rows = rows[np.sort(first)]
        accepted = m["accepted"][rows]
        answered = np.where(known(m["responded"][rows]), m["responded"][rows], m["enrolled"][rows])
        return (
            rows,
            np.minimum(np.maximum(answered, m["enrolled"][rows]), accepted - HOUR),
            accepted,
        )

    def enrol_customers(self, month: int, customers: Customers, eligible: Ints) -> Acceptances:
        """The month's offers to customers who do not have the product yet."""
        campaigns = self._of(month, TO_CUSTOMERS)
        empty = ints([])
        if not len(campaigns) or not len(eligible):
            return Acceptances(empty, empty, empty, empty, empty, empty)
        campaign, account = self._assign(campaigns, eligible, 0.78)
        offer = self.list["offer"][campaign]
        first = int(MONTH_START[month])
        analytics = known(customers.family_line((ANALYTICS, ANALYTICS_PLUS), first))[account]
        held = customers.family_line((5, 6, 7), first)[account]
        support = np.maximum(lookup(customers.lines["product"], held), 4)
        owns = np.select(
            [
                (offer == ANALYTICS) | (offer == ANALYTICS_PLUS),
                (offer >= 5) & (offer <= SUPPORT_24X7),
            ],
            [analytics, support >= offer],
            False,
        )
        campaign, account = campaign[~owns], account[~owns]
        tenure = MONTH_START[month] - customers.since[account]
        rows = self._run(campaign, account, np.where(tenure >= 365, 2, 1))
        member, answered, accepted = self._accepted(rows)
        m = self.members
        return Acceptances(
            m["account"][member],
            self.list["offer"][m["campaign"][member]],
            answered,
            accepted,
            where(m["arm"][member] == 0, m["campaign"][member]),
            member,
        )

    def enrol_prospects(
        self, business: NewBusiness, pool: Companies, first_account: int
    ) -> NewBusiness:
        """All campaigns to companies that are no customers; acceptances become deals.

        Pool companies are appended to the accounts of new business.
        """
        rng, m = self.rng, self.members
        base = business.companies.n
        gone = no(pool.n)
        books: list[DealBook] = [business.deals]
        for month in range(MONTHS):
            campaigns = self._of(month, TO_PROSPECTS)
            if not len(campaigns):
                continue
            campaign, company = self._assign(campaigns, np.flatnonzero(~gone), 1.0)
            account = company + base + first_account
            rows = self._run(campaign, account, np.zeros(len(account), dtype=np.int64))
            member, answered, accepted = self._accepted(rows)
            pool_row = m["account"][member] - base - first_account
            gone[pool_row] = True
            seat = pool.seat[pool_row]
            ordered = new_deals(
                len(member),
                account=pool_row + base,
                seat=seat,
                source=CAMPAIGN,
                campaign=where(m["arm"][member] == 0, m["campaign"][member]),
                created=answered,
                close=accepted,
                won=True,
                quick=True,
            )
            m["deal"][member] = sum(b.n for b in books) + np.arange(len(member))
            books.append(ordered)
            # Some of those who answered without ordering talk to sales in the usual way.
            asked = rows[known(m["responded"][rows]) & ~known(m["accepted"][rows])]
            asked = asked[rng.chance(0.3, len(asked))]
            _, first = np.unique(m["account"][asked], return_index=True)
            asked = asked[np.sort(first)]
            company = m["account"][asked] - base - first_account
            asked = asked[~gone[company]]
            company = company[~gone[company]]
            gone[company] = True
            created = np.minimum(m["responded"][asked] + HOUR, END - HOUR)
            cycle = rng.between(20, 110, len(asked))
            talks = new_deals(
                len(asked),
                account=company + base,
                seat=pool.seat[company],
                source=CAMPAIGN,
                campaign=m["campaign"][asked],
                created=created,
                close=office_moment(created // DAY + cycle, rng.uniform(len(asked))),
                won=rng.even(len(asked)) < 0.24,
            )
            books.append(talks)
        deals = DealBook.together(books)
        extra = deals.take(np.arange(business.deals.n, deals.n))
        term = draw_term(rng, extra.n)
        lines = first_baskets(
            rng, np.arange(extra.n, dtype=np.int64), pool.take(extra.account - base), term
        )
        lines.deal = lines.deal + business.deals.n
        return NewBusiness(
            deals=deals,
            baskets=Baskets.together([business.baskets, lines]),
            terms=np.r_[business.terms, term],
            companies=Companies.together([business.companies, pool]),
            account_created=np.r_[
                business.account_created,
                moment(FIRST_DAY - rng.between(20, 700, pool.n), 600),
            ],
            account_source=np.r_[
                business.account_source, rng.code((0.3, 0.2, 0.1, 0.1, 0.2, 0, 0.1), pool.n)
            ],
            account_lead=np.r_[business.account_lead, full(pool.n)],
        )

    def rare_reactions(self) -> None:
        """An order dated before the message that offered it (a wrong clock), and a complaint."""
        m = self.members
        silent = ~known(m["accepted"]) & (m["step"] == 1) & known(m["sent"]) & ~known(m["lead"])
        rows = self.rng.some(np.flatnonzero(silent), 0.0002)
        m["accepted"][rows] = m["sent"][rows] - 3 * DAY
        # At least one message annoys somebody enough to complain.
        mail = (m["type"] == EMAIL) & known(m["delivered"]) & (m["delivered"] < END - DAY)
        angry = self.rng.some(np.flatnonzero(mail), 0.0005)
        m["complained"][angry] = m["delivered"][angry] + 3 * HOUR

    def attribute_leads(self, leads: Leads) -> None:
        """Leads of campaigns, events and social media belong to the campaign that brought them."""
        rng, c = self.rng, self.list
        brings = np.flatnonzero(c["audience"] == FOR_LEADS)
        brings = brings[np.argsort(c["start"][brings], kind="stable")]
        start = moment(c["start"][brings], 480)
        for source, types in (
            (CAMPAIGN, (WEBINAR, SOCIAL_TYPE)),
            (EVENT, (EVENT_TYPE,)),
            (SOCIAL, (SOCIAL_TYPE,)),
        ):
            fitting = np.isin(c["type"][brings], types)
            mine, begun = brings[fitting], start[fitting]
            rows = np.flatnonzero(leads.source == source)
            at = np.searchsorted(begun, leads.created[rows], side="right") - 1
            at = at - np.minimum(np.maximum(at, 0), rng.between(0, 1, len(rows)))
            found = at >= 0
            leads.campaign[rows[found]] = mine[at[found]]
        rows = np.flatnonzero(known(leads.campaign))
        campaign = leads.campaign[rows]
        webinar = c["type"][campaign] == WEBINAR
        attends = ~webinar | rng.chance(0.68, len(rows))
        invited = leads.created[rows] - rng.between(2, 40, len(rows)) * HOUR
        invited = np.maximum(invited, moment(c["start"][campaign], 420))
        invited = np.minimum(invited, leads.created[rows] - 60)
        bounces = np.isin(rows, rng.some(rows[~attends], 0.05))
        self.members.add(
            len(rows),
            campaign=campaign,
            step=1,
            lead=rows,
            arm=0,
            randomised=0,
            enrolled=invited,
            sent=invited,
            delivered=where(~bounces, invited + 20),
            bounced=where(bounces, invited + 40),
            type=c["type"][campaign],
            responded=where(attends, leads.created[rows]),
        )
