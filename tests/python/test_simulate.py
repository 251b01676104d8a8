"""The simulated company is plausible, consistent and reproducible.

All checks read the committed demo seeds with plain SQL. Rows that are dirty on purpose
(`warehouse.simulate.dirt`) drop out because their values do not cast or their keys are missing.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from demo_tables import open_tables
from warehouse.simulate.arrays import ints
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
