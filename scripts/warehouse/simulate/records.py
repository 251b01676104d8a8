"""From arrays to raw tables: leads, deals, quotes, campaigns, contracts, cases, documents."""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.simulate.arrays import NA, Ints, full, ints, known, lookup, where
from warehouse.simulate.billing import CREDIT_REASONS, DISPUTE_REASONS, I_VOID, Books
from warehouse.simulate.billing import STATUSES as INVOICE_STATUSES
from warehouse.simulate.campaigns import TYPES as CAMPAIGN_TYPES
from warehouse.simulate.campaigns import WINDOW, Campaigns
from warehouse.simulate.companies import COUNTRIES, CURRENCIES, SOURCES, company_names
from warehouse.simulate.customers import CANCEL_REASONS, CANCEL_TYPES, COMPETITORS, Customers
from warehouse.simulate.deals import DECLARED, Baskets, DealBook, direct_cost
from warehouse.simulate.directory import Directory
from warehouse.simulate.draw import Stream
from warehouse.simulate.history import History
from warehouse.simulate.journeys import LOST_REASONS, QUOTE_STATUS, Journeys, Quotes
from warehouse.simulate.leads import (
    DEACTIVATION,
    REJECTION,
    S_CONVERTED,
    S_DEACTIVATED,
    S_MQL,
    S_NEW,
    S_RECYCLED,
    S_REJECTED,
    S_SAL,
    S_SQL,
    STATUSES,
    SYSTEMS,
    Leads,
)
from warehouse.simulate.offer import (
    PIPELINES,
    POLICIES,
    PRIORITIES,
    PRODUCTS,
    RECURRING,
    STAGE_KEYS,
    STAGES,
    SUPPORT,
    SUPPORT_24X7,
)
from warehouse.simulate.service import CALENDARS, CHANNELS, ROOT_CAUSES, Cases
from warehouse.simulate.service import STATUSES as CASE_STATUSES
from warehouse.simulate.service import TYPES as CASE_TYPES
from warehouse.simulate.staff import REGIONS, Staff
from warehouse.simulate.tables import Keys, frame, label, maybe
from warehouse.simulate.timeline import LAST_DAY, local_day

PRODUCT_KEYS = tuple(p.key for p in PRODUCTS)


_OTHER_NAMES = 41_000
"""Number of the first name for companies that are only leads: accounts of the demo have no town."""


