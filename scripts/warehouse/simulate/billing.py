"""Invoices, credit notes and payments that follow from contracts and orders.

Subscriptions are billed monthly or a year in advance, everything else once. Customers pay as they
are used to, later when they are in trouble, and not at all when they went because of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.simulate.arrays import (
    NA,
    Ints,
    earliest,
    full,
    ints,
    known,
    lookup,
    no,
    rounded,
    sums,
    where,
)
from warehouse.simulate.companies import VAT
from warehouse.simulate.customers import BY_PAYMENT_FAILURE, BY_UPGRADE, Customers
from warehouse.simulate.deals import Baskets
from warehouse.simulate.draw import Stream
from warehouse.simulate.journeys import Journeys
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.offer import DIRECT_COST, RECURRING
from warehouse.simulate.timeline import (
    FIRST_DAY,
    LAST_DAY,
    MONTH_START,
    MONTHS,
    add_months,
    day,
    local_day,
    month_floor,
    month_of,
    workday_from,
)

STATUSES = ("open", "paid", "disputed", "written_off", "void")
I_OPEN, I_PAID, I_DISPUTED, I_WRITTEN_OFF, I_VOID = range(5)
DISPUTE_REASONS = ("price", "quantity", "contract_text", "quality")
CREDIT_REASONS = ("price_correction", "goodwill", "contract_change", "cancellation", "rebill")
C_PRICE, C_GOODWILL, C_CHANGE, C_CANCELLED, C_REBILL = range(5)
TERMS = ints([14, 30, 45, 60])

_DELAY = (  # days after the due date, per kind of payer
    ((0, -10), (0.25, -2), (0.7, 3), (1, 12)),
    ((0, -2), (0.3, 8), (0.7, 20), (1, 45)),
    ((0, 4), (0.3, 20), (0.7, 45), (1, 100)),
)


@dataclass
class Books:
    """Invoices (with credit notes) and payments."""

    invoices: Ledger
    payments: Ledger
    due_assumed: Ints


def bill(
    stream: Stream, customers: Customers, baskets: Baskets, journeys: Journeys, deal_account: Ints
) -> Books:
    """All documents from the first to the last simulated day."""
    rng = stream.child("billing")
    docs = Ledger(
        "credit",
        "applies",
        "account",
        "deal",
        "line",
        "date",
        "due",
        "net",
        "tax",
        "cost",
        "status",
        "dispute",
        "reason",
        "written_off",
        "dunning",
        "rate",
    )
    _monthly(rng, docs, customers)
    _yearly(rng, docs, customers, journeys)
    _once(rng, docs, baskets, journeys, deal_account)
    _finish(rng, docs, customers)
    payments = _collect(rng, docs, customers)
    due = docs["due"].copy()
    missing = rng.some(np.flatnonzero(docs["credit"] == 0), 0.008, 2)
    docs["due"][missing] = NA
    docs["due"][docs["credit"] == 1] = NA
    return Books(docs, payments, due)


def _add(
    docs: Ledger, account: Ints, date: Ints, net: Ints, cost: Ints, line: Ints, deal: Ints
) -> None:
    good = (date >= FIRST_DAY) & (date <= LAST_DAY) & (net > 0)
    docs.add(
        int(good.sum()),
        credit=0,
        account=account[good],
        date=date[good],
        net=net[good],
        cost=cost[good],
        line=line[good],
        deal=deal[good],
        status=I_OPEN,
        dunning=0,
    )


def _monthly(rng: Stream, docs: Ledger, c: Customers) -> None:
    """One invoice per account and month over all running lines, on the account's billing day."""
    lines = c.lines
    rows = np.flatnonzero(c.monthly[lines["account"]] & ~c.unbilled[lines["account"]])
    account, start = lines["account"][rows], lines["start"][rows]
    end = np.where(
        known(lines["end"][rows]) & (lines["fixed"][rows] != 1), lines["end"][rows], LAST_DAY + 400
    )
    mrr, product = lines["mrr"][rows], lines["product"][rows]
    share = DIRECT_COST[product]
    first = np.maximum(earliest(account, start, c.n), 0)
    of_month = np.minimum(first - month_floor(first), 27)
    by_size = np.argsort(mrr, kind="stable")
    for month in range(MONTHS):
        date = MONTH_START[month] + of_month[account]
        on = (start <= date) & (end >= date)
        total = sums(account[on], mrr[on], c.n)
        cost = sums(account[on], rounded(mrr[on] * share[on] / 10_000), c.n)
        main = full(c.n)
        ordered = by_size[on[by_size]]
        main[account[ordered]] = rows[ordered]
        who = np.flatnonzero(total > 0)
        when = MONTH_START[month] + of_month[who] + rng.between(0, 3, len(who))
        when = np.minimum(when, MONTH_START[month + 1] - 1)
        _add(docs, who, when, total[who], cost[who], main[who], lines["deal"][main[who]])


