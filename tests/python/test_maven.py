"""The Maven sales pipeline through the warehouse, against figures that others published."""

from __future__ import annotations

from pathlib import Path

import pytest

from public_data import Warehouse, csv_rows, data_folder, land_and_build
from replay import Project

DATA = "maven_crm_sales"


@pytest.fixture(scope="module")
def maven(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return land_and_build(
        tmp_path_factory.mktemp("maven"),
        project,
        {"maven": data_folder(DATA)},
        ["maven"],
        ["fct_opportunity", "fct_sale_line", "kpi_pipeline_transparency", "kpi_sales_conversion"],
    )


def test_every_row_of_the_files_is_in_the_contract_and_nothing_is_rejected(
    maven: Warehouse,
) -> None:
    assert maven.row(
        "select (select count(*) from crm.crm_opportunity), (select count(*) from crm.crm_account),"
        " (select count(*) from crm.crm_product), (select count(*) from crm.crm_app_user),"
        " (select count(*) from crm.crm_pipeline_stage), (select count(*) from meta.meta_reject)"
    ) == (8800, 85, 7, 35, 4, 0)
    assert maven.row(
        "select cast(as_of as varchar), reporting_currency from meta.meta_reporting"
    ) == (
        "2017-12-31",
        "USD",
    )


def test_spelling_mistakes_are_repaired(maven: Warehouse) -> None:
    assert maven.value(
        "select count(*) from crm.crm_opportunity_line_item"
        " inner join crm.crm_product using (product_id) where product_name = 'GTX Pro'"
    ) == sum(
        row["product"] == "GTXPro" for row in csv_rows(data_folder(DATA), "sales_pipeline.csv")
    )
    assert maven.value("select count(*) from crm.crm_account where industry = 'technology'") == 12
    assert maven.value("select count(*) from crm.crm_account where country = 'PH'") == 1
    assert maven.value("select count(*) from crm.crm_account where country = 'KR'") == 1
    assert maven.value("select count(*) from crm.crm_account where country is null") == 0


def test_no_date_shifts(maven: Warehouse) -> None:
    published = {
        row["opportunity_id"]: (row["engage_date"], row["close_date"])
        for row in csv_rows(data_folder(DATA), "sales_pipeline.csv")
    }
    reported = {
        key: (str(created or ""), str(closed or ""))
        for key, created, closed in maven.rows(
            "select opportunity_id, created_on, closed_on from core.fct_opportunity"
        )
    }
    prospecting = {key for key, (engaged, _) in published.items() if not engaged}
    assert len(prospecting) == 500
    # A deal nobody dated is known from as_of on.
    assert {key: days for key, days in reported.items() if key not in prospecting} == {
        key: days for key, days in published.items() if key not in prospecting
    }


def test_deals_by_stage(maven: Warehouse) -> None:
    assert dict(maven.rows("select stage, count(*) from core.fct_opportunity group by stage")) == {
        "Won": 4238,
        "Lost": 2473,
        "Engaging": 1589,
        "Prospecting": 500,
    }
    assert dict(
        maven.rows(
            "select stage_name, count(*) from crm.crm_opportunity"
            " inner join crm.crm_pipeline_stage using (stage_id) group by stage_name"
        )
    ) == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}


def test_won_amount(maven: Warehouse) -> None:
    total, mean, missing = maven.row(
        "select sum(net_amount), avg(net_amount), sum(unconverted_amount) from core.fct_opportunity"
        " where is_won"
    )
    assert (total, missing) == (10_005_534, 0)
    assert mean == pytest.approx(2360.91, abs=0.005)
    assert maven.value("select sum(net_amount) from crm.crm_opportunity where is_won") == 10_005_534
    assert maven.value("select sum(net_amount) from core.fct_sale_line") == 10_005_534


def test_a_lost_deal_keeps_the_value_it_would_have_had(maven: Warehouse) -> None:
    assert maven.value("select min(net_amount) from core.fct_opportunity where is_lost") == 55


QUARTERS = {
    "2017-01-01": (1_134_672, 0.820711),
    "2017-04-01": (3_086_111, 0.617126),
    "2017-07-01": (2_982_255, 0.614069),
    "2017-10-01": (2_802_496, 0.602519),
}


def test_won_amount_and_win_rate_by_quarter(maven: Warehouse) -> None:
    rows = maven.rows(
        "select cast(date_trunc('quarter', closed_on) as date),"
        " sum(net_amount) filter (where is_won), count(*) filter (where is_won) / count(*)"
        " from core.fct_opportunity where not is_open"
        " group by 1"
    )
    assert {str(day): (amount, round(rate, 6)) for day, amount, rate in rows} == QUARTERS


def test_won_amount_by_region_and_product(maven: Warehouse) -> None:
    by_region = "select region, sum(net_amount) from core.fct_opportunity where is_won group by 1"
    assert dict(maven.rows(by_region)) == {
        "West": 3_568_647,
        "Central": 3_346_293,
        "East": 3_090_594,
    }
    by_product = "select product, sum(net_amount) from core.fct_sale_line group by product"
    assert dict(maven.rows(by_product)) == {
        "GTX Pro": 3_510_578,
        "GTX Plus Pro": 2_629_651,
        "MG Advanced": 2_216_387,
        "GTX Plus Basic": 705_275,
        "GTX Basic": 499_263,
        "GTK 500": 400_612,
        "MG Special": 43_768,
    }


