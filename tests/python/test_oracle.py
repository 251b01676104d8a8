"""The published headline KPIs agree, row by row, with a second computation from the raw tables."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from conftest import ROOT
from oracle import b1, b2, b3, b4, b5, b6, b7, crm_return, f, p1, p2, p3, p4, p5, p6, p7
from oracle.raw import Crm, load
from oracle.rows import KpiRow

HEADLINES: dict[str, list[Callable[[Crm], list[KpiRow]]]] = {
    "kpi_pipeline_transparency": [b1.pipeline_visibility_rate, b1.pipeline_coverage_ratio],
    "kpi_sales_conversion": [
        b2.win_rate,
        b2.stage_conversion_rate,
        b2.quote_acceptance_rate,
        b2.sale_type_net_revenue,
    ],
    "kpi_new_business": [
        b3.new_customer_count,
        b3.new_business_net_revenue,
        b3.new_business_contribution_margin,
        b3.customer_acquisition_cost,
        b3.cac_break_even_months,
        b3.acquisition_roi,
    ],
    "kpi_customer_value": [
        b4.customer_lifetime_months,
        b4.customer_retention_rate,
        b4.profit_per_customer,
        b4.customer_lifetime_value_net,
        b4.net_revenue_retention,
    ],
    "kpi_customer_satisfaction": [b5.csat_score, b5.nps_score],
    "kpi_sla_compliance": [b6.sla_compliance_rate],
    "kpi_churn": [b7.net_customers_lost, b7.customer_churn_rate, b7.value_weighted_churn_rate],
    "kpi_crm_usage": [p1.crm_adoption_rate, p1.relationship_freshness_rate],
    "kpi_employee_satisfaction": [p2.enps_score, p2.excellence_area_count],
    "kpi_lead_quality": [p3.mql_acceptance_rate, p3.mql_to_win_rate],
    "kpi_campaigns": [
        p4.offer_acceptance_rate,
        p4.campaign_incremental_lift,
        p4.followup_incremental_lift,
        p4.campaign_roi_incremental,
    ],
    "kpi_response_speed": [
        p5.answered_within_24h_rate,
        p5.resolved_within_24h_rate,
        p5.first_contact_resolution_rate,
        p5.post_sales_cycle_time,
    ],
    "kpi_payments": [p6.days_to_pay, p6.lead_to_cash_days, p6.dso_countback],
    "kpi_cost_of_ownership": [
        p7.tco_actual,
        p7.tco_budget_variance,
        p7.cost_saving_realised,
        p7.target_cost_saving_attainment,
        crm_return.crm_roi,
    ],
    "kpi_governance": [f.customer_relationship_roi],
}
PAIRS = [(table, metric) for table, metrics in HEADLINES.items() for metric in metrics]

Cell = tuple[float | None, float | None, float | None, int | None, str]


@pytest.fixture(scope="module")
def crm() -> Crm:
    """The raw demo tables, read once."""
    return load(ROOT / "seeds")


@pytest.mark.parametrize(("table", "metric"), PAIRS, ids=[metric.__name__ for _, metric in PAIRS])
def test_published_rows_agree_with_a_second_computation(
    demo: Path, crm: Crm, table: str, metric: Callable[[Crm], list[KpiRow]]
) -> None:
    """Numerator, denominator, value, n and status, and no row more on either side."""
    rows = metric(crm)
    second = {
        (row.grain, str(row.period_start), row.dimension, row.dimension_value): (
            row.numerator, row.denominator, row.value, row.n, row.value_status,
        )
        for row in rows
    }  # fmt: skip
    assert len(second) == len(rows), "a row was computed twice"
    assert any(value is not None for _, _, value, _, _ in second.values())
    published = read_published(demo, table, metric.__name__, {row.dimension for row in rows})
    differences = [
        f"{key}: second computation {second.get(key)}, published {published.get(key)}"
        for key in sorted(second.keys() | published.keys())
        if not agree(second.get(key), published.get(key))
    ]
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences[:10])


def test_every_headline_metric_has_a_second_computation() -> None:
    """All of level H of the registry, and each in its own table."""
    with (ROOT / "seeds/reference/kpi_definition.csv").open(encoding="utf-8", newline="") as file:
        registered = {
            (row["kpi_table"], row["metric_name"])
            for row in csv.DictReader(file)
            if row["level"] == "H"
        }
    recomputed = {(table, metric.__name__) for table, metric in PAIRS}
    assert registered - recomputed == set()


def read_published(
    database: Path, table: str, metric: str, dimensions: set[str]
) -> dict[tuple[str, str, str, str], Cell]:
    """The rows of a metric in the dimensions that are recomputed, by their key."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            f"""
            select grain, cast(period_start as varchar), dimension, dimension_value,
                numerator, denominator, value, n, value_status
            from kpi.{table}
            where metric_name = ? and list_contains(?, dimension)
            """,
            [metric, sorted(dimensions)],
        ).fetchall()
    return {(row[0], row[1], row[2], row[3]): (*row[4:],) for row in found}


def agree(one: Cell | None, other: Cell | None) -> bool:
    """Whether two rows say the same, numbers within a millionth."""
    if one is None or other is None:
        return False
    *numbers, status = one
    *others, other_status = other
    return status == other_status and all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
        for a, b in zip(numbers, others, strict=True)
    )
