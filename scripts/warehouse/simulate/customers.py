"""Customers and their contracts: the state that the lifecycle carries from month to month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
    Companies,
)
from warehouse.simulate.deals import (
    Baskets,
)
from warehouse.simulate.draw import Stream
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.offer import (
    CRM_ENT,
)
from warehouse.simulate.staff import Staff
from warehouse.simulate.timeline import (
    CONTRACTS_FROM,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MONTHS,
    add_months,
    month_floor,
    office_moment,
)

LEGACY = 216
"""Customers won before the CRM went live, at demo size; a part of them had already left."""

OPEN_ENDED, AUTO_RENEWED, RENEWED_BY_DEAL = range(3)

CANCEL_TYPES = ("customer", "vendor", "payment_failure", "merged", "upgrade")
BY_CUSTOMER, BY_VENDOR, BY_PAYMENT_FAILURE, BY_MERGE, BY_UPGRADE = range(5)
CANCEL_REASONS = (
    "competitor", "price", "payment_failure", "no_need", "bad_service", "insolvency",
    "missing_feature", "withdrawal",
)  # fmt: skip
(R_COMPETITOR, R_PRICE, R_PAYMENT, R_NO_NEED, R_SERVICE, R_INSOLVENCY, R_FEATURE, R_WITHDRAWAL) = (
    range(8)
)
COMPETITORS = ("Kontorwerk", "Nordlicht CRM", "Pipeworks", "Salzkammer Cloud")

NOT_STARTED = np.int64(2**61)


@dataclass
class Legacy:
    """Customers from before the CRM: companies, first and last day of the relationship."""

    companies: Companies
    start: Ints
    end: Ints  # empty for customers still there when the CRM went live


def draw_legacy(stream: Stream, companies: Companies) -> Legacy:
    """Customers won since the subscription business began; some left before the CRM went live."""
    rng = stream.child("legacy")
    n = companies.n
    span = FIRST_DAY - 40 - CONTRACTS_FROM
    u = rng.uniform(n)
    start = CONTRACTS_FROM + np.floor(span * (1 - u * np.sqrt(u))).astype(np.int64)
    start = np.where(rng.chance(0.7, n), month_floor(start), start)
    months = rng.shape(((0, 3), (0.1, 9), (0.25, 22), (0.5, 55), (1, 400)), n)
    end = month_floor(start + rounded(months * 30.4) + 31) - 1
    return Legacy(companies, start, where(end < FIRST_DAY - 20, end))


@dataclass
class Customers:
    """State and history of all accounts of one part of the company."""

    companies: Companies
    staff: Staff
    lines: Ledger = field(
        default_factory=lambda: Ledger(
            "account",
            "product",
            "quantity",
            "mrr",
            "start",
            "end",
            "deal",
            "contract",
            "notice",
            "cancel",
            "reason",
            "competitor",
            "fixed",
        )
    )
    moves: Ledger = field(default_factory=lambda: Ledger("line", "old", "new", "at", "user"))
    cases: Ledger = field(
        default_factory=lambda: Ledger("account", "month", "late_reply", "late_fix")
    )
    usage: Ledger = field(default_factory=lambda: Ledger("account", "month", "days"))
    deals: Ledger = field(
        default_factory=lambda: Ledger(
            "account",
            "declared",
            "seat",
            "source",
            "campaign",
            "created",
            "close",
            "won",
            "entry",
            "quick",
            "left",
            "term",
            "role",
            "applied",
        )
    )
    baskets: Ledger = field(
        default_factory=lambda: Ledger(
            "deal", "product", "quantity", "mrr", "net", "term", "replaces"
        )
    )
    satisfaction: Floats = field(init=False)
    trouble: Flags = field(init=False)
    payer: Ints = field(init=False)
    monthly: Flags = field(init=False)
    unbilled: Flags = field(init=False)

    def __post_init__(self) -> None:
        n = self.companies.n
        self.since = full(n, int(NOT_STARTED))
        self.until = full(n)
        self.kind = full(n, OPEN_ENDED)
        self.term = full(n)
        self.term_end = full(n)
        self.contract = full(n)
        self.contracts = 0
        self.busy_until = full(n)
        self.satisfaction = np.zeros((MONTHS, n), dtype=np.float32)
        self.trouble = np.zeros((MONTHS, n), dtype=np.bool_)

    @property
    def n(self) -> int:
        """Number of accounts."""
        return self.companies.n

    def start_spell(self, accounts: Ints, day: Ints, term: Ints, rng: Stream) -> None:
        """A contract begins: its number, kind and first term end."""
        self.since[accounts] = day
        self.until[accounts] = NA
        self.term[accounts] = term
        auto = rng.chance(0.62, len(accounts))
        self.kind[accounts] = np.where(
            term == NA, OPEN_ENDED, np.where(auto, AUTO_RENEWED, RENEWED_BY_DEAL)
        )
        self.term_end[accounts] = where(
            term != NA, add_months(day, np.where(term == NA, 0, term)) - 1
        )
        self.contract[accounts] = self.contracts + np.arange(len(accounts))
        self.contracts += len(accounts)

    def add_lines(self, account: Ints, basket: Baskets, start: Ints, deal: Ints) -> Ints:
        """Contract lines for the recurring part of baskets."""
        return self.lines.add(
            basket.n,
            account=account,
            product=basket.product,
            quantity=basket.quantity,
            mrr=basket.mrr,
            start=start,
            deal=deal,
            contract=self.contract[account],
        )

    def open_lines(self, accounts: Flags) -> Ints:
        """Lines without an end of the marked accounts."""
        return np.flatnonzero(~known(self.lines["end"]) & accounts[self.lines["account"]])

    def leave(
        self, accounts: Ints, end: Ints, notice: Ints, cancel: Ints, reason: Ints, competitor: Ints
    ) -> None:
        """Customers go: all their open lines get an end and the reason."""
        if not len(accounts):
            return
        self.until[accounts] = end
        marked = no(self.n)
        marked[accounts] = True
        place = np.zeros(self.n, dtype=np.int64)
        place[accounts] = np.arange(len(accounts))
        rows = self.open_lines(marked)
        at = place[self.lines["account"][rows]]
        old_end = where(
            self.kind[self.lines["account"][rows]] != OPEN_ENDED,
            self.term_end[self.lines["account"][rows]],
        )
        self.lines["end"][rows] = np.maximum(end[at], self.lines["start"][rows])
        self.lines["notice"][rows] = notice[at]
        self.lines["cancel"][rows] = cancel[at]
        self.lines["reason"][rows] = reason[at]
        self.lines["competitor"][rows] = competitor[at]
        moved = old_end != self.lines["end"][rows]
        when = office_moment(np.minimum(notice[at], LAST_DAY), np.full(len(rows), 0.4))
        self.moves.add(
            int(moved.sum()),
            line=rows[moved],
            old=old_end[moved],
            new=self.lines["end"][rows][moved],
            at=np.minimum(when, END - HOUR)[moved],
            user=self.staff.occupant(self.companies.seat, notice_day(notice, accounts, self.n))[
                self.lines["account"][rows]
            ][moved],
        )

    def order_moves(self) -> None:
        """What was recorded first happened first: an extension precedes the upgrade after it."""
        line, at = self.moves["line"], self.moves["at"]
        order = np.argsort(line, kind="stable")
        for _ in range(4):
            before, after = order[:-1], order[1:]
            late = (line[before] == line[after]) & (at[before] >= at[after])
            at[before[late]] = at[after[late]] - 60

    def merge_lines(self, accounts: Ints, day: Ints, rng: Stream) -> tuple[Ints, Ints]:
        """A side line of accounts was kept at a duplicate until it was merged: it ends there, and
        a successor runs on. Returns the ended lines and their accounts."""
        lines = self.lines
        place = full(self.n)
        place[accounts] = np.arange(len(accounts))
        at = place[lines["account"]]
        running = (~known(lines["end"]) | (lines["fixed"] == 1)) & (at >= 0)
        running &= (lines["product"] > CRM_ENT) & (lines["start"] < day[np.maximum(at, 0)] - 40)
        rows = np.flatnonzero(running)
        _, first = np.unique(lines["account"][rows], return_index=True)
        rows = rows[np.sort(first)]
        when = day[place[lines["account"][rows]]]
        at_noon = office_moment(when, rng.uniform(len(rows)))
        old_end = lines["end"][rows].copy()
        new = lines.add(
            len(rows),
            start=when + 1,
            **{
                k: lines[k][rows]
                for k in (
                    "account",
                    "product",
                    "quantity",
                    "mrr",
                    "end",
                    "deal",
                    "contract",
                    "fixed",
                )
            },
        )
        # Later moves of the end belong to the successor; before them the end was an earlier one.
        for row, follower, merged_at in zip(
            rows.tolist(), new.tolist(), at_noon.tolist(), strict=True
        ):
            later = np.flatnonzero((self.moves["line"] == row) & (self.moves["at"] >= merged_at))
            if len(later):
                old_end[rows == row] = self.moves["old"][later[np.argmin(self.moves["at"][later])]]
                self.moves["line"][later] = follower
        lines["end"][rows] = when
        lines["cancel"][rows] = BY_MERGE
        lines["fixed"][rows] = 0
        self.moves.add(
            len(rows),
            line=rows,
            old=old_end,
            new=when,
            at=at_noon,
            user=self.staff.occupant(self.companies.seat[lines["account"][rows]], when),
        )
        return rows, lines["account"][rows]

    def family_line(self, products: tuple[int, ...], day: int) -> Ints:
        """Per account the row of its newest running line of some products."""
        rows = np.flatnonzero(
            np.isin(self.lines["product"], products)
            & ~known(self.lines["end"])
            & (self.lines["start"] <= day)
        )
        held = full(self.n)
        held[self.lines["account"][rows]] = rows
        return held


def notice_day(notice: Ints, accounts: Ints, n: int) -> Ints:
    """The notice day spread to all accounts (for looking up the owner of that day)."""
    days = full(n, FIRST_DAY)
    days[accounts] = np.clip(notice, FIRST_DAY, LAST_DAY)
    return days


@dataclass
class Acceptances:
    """Customers who ordered the product of a campaign's offer: when they answered and ordered.

    `campaign` is empty for those of the control group, who bought by themselves.
    """

    account: Ints
    product: Ints
    answered: Ints
    accepted: Ints
    campaign: Ints
    member: Ints


Enrol = Callable[[int, Customers, Ints], Acceptances]
"""Runs the campaigns of a month on the eligible customers."""
