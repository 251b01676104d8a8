"""Two CRMs in one warehouse: the demo and a landed one, side by side."""

from __future__ import annotations

import pytest

from public_data import Warehouse, data_folder, land_and_build
from replay import Project


@pytest.fixture(scope="module")
def both(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return land_and_build(
        tmp_path_factory.mktemp("both"),
        project,
        {"maven": data_folder("maven_crm_sales"), "ravenstack": data_folder("ravenstack_saas")},
        ["demo", "maven", "ravenstack"],
        ["dim_account", "fct_opportunity"],
    )


def test_every_source_keeps_all_its_rows(both: Warehouse) -> None:
    rows = both.rows("select source_name, count(*) from crm.crm_opportunity group by source_name")
    assert dict(rows)["maven"] == 8800
    assert dict(rows)["demo"] > 0
    lost = "select source_name, table_name from meta.meta_table_coverage where rejected_rows > 0"
    assert [row for row in both.rows(lost) if row[0] != "demo"] == []
    accounts = both.rows("select source_name, count(*) from core.dim_account group by source_name")
    assert dict(accounts)["maven"] == 85
    assert dict(accounts)["ravenstack"] == 500


def test_no_key_of_one_source_is_taken_for_one_of_another(both: Warehouse) -> None:
    tables = {
        "account": "account_id",
        "app_user": "user_id",
        "product": "product_id",
        "pipeline_stage": "stage_id",
        "opportunity": "opportunity_id",
        "support_case": "case_id",
        "contract_line": "contract_line_id",
        "field_history": "history_id",
        "activity": "activity_id",
        "feedback": "feedback_id",
    }
    for table, key in tables.items():
        shared = both.value(
            f"select count(*) from (select {key} from crm.crm_{table}"
            f" group by {key} having count(distinct source_name) > 1)"
        )
        assert shared == 0, table


def test_a_deal_keeps_its_stage_account_and_agent_of_its_own_source(both: Warehouse) -> None:
    crossed = both.value(
        "select count(*) from crm.crm_opportunity as deals"
        " left join crm.crm_pipeline_stage as stages on deals.stage_id = stages.stage_id"
        " left join crm.crm_account as accounts on deals.account_id = accounts.account_id"
        " left join crm.crm_app_user as users on deals.owner_user_id = users.user_id"
        " where coalesce(stages.source_name, deals.source_name) <> deals.source_name"
        " or coalesce(accounts.source_name, deals.source_name) <> deals.source_name"
        " or coalesce(users.source_name, deals.source_name) <> deals.source_name"
    )
    assert crossed == 0
    assert both.row(
        "select count(*), count(*) filter (where is_won) from core.fct_opportunity"
        " where source_name = 'maven'"
    ) == (8800, 4238)