def _yearly(rng: Stream, docs: Ledger, c: Customers, j: Journeys) -> None:
    """A year in advance per line; what is not used because the contract changed is credited."""
    lines = c.lines
    rows = np.flatnonzero(~c.monthly[lines["account"]] & ~c.unbilled[lines["account"]])
    account, start = lines["account"][rows], lines["start"][rows]
    ended = known(lines["end"][rows]) & (lines["fixed"][rows] != 1)
    end = np.where(ended, lines["end"][rows], LAST_DAY + 400)
    for year in range(7):
        date = add_months(start, 12 * year)
        on = (date <= end) & (date >= FIRST_DAY) & (date <= LAST_DAY - 3)
        at = rows[on]
        net = lines["mrr"][at] * 12
        cost = rounded(net * DIRECT_COST[lines["product"][at]] / 10_000)
        before = docs.n
        # Some contracts are billed as soon as they are signed, before the service starts.
        signed = local_day(lookup(j.closed_at, lines["deal"][at]))
        soon = (year == 0) & (signed > FIRST_DAY) & (date[on] - signed >= 9)
        soon &= rng.chance(0.35, len(at))
        lag = np.where(soon, -5, rng.between(0, 3, len(at)))
        _add(
            docs,
            account[on],
            workday_from(date[on] + lag),
            net,
            cost,
            at,
            lines["deal"][at],
        )
        fresh = np.arange(before, docs.n)
        line = docs["line"][fresh]
        stop = np.where(lines["fixed"][line] != 1, lines["end"][line], NA)
        # Whole months paid for but not used.
        full_year = add_months(add_months(lines["start"][line], 12 * year), 12)
        unused = np.where(known(stop), (full_year - stop - 1) // 30, 0)
        unused = np.minimum(unused, 11)
        unpaid_exit = lines["cancel"][line] == BY_PAYMENT_FAILURE
        credit = (unused > 0) & known(stop) & ~unpaid_exit & (stop <= LAST_DAY - 12)
        source = fresh[credit]
        when = workday_from(
            np.maximum(stop[credit], docs["date"][source]) + rng.between(2, 9, len(source))
        )
        reason = np.where(lines["cancel"][line][credit] == BY_UPGRADE, C_CHANGE, C_CANCELLED)
        _credit(docs, source, when, lines["mrr"][line][credit] * unused[credit], reason)


def _credit(docs: Ledger, applies: Ints, date: Ints, net: Ints, reason: Ints | int) -> Ints:
    """Credit notes against invoices; cost follows in proportion."""
    base = np.maximum(docs["net"][applies], 1)
    return docs.add(
        len(applies),
        credit=1,
        applies=applies,
        account=docs["account"][applies],
        deal=docs["deal"][applies],
        line=docs["line"][applies],
        date=np.minimum(date, LAST_DAY),
        net=-np.minimum(net, base),
        cost=-rounded(docs["cost"][applies] * (np.minimum(net, base) / base)),
        status=I_PAID,
        dunning=0,
        reason=reason,
    )


def _once(rng: Stream, docs: Ledger, baskets: Baskets, j: Journeys, deal_account: Ints) -> None:
    """Onboarding, training, consulting, migration: one invoice per won deal."""
    rows = np.flatnonzero((baskets.product >= RECURRING) & j.won[baskets.deal])
    n = len(j.won)
    net = sums(baskets.deal[rows], baskets.net[rows], n)
    cost = sums(
        baskets.deal[rows],
        rounded(baskets.net[rows] * DIRECT_COST[baskets.product[rows]] / 10_000),
        n,
    )
    deal = np.flatnonzero(net > 0)
    date = workday_from(local_day(j.closed_at[deal]) + rng.between(2, 24, len(deal)))
    _add(docs, deal_account[deal], date, net[deal], cost[deal], full(len(deal)), deal)


def _finish(rng: Stream, docs: Ledger, c: Customers) -> None:
    """Disputes, goodwill, wrong invoices credited and written again; then tax, terms, cost."""
    _resort(docs)
    n = docs.n
    plain = np.flatnonzero((docs["credit"] == 0) & (docs["date"] < LAST_DAY - 40))
    disputed = rng.some(plain, 0.024, 4)
    docs["dispute"][disputed] = rng.code((0.4, 0.2, 0.25, 0.15), len(disputed))
    given_in = disputed[rng.chance(0.4, len(disputed))]
    _credit(
        docs,
        given_in,
        workday_from(docs["date"][given_in] + rng.between(10, 30, len(given_in))),
        docs["net"][given_in] * rng.between(10, 40, len(given_in)) // 100,
        C_PRICE,
    )
    kind = rng.some(plain[docs["dispute"][plain] == NA], 0.008, 3)
    _credit(
        docs,
        kind,
        workday_from(docs["date"][kind] + rng.between(4, 28, len(kind))),
        docs["net"][kind] * rng.between(5, 20, len(kind)) // 100,
        C_GOODWILL,
    )
    free = np.setdiff1d(plain, docs["applies"][docs["credit"] == 1])
    wrong = rng.some(free, 0.004, 2)
    when = workday_from(docs["date"][wrong] + rng.between(1, 4, len(wrong)))
    _credit(docs, wrong, when, docs["net"][wrong], C_REBILL)
    docs.add(
        len(wrong),
        credit=0,
        account=docs["account"][wrong],
        deal=docs["deal"][wrong],
        line=docs["line"][wrong],
        date=when,
        net=docs["net"][wrong],
        cost=docs["cost"][wrong],
        status=I_OPEN,
        dunning=0,
    )
    void = rng.some(np.setdiff1d(free, wrong), 0.003, 2)
    docs.add(
        len(void),
        credit=0,
        account=docs["account"][void],
        deal=docs["deal"][void],
        line=docs["line"][void],
        date=docs["date"][void],
        net=docs["net"][void],
        cost=docs["cost"][void],
        status=I_VOID,
        dunning=0,
    )
    _resort(docs)
    n = docs.n
    country = c.companies.country[docs["account"]]
    rate = VAT[country]
    rate = np.where((rate == 81) & (docs["date"] < day(2024, 1, 1)), 77, rate)
    docs["rate"][:] = rate
    docs["tax"][:] = rounded(docs["net"] * rate / 1000)
    docs["cost"][:] = docs["cost"] * rng.between(94, 106, n) // 100
    docs["cost"][rng.chance(0.1, n)] = NA
    terms = TERMS[
        rng.code_by(
            np.asarray(
                [
                    [0.0, 0.46, 0.24, 0.3],
                    [0.12, 0.68, 0.12, 0.08],
                    [0.4, 0.57, 0.03, 0.0],
                    [0.8, 0.2, 0, 0],
                ]
            ),
            c.companies.segment,
        )
    ]
    docs["due"][:] = docs["date"] + terms[docs["account"]]


def _resort(docs: Ledger) -> None:
    """Documents in order of date, so that keys rise with time; credit notes keep their invoice."""
    order = np.lexsort((docs["credit"], docs["date"]))
    place = np.empty(docs.n, dtype=np.int64)
    place[order] = np.arange(docs.n)
    docs["applies"][:] = lookup(place, docs["applies"])
    for name in (
        "credit",
        "applies",
        "account",
        "deal",
        "line",
        "date",
        "due",
        "net",
        "tax",
        "cost",
        "status",
        "dispute",
        "reason",
        "written_off",
        "dunning",
        "rate",
    ):
        docs[name][:] = docs[name][order]


def _collect(rng: Stream, docs: Ledger, c: Customers) -> Ledger:
    """When and how invoices are paid, and what stays open."""
    n = docs.n
    pay = Ledger("number", "invoice", "date", "amount", "reversal")
    invoice = docs["credit"] == 0
    account, date, due = docs["account"], docs["date"], docs["due"]
    gross = docs["net"] + docs["tax"]
    payer = c.payer[account]
    u = rng.uniform(n)
    delay = np.select(
        [payer == k for k in range(3)],
        [np.interp(u, [q[0] for q in table], [q[1] for q in table]) for table in _DELAY],
    )
    month = month_of(date)
    trouble = c.trouble[month, account] & rng.chance(0.7, n)
    delay = delay + np.where(trouble, rng.between(25, 80, n), 0)
    delay = delay + np.where(docs["dispute"] != NA, rng.between(15, 45, n), 0)
    paid_on = workday_from(np.maximum(due + np.floor(delay).astype(np.int64), date + 1))

    # Customers gone for lack of money leave their last invoices unpaid; some are written off.
    broke = no(c.n)
    rows = np.flatnonzero(c.lines["cancel"] == BY_PAYMENT_FAILURE)
    broke[c.lines["account"][rows]] = True
    exit_day = full(c.n, 0)
    exit_day[c.lines["account"][rows]] = c.lines["end"][rows]
    lost = invoice & broke[account] & (date > exit_day[account] - 75) & rng.chance(0.75, n)
    stubborn = invoice & ~lost & (payer == 2) & rng.chance(0.004, n)
    lost |= stubborn
    lost[rng.some(np.flatnonzero(invoice & (date < LAST_DAY - 260)), 0.0, 2)] = True
    recent = invoice & (date < LAST_DAY - 155) & (date > LAST_DAY - 195)
    lost[rng.some(np.flatnonzero(recent), 0.004)] = True
    argued = invoice & (date < LAST_DAY - 40) & (date > LAST_DAY - 90)
    argued = rng.some(np.flatnonzero(argued & (docs["status"] != I_VOID)), 0.01)
    docs["dispute"][argued] = 2
    lost[argued] = True
    lost[docs["status"] == I_VOID] = False
    gone = docs["status"] == I_VOID

    # Credits known before the payment reduce it; later ones are paid back.
    credited = np.zeros(n, dtype=np.int64)
    notes = np.flatnonzero(~invoice)
    target = docs["applies"][notes]
    early = docs["date"][notes] <= paid_on[target]
    np.add.at(credited, target[early], gross[notes[early]])
    owed = gross + credited

    payable = invoice & ~lost & ~gone & (owed > 0)
    rows = np.flatnonzero(payable)
    amount = owed.copy()
    parts = np.isin(np.arange(n), rng.some(rows, 0.045, 4))
    first_part = np.where(parts, amount * rng.between(35, 70, n) // 100, amount)
    over = rng.some(rows[~parts[rows]], 0.002, 2)
    first_part[over] += 5_000
    ahead = rng.some(rows[(date[rows] > FIRST_DAY + 40) & ~parts[rows]], 0.003, 2)
    paid_on[ahead] = date[ahead] - rng.between(2, 9, len(ahead))
    # One transfer for two invoices.
    order = np.lexsort((date, account))
    order = order[payable[order]]
    pair = np.flatnonzero(
        (account[order][1:] == account[order][:-1]) & (date[order][1:] < paid_on[order][:-1])
    )
    pair = rng.some(pair, 0.06, 2)
    pair = pair[np.r_[True, np.diff(pair) > 1]] if len(pair) else pair
    together, lead = order[pair + 1], order[pair]
    paid_on[together] = paid_on[lead]
    partner = full(n)
    partner[together] = lead

    def book(rows: Ints, when: Ints, cents: Ints, reversal: bool = False) -> Ints:
        done = when <= LAST_DAY
        return pay.add(
            int(done.sum()),
            invoice=rows[done],
            date=when[done],
            amount=cents[done],
            reversal=int(reversal),
        )

    book(rows, paid_on[rows], first_part[rows])
    down_payment = rng.some(np.flatnonzero(lost & (date < LAST_DAY - 260)), 0.15)
    book(down_payment, workday_from(due[down_payment] + 20), gross[down_payment] * 3 // 10)
    rest = np.flatnonzero(parts)
    rest_on = workday_from(paid_on[rest] + rng.between(9, 34, len(rest)))
    book(rest, rest_on, amount[rest] - first_part[rest])
    returned = rng.some(rows[~parts[rows] & (paid_on[rows] < LAST_DAY - 30)], 0.004, 2)
    returned = returned[~np.isin(returned, np.r_[over, together, lead])]
    back_on = paid_on[returned] + rng.between(2, 6, len(returned))
    book(returned, back_on, -first_part[returned], reversal=True)
    book(returned, back_on + rng.between(7, 20, len(returned)), first_part[returned])
    late_notes = notes[~early & ~gone[target] & ~lost[target]]
    target = docs["applies"][late_notes]
    refund = np.where(np.isin(target, rows) & (paid_on[target] <= LAST_DAY), gross[late_notes], 0)
    back = refund < 0
    book(
        target[back],
        workday_from(docs["date"][late_notes[back]] + rng.between(5, 20, int(back.sum()))),
        refund[back],
    )

    # Where the ledger stands at the end of the data.
    balance = np.where(invoice & ~gone, gross, 0)
    np.add.at(balance, docs["applies"][notes], gross[notes])
    np.subtract.at(balance, pay["invoice"], pay["amount"])
    settled = balance <= 0
    write_off = lost & (date + 200 < LAST_DAY) & (balance > 0)
    docs["written_off"][:] = where(
        write_off, workday_from(np.minimum(date + rng.between(150, 260, n), LAST_DAY - 4))
    )
    docs["status"][:] = np.select(
        [gone, ~invoice, write_off, settled, docs["dispute"] != NA],
        [I_VOID, I_PAID, I_WRITTEN_OFF, I_PAID, I_DISPUTED],
        I_OPEN,
    )
    reached = np.where(settled | ~invoice, paid_on, np.where(write_off, date + 150, LAST_DAY))
    overdue = np.where(invoice & ~gone, reached - due, 0)
    docs["dunning"][:] = np.select([overdue > 60, overdue > 32, overdue > 12], [3, 2, 1], 0)

    # Payments numbered by date; allocations of one transfer share the number.
    order = np.lexsort((pay["invoice"], pay["date"]))
    number = np.empty(pay.n, dtype=np.int64)
    number[order] = np.arange(pay.n)
    first_of = full(n)
    main = np.flatnonzero(pay["reversal"] == 0)[::-1]
    first_of[pay["invoice"][main]] = main
    joined = np.flatnonzero(known(partner) & (first_of >= 0))
    joined = joined[first_of[partner[joined]] >= 0]
    number[first_of[joined]] = number[first_of[partner[joined]]]
    for name in ("invoice", "date", "amount", "reversal"):
        pay[name][:] = pay[name][order]
    pay["number"][:] = number[order]
    return pay