def lead_table(
    stream: Stream, staff: Staff, leads: Leads, first_account: int, history: History, keys: Keys
) -> pl.DataFrame:
    """`lead`, and the history of its status."""
    rng = stream.child("lead records")
    n = leads.n
    rows = np.arange(n, dtype=np.int64)
    record = keys.of("lead", rows)
    owner = staff.occupant(leads.companies.seat, local_day(np.maximum(leads.created, leads.mql)))
    steps = (
        (leads.mql, S_MQL),
        (leads.rejected, S_REJECTED),
        (leads.recycled, S_RECYCLED),
        (leads.again_mql, S_MQL),
        (leads.sal, S_SAL),
        (leads.sql, S_SQL),
        (leads.converted, S_CONVERTED),
        (leads.deactivated, S_DEACTIVATED),
    )
    lead = np.concatenate([np.flatnonzero(known(at)) for at, _ in steps])
    at = np.concatenate([at[known(at)] for at, _ in steps])
    new = np.concatenate([full(int(known(at).sum()), status) for at, status in steps])
    order = np.lexsort((np.arange(len(lead)), at, lead))
    lead, at, new = lead[order], at[order], new[order]
    old = np.where(np.r_[True, lead[1:] != lead[:-1]], S_NEW, np.r_[S_NEW, new[:-1]])
    by = np.where(new == S_MQL, staff.automation, owner[lead])
    # Marketing people hand over by hand what the automation does not.
    manual = (new == S_MQL) & (leads.system[lead] != 0)
    marketing = staff.seats_of((3,))
    hand = staff.occupant(marketing[rng.between(0, len(marketing) - 1, len(lead))], local_day(at))
    by = np.where(manual, hand, by)
    history.labels_changed("lead", record.gather(lead), "status", STATUSES, old, new, at, by)
    accepted = known(leads.sal)
    # The account of a converted lead has the lead's company name; others have a name of their own.
    number = np.where(known(leads.account), leads.account + first_account, rows + _OTHER_NAMES)
    name = company_names(number.astype(np.int64), leads.companies.country)
    flags = {
        f"{field}_confirmed": maybe(leads.confirmed[k], accepted & ~rng.chance(0.012, n))
        for k, field in enumerate(("budget", "authority", "need", "timeline"))
    }
    return frame(
        "lead",
        {
            "lead_id": record,
            "master_lead_id": keys.of("lead", leads.master),
            "owner_user_id": keys.of("app_user", owner),
            "company": name,
            "country": label(where(~rng.chance(0.012, n), leads.companies.country), COUNTRIES),
            "region": label(where(~rng.chance(0.05, n), leads.companies.region), REGIONS),
            "lead_source": label(where(~rng.chance(0.008, n), leads.source), SOURCES),
            "source_system": label(leads.system, SYSTEMS),
            "campaign_id": keys.of("campaign", leads.campaign),
            "score": leads.score,
            "status": label(leads.status, STATUSES),
            "created_at": leads.created,
            "mql_at": leads.mql,
            "handed_over_at": leads.handed_over,
            "first_touch_at": leads.first_touch,
            "sal_at": leads.sal,
            "sql_at": leads.sql,
            "rejected_at": leads.rejected,
            "rejection_reason": label(leads.rejection, REJECTION),
            "recycled_at": leads.recycled,
            "deactivated_at": leads.deactivated,
            "deactivation_reason": label(leads.deactivation, DEACTIVATION),
            **flags,
            "converted_account_id": keys.of("account", leads.account),
            "converted_opportunity_id": keys.of("opportunity", leads.deal),
            "is_deleted": leads.deleted,
        },
        n,
    )


_NEXT_STEPS = ("Call back", "Send offer", "Demo", "Meet CFO", "Check contract", "n/a", "-")


