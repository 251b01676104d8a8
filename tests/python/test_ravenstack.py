"""RavenStack's subscriptions and tickets through the warehouse, against published figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pytest

from public_data import Warehouse, csv_rows, data_folder, land_and_build
from replay import Project

DATA = "ravenstack_saas"


@pytest.fixture(scope="module")
def ravenstack(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return land_and_build(
        tmp_path_factory.mktemp("ravenstack"),
        project,
        {"ravenstack": data_folder(DATA)},
        ["ravenstack"],
        ["dim_account", "dim_date", "fct_case", "fct_case_sla", "fct_customer_month", "kpi_churn"],
    )


@pytest.fixture(scope="module")
def expected_months() -> dict[str, tuple[int, int, int]]:
    """Subscriptions, MRR and accounts at the end of each month, as published."""
    return {
        row["month_start"]: (
            int(row["subs_month_end"]),
            int(row["mrr_month_end"]),
            int(row["accounts_month_end"]),
        )
        for row in csv_rows(data_folder(DATA), "expected_mrr_by_month.csv")
    }


def test_every_row_of_the_files_is_accounted_for(ravenstack: Warehouse) -> None:
    folder = data_folder(DATA)
    subscriptions = csv_rows(folder, "ravenstack_subscriptions.csv")
    without_a_day = sum(row["end_date"] == row["start_date"] for row in subscriptions)
    assert without_a_day == 13
    assert ravenstack.row(
        "select (select count(*) from crm.crm_account), (select count(*) from crm.crm_product),"
        " (select count(*) from crm.crm_contract_line),"
        " (select count(*) from crm.crm_support_case),"
        " (select count(*) from crm.crm_feedback), (select count(*) from meta.meta_reject)"
    ) == (500, 3, 5000 - without_a_day, 2000, 1175, 0)
    account_of = {row["subscription_id"]: row["account_id"] for row in subscriptions}
    usage = csv_rows(folder, "ravenstack_feature_usage.csv")
    days = {(account_of[row["subscription_id"]], row["usage_date"]) for row in usage}
    assert ravenstack.value("select count(*) from crm.crm_activity") == len(days)


def test_mrr_of_all_months_from_the_contract_table(
    ravenstack: Warehouse, expected_months: dict[str, tuple[int, int, int]]
) -> None:
    rows = ravenstack.rows(
        "select month_start, count(*), sum(mrr_net_amount), count(distinct account_id)"
        " from (select month_start, max(date_day) as month_end from core.dim_date"
        "     where month_start between '2023-01-01' and '2024-12-01' group by 1) as months"
        " inner join crm.crm_contract_line as lines on lines.start_date <= month_end"
        "     and (lines.end_date is null or lines.end_date >= month_end)"
        " group by month_start"
    )
    measured = {str(month): (lines, int(mrr), accounts) for month, lines, mrr, accounts in rows}
    assert len(measured) == 24
    assert measured == expected_months


def test_mrr_of_all_months_in_the_facts(
    ravenstack: Warehouse, expected_months: dict[str, tuple[int, int, int]]
) -> None:
    rows = ravenstack.rows(
        "select month_start, sum(contracted_mrr_amount), sum(closing_mrr_amount),"
        " count(*) filter (where is_active_at_end)"
        " from core.fct_customer_month group by month_start"
    )
    contracted = {str(month): mrr for month, mrr, *_ in rows}
    assert contracted == {month: mrr for month, (_, mrr, _) in expected_months.items()}
    # One customer has no subscription at the end of January 2024; the gap is within the grace
    # period, so that customer is still one and brings the MRR it had.
    bridged = {
        str(month): (closing - contracted[str(month)], active - expected_months[str(month)][2])
        for month, _, closing, active in rows
        if closing != contracted[str(month)] or active != expected_months[str(month)][2]
    }
    assert bridged == {"2024-01-01": (3184, 1)}


def test_mrr_at_the_end_of_2024_by_plan(ravenstack: Warehouse) -> None:
    rows = ravenstack.rows(
        "select product_name, count(*), sum(mrr_net_amount) from crm.crm_contract_line"
        " inner join crm.crm_product using (product_id)"
        " where end_date is null or end_date >= '2024-12-31' group by product_name"
    )
    assert sum(lines for _, lines, _ in rows) == 4514
    assert {plan: int(mrr) for plan, _, mrr in rows} == {
        "RavenStack Enterprise": 7_546_876,
        "RavenStack Pro": 1_924_818,
        "RavenStack Basic": 687_914,
    }


def test_churn_rates_of_2024_under_their_definition(ravenstack: Warehouse) -> None:
    """Ended in the month ÷ active when it began, mean of twelve months."""
    lines, mrr = ravenstack.row(
        "with months as (select distinct month_start,"
        "     cast(month_start + interval 1 month as date) as following from core.dim_date"
        "     where month_start between '2024-01-01' and '2024-12-01'),"
        " rates as (select month_start,"
        "     count(*) filter (where end_date + 1 < following) / count(*) as lines,"
        "     sum(mrr_net_amount) filter (where end_date + 1 < following)"
        "         / cast(sum(mrr_net_amount) as double) as mrr"
        "     from months inner join crm.crm_contract_line"
        "         on start_date < month_start and (end_date is null or end_date + 1 >= month_start)"
        "     group by month_start)"
        " select avg(lines), avg(mrr) from rates"
    )
    assert round(lines, 6) == 0.012517
    assert round(mrr, 6) == 0.012063


def test_tickets(ravenstack: Warehouse) -> None:
    assert ravenstack.row(
        "select count(*), round(avg(first_response_minutes), 2), median(first_response_minutes),"
        " round(avg(resolution_hours), 3), median(resolution_hours),"
        " count(*) filter (where is_escalated), count(*) filter (where is_solved)"
        " from core.fct_case"
    ) == (2000, 88.48, 88, 35.861, 35, 95, 2000)
    by_priority = "select priority, round(avg(resolution_hours), 4) from core.fct_case group by 1"
    assert dict(ravenstack.rows(by_priority)) == {
        "urgent": 34.5681,
        "high": 36.9588,
        "medium": 35.5947,
        "low": 36.3464,
    }


def test_no_date_shifts(ravenstack: Warehouse) -> None:
    tickets = csv_rows(data_folder(DATA), "ravenstack_support_tickets.csv")
    reported = {
        key: (str(started), str(solved))
        for key, started, solved in ravenstack.rows(
            "select case_id, started_on, solved_on from core.fct_case"
        )
    }
    assert {key: days[0] for key, days in reported.items()} == {
        row["ticket_id"]: row["submitted_at"] for row in tickets
    }
    # 23:00 without summer time is midnight with it.
    shifted = [row for row in tickets if reported[row["ticket_id"]][1] != row["closed_at"][:10]]
    assert len(shifted) == 53
    assert {row["closed_at"][11:] for row in shifted} == {"23:00:00"}
    signed_up = csv_rows(data_folder(DATA), "ravenstack_accounts.csv")
    assert dict(
        ravenstack.rows("select account_id, cast(created_on as varchar) from core.dim_account")
    ) == {row["account_id"]: row["signup_date"] for row in signed_up}


def test_satisfaction(ravenstack: Warehouse) -> None:
    count, mean, satisfied = ravenstack.row(
        "select count(*), cast(avg(score) as double),"
        " count(*) filter (where score >= 4) / count(*) from crm.crm_feedback"
    )
    assert count == 1175
    assert round(mean, 6) == 3.981277
    assert round(satisfied, 6) == 0.662979


def test_reasons_come_from_the_nearest_churn_event(ravenstack: Warehouse) -> None:
    events = csv_rows(data_folder(DATA), "ravenstack_churn_events.csv")
    assert Counter(row["reason_code"] for row in events) == {
        "features": 114,
        "support": 104,
        "budget": 104,
        "unknown": 95,
        "competitor": 92,
        "pricing": 91,
    }
    landed = "select reason_code, count(*) from raw_ravenstack.ravenstack_churn_events group by 1"
    assert dict(ravenstack.rows(landed)) == Counter(row["reason_code"] for row in events)
    by_account: dict[str, list[tuple[date, str, str]]] = defaultdict(list)
    for row in events:
        day = date.fromisoformat(row["churn_date"])
        by_account[row["account_id"]].append((day, row["churn_event_id"], row["reason_code"]))
    expected = {}
    for row in csv_rows(data_folder(DATA), "ravenstack_subscriptions.csv"):
        if not row["end_date"] or row["end_date"] == row["start_date"]:
            continue
        end = date.fromisoformat(row["end_date"])
        near = sorted(
            (abs((day - end).days), event, reason)
            for day, event, reason in by_account[row["account_id"]]
            if abs((day - end).days) <= 30
        )
        expected[row["subscription_id"]] = near[0][2] if near else None
    ended = (
        "select contract_line_id, cancel_reason from crm.crm_contract_line"
        " where end_date is not null"
    )
    assert dict(ravenstack.rows(ended)) == expected
    assert sum(reason is not None for reason in expected.values()) == 126


def test_the_kpi_table_counts_customers_and_mrr(
    ravenstack: Warehouse, expected_months: dict[str, tuple[int, int, int]]
) -> None:
    customers = dict(
        ravenstack.rows(
            "select cast(period_start as varchar), value from kpi.kpi_churn where grain = 'month'"
            " and metric_name = 'net_customers_lost'"
            " and dimension = 'movement' and dimension_value = 'end'"
        )
    )
    expected = {month: accounts for month, (_, _, accounts) in expected_months.items()}
    expected["2024-01-01"] += 1  # the customer in a gap within grace
    assert customers == expected
    opening = dict(
        ravenstack.rows(
            "select cast(period_start as varchar), denominator from kpi.kpi_churn"
            " where metric_name = 'gross_mrr_churn_rate' and grain = 'month'"
            " and dimension = 'total' and denominator > 0"
        )
    )
    assert opening["2024-12-01"] == expected_months["2024-11-01"][1]
    assert len(opening) == 23


def test_what_ravenstack_does_not_know_is_no_data_and_never_zero(ravenstack: Warehouse) -> None:
    assert ravenstack.value("select count(*) from core.fct_case_sla") == 0
    assert ravenstack.rows(
        "select distinct value, value_status from kpi.kpi_churn"
        " where metric_name = 'good_churn_share' and dimension = 'total'"
    ) == [(None, "no_data")]