def test_reps(maven: Warehouse) -> None:
    reps = {
        rep: (won, lost, amount)
        for rep, won, lost, amount in maven.rows(
            "select rep, count(*) filter (where is_won), count(*) filter (where is_lost),"
            " sum(net_amount) filter (where is_won) from core.fct_opportunity group by rep"
        )
    }
    assert len(reps) == 30  # five of the 35 have no deals
    assert reps["Darcel Schlecht"] == (349, 204, 1_153_214)
    rates = {rep: won / (won + lost) for rep, (won, lost, _) in reps.items()}
    assert (max(rates, key=lambda rep: rates[rep]), reps["Hayden Neloms"][:2]) == (
        "Hayden Neloms",
        (107, 45),
    )
    assert (min(rates, key=lambda rep: rates[rep]), reps["Lajuana Vencill"][:2]) == (
        "Lajuana Vencill",
        (127, 104),
    )


def test_days_from_engagement_to_a_win(maven: Warehouse) -> None:
    mean, median = maven.row(
        "select avg(cycle_days), median(cycle_days) from core.fct_opportunity where is_won"
    )
    assert (round(mean, 2), median) == (51.78, 57)


def test_open_pipeline_at_list_price(maven: Warehouse) -> None:
    assert maven.row(
        "select sum(net_amount), count(*), count(account_id) from core.fct_opportunity"
        " where is_open"
    ) == (4_966_215, 2089, 664)


def kpi(maven: Warehouse, metric: str, grain: str, dimension: str = "total") -> dict[str, tuple]:
    rows = maven.rows(
        "select period_start, dimension_value, numerator, denominator, value, value_status"
        f" from kpi.kpi_sales_conversion where metric_name = '{metric}' and grain = '{grain}'"
        f" and dimension = '{dimension}' and period_start >= '2017-01-01'"
    )
    return {
        f"{day}" if dimension == "total" else f"{day} {member}": tuple(rest)
        for day, member, *rest in rows
    }


def test_the_kpi_table_shows_the_published_win_rates(maven: Warehouse) -> None:
    year = kpi(maven, "win_rate", "year")["2017-01-01"]
    assert year[:2] == (4238, 6711)
    assert year[2] == pytest.approx(0.631501, abs=5e-7)
    quarters = kpi(maven, "win_rate", "quarter")
    assert {day: round(row[2], 6) for day, row in quarters.items()} == {
        day: rate for day, (_, rate) in QUARTERS.items()
    }
    assert {row[3] for row in quarters.values()} == {"ok"}
    reps = kpi(maven, "win_rate", "r12m", "rep")
    assert reps["2017-01-01 Hayden Neloms"][:2] == (107, 152)
    assert reps["2017-01-01 Lajuana Vencill"][:2] == (127, 231)


def test_the_kpi_table_shows_the_published_cycle_and_deal_size(maven: Warehouse) -> None:
    assert kpi(maven, "sales_cycle_days", "r12m")["2017-01-01"][2] == 57
    deal_size = kpi(maven, "avg_deal_net_amount", "r12m")["2017-01-01"]
    assert deal_size[:2] == (10_005_534, 4238)
    assert deal_size[2] == pytest.approx(2360.91, abs=0.005)


def test_what_maven_does_not_know_is_no_data_and_never_zero(maven: Warehouse) -> None:
    unknown = [
        "calls_per_lead",
        "meetings_per_quote",
        "quote_acceptance_rate",
        "activities_per_stage",
    ]
    for metric in unknown:
        rows = kpi(maven, metric, "r12m" if metric != "quote_acceptance_rate" else "quarter")
        assert rows, metric
        assert {(row[2], row[3]) for row in rows.values()} == {(None, "no_data")}, metric


def test_without_expected_close_dates_there_is_no_forecast_and_no_slip(maven: Warehouse) -> None:
    for metric in ("close_date_slip_rate", "forecast_accuracy"):
        assert maven.rows(
            "select distinct value_status, value from kpi.kpi_pipeline_transparency"
            f" where metric_name = '{metric}' and period_start >= '2017-01-01'"
        ) == [("no_data", None)], metric


def test_nothing_is_said_about_the_stage_nobody_dated(maven: Warehouse) -> None:
    steps = kpi(maven, "stage_conversion_rate", "quarter", "stage_step")
    assert {key.split(" ", 1)[1] for key in steps} == {"MavenTech sales: Engaging → Won"}


def test_stand_ins_are_declared(maven: Warehouse) -> None:
    stand_ins = dict(
        maven.rows(
            "select table_name, stand_in from meta.meta_table_coverage where stand_in is not null"
        )
    )
    assert set(stand_ins) == {"field_history", "opportunity_line_item"}
    folder: Path = data_folder(DATA)
    rows = csv_rows(folder, "sales_pipeline.csv")
    dated = sum(bool(row["engage_date"]) + bool(row["close_date"]) for row in rows)
    assert maven.value("select count(*) from crm.crm_field_history") == dated
