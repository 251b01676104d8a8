"""Published tables hold no person, and files are for owner and group only."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest
import yaml  # type: ignore[import-untyped]

from conftest import ROOT, run_warehouse
from landing_inbox import Inbox
from warehouse.land import land_folder
from warehouse.privacy import EMAIL_COLUMN, NAME_COLUMN, PHONE_COLUMN
from warehouse.publish import publish
from warehouse.publish.copy import published_tables

_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]"
_PHONE = r"(^|[^0-9A-Za-z])(\+|00)[1-9][0-9][0-9 ()/-]{6,}"


def test_published_columns_are_named_after_no_person(
    demo_connection: duckdb.DuckDBPyConnection,
) -> None:
    columns = demo_connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where schema_name in ('core', 'kpi', 'meta') and data_type = 'VARCHAR'"
    ).fetchall()
    assert len(columns) > 300
    for pattern in (EMAIL_COLUMN, PHONE_COLUMN, NAME_COLUMN):
        assert [c for c in columns if pattern.match(c[2])] == []


def test_published_values_are_no_address_number_or_person(
    demo_connection: duckdb.DuckDBPyConnection,
) -> None:
    """The contacts and leads of the demo have addresses and numbers; names it has of users only."""
    with (ROOT / "dbt_project.yml").open() as file:
        rep_level = yaml.safe_load(file)["vars"]["rep_level_enabled"]
    demo_connection.execute(
        "create temp table person as "
        "select lower(trim(email)) as value from raw_demo.contact where email is not null "
        "union select trim(phone) from raw_demo.contact where phone is not null "
        "union select lower(trim(email)) from raw_demo.app_user where email is not null"
    )
    if not rep_level:
        demo_connection.execute("insert into person select lower(full_name) from raw_demo.app_user")
    found = []
    for schema, table in published_tables(demo_connection):
        names = demo_connection.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ? "
            "and data_type = 'VARCHAR'",
            [schema, table],
        ).fetchall()
        for (name,) in names:
            row = demo_connection.execute(
                f"with v as (select distinct \"{name}\" as v from {schema}.\"{table}\") "
                "select v from v where regexp_matches(v, $email) or regexp_matches(v, $phone) "
                "or lower(v) in (select value from person) limit 1",
                {"email": _EMAIL, "phone": _PHONE},
            ).fetchone()  # fmt: skip
            if row:
                found.append((schema, table, name, row[0]))
    assert found == []


def test_a_rejected_value_is_published_as_its_shape(tmp_path: Path) -> None:
    warehouse, target = tmp_path / "w.duckdb", tmp_path / "published" / "w.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create schema kpi; create schema meta; create table kpi.kpi_x as select 1 as value;"
            "create table meta.meta_reject as select 1 as source_row, v as raw_value "
            "from (values ('Jörg Ünal'), ('j@x.example'), ('+43 664 123'), ('31.02.2025'), (null)) "
            "as t (v)"
        )
    publish(warehouse, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        shown = connection.execute("select raw_value from meta.meta_reject").fetchall()
    assert shown == [
        ("xxxx xxxx",),
        ("xxx.xxxxxxx",),
        ("+99 999 999",),
        ("99.99.9999",),
        (None,),
    ]


def test_what_a_command_creates_is_for_owner_and_group(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "account.csv").write_text("id,name\nA1,Adler\n")
    database = tmp_path / "warehouse.duckdb"
    result = run_warehouse("land", "shop", str(folder), WAREHOUSE_DB=str(database))
    assert result.returncode == 0, result.stderr
    assert database.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "column", ['a"; drop table keep; --', "a'; drop table keep; --", "ü;ß|\\", "=1+1", "\u202eabc"]
)
def test_hostile_column_names_are_only_names(inbox: Inbox, column: str) -> None:
    with (inbox.folder / 'x"; drop table keep; --.csv').open("w", newline="") as file:
        csv.writer(file).writerows([["id", column], ["k1", "='v'"], ["k2", '"; drop table keep']])
    with duckdb.connect(str(inbox.database)) as connection:
        connection.execute("create table keep as select 1 as one")
    land_folder(inbox.database, "shop", inbox.folder)
    with duckdb.connect(str(inbox.database), read_only=True) as connection:
        assert connection.execute("select one from keep").fetchall() == [(1,)]
        (table,) = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw_shop' "
            "and table_name not like '\\_%' escape '\\'"
        ).fetchall()
        assert re.fullmatch("[a-z][a-z0-9_]*", table[0])
        rows = connection.execute(f"select * from raw_shop.{table[0]} order by id").fetchall()
    assert [row[1] for row in rows] == ["='v'", '"; drop table keep']