def deal_tables(
    stream: Stream,
    staff: Staff,
    book: DealBook,
    baskets: Baskets,
    j: Journeys,
    d: Directory,
    history: History,
    keys: Keys,
    account_row: Ints,
) -> dict[str, pl.DataFrame]:
    """`opportunity` and `opportunity_line_item`, and the history of deals."""
    rng = stream.child("deal records")
    n = book.n
    rows = np.arange(n, dtype=np.int64)
    record = keys.of("opportunity", rows)
    follows = np.r_[False, j.deal[1:] == j.deal[:-1]]
    old = np.where(follows, np.r_[NA, j.stage[:-1]], NA)
    # The creation itself is logged only for deals that a technical user wrote.
    logged = follows | book.imported[j.deal]
    user = j.owner_at(staff, j.deal, j.at)
    user = np.where(~follows & book.imported[j.deal], staff.integration, user)
    history.labels_changed(
        "opportunity",
        record.gather(j.deal[logged]),
        "stage_id",
        STAGE_KEYS,
        old[logged],
        j.stage[logged],
        j.at[logged],
        user[logged],
    )
    first = np.flatnonzero(~follows & book.moved[j.deal])
    history.labels_changed(
        "opportunity",
        record.gather(j.deal[first]),
        "pipeline_id",
        PIPELINES,
        1 - book.pipeline[j.deal[first]],
        book.pipeline[j.deal[first]],
        j.at[first + 1],
        user[first + 1],
    )
    c = j.changes["owner"]
    history.keys_changed(
        "opportunity",
        record.gather(c["deal"]),
        "owner_user_id",
        c["old"],
        c["new"],
        c["at"],
        c["user"],
    )
    c = j.changes["amount"]
    history.money_changed(
        "opportunity",
        record.gather(c["deal"]),
        "net_amount",
        c["old"],
        c["new"],
        c["at"],
        c["user"],
    )
    c = j.changes["expected"]
    history.days_changed(
        "opportunity",
        record.gather(c["deal"]),
        "expected_close_date",
        c["old"],
        c["new"],
        c["at"],
        c["user"],
    )

    opened = ~j.closed
    default = ints([s.probability for s in STAGES])[j.current]
    override = np.clip(default + rng.between(-15, 20, n) * 100, 200, 9500) // 500 * 500
    probability = np.where(opened & rng.chance(0.3, n), override, default)
    step = np.where(rng.chance(0.93, n), rng.code((0.3, 0.22, 0.16, 0.14, 0.1, 0.05, 0.03), n), NA)
    due = LAST_DAY + np.where(rng.chance(0.78, n), rng.between(0, 28, n), -rng.between(1, 40, n))
    contacts = np.maximum(1 + d.extra[book.account] - (rng.uniform(n) < 0.3), 1)
    contacts = np.where(rng.chance(0.035, n), 0, contacts)
    contacts[rng.some(np.flatnonzero(opened), 0.03)] = 0
    step[rng.some(np.flatnonzero(opened)[::2], 0.06)] = NA
    step[rng.some(np.flatnonzero(opened)[1::2], 0.04)] = len(_NEXT_STEPS) - 2
    late = rng.some(np.flatnonzero(opened & (step >= 0) & (step < 5)), 0.05)
    due[late] = LAST_DAY - 3
    deleted = np.isin(rows, rng.some(np.flatnonzero(~j.won), 0.012, 2))
    declared = np.where(rng.chance(0.03, n), (book.declared + 1) % 2, book.declared)
    campaign = book.campaign
    opportunity = frame(
        "opportunity",
        {
            "opportunity_id": record,
            "account_id": keys.of("account", account_row),
            "primary_contact_id": keys.of("contact", where(~rng.chance(0.05, n), book.account)),
            "contact_count": where(~rng.chance(0.02, n), contacts.astype(np.int64)),
            "owner_user_id": keys.of("app_user", j.owner),
            "pipeline_id": label(book.pipeline, PIPELINES),
            "stage_id": label(j.current, STAGE_KEYS),
            "opportunity_type": label(declared, DECLARED),
            "source_lead_id": keys.of("lead", book.lead),
            "campaign_id": keys.of("campaign", campaign),
            "lead_source": label(where(~rng.chance(0.02, n), book.source), SOURCES),
            "net_amount": j.amount,
            "currency": label(d.companies.currency[book.account], CURRENCIES),
            "probability": probability,
            "expected_close_date": j.expected,
            "closed_at": j.closed_at,
            "is_closed": j.closed,
            "is_won": j.won,
            "lost_reason": label(j.reason, LOST_REASONS),
            "lost_competitor": label(j.competitor, COMPETITORS),
            "next_step": label(where(opened, step), _NEXT_STEPS),
            "next_step_due_date": where(opened & known(step) & (step < 5), due),
            "created_at": book.created,
            "is_deleted": deleted,
        },
        n,
    )
    written = j.won[baskets.deal] | ~rng.chance(0.16, n)[baskets.deal]
    b = baskets.take(written)
    order = np.argsort(b.deal, kind="stable")
    b = b.take(order.astype(np.int64))
    cost = direct_cost(rng, b.product, b.net)
    items = frame(
        "opportunity_line_item",
        {
            "line_item_id": keys.of("opportunity_line_item", np.arange(b.n, dtype=np.int64)),
            "opportunity_id": record.gather(b.deal),
            "product_id": label(b.product, PRODUCT_KEYS),
            "quantity": b.quantity * 10_000,
            "net_amount": b.net,
            "currency": label(d.companies.currency[book.account[b.deal]], CURRENCIES),
            "direct_cost_amount": where(~rng.chance(0.06, b.n), cost),
            "is_recurring": b.product < RECURRING,
            "term_months": b.term,
            "replaces_contract_line_id": keys.of("contract_line", b.replaces),
        },
        b.n,
    )
    return {"opportunity": opportunity, "opportunity_line_item": items}


