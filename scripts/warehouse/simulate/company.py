"""The whole company, simulated in parts.

A part is a branch with its own staff, market, customers and campaigns. The demo is one small
branch; a company of scale 1 is several larger ones that share products, policies and exchange
rates. Every part draws from its own random streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from warehouse.simulate import offer
from warehouse.simulate.activities import Activities, activity_table
from warehouse.simulate.arrays import Ints, ints, known, lookup, where
from warehouse.simulate.billing import bill
from warehouse.simulate.campaigns import Campaigns
from warehouse.simulate.companies import Companies, draw_companies
from warehouse.simulate.controlling import (
    Targets,
    book_costs,
    company_targets,
    cost_table,
    target_table,
    team_targets,
)
from warehouse.simulate.customers import LEGACY, Customers, draw_legacy
from warehouse.simulate.deals import Baskets, DealBook, basket_value, draw_new_business
from warehouse.simulate.directory import account_table, contact_table, draw_directory
from warehouse.simulate.dirt import add_dirt
from warehouse.simulate.draw import Stream
from warehouse.simulate.duplicates import add_merged, use_test_accounts
from warehouse.simulate.history import History
from warehouse.simulate.journeys import draw_quotes, travel
from warehouse.simulate.leads import draw_leads
from warehouse.simulate.lifecycle import Life
from warehouse.simulate.records import (
    campaign_tables,
    case_table,
    contract_table,
    deal_tables,
    document_tables,
    lead_table,
    quote_table,
)
from warehouse.simulate.routine import (
    log_campaign_work,
    log_dunning,
    log_in,
    log_reviews,
    log_usage,
    login_table,
    stand_in,
)
from warehouse.simulate.selling import attend_webinars, care_for_customers, work_deals, work_leads
from warehouse.simulate.service import draw_cases
from warehouse.simulate.staff import hire, user_table
from warehouse.simulate.surveys import ask_customers, ask_employees, feedback_table
from warehouse.simulate.tables import Keys
from warehouse.simulate.timeline import DAY, END, local_day, moment
from warehouse.simulate.write import Format, Writer

DEMO_SCALE = 0.0059
"""The committed demo: about six thousand activities, three megabytes of CSV."""
DEMO_SEED = 24
_UNIT = 0.01
"""Scale at which the yearly volumes of the domains are stated."""
_PART_SCALE = 0.1
"""Largest scale simulated in one piece."""


@dataclass
class Progress:
    """What the parts simulated so far leave to the next ones."""

    accounts: int = 0


def simulate(
    out: Path, scale: float = 1.0, seed: int = DEMO_SEED, file_format: Format = Format.parquet
) -> dict[str, int]:
    """Write the 25 raw tables of a simulated company into a folder; returns rows per table.

    Scale 1 is about one million activities. The same scale and seed give the same bytes.
    """
    parts = max(1, round(scale / _PART_SCALE))
    units = scale / parts / _UNIT
    writer = Writer(out, file_format)
    keys, progress, targets = Keys(), Progress(), Targets()
    rows: dict[str, int] = {}
    for part in range(parts):
        stream = Stream(seed, part)
        frames = _simulate_part(stream, units, part, parts, keys, progress, targets)
        if part == 0:
            swiss = frames["invoice"].filter(pl.col("currency") == "CHF")["invoice_date"]
            rates = offer.exchange_rates(stream, ints(swiss.cast(pl.Int32).to_numpy()))
            frames["product"] = offer.product_table()
            frames["pipeline_stage"] = offer.stage_table()
            frames["sla_policy"] = offer.policy_table()
            frames["business_hours"] = offer.hours_table()
            frames["currency_rate"] = offer.rate_table(rates)
        if part == parts - 1:
            frames["kpi_target"] = target_table(targets, Keys())
        for table, data in frames.items():
            rows[table] = rows.get(table, 0) + data.height
        writer.part(frames)
        keys.advance({table: data.height for table, data in frames.items() if table in Keys.PREFIX})
        keys.advance(
            {"quote_group": frames["quote"].height, "contract": frames["contract_line"].height}
        )
    writer.finish()
    return rows


def simulate_demo(out: Path) -> dict[str, int]:
    """Write the committed demo seeds: always the same small company, as CSV."""
    return simulate(out, DEMO_SCALE, DEMO_SEED, Format.csv)


def _simulate_part(
    stream: Stream,
    units: float,
    part: int,
    parts: int,
    keys: Keys,
    progress: Progress,
    targets: Targets,
) -> dict[str, pl.DataFrame]:
    staff = hire(stream, units, part, parts)
    history, log = History(keys), Activities()

    # The market, marketing and new business.
    leads = draw_leads(stream, staff, units)
    campaigns = Campaigns(stream, units)
    campaigns.attribute_leads(leads)
    market = draw_companies(stream.child("market"), staff, int(400 * units))
    business = draw_new_business(stream, staff, leads, units, market)
    pool = draw_companies(stream.child("pool"), staff, int(130 * units))
    legacy = draw_legacy(stream, draw_companies(stream.child("old"), staff, round(LEGACY * units)))
    first_account = legacy.companies.n
    business = campaigns.enrol_prospects(business, pool, first_account)

    # Customers month by month.
    customers = Customers(Companies.together([legacy.companies, business.companies]), staff)
    life = Life(stream, customers, business, first_account, legacy, campaigns.enrol_customers)
    life.run()
    for member, deal in life.accepted:
        campaigns.members["deal"][member] = deal
    campaigns.rare_reactions()

    # Deals in detail.
    new = business.deals
    new.account = new.account + first_account
    leads.account = where(known(leads.account), leads.account + first_account)
    book = DealBook.together([new, life.existing_deals()])
    baskets = Baskets.together([business.baskets, life.existing_baskets()])
    journeys = travel(stream, staff, book, basket_value(baskets, book.n))
    quotes = draw_quotes(stream, staff, book, journeys)

    # Records.
    created = np.r_[
        moment(legacy.start - 20, 600),
        np.minimum(business.account_created, moment(local_day(business.account_created), 1200)),
    ]
    rng = stream.child("sources")
    source = np.r_[
        rng.code((0.3, 0.1, 0.15, 0.15, 0.1, 0.15, 0.05), first_account), business.account_source
    ]
    directory = draw_directory(stream, staff, customers, created, source, history, keys)
    merging = np.flatnonzero(known(directory.duplicate_of[: customers.n]))
    ended, owners = customers.merge_lines(
        merging, directory.merged_on[merging], stream.child("merged lines")
    )
    cases = draw_cases(stream, staff, customers, directory, log, history, keys)
    books = bill(stream, customers, baskets, journeys, book.account)
    survey = ask_customers(stream, customers, directory, cases, units)
    costs = book_costs(stream, staff, customers, cases, campaigns, units)
    work_leads(stream, staff, leads, directory, log)
    work_deals(stream, staff, book, journeys, directory, log)
    care_for_customers(stream, staff, customers, directory, log)
    attend_webinars(stream, campaigns, log)
    log_usage(stream, customers, log)
    log_dunning(stream, staff, books, log)
    log_campaign_work(stream, staff, campaigns, log)
    log_reviews(stream, staff, campaigns, log)

    stand_in(staff, log)
    place = stream.child("account rows")

    def recorded(account: Ints, day: Ints) -> Ints:
        filled = known(account)
        row = directory.as_recorded(place, np.where(filled, account, 0), day)
        return where(filled, row)

    deal_account = use_test_accounts(
        stream.child("test deals"),
        recorded(book.account, local_day(book.created)),
        np.flatnonzero(~journeys.won & (book.created < END - 90 * DAY)),
        np.flatnonzero(directory.test | directory.internal),
    )
    # Some duplicates have won deals of their own.
    twins = lookup(directory.duplicate_of, book.account)
    own = stream.child("deals of duplicates").some(np.flatnonzero(journeys.won & known(twins)), 0.1)
    deal_account[own] = twins[own]
    line_account = customers.lines["account"].copy()
    line_account[ended] = directory.duplicate_of[owners]

    frames: dict[str, pl.DataFrame] = {}
    frames["lead"] = lead_table(stream, staff, leads, progress.accounts, history, keys)
    frames |= deal_tables(
        stream,
        staff,
        book,
        baskets,
        journeys,
        directory,
        history,
        keys,
        deal_account,
    )
    frames["contract_line"] = contract_table(stream, customers, history, keys, line_account)
    views = log_in(stream, staff, history.editors(), log, keys)
    frames["login_history"] = login_table(views, keys)
    frames["field_history"] = history.table()
    frames["app_user"] = user_table(staff, keys)
    frames["account"] = account_table(directory, keys, progress.accounts)
    frames["contact"] = contact_table(stream, directory, keys)
    frames["quote"] = quote_table(quotes, book, directory, keys)
    frames["activity"] = activity_table(log, recorded(log["account"], log["started"] // DAY), keys)
    members = campaigns.members
    frames |= campaign_tables(
        campaigns, recorded(members["account"], members["enrolled"] // DAY), keys
    )
    frames["support_case"] = case_table(cases, recorded(cases.account, cases.created // DAY), keys)
    seen = np.where(known(survey["invited"]), survey["invited"], survey["responded"])
    frames["feedback"] = feedback_table(survey, recorded(survey["account"], seen // DAY), keys)
    frames |= document_tables(
        stream, books, customers, recorded(books.invoices["account"], books.invoices["date"]), keys
    )
    frames["cost_entry"] = cost_table(costs, recorded(costs["account"], costs["date"]), keys)
    frames["employee_survey_response"] = ask_employees(stream, staff, keys)
    if part == 0:
        targets.rows += company_targets(staff, units * parts).rows
    team_targets(stream, staff, targets, campaigns, keys)
    add_merged(stream, frames, keys)
    if part == 0:
        add_dirt(frames)
    progress.accounts += directory.n
    return frames
