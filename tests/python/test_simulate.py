"""The simulated company is plausible, consistent and reproducible.

All checks read the committed demo seeds with plain SQL. Rows that are dirty on purpose
(`warehouse.simulate.dirt`) drop out because their values do not cast or their keys are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from demo_tables import SEEDS, open_tables
from warehouse.cli import app
from warehouse.simulate import Format, dirt, simulate, simulate_demo
from warehouse.simulate.arrays import ints
from warehouse.simulate.tables import COLUMN_KINDS
from warehouse.simulate.timeline import OFFICE, OFFICE_CH, OFFICE_DE, workday_from

MAX_BYTES = 3_000_000
"""All demo seeds together."""


@pytest.fixture(scope="module")
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_tables() as connection:
        yield connection


def number(data: duckdb.DuckDBPyConnection, query: str) -> float:
    """The single figure a query returns."""
    row = data.execute(query).fetchone()
    assert row is not None
    assert row[0] is not None, query
    return float(row[0])


# -- figures of the last twelve months -------------------------------------------------------

YEAR = "> getvariable('as_of') - 365"
MONTH_ENDS = """month_end as (
    select last_day(cast(unnest(generate_series(date '2023-07-01', date '2026-06-01',
        interval 1 month)) as date)) as month_end)"""
RECURRING = f"""with {MONTH_ENDS},
mrr as (
    select month_end, account_id, sum(mrr_net_amount) as mrr
    from contract_line, month_end
    where start_date <= month_end and (end_date is null or end_date >= month_end)
    group by all)"""


def win_rate(data: duckdb.DuckDBPyConnection, pipeline: str) -> float:
    return number(
        data,
        f"""select avg(is_won::int) from opportunity where is_closed and pipeline_id = '{pipeline}'
            and not is_deleted and master_opportunity_id is null and closed_at {YEAR}""",
    )


def sales_cycle(data: duckdb.DuckDBPyConnection) -> float:
    return number(
        data,
        f"""select median(closed_at::date - created_at::date) from opportunity
            where is_won and closed_at {YEAR} and closed_at > created_at + interval 1 day""",
    )


def monthly_churn(data: duckdb.DuckDBPyConnection) -> float:
    """Customers without a running contract at the end of a month ÷ customers at its start."""
    return number(
        data,
        f"""{RECURRING}
        select count(*) filter (where b.account_id is null) / count(*) from mrr as a
        left join mrr as b on b.account_id = a.account_id
            and b.month_end = last_day(a.month_end + interval 1 month)
        where a.month_end between date '2025-06-30' and date '2026-05-31'""",
    )


def revenue_retention(data: duckdb.DuckDBPyConnection, net: bool) -> float:
    kept = "coalesce(b.mrr, 0)" if net else "least(a.mrr, coalesce(b.mrr, 0))"
    return number(
        data,
        f"""{RECURRING}
        select sum({kept}) / sum(a.mrr) from mrr as a left join mrr as b
            on b.account_id = a.account_id and b.month_end = date '2026-06-30'
        where a.month_end = date '2025-06-30'""",
    )


def nps(data: duckdb.DuckDBPyConnection, countries: str = "true") -> float:
    return number(
        data,
        f"""select 100 * (avg((score >= 9)::int) - avg((score <= 6)::int)) from feedback
            where feedback_type = 'NPS' and scale_max = 10 and score is not null
            and not is_excluded and responded_at {YEAR} and {countries}""",
    )


def csat(data: duckdb.DuckDBPyConnection) -> float:
    return number(
        data,
        f"""select avg((score >= 4)::int) from feedback where feedback_type = 'CSAT'
            and scale_max = 5 and score is not null and responded_at {YEAR}""",
    )


def sla_compliance(data: duckdb.DuckDBPyConnection) -> float:
    """First response and resolution of cases solved in the year, on their own clocks."""
    cases = data.execute(
        f"""
        with pause as (
            select record_id as case_id, changed_at as begun, new_value as status,
                lead(changed_at) over (partition by record_id order by changed_at, history_id)
                    as ended
            from field_history where object_type = 'case' and field_name = 'status'),
        paused as (
            select case_id, list(begun) as begun, list(ended) as ended from pause
            where status in ('pending', 'solved') and ended is not null group by 1),
        reply as (
            select case_id, min(started_at) as replied_at from activity
            where is_public and not is_automated and direction = 'outbound' group by 1)
        select business_hours_id, epoch(c.created_at)::bigint,
            epoch(coalesce(c.first_responded_at, replied_at,
                case when channel = 'phone' then c.created_at end))::bigint,
            epoch(c.solved_at)::bigint, f.target_minutes, r.target_minutes,
            list_transform(coalesce(begun, []), lambda x: epoch(x)::bigint),
            list_transform(coalesce(ended, []), lambda x: epoch(x)::bigint)
        from support_case as c
        join sla_policy as f on f.sla_policy_id = c.sla_policy_id and f.priority = c.priority
            and f.metric = 'first_response'
        join sla_policy as r on r.sla_policy_id = c.sla_policy_id and r.priority = c.priority
            and r.metric = 'resolution' and c.created_at::date >= r.valid_from
            and (r.valid_to is null or c.created_at::date <= r.valid_to)
        left join paused using (case_id) left join reply using (case_id)
        where c.solved_at {YEAR} and c.case_type not in ('spam', 'proactive')"""
    ).fetchall()
    clocks = {"BH-AT": OFFICE, "BH-DE": OFFICE_DE, "BH-CH": OFFICE_CH}

    def minutes(calendar: str, start: int, stop: int) -> float:
        if calendar not in clocks:
            return (stop - start) / 60
        first, last = clocks[calendar].position(ints([start, stop])).tolist()
        return float(last - first) / 60

    met, all_instances = 0, 0
    for calendar, created, replied, solved, first_target, target, begun, ended in cases:
        if replied is not None:
            all_instances += 1
            met += minutes(calendar, created, replied) <= first_target + 0.5
        stopped = sum(minutes(calendar, a, b) for a, b in zip(begun, ended, strict=True))
        all_instances += 1
        met += minutes(calendar, created, solved) - stopped <= target + 0.5
    return met / all_instances


def dso(data: duckdb.DuckDBPyConnection) -> float:
    """Mean over twelve month ends of receivables ÷ sales of three months × days."""
    return number(
        data,
        f"""with {MONTH_ENDS},
        document as (select * from invoice where status <> 'void' and gross_amount is not null),
        sold as (
            select month_end, sum(gross_amount) as billed,
                sum(gross_amount) filter (where invoice_date > month_end - 91) as sales
            from document join month_end on invoice_date <= month_end
                and (written_off_at is null or written_off_at > month_end)
            group by 1),
        paid as (
            select month_end, sum(amount) as paid
            from payment join document using (invoice_id) join month_end on paid_at <= month_end
                and (written_off_at is null or written_off_at > month_end)
            group by 1)
        select avg((billed - paid) / sales * 91) from sold join paid using (month_end)
        where month_end {YEAR}""",
    )


def mql_acceptance(data: duckdb.DuckDBPyConnection) -> float:
    """Hand-overs of the year accepted by the end of the third working day."""
    handed, accepted = (
        data.execute(
            f"""select epoch(coalesce(handed_over_at, mql_at)) // 86400 as handed,
                coalesce(epoch(sal_at) // 86400, 99999)
            from lead where coalesce(handed_over_at, mql_at) {YEAR}
                and coalesce(handed_over_at, mql_at) < getvariable('as_of') - 6"""
        )
        .fetchnumpy()
        .values()
    )
    deadline = workday_from(ints(handed) + 1, 2)
    return float(np.mean(ints(accepted) <= deadline))


def adoption(data: duckdb.DuckDBPyConnection, department: str = "%") -> float:
    """Licensed people who log in and maintain something, per week."""
    return number(
        data,
        f"""with login as (
            select distinct user_id, date_trunc('week', event_at) as week from login_history
            where event_type = 'login' and login_status = 'success' and channel <> 'api'),
        work as (
            select user_id, date_trunc('week', completed_at) as week from activity
            where not is_automated and completed_at is not null
            union select changed_by_user_id, date_trunc('week', changed_at) from field_history
            union select created_by_user_id, date_trunc('week', sent_at) from quote),
        seat as (
            select user_id, week from app_user, (select distinct week from login) as weeks
            where is_crm_licensed and department like '{department}'
                and licensed_from <= week::date + 1
                and (licensed_to is null or licensed_to >= week::date + 5)
                and week between date '2025-06-30' and date '2026-06-22')
        select avg((login.user_id is not null and work.user_id is not null)::int) from seat
        left join login using (user_id, week) left join work using (user_id, week)""",
    )


def break_even(data: duckdb.DuckDBPyConnection) -> float:
    """Months until the customers won in 2024 have paid back what winning them cost."""
    cost = number(
        data,
        """select sum(net_amount) from cost_entry where cost_pool = 'acquisition'
            and entry_type = 'actual' and year(cost_date) = 2024""",
    )
    rows = data.execute(
        """with won as (
            select account_id, min(closed_at)::date as won_on from opportunity
            where is_won and pipeline_id = 'NEW' group by 1 having year(won_on) = 2024)
        select date_diff('month', won_on, invoice_date) as age,
            sum(net_amount - coalesce(direct_cost_amount, net_amount * 0.31)
                - net_amount * 0.1)
        from invoice join won using (account_id) where status <> 'void' group by 1 order by 1"""
    ).fetchall()
    total = 0.0
    for age, margin in rows:
        total += float(margin)
        if total >= cost:
            return float(age + 1)
    return 99.0


def campaign_lift(data: duckdb.DuckDBPyConnection) -> float:
    """Share of treated minus share of control persons who order within 30 days, in points."""
    return number(
        data,
        f"""with person as (
            select campaign_id, contact_id, min(enrolled_at) as enrolled_at,
                min(arm) filter (where step_no = 1) as arm,
                coalesce(bool_or(offer_accepted_at <= enrolled_at + interval 42 day
                    and offer_accepted_at > enrolled_at), false) as accepted
            from campaign_member where is_randomised group by all)
        select 100 * (avg(accepted::int) filter (where arm = 'treatment')
            - avg(accepted::int) filter (where arm = 'control')) from person
        where enrolled_at {YEAR} and enrolled_at < getvariable('as_of') - 30""",
    )


def enps(data: duckdb.DuckDBPyConnection) -> float:
    return number(
        data,
        f"""select 100 * (avg((score >= 9)::int) - avg((score <= 6)::int))
            from employee_survey_response where question_code = 'ENPS' and scale_max = 10
            and score is not null and invited_at {YEAR}""",
    )


def revenue(data: duckdb.DuckDBPyConnection, years_back: int = 0) -> float:
    return number(
        data,
        f"""select sum(net_amount) from invoice where status <> 'void'
            and invoice_date > getvariable('as_of') - {365 * (years_back + 1)}
            and invoice_date <= getvariable('as_of') - {365 * years_back}""",
    )


def margin(data: duckdb.DuckDBPyConnection) -> float:
    return number(
        data,
        f"""select 1 - sum(direct_cost_amount) / sum(net_amount) from invoice
            where status <> 'void' and direct_cost_amount is not null and invoice_date {YEAR}""",
    )


def service_share(data: duckdb.DuckDBPyConnection) -> float:
    cost = number(
        data,
        f"""select sum(net_amount) from cost_entry where cost_pool = 'service'
            and entry_type = 'actual' and cost_date {YEAR}""",
    )
    return cost / revenue(data)


FIGURES = {
    "win rate of new business": (lambda d: win_rate(d, "NEW"), 0.25, 0.35),
    "win rate with customers above new business": (
        lambda d: win_rate(d, "EXI") - win_rate(d, "NEW"),
        0.1,
        0.5,
    ),
    "median sales cycle in days": (sales_cycle, 45, 80),
    "monthly customer churn": (monthly_churn, 0.006, 0.018),
    "net revenue retention": (lambda d: revenue_retention(d, True), 0.98, 1.10),
    "gross revenue retention": (lambda d: revenue_retention(d, False), 0.85, 0.94),
    "NPS": (nps, 15, 40),
    "NPS of other countries above Germany": (
        lambda d: nps(d, "country <> 'DE'") - nps(d, "country = 'DE'"),
        5,
        60,
    ),
    "CSAT": (csat, 0.78, 0.90),
    "SLA compliance": (sla_compliance, 0.86, 0.96),
    "DSO in days": (dso, 30, 50),
    "MQL acceptance": (mql_acceptance, 0.60, 0.80),
    "CRM adoption": (adoption, 0.75, 0.92),
    "CRM adoption of sales above finance and management": (
        lambda d: adoption(d, "Sales") - adoption(d, "%an%"),
        0.05,
        0.6,
    ),
    "months to break even": (break_even, 8, 18),
    "campaign lift in points": (campaign_lift, 1, 4),
    "eNPS": (enps, 5, 35),
    "growth of revenue": (lambda d: revenue(d) / revenue(d, 1) - 1, 0.02, 0.5),
    "contribution margin": (margin, 0.60, 0.75),
    "service cost per revenue": (service_share, 0.05, 0.15),
    "customers at the end": (
        lambda d: number(
            d,
            f"{RECURRING} select count(*) from mrr where month_end = getvariable('as_of')",
        ),
        150,
        400,
    ),
    "fewest decided deals in a quarter": (
        lambda d: number(
            d,
            """select min(n) from (select count(*) as n from opportunity where is_closed
                group by date_trunc('quarter', closed_at))""",
        ),
        30,
        400,
    ),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_the_company_is_believable_in_its(figure: str, data: duckdb.DuckDBPyConnection) -> None:
    measure, low, high = FIGURES[figure]
    assert low <= measure(data) <= high, figure


# -- consistency -----------------------------------------------------------------------------

REFERENCES = """
app_user.manager_user_id>app_user login_history.user_id>app_user
account.master_account_id>account account.parent_account_id>account
account.owner_user_id>app_user contact.account_id>account contact.master_contact_id>contact
lead.master_lead_id>lead lead.owner_user_id>app_user lead.campaign_id>campaign
lead.converted_account_id>account lead.converted_opportunity_id>opportunity
opportunity.master_opportunity_id>opportunity opportunity.account_id>account
opportunity.primary_contact_id>contact opportunity.owner_user_id>app_user
opportunity.stage_id>pipeline_stage opportunity.source_lead_id>lead
opportunity.campaign_id>campaign opportunity_line_item.opportunity_id>opportunity
opportunity_line_item.product_id>product
opportunity_line_item.replaces_contract_line_id>contract_line quote.opportunity_id>opportunity
quote.created_by_user_id>app_user activity.user_id>app_user activity.account_id>account
activity.contact_id>contact activity.lead_id>lead activity.opportunity_id>opportunity
activity.case_id>support_case activity.campaign_id>campaign
campaign.parent_campaign_id>campaign campaign.offer_product_id>product
campaign_member.campaign_id>campaign campaign_member.contact_id>contact
campaign_member.lead_id>lead campaign_member.account_id>account
campaign_member.accepted_opportunity_id>opportunity support_case.master_case_id>support_case
support_case.account_id>account support_case.contact_id>contact support_case.product_id>product
support_case.owner_user_id>app_user support_case.sla_policy_id>sla_policy
support_case.business_hours_id>business_hours feedback.contact_id>contact
feedback.account_id>account feedback.case_id>support_case contract_line.account_id>account
contract_line.product_id>product contract_line.opportunity_id>opportunity
contract_line.sla_policy_id>sla_policy invoice.applies_to_invoice_id>invoice
invoice.account_id>account invoice.opportunity_id>opportunity
invoice.contract_line_id>contract_line payment.invoice_id>invoice cost_entry.account_id>account
cost_entry.case_id>support_case cost_entry.campaign_id>campaign
kpi_target.owner_user_id>app_user field_history.changed_by_user_id>app_user
""".split()

DANGLING = {f"{table}.{column}" for table, column, _ in dirt.DANGLING}


@pytest.mark.parametrize("reference", REFERENCES)
def test_references_lead_somewhere(reference: str, data: duckdb.DuckDBPyConnection) -> None:
    child, _, parent = reference.partition(">")
    table, column = child.split(".")
    key = next(iter(COLUMN_KINDS[parent]))
    used, lost = data.execute(
        f"select count({column}), count({column}) filter (where {column} not in"
        f" (select {key} from {parent} where {key} is not null)) from {table}"
    ).fetchone() or (0, 0)
    assert used > 0, "no row uses the reference"
    assert lost == (1 if child in DANGLING else 0)


CURRENT_VALUES = {
    "stage of a deal": ("opportunity", "stage_id", "opportunity", "opportunity_id", "stage_id"),
    "owner of a deal": (
        "opportunity", "owner_user_id", "opportunity", "opportunity_id", "owner_user_id",
    ),
    "amount of a deal": (
        "opportunity", "net_amount", "opportunity", "opportunity_id", "net_amount",
    ),
    "expected close date of a deal": (
        "opportunity", "expected_close_date", "opportunity", "opportunity_id",
        "expected_close_date",
    ),
    "pipeline of a deal": (
        "opportunity", "pipeline_id", "opportunity", "opportunity_id", "pipeline_id",
    ),
    "status of a case": ("case", "status", "support_case", "case_id", "status"),
    "priority of a case": ("case", "priority", "support_case", "case_id", "priority"),
    "owner of a case": ("case", "owner_user_id", "support_case", "case_id", "owner_user_id"),
    "policy of a case": ("case", "sla_policy_id", "support_case", "case_id", "sla_policy_id"),
    "contact of a case": ("case", "contact_id", "support_case", "case_id", "contact_id"),
    "status of a lead": ("lead", "status", "lead", "lead_id", "status"),
    "owner of an account": ("account", "owner_user_id", "account", "account_id", "owner_user_id"),
    "end of a contract": (
        "contract_line", "end_date", "contract_line", "contract_line_id", "end_date",
    ),
}  # fmt: skip


@pytest.mark.parametrize("value", CURRENT_VALUES)
def test_the_last_change_gave_the_current(value: str, data: duckdb.DuckDBPyConnection) -> None:
    kind, field, table, key, column = CURRENT_VALUES[value]
    changed, wrong = data.execute(
        f"""with last_change as (
            select record_id, arg_max(new_value, (changed_at, history_id)) as new_value
            from field_history where object_type = '{kind}' and field_name = '{field}' group by 1)
        select count(*), count(*) filter (where c.{column}::varchar is distinct from l.new_value)
        from last_change as l join {table} as c on c.{key} = l.record_id
        where c.{column} is not null or l.new_value is null"""
    ).fetchone() or (0, 0)
    assert changed > 0
    assert wrong == 0


def test_each_change_starts_from_the_value_before(data: duckdb.DuckDBPyConnection) -> None:
    assert not data.execute(
        """with change as (select *, lag(new_value) over (
            partition by object_type, record_id, field_name order by changed_at, history_id)
            as before, row_number() over (
            partition by object_type, record_id, field_name order by changed_at, history_id) as n
            from field_history)
        select * from change where n > 1 and before is distinct from old_value"""
    ).fetchall()


# Statements about rows that must hold without exception: a query that finds the offenders.
OFFENDERS = {
    "a history row without change": "from field_history where old_value = new_value",
    "something that happened after the end": """
        select started_at from activity where completed_at >= timestamp '2026-06-30 22:00:00'
        union all select changed_at from field_history
            where changed_at >= timestamp '2026-06-30 22:00:00'
        union all select event_at from login_history
            where event_at >= timestamp '2026-06-30 22:00:00'
        union all select closed_at from opportunity
            where closed_at >= timestamp '2026-06-30 22:00:00'
        union all select created_at from support_case
            where created_at >= timestamp '2026-06-30 22:00:00'
        union all select responded_at from feedback
            where responded_at >= timestamp '2026-06-30 22:00:00'
        union all select invoice_date::timestamp from invoice where invoice_date > '2026-06-30'
        union all select paid_at::timestamp from payment where paid_at > '2026-06-30'""",
    "something older than the CRM": """
        select started_at from activity where started_at < timestamp '2023-06-30 22:00:00'
        union all select created_at from opportunity
            where created_at < timestamp '2023-06-30 22:00:00'
        union all select created_at from lead where created_at < timestamp '2023-06-30 22:00:00'
        union all select created_at from support_case
            where created_at < timestamp '2023-06-30 22:00:00'
        union all select invoice_date::timestamp from invoice where invoice_date < '2023-07-01'
        union all select changed_at from field_history
            where changed_at < timestamp '2023-06-30 22:00:00'
        union all select event_at from login_history
            where event_at < timestamp '2023-06-30 22:00:00'""",
    "a deal whose flags contradict its stage": """
        from opportunity join pipeline_stage as s using (stage_id)
        where is_closed <> not s.is_open or opportunity.is_won <> s.is_won
            or opportunity.pipeline_id <> s.pipeline_id""",
    "a closed deal without its moment, or an open one with it": """
        from opportunity where is_closed <> (closed_at is not null)""",
    "a close that is not the last entry into a terminal stage": """
        select o.opportunity_id from opportunity as o join field_history as h
            on h.record_id = o.opportunity_id and h.field_name = 'stage_id'
        where o.is_closed group by o.opportunity_id, o.closed_at
        having max(h.changed_at) <> o.closed_at""",
    "a deal that changed before it was created": """
        from opportunity as o join field_history as h on h.record_id = o.opportunity_id
        where h.changed_at < o.created_at""",
    "a lost deal with the flags of an open one": """
        from opportunity where (lost_reason is not null or lost_competitor is not null)
            and (is_won or not is_closed)""",
    "a won deal whose lines do not add up": """
        select o.opportunity_id from opportunity as o
        join opportunity_line_item as l using (opportunity_id)
        where o.is_won group by o.opportunity_id, o.net_amount
        having sum(l.net_amount) <> o.net_amount""",
    "a recurring line that is not fee times term": """
        from opportunity_line_item as l join opportunity as o using (opportunity_id)
        where l.is_recurring and o.is_won and not exists (select 1 from contract_line as c
            where c.opportunity_id = l.opportunity_id and c.product_id = l.product_id
                and c.mrr_net_amount * coalesce(l.term_months, 12) = l.net_amount)""",
    "a contract line of a deal that is not won": """
        from contract_line join opportunity using (opportunity_id) where not is_won""",
    "a contract that ends before it starts": "from contract_line where end_date < start_date",
    "a notice after the end": "from contract_line where notice_at > end_date",
    "a cancelled line without an end": """
        from contract_line where cancel_type is not null and end_date is null""",
    "a quote accepted before it was sent": "from quote where accepted_at < sent_at",
    "an accepted quote of a deal that is not won": """
        from quote join opportunity using (opportunity_id)
        where status = 'accepted' and not is_won and master_opportunity_id is null""",
    "a quote with a moment of acceptance and another status": """
        from quote where (status = 'accepted') <> (accepted_at is not null)""",
    "an invoice whose gross is not net and tax": """
        from invoice where gross_amount <> net_amount + tax_amount""",
    "a credit note above zero, or an invoice below": """
        from invoice where (document_type = 'credit_note' and gross_amount > 0)
            or (document_type = 'invoice' and gross_amount <= 0)""",
    "a credit note without its invoice, or before it": """
        from invoice as c left join invoice as i on i.invoice_id = c.applies_to_invoice_id
        where c.document_type = 'credit_note'
            and (i.invoice_id is null or c.invoice_date < i.invoice_date)""",
    "a due date before the invoice": "from invoice where due_date < invoice_date",
    "an invoice called paid with a balance": """
        select i.invoice_id from invoice as i where i.document_type = 'invoice'
            and i.status = 'paid' and i.gross_amount
            + coalesce((select sum(c.gross_amount) from invoice as c
                where c.applies_to_invoice_id = i.invoice_id), 0)
            > coalesce((select sum(p.amount) from payment as p
                where p.invoice_id = i.invoice_id), 0)""",
    "an open invoice without a balance": """
        select i.invoice_id from invoice as i where i.status in ('open', 'disputed')
            and i.gross_amount + coalesce((select sum(c.gross_amount) from invoice as c
                where c.applies_to_invoice_id = i.invoice_id), 0)
            <= coalesce((select sum(p.amount) from payment as p
                where p.invoice_id = i.invoice_id), 0)""",
    "a payment for a void document": """
        from payment join invoice using (invoice_id) where status = 'void'""",
    "a case whose moments are out of order": """
        from support_case where first_responded_at < created_at or first_solved_at < created_at
            or solved_at < first_solved_at or first_solved_at < first_responded_at""",
    "a solved case without its moment, or an open one with it": """
        from support_case where (status in ('solved', 'closed')) <> (solved_at is not null)""",
    "a solved case whose last solution is not in its history": """
        select c.case_id from support_case as c join field_history as h
            on h.record_id = c.case_id and h.field_name = 'status' and h.new_value = 'solved'
        where c.solved_at is not null group by c.case_id, c.solved_at, c.first_solved_at
        having max(h.changed_at) <> c.solved_at or min(h.changed_at) <> c.first_solved_at""",
    "a number of reopenings that the history does not show": """
        select c.case_id from support_case as c left join field_history as h
            on h.record_id = c.case_id and h.field_name = 'status' and h.old_value = 'solved'
            and h.new_value = 'open'
        where c.master_case_id is null group by c.case_id, c.reopen_count
        having count(h.history_id) <> c.reopen_count""",
    "a number of agents that the history does not show": """
        select c.case_id from support_case as c left join field_history as h
            on h.record_id = c.case_id and h.field_name = 'owner_user_id'
            and h.old_value is not null
        group by c.case_id, c.assignee_count
        having count(h.history_id) + 1 <> c.assignee_count""",
    "a recorded first reply that the comments contradict": """
        with reply as (select case_id, min(started_at) as at from activity
            where is_public and not is_automated and direction = 'outbound' group by 1)
        from support_case join reply using (case_id) where first_responded_at > reply.at""",
    "a lead whose steps are out of order": """
        from lead where mql_at < created_at or handed_over_at < mql_at or sal_at < mql_at
            or sql_at < sal_at or rejected_at < mql_at or deactivated_at < created_at""",
    "a lead whose deal is older than its qualification": """
        from lead join opportunity on opportunity_id = converted_opportunity_id
        where opportunity.created_at < sql_at""",
    "an acceptance without treatment or control": """
        from campaign_member where offer_accepted_at is not null and arm is null""",
    "a control person who gets a message": """
        from campaign_member where arm = 'control'
            and (sent_at is not null or delivered_at is not null)""",
    "a message whose moments are out of order": """
        from campaign_member where sent_at < enrolled_at or delivered_at < sent_at
            or first_opened_at < delivered_at or first_clicked_at < delivered_at
            or responded_at < enrolled_at""",
    "an acceptance that is not the close of its deal": """
        from campaign_member join opportunity on opportunity_id = accepted_opportunity_id
        where is_won and closed_at <> offer_accepted_at""",
    "an answer before its invitation": "from feedback where responded_at < invited_at",
    "a score outside its scale": """
        from feedback where score < scale_min or score > scale_max""",
    "a survey answer outside its scale": """
        from employee_survey_response where score < 0 or score > scale_max""",
    "an activity that ends before it starts": "from activity where completed_at < started_at",
    "an activity of somebody who has left": """
        from activity join app_user using (user_id)
        where completed_at::date > left_on + 1 or started_at::date < hired_on""",
    "a log-in of somebody who has left": """
        from login_history join app_user using (user_id) where event_at::date > left_on + 1""",
    "a licence outside the employment": """
        from app_user where licensed_from < hired_on or licensed_to > left_on""",
    "an account merged into itself": """
        with recursive step as (
            select account_id, master_account_id as next, 1 as depth from account
            where master_account_id is not null
            union all select step.account_id, a.master_account_id, depth + 1 from step
            join account as a on a.account_id = step.next
            where a.master_account_id is not null and depth < 9)
        from step where depth > 8 or next = account_id""",
    "two rates of one day": """
        select 1 from currency_rate group by currency, rate_date having count(*) > 1""",
    "an account in francs outside Switzerland": """
        from account where billing_currency = 'CHF' and country not in ('CH', 'LI')""",
}


@pytest.mark.parametrize("offence", OFFENDERS)
def test_there_is_not(offence: str, data: duckdb.DuckDBPyConnection) -> None:
    assert data.execute(f"select * from ({OFFENDERS[offence]}) limit 3").fetchall() == []


def test_payments_before_the_invoice_are_rare(data: duckdb.DuckDBPyConnection) -> None:
    early = number(
        data,
        """select avg((paid_at < invoice_date)::int) from payment
            join invoice using (invoice_id)""",
    )
    assert 0 < early < 0.01


def test_keys_are_unique_apart_from_the_declared_rows(data: duckdb.DuckDBPyConnection) -> None:
    composite = {
        "payment": "payment_id, invoice_id",
        "sla_policy": "sla_policy_id, metric, priority, valid_from",
        "business_hours": "business_hours_id, row_type, iso_weekday, opens_at, holiday_date",
        "currency_rate": "currency, rate_date",
    }
    for table, kinds in COLUMN_KINDS.items():
        key = composite.get(table, next(iter(kinds)))
        twice = number(
            data,
            f"select count(*) from (select 1 from {table} group by {key} having count(*) > 1)",
        )
        assert twice == (1 if table == "account" else 0), table


def test_dirty_rows_are_few(data: duckdb.DuckDBPyConnection) -> None:
    rows = sum(number(data, f"select count(*) from {table}") for table in COLUMN_KINDS)
    dirty = 1 + 2 + len(dirt.UNREADABLE) + len(dirt.DANGLING)
    assert dirty / rows < 0.001
    uncast = 0.0
    for table, kinds in COLUMN_KINDS.items():
        for column in kinds:
            uncast += number(
                data,
                f"select (select count({column}) from raw.{table})"
                f" - (select count({column}) from {table})",
            )
    assert uncast == len(dirt.UNREADABLE)


def test_every_column_is_filled_somewhere(data: duckdb.DuckDBPyConnection) -> None:
    empty = [
        f"{table}.{column}"
        for table, kinds in COLUMN_KINDS.items()
        for column in kinds
        if number(data, f"select count({column}) from {table}") == 0
    ]
    assert empty == []


# -- files -----------------------------------------------------------------------------------


def test_the_command_reproduces_the_seeds_byte_for_byte(tmp_path: Path) -> None:
    simulate_demo(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {f"{table}.csv" for table in COLUMN_KINDS}
    for written in tmp_path.iterdir():
        assert written.read_bytes() == (SEEDS / written.name).read_bytes(), written.name


def test_the_seeds_are_small_and_plain() -> None:
    contents = [(SEEDS / f"{table}.csv").read_bytes() for table in COLUMN_KINDS]
    assert sum(map(len, contents)) <= MAX_BYTES
    assert not any(b"\r" in content for content in contents)


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    simulate(tmp_path / "a", 0.004, 1, Format.csv)
    simulate(tmp_path / "b", 0.004, 2, Format.csv)
    assert (tmp_path / "a/account.csv").read_bytes() != (tmp_path / "b/account.csv").read_bytes()


def test_parquet_holds_the_same_company_in_parts(tmp_path: Path) -> None:
    """A company of two branches: keys stay unique, columns have the types of the contract."""
    rows = simulate(tmp_path, 0.16, 5, Format.parquet)
    for table, kinds in COLUMN_KINDS.items():
        frame = pl.read_parquet(tmp_path / f"{table}.parquet")
        assert frame.columns == list(kinds)
        assert frame.height == rows[table]
        key = next(iter(kinds))
        if table not in ("payment", "sla_policy", "business_hours", "currency_rate"):
            extra = frame.height - frame[key].n_unique()
            assert extra == (1 if table == "account" else 0), table
    deals = pl.read_parquet(tmp_path / "opportunity.parquet")
    accounts = pl.read_parquet(tmp_path / "account.parquet")
    assert deals["account_id"].is_in(accounts["account_id"].implode()).all()


def test_the_command_writes_a_company_of_the_asked_size(tmp_path: Path) -> None:
    arguments = ["simulate", "--out", str(tmp_path), "--scale", "0.004", "--format", "csv"]
    result = CliRunner().invoke(app, [*arguments, "--seed", "1"])
    assert result.exit_code == 0, result.output
    assert "25 tables" in result.output
    with open_tables(tmp_path) as connection:
        assert 2_500 < number(connection, "select count(*) from activity") < 6_500