def quote_table(q: Quotes, book: DealBook, d: Directory, keys: Keys) -> pl.DataFrame:
    """`quote`."""
    n = len(q.deal)
    return frame(
        "quote",
        {
            "quote_id": keys.of("quote", np.arange(n, dtype=np.int64)),
            "opportunity_id": keys.of("opportunity", q.deal),
            "quote_group_id": keys.of("quote_group", q.group),
            "version_no": q.version,
            "status": label(q.status, QUOTE_STATUS),
            "sent_at": q.sent,
            "accepted_at": q.accepted,
            "expires_on": q.expires,
            "net_amount": q.amount,
            "currency": label(d.companies.currency[book.account[q.deal]], CURRENCIES),
            "created_by_user_id": keys.of("app_user", q.user),
        },
        n,
    )


def campaign_tables(campaigns: Campaigns, account_row: Ints, keys: Keys) -> dict[str, pl.DataFrame]:
    """`campaign` and `campaign_member`."""
    c, m = campaigns.list, campaigns.members
    numbers = np.arange(c.n, dtype=np.int64)
    topic = label(c["offer"], [p.name for p in PRODUCTS]).fill_null("Leads")
    kind = label(c["type"], CAMPAIGN_TYPES)
    name = kind.str.to_titlecase() + " " + topic + " " + pl.Series(numbers + 1).cast(pl.String)
    campaign = frame(
        "campaign",
        {
            "campaign_id": keys.of("campaign", numbers),
            "parent_campaign_id": keys.of("campaign", c["parent"]),
            "name": name,
            "campaign_type": kind,
            "is_automated": c["automated"] == 1,
            "step_count": c["steps"],
            "start_date": c["start"],
            "end_date": c["end"],
            "kpi_defined_at": c["kpi"],
            "budget_cost_amount": c["budget"],
            "actual_cost_amount": c["actual"],
            "currency": "EUR",
            "offer_product_id": label(c["offer"], PRODUCT_KEYS),
            "conversion_window_days": WINDOW,
        },
        c.n,
    )
    order = np.argsort(m["enrolled"], kind="stable")
    member = {
        name: m[name][order]
        for name in (
            "campaign",
            "step",
            "contact",
            "lead",
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
        )
    }
    members = frame(
        "campaign_member",
        {
            "campaign_member_id": keys.of("campaign_member", np.arange(m.n, dtype=np.int64)),
            "campaign_id": keys.of("campaign", member["campaign"]),
            "step_no": member["step"],
            "contact_id": keys.of("contact", member["contact"]),
            "lead_id": keys.of("lead", member["lead"]),
            "account_id": keys.of("account", account_row[order]),
            "arm": label(member["arm"], ("treatment", "control")),
            "is_randomised": member["randomised"] == 1,
            "enrolled_at": member["enrolled"],
            "sent_at": member["sent"],
            "delivered_at": member["delivered"],
            "first_opened_at": member["opened"],
            "is_machine_open": maybe(member["machine"] == 1, known(member["machine"])),
            "first_clicked_at": member["clicked"],
            "responded_at": member["responded"],
            "bounced_at": member["bounced"],
            "unsubscribed_at": member["unsubscribed"],
            "complained_at": member["complained"],
            "offer_accepted_at": member["accepted"],
            "accepted_opportunity_id": keys.of("opportunity", member["deal"]),
        },
        m.n,
    )
    return {"campaign": campaign, "campaign_member": members}


def contract_table(
    stream: Stream, customers: Customers, history: History, keys: Keys, account_row: Ints
) -> pl.DataFrame:
    """`contract_line`, and the history of its end date."""
    rng = stream.child("contract records")
    lines, moves = customers.lines, customers.moves
    n = lines.n
    record = keys.of("contract_line", np.arange(n, dtype=np.int64))
    history.days_changed(
        "contract_line",
        record.gather(moves["line"]),
        "end_date",
        moves["old"],
        moves["new"],
        moves["at"],
        moves["user"],
    )
    account = lines["account"]
    care = np.flatnonzero((lines["product"] >= SUPPORT) & (lines["product"] <= SUPPORT_24X7))
    tier = full(customers.n)
    tier[lines["account"][care]] = lines["product"][care] - SUPPORT
    tier = where(lines["product"] <= SUPPORT_24X7, lookup(tier, account))
    return frame(
        "contract_line",
        {
            "contract_line_id": record,
            "contract_id": keys.of("contract", lines["contract"]),
            "account_id": keys.of("account", account_row),
            "product_id": label(lines["product"], PRODUCT_KEYS),
            "opportunity_id": keys.of("opportunity", lines["deal"]),
            "quantity": lines["quantity"] * 10_000,
            "mrr_net_amount": lines["mrr"],
            "currency": label(customers.companies.currency[account], CURRENCIES),
            "start_date": lines["start"],
            "end_date": lines["end"],
            "notice_at": lines["notice"],
            "cancel_type": label(lines["cancel"], CANCEL_TYPES),
            "cancel_reason": label(lines["reason"], CANCEL_REASONS),
            "switched_to_competitor": label(lines["competitor"], COMPETITORS),
            "sla_policy_id": label(where(~rng.chance(0.1, n), tier), POLICIES),
        },
        n,
    )


