"""From landed files to the contract tables: dirt, merges, exclusions, missing and own columns."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from textwrap import dedent, indent

import duckdb
import pytest

from conftest import copy_project, run_dbt
from warehouse.inbox import land_inbox
from warehouse.land import land_folder

# The parts of the project that make and test the contract, and nothing that is built on it.
CONTRACT = (
    "models/crm",
    "macros",
    "seeds/reference",
    "tests/data/contract",
    "tests/data/generic",
)

TABLES = ["account", "app_user", "opportunity", "opportunity_line_item", "currency_rate"]

ACCOUNT = """\
account_id,master_account_id,name,region,is_deleted,is_test,is_internal,created_at,owner_user_id
A1,,Old name,North,false,,,2024-01-01 10:00:00,U1
A1,,New name,North,false,,,2024-01-01 10:00:00,U1
A2,A1,Duplicate,North,true,,,2024-02-01 10:00:00,U1
A3,A2,Duplicate of a duplicate,South,true,,,2024-02-01 10:00:00,U1
A4,,Gone,South,true,,,2024-02-01 10:00:00,U1
A5,,Test company,South,false,true,,2024-02-01 10:00:00,U1
A6,,Ourselves,South,false,,yes,2024-02-01 10:00:00,U1
,,Nobody,South,false,,,2024-02-01 10:00:00,U1
A7,,Bad date,South,false,maybe,,2024-02-31 10:00:00,U1
"""

OPPORTUNITY = """\
opportunity_id,account_id,net_amount,currency,probability,contact_count,created_at,closed_at,is_won
O1,A3,1000,,0.5,2,2024-03-30 23:30:00,2024-03-31 02:30:00,true
O2,A5,1000,EUR,0.5,2,2024-03-30 23:30:00,,false
O3,A4,1000,EUR,0.5,2,2024-03-30 23:30:00,,false
O4,A1,n/a,EUR,50,2.5,2024-03-30T23:30:00+02:00,2024-10-27 02:30:00,false
O5,A9,1000,CHF,0.5,2,2024-06-01,1970-01-01,false
"""

LINE_ITEM = """\
line_item_id,opportunity_id,net_amount
L1,O1,600
L2,O2,400
"""

USER = """\
user_id,full_name
U1,Ann Example
"""


def write_company(folder: Path, **changed: str) -> Path:
    files = {
        "account": ACCOUNT,
        "app_user": USER,
        "opportunity": OPPORTUNITY,
        "opportunity_line_item": LINE_ITEM,
        "currency_rate": "currency,rate_date,rate_to_reporting\nCHF,2024-06-01,1.04\n",
    } | changed
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def variables(**settings: object) -> str:
    source = {"shape": "contract", "time_zone": "Europe/Vienna", "currency": "USD"}
    return json.dumps(
        {
            "crm_sources": {"tiny": {**source, "tables": TABLES}},
            "max_reject_share": 1,
            "max_dangling_share": 1,
            "max_rule_break_share": 1,
            **settings,
        }
    )


def build(
    database: Path,
    folder: Path,
    select: str = "path:models/crm path:tests/data/contract",
    **settings: object,
) -> subprocess.CompletedProcess[str]:
    land_folder(database, "tiny", folder)
    return build_landed(database, select, **settings)


def build_landed(
    database: Path, select: str, **settings: object
) -> subprocess.CompletedProcess[str]:
    root = database.parent / "project"
    if not root.exists():
        copy_project(root, parts=CONTRACT)
    return run_dbt(
        "build",
        "--select",
        *select.split(),
        "--indirect-selection",
        "cautious",
        "--vars",
        variables(**settings),
        root=root,
        WAREHOUSE_DB=str(database),
        WAREHOUSE_SOURCES="tiny",
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("tiny")
    database = folder / "tiny.duckdb"
    result = build(database, write_company(folder / "files"))
    assert result.returncode == 0, result.stdout
    (folder / "output.txt").write_text(result.stdout)
    return duckdb.connect(str(database), read_only=True)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query).fetchall()


def test_facts_are_keyed_to_the_record_that_is_left_after_all_merges(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(company, "from meta.meta_merge_key order by record_id") == [
        ("account", "A2", "A1", 1, False),
        ("account", "A3", "A1", 2, False),
    ]
    assert rows(
        company, "select account_id from crm.crm_opportunity where opportunity_id = 'O1'"
    ) == [("A1",)]


def test_deleted_test_and_internal_records_go_with_what_belongs_to_them(
    company: duckdb.DuckDBPyConnection,
) -> None:
    accounts = rows(company, "select account_id from crm.crm_account order by 1")
    assert accounts == [("A1",), ("A2",), ("A3",), ("A7",)]
    deals = rows(company, "select opportunity_id from crm.crm_opportunity order by 1")
    assert deals == [("O1",), ("O4",), ("O5",)]
    assert rows(company, "select line_item_id from crm.crm_opportunity_line_item") == [("L1",)]
    assert rows(company, "from meta.meta_exclusion order by object_type, record_id") == [
        ("account", "A4", "deleted"),
        ("account", "A5", "test"),
        ("account", "A6", "internal"),
        ("opportunity", "O2", "account test"),
        ("opportunity", "O3", "account deleted"),
    ]


def test_the_latest_row_of_a_repeated_key_wins_and_the_others_are_counted(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(company, "select name from crm.crm_account where account_id = 'A1'") == [
        ("New name",)
    ]


def test_the_newest_row_of_a_key_wins_whichever_file_brings_it_and_whenever(tmp_path: Path) -> None:
    inbox, database = tmp_path / "inbox", tmp_path / "tiny.duckdb"
    deliveries = {
        "account.20260103T0200.delta.csv": (
            "account_id,name,updated_at\n"
            "A1,late but older,2026-01-01 08:00:00\n"
            "A2,changed by a delta,2026-01-02 08:00:00\n"
            "A3,without a time,\n"
        ),
        "account.20260102T0200.delta.csv": (
            "account_id,name,updated_at\n"
            "A1,newest,2026-01-01 09:00:00\n"
            "A3,before that,\n"
            "A4,of the same time,2026-01-01 09:00:00\n"
            "A4,last row of that time,2026-01-01 09:00:00\n"
        ),
        "account.csv": "account_id,name\nA1,first\nA2,first\nA5,only here\nA6,gone\n",
        "account.20260104.delta.csv": "account_id,is_deleted,updated_at\nA6,true,soon\n",
    }
    write_company(inbox / "tiny", account="")
    (inbox / "tiny" / "account.csv").unlink()
    for name, text in deliveries.items():
        (inbox / "tiny" / name).write_text(text, encoding="utf-8")
        land_inbox(database, inbox, ["tiny"])
    result = build_landed(database, "path:models/crm")
    assert result.returncode == 0, result.stdout
    with duckdb.connect(str(database), read_only=True) as connection:
        assert rows(connection, "select account_id, name from crm.crm_account order by 1") == [
            ("A1", "newest"),
            ("A2", "changed by a delta"),
            ("A3", "without a time"),
            ("A4", "last row of that time"),
            ("A5", "only here"),
        ]
        assert rows(
            connection,
            "select landed_rows, duplicate_rows, replaced_rows, excluded_rows, contract_rows "
            "from meta.meta_table_coverage where table_name = 'account'",
        ) == [(12, 1, 5, 1, 5)]
        assert rows(
            connection,
            "select source_file, column_name, raw_value from meta.meta_reject "
            "where table_name = 'account'",
        ) == [("account.20260104.delta.csv", "updated_at", "soon")]


def test_the_coverage_accounts_for_every_landed_row(company: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        company,
        "select landed_rows, rejected_rows, duplicate_rows, replaced_rows, excluded_rows, "
        "contract_rows "
        "from meta.meta_table_coverage where table_name = 'account'",
    ) == [(9, 1, 1, 0, 3, 4)]
    assert not rows(
        company,
        "from meta.meta_table_coverage where landed_rows "
        "<> rejected_rows + duplicate_rows + replaced_rows + excluded_rows + contract_rows",
    )
    assert rows(
        company,
        "select is_declared, is_present from meta.meta_table_coverage where table_name = 'quote'",
    ) == [(False, False)]


def test_values_that_do_not_fit_are_kept_with_file_row_and_text(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(
        company,
        "select source_name, table_name, source_file, source_row, record_id, column_name, "
        "raw_value, is_row_rejected from meta.meta_reject order by table_name, source_row, "
        "column_name",
    ) == [
        ("tiny", "account", "account.csv", 8, None, "account_id", None, True),
        ("tiny", "account", "account.csv", 9, "A7", "created_at", "2024-02-31 10:00:00", False),
        ("tiny", "account", "account.csv", 9, "A7", "is_test", "maybe", False),
        ("tiny", "opportunity", "opportunity.csv", 4, "O4", "contact_count", "2.5", False),
        ("tiny", "opportunity", "opportunity.csv", 4, "O4", "net_amount", "n/a", False),
        ("tiny", "opportunity", "opportunity.csv", 4, "O4", "probability", "50", False),
        ("tiny", "opportunity", "opportunity.csv", 5, "O5", "closed_at", "1970-01-01", False),
    ]


def test_the_build_names_its_rejects(company: duckdb.DuckDBPyConnection) -> None:
    database = Path(
        rows(company, "select path from duckdb_databases() where path is not null")[0][0]
    )  # type: ignore[arg-type]
    output = (database.parent / "output.txt").read_text()
    told = [line.split("rejected: ")[1] for line in output.splitlines() if "rejected: " in line]
    assert "tiny.account.account_id key is missing, 1 row in account.csv at data row 8" in told
    assert (
        "tiny.opportunity.net_amount does not fit decimal(18,2), "
        "1 row in opportunity.csv at data row 4"
    ) in told
    assert len(told) == 7
    # A rejected value may be somebody's address or number: it stays in the warehouse.
    logged = (database.parent / "project" / "logs" / "dbt.log").read_text()
    assert "is_test does not fit boolean" in logged
    for value in ("2024-02-31", "'maybe'", "1970-01-01"):
        assert value not in output
        assert value not in "".join(x for x in logged.splitlines() if "rejected" in x)
    assert "2024-02-31" not in logged


def test_naive_timestamps_are_read_in_the_zone_of_their_source(
    company: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        company,
        "select opportunity_id, cast(created_at as varchar), cast(closed_at as varchar) "
        "from crm.crm_opportunity order by 1",
    )
    assert found == [
        # Winter time until the night of 31 March, when 02:30 does not exist and means 03:30.
        ("O1", "2024-03-30 22:30:00", "2024-03-31 01:30:00"),
        # Text with an offset speaks for itself; 02:30 on 27 October is the second one.
        ("O4", "2024-03-30 21:30:00", "2024-10-27 01:30:00"),
        ("O5", "2024-05-31 22:00:00", None),
    ]


def test_missing_columns_are_typed_nulls_and_missing_currencies_the_default_of_the_source(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(
        company,
        "select currency, lost_reason, typeof(expected_close_date) from crm.crm_opportunity "
        "where opportunity_id = 'O1'",
    ) == [("USD", None, "DATE")]


def test_dangling_references_are_counted(company: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        company,
        "select filled_rows, dangling_rows, example from meta.meta_reference "
        "where table_name = 'opportunity' and column_name = 'account_id'",
    ) == [(3, 1, "A9")]


def test_what_an_absent_table_breaks_is_nothing(company: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        company,
        "select filled_rows, dangling_rows, example from meta.meta_reference "
        "where table_name = 'invoice' and column_name = 'account_id'",
    ) == [(0, 0, None)]
    assert rows(
        company,
        "select checked_rows, broken_rows, example from meta.meta_contract_rule "
        "where table_name = 'cost_entry'",
    ) == [(0, 0, None)]


def test_too_many_rejects_stop_the_build(tmp_path: Path) -> None:
    result = build(
        tmp_path / "tiny.duckdb",
        write_company(tmp_path / "files"),
        "+rejects_stay_below_their_share",
        max_reject_share=0.01,
    )
    assert result.returncode == 1
    assert "FAIL 1 rejects_stay_below_their_share" in result.stdout


def test_a_merge_cycle_stops_the_build(tmp_path: Path) -> None:
    cycle = "account_id,master_account_id\nA1,A2\nA2,A3\nA3,A1\n"
    files = write_company(tmp_path / "files", account=cycle)
    result = build(tmp_path / "tiny.duckdb", files, "+meta_merge_key")
    assert result.returncode == 1
    assert "accepted_values_meta_merge_key_is_cycle" in result.stdout


def test_a_warehouse_without_accounts_says_so(tmp_path: Path) -> None:
    source = {"shape": "contract", "tables": [name for name in TABLES if name != "account"]}
    result = build(
        tmp_path / "tiny.duckdb",
        write_company(tmp_path / "files"),
        "+accounts_are_loaded",
        crm_sources={"tiny": source},
    )
    assert result.returncode == 1
    assert "FAIL 1 accounts_are_loaded" in result.stdout


def test_own_columns_are_passed_through_once_they_are_declared(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", parts=CONTRACT)
    contract = project / "models" / "crm" / "_crm__models.yml"
    own = indent(
        dedent(
            """\
            - name: x_tier
              data_type: integer
              description: Own tier.
            - name: source_name
            """
        ),
        6 * " ",
    )
    head, _, tail = contract.read_text().partition("  - name: crm_contact\n")
    before, _, after = head.rpartition("      - name: source_name\n")
    contract.write_text(before + own + after + "  - name: crm_contact\n" + tail)
    database = tmp_path / "tiny.duckdb"
    company = ACCOUNT.replace("owner_user_id\n", "owner_user_id,x_tier\n", 1).replace(
        ",U1\n", ",U1,3\n"
    )
    land_folder(database, "tiny", write_company(tmp_path / "files", account=company))
    result = run_dbt(
        "build",
        "--select",
        "+crm_account",
        "--vars",
        variables(crm_custom_columns={"account": {"x_tier": "integer"}}),
        root=project,
        WAREHOUSE_DB=str(database),
        WAREHOUSE_SOURCES="tiny",
    )
    assert result.returncode == 0, result.stdout
    with duckdb.connect(str(database), read_only=True) as connection:
        assert rows(connection, "select distinct x_tier from crm.crm_account") == [(3,)]


def test_an_unknown_source_is_named_with_those_there_are(tmp_path: Path) -> None:
    result = run_dbt(
        "parse", root=copy_project(tmp_path, parts=CONTRACT), WAREHOUSE_SOURCES="salesfroce"
    )
    assert result.returncode != 0
    assert "WAREHOUSE_SOURCES names 'salesfroce'" in result.stdout
