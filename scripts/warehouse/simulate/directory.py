"""Accounts and contacts as the CRM holds them: who owns them, how complete and fresh they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Flags, Ints, full, known, lookup, no, where
from warehouse.simulate.companies import (
    COUNTRIES,
    CURRENCIES,
    ENTERPRISE,
    INDUSTRIES,
    MID_MARKET,
    SEGMENTS,
    SOURCES,
    Companies,
    company_names,
)
from warehouse.simulate.customers import Customers
from warehouse.simulate.draw import Stream
from warehouse.simulate.history import History
from warehouse.simulate.staff import REGIONS, Staff
from warehouse.simulate.tables import Keys, frame, label, maybe
from warehouse.simulate.timeline import DAY, END, FIRST_DAY, HOUR, LAST_DAY, MINUTE, moment

ACCOUNT_TYPES = ("prospect", "customer", "former_customer", "partner", "competitor")
CONSENT = ("granted", "denied", "unknown")
EMAIL_STATUS = ("valid", "bounced", "unknown")


@dataclass
class Directory:
    """All account and contact rows, duplicates and special accounts included.

    Contact `a` is the main contact of account `a`; further contacts follow.
    """

    companies: Companies
    created: Ints
    source: Ints
    owner: Ints
    account_type: Ints
    master: Ints
    same_as: Ints  # the company a second row stands for, merged or not
    parent: Ints
    strategic: Flags
    verified: Ints
    deleted: Flags
    test: Flags
    internal: Flags
    duplicate_of: Ints  # per account: its duplicate row, if there is one
    merged_on: Ints
    contact_account: Ints
    extra_from: Ints
    extra: Ints

    @property
    def n(self) -> int:
        """Number of accounts."""
        return len(self.created)

    def contact_of(self, rng: Stream, account: Ints) -> Ints:
        """A contact of each account, the main one in most cases."""
        choice = (
            np.floor(rng.uniform(len(account)) * (self.extra[account] + 1.6)).astype(np.int64) - 1
        )
        choice = np.minimum(choice, self.extra[account] - 1)
        return np.where(choice < 0, account, self.extra_from[account] + choice).astype(np.int64)

    def as_recorded(self, rng: Stream, account: Ints, day: Ints) -> Ints:
        """The account row a record points to: sometimes a duplicate that is not merged yet."""
        twin = lookup(self.duplicate_of, account)
        open_then = known(twin) & (day >= lookup(self.created, twin) // DAY)
        open_then &= day < lookup(self.merged_on, account)
        return np.where(open_then & rng.chance(0.45, len(account)), twin, account).astype(np.int64)


def draw_directory(
    stream: Stream,
    staff: Staff,
    customers: Customers,
    created: Ints,
    source: Ints,
    history: History,
    keys: Keys,
) -> Directory:
    """Accounts of the market plus duplicates, partners, test and internal accounts."""
    rng = stream.child("directory")
    base = customers.n
    # Duplicates: a second row for the same company, some of them with a duplicate of their own.
    prone = np.flatnonzero(customers.since < LAST_DAY - 200)
    originals = np.union1d(rng.some(prone, 0.035, 5), rng.some(np.arange(base), 0.012, 6))
    chained = rng.some(np.arange(len(originals)), 0.2, 2)
    unnoticed = rng.some(np.arange(base), 0.008, 3)
    special = max(6, base // 60)
    copies = np.r_[originals, originals[chained], unnoticed, rng.between(0, base - 1, special)]
    n = base + len(copies)
    companies = Companies.together([customers.companies, customers.companies.take(copies)])
    twin = base + np.arange(len(originals))
    twin_of_twin = twin[-1] + 1 + np.arange(len(chained))
    unmerged = twin_of_twin[-1] + 1 + np.arange(len(unnoticed))
    others = unmerged[-1] + 1 + np.arange(special)

    def local(days: Ints) -> Ints:
        return (
            moment(np.maximum(days, FIRST_DAY - 900), 500) + rng.between(0, 500, len(days)) * MINUTE
        )

    made = np.r_[created, full(n - base)]
    merged = full(n)
    # A duplicate appears some time after the original and is merged months later.
    first_seen = np.maximum(created[originals] // DAY, FIRST_DAY) + rng.between(
        5, 260, len(originals)
    )
    first_seen = np.minimum(first_seen, LAST_DAY - 60)
    made[twin] = np.maximum(local(first_seen), created[originals] + HOUR)
    merged[originals] = np.minimum(first_seen + rng.between(50, 420, len(originals)), LAST_DAY - 1)
    made[twin_of_twin] = made[twin[chained]] + rng.between(1, 30, len(chained)) * DAY
    made[unmerged] = np.maximum(
        local(rng.between(FIRST_DAY, LAST_DAY - 10, len(unnoticed))), created[unnoticed] + HOUR
    )
    made[others] = local(FIRST_DAY + rng.between(-300, 500, special))
    master = full(n)
    master[twin] = originals
    master[twin_of_twin] = twin[chained]
    same_as = np.arange(n, dtype=np.int64)
    same_as[twin] = originals
    same_as[twin_of_twin] = originals[chained]
    same_as[unmerged] = unnoticed
    duplicate_of = full(n)
    duplicate_of[originals] = twin

    account_type = np.where(
        customers.since > LAST_DAY,
        0,
        np.where(known(customers.until) & (customers.until <= LAST_DAY), 2, 1),
    )
    role = np.arange(special) % 6  # partner, competitor, internal, test, internal branch, test
    account_type = np.r_[
        account_type,
        account_type[copies[: n - base - special]],
        np.select([role == 0, role == 1], [3, 4], 0),
    ].astype(np.int64)
    internal, test = no(n), no(n)
    internal[others[(role == 2) | (role == 4)]] = True
    test[others[(role == 3) | (role == 5)]] = True

    # Groups: some companies are subsidiaries of larger ones of the same country.
    parent = full(n)
    large = np.flatnonzero((companies.segment[:base] == ENTERPRISE) & (account_type[:base] == 1))
    middle = companies.segment[:base] == MID_MARKET
    newcomers = middle & (customers.since > FIRST_DAY + 30) & (account_type[:base] == 1)
    children = np.union1d(
        rng.some(np.flatnonzero(middle), 0.05, 4), rng.some(np.flatnonzero(newcomers), 0.05, 2)
    )
    if len(large):
        children = np.setdiff1d(children, large)
        parent[children] = large[rng.between(0, len(large) - 1, len(children))]

    owner_now = staff.occupant(companies.seat, full(n, LAST_DAY))
    owner_first = staff.occupant(companies.seat, np.maximum(made // DAY, FIRST_DAY))
    forgotten = rng.chance(0.13, n)
    owner = np.where(forgotten, owner_first, owner_now)
    nobody = rng.chance(0.016, n)
    nobody[rng.some(np.flatnonzero(account_type == 1), 0.004)] = True
    owner = where(~nobody, owner)
    untracked = forgotten | nobody | (account_type == 0)
    _owner_changes(staff, companies.seat, made, untracked, history, keys)

    age = rng.shape(((0, 0), (0.6, 190), (0.85, 420), (1, 1000)), n)
    verified = np.maximum(END - (age * DAY).astype(np.int64) - HOUR, made + 60)
    verified = where(~rng.chance(0.07, n), np.minimum(verified, END - HOUR))
    deleted = np.isin(np.arange(n), rng.some(np.flatnonzero(account_type[:base] == 0), 0.015, 2))
    deleted[twin[rng.chance(0.5, len(twin))]] = True
    strategic = (companies.segment == ENTERPRISE) & (account_type == 1) & rng.chance(0.4, n)

    # Contacts: one per account and more for larger customers.
    more = rng.code_by(
        np.asarray(
            [[0.1, 0.35, 0.35, 0.2], [0.35, 0.42, 0.18, 0.05], [0.65, 0.3, 0.05, 0], [1, 0, 0, 0]]
        ),
        companies.segment,
    )
    more = np.where(account_type == 0, more * rng.chance(0.3, n), more).astype(np.int64)
    more[base:] = 0
    holder = np.repeat(np.arange(n), more)
    return Directory(
        companies=companies,
        created=made,
        source=np.r_[source, rng.code(np.ones(7), n - base)],
        owner=owner,
        account_type=account_type,
        master=master,
        same_as=same_as,
        parent=parent,
        strategic=strategic,
        verified=verified,
        deleted=deleted,
        test=test,
        internal=internal,
        duplicate_of=duplicate_of,
        merged_on=merged,
        contact_account=np.r_[np.arange(n), holder],
        extra_from=n + np.cumsum(more) - more,
        extra=more,
    )


def _owner_changes(
    staff: Staff, seat: Ints, created: Ints, untracked: Flags, history: History, keys: Keys
) -> None:
    """Accounts follow their territory: a successor takes them over, unless they are forgotten."""
    for of_seat, day, before, after in zip(*(x.tolist() for x in staff.handovers()), strict=True):
        when = int(moment(day, 0))
        rows = np.flatnonzero((seat == of_seat) & ~untracked & (created // DAY < day))
        history.keys_changed(
            "account",
            keys.of("account", rows),
            "owner_user_id",
            full(len(rows), before),
            full(len(rows), after),
            full(len(rows), when),
            full(len(rows), before),
        )


def account_table(d: Directory, keys: Keys, first_number: int) -> pl.DataFrame:
    """`account`."""
    n = d.n
    numbers = np.arange(n, dtype=np.int64)
    name = company_names(d.same_as + first_number, d.companies.country)
    shouted = (d.same_as != numbers) & (numbers % 2 == 0)
    number = pl.Series(numbers + 1).cast(pl.String)
    for text, rows in (
        (name.str.to_uppercase(), shouted),
        ("Firma " + number, d.internal),
        ("TEST " + number, d.test),
    ):
        name = text.zip_with(pl.Series(rows), name)
    return frame(
        "account",
        {
            "account_id": keys.of("account", numbers),
            "master_account_id": keys.of("account", d.master),
            "name": name,
            "account_type": label(d.account_type, ACCOUNT_TYPES),
            "parent_account_id": keys.of("account", d.parent),
            "owner_user_id": keys.of("app_user", d.owner),
            "region": label(d.companies.region, REGIONS),
            "country": label(d.companies.country, COUNTRIES),
            "industry": label(d.companies.industry, INDUSTRIES),
            "segment": label(d.companies.segment, SEGMENTS),
            "is_strategic": d.strategic,
            "billing_currency": label(d.companies.currency, CURRENCIES),
            "lead_source": label(d.source, SOURCES),
            "last_verified_at": d.verified,
            "created_at": d.created,
            "is_deleted": d.deleted,
            "is_test": d.test,
            "is_internal": d.internal,
        },
        n,
    )


_FIRST = (
    "anna lukas julia stefan kathi markus sophie thomas lena andreas eva michael laura daniel sara "
    "martin nina florian petra chris maria jan lisa peter jana felix sandra oliver clara tobias"
).split()


def contact_table(stream: Stream, d: Directory, keys: Keys) -> pl.DataFrame:
    """`contact`: people with consent and reachability; a few are duplicates or deleted."""
    rng = stream.child("contacts")
    account = d.contact_account
    n = len(account)
    rows = np.arange(n, dtype=np.int64)
    master = where(rows < d.n, d.master[np.minimum(rows, d.n - 1)])
    key = keys.of("account", account).str.to_lowercase()
    original = np.where(known(master), master, account)
    first = label((original * 7 + (rows >= d.n) * (rows + 3)) % len(_FIRST), _FIRST)
    email = first + "@" + key + ".example"
    # The same person typed in twice: only the spelling of the address differs.
    again = rng.some(rows[d.n + 5 :], 0.012, 3)
    spelling = email.to_list() if n < 50_000 else []
    if spelling:
        for row in again.tolist():
            main = int(account[row])
            spelling[row] = str(spelling[main]).upper()
        email = pl.Series(spelling, dtype=pl.String)
    no_email = rng.chance(0.03, n)
    email = email.zip_with(pl.Series(~no_email), pl.Series([None], dtype=pl.String))
    phone = "+43" + pl.Series((rows * 7_919 + 1_000_003) % 90_000_000 + 10_000_000).cast(pl.String)
    has_phone = rng.chance(0.66, n)
    phone = phone.zip_with(pl.Series(has_phone), pl.Series([None], dtype=pl.String))
    made = np.where(
        rows < d.n,
        lookup(d.created, np.minimum(rows, d.n - 1)),
        np.minimum(d.created[account] + rng.between(0, 400, n) * DAY, END - DAY),
    )
    made = np.maximum(made, d.created[account])
    verified = np.maximum(END - rng.between(1, 800, n) * DAY, made)
    verified = where(~rng.chance(0.25, n), verified)
    country = np.where(rng.chance(0.02, n), rng.between(0, 6, n), d.companies.country[account])
    chief = np.where(rows < d.n, 0.5, 0.28)
    status = rng.code((0.91, 0.045, 0.045), n)
    lonely = np.flatnonzero((d.account_type == 1) & (d.extra == 0) & ~known(d.master))
    status[rng.some(lonely, 0.02)] = 1
    return frame(
        "contact",
        {
            "contact_id": keys.of("contact", rows),
            "account_id": keys.of("account", account),
            "master_contact_id": keys.of("contact", master),
            "email": email,
            "phone": phone,
            "country": label(country, COUNTRIES),
            "is_decision_maker": maybe(rng.chance(chief), ~rng.chance(0.05, n)),
            "email_consent": label(rng.code((0.76, 0.08, 0.16), n), CONSENT),
            "phone_consent": label(rng.code((0.5, 0.1, 0.4), n), CONSENT),
            "email_status": label(status, EMAIL_STATUS),
            "last_verified_at": verified,
            "created_at": made,
            "is_deleted": np.isin(rows, rng.some(rows[d.n :], 0.02, 2)),
        },
        n,
    )