def case_table(cases: Cases, account_row: Ints, keys: Keys) -> pl.DataFrame:
    """`support_case`."""
    n = cases.n
    return frame(
        "support_case",
        {
            "case_id": keys.of("support_case", np.arange(n, dtype=np.int64)),
            "account_id": keys.of("account", account_row),
            "contact_id": keys.of("contact", cases.contact),
            "product_id": label(cases.product, PRODUCT_KEYS),
            "case_type": label(cases.kind, CASE_TYPES),
            "channel": label(cases.channel, CHANNELS),
            "priority": label(cases.priority, PRIORITIES),
            "status": label(cases.status, CASE_STATUSES),
            "created_at": cases.created,
            "first_responded_at": cases.responded,
            "first_solved_at": cases.first_solved,
            "solved_at": cases.solved,
            "owner_user_id": keys.of("app_user", cases.owner),
            "sla_policy_id": label(cases.policy, POLICIES),
            "business_hours_id": label(cases.calendar, CALENDARS),
            "assignee_count": cases.assignees,
            "reopen_count": cases.reopened,
            "service_minutes": cases.minutes,
            "is_escalated": cases.escalated,
            "root_cause": label(cases.cause, ROOT_CAUSES),
            "is_deleted": cases.deleted,
        },
        n,
    )


def document_tables(
    stream: Stream, books: Books, customers: Customers, account_row: Ints, keys: Keys
) -> dict[str, pl.DataFrame]:
    """`invoice` and `payment`."""
    d, p = books.invoices, books.payments
    rng = stream.child("documents")
    gross = d["net"] + d["tax"]
    # Some documents came over without a net amount, one of them without tax as well.
    plain = np.flatnonzero((d["credit"] == 0) & (d["tax"] > 0) & (d["status"] != I_VOID))
    blank = rng.some(plain, 0.0004, 3)
    net, tax = d["net"].copy(), d["tax"].copy()
    net[blank] = NA
    tax[blank[:1]] = NA
    invoice = frame(
        "invoice",
        {
            "invoice_id": keys.of("invoice", np.arange(d.n, dtype=np.int64)),
            "document_type": label(d["credit"], ("invoice", "credit_note")),
            "applies_to_invoice_id": keys.of("invoice", d["applies"]),
            "account_id": keys.of("account", account_row),
            "opportunity_id": keys.of("opportunity", d["deal"]),
            "contract_line_id": keys.of("contract_line", d["line"]),
            "invoice_date": d["date"],
            "due_date": d["due"],
            "net_amount": net,
            "tax_amount": tax,
            "gross_amount": gross,
            "direct_cost_amount": d["cost"],
            "currency": label(customers.companies.currency[d["account"]], CURRENCIES),
            "status": label(d["status"], INVOICE_STATUSES),
            "dispute_reason": label(d["dispute"], DISPUTE_REASONS),
            "credit_reason": label(d["reason"], CREDIT_REASONS),
            "written_off_at": d["written_off"],
            "dunning_level": where(d["credit"] == 0, d["dunning"]),
        },
        d.n,
    )
    payment = frame(
        "payment",
        {
            "payment_id": keys.of("payment", p["number"]),
            "invoice_id": keys.of("invoice", p["invoice"]),
            "paid_at": p["date"],
            "amount": p["amount"],
            "is_reversal": p["reversal"] == 1,
        },
        p.n,
    )
    return {"invoice": invoice, "payment": payment}
