"""Publishing swaps the marts in whole."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

import duckdb
import pytest

from conftest import run_warehouse
from warehouse.database import read_published
from warehouse.errors import PublishError
from warehouse.publish import publish


def make_warehouse(path: Path, value: int) -> Path:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("kpi", "core", "intermediate", "raw_demo"):
            connection.execute(f"create schema {schema}")
            connection.execute(
                f"create table {schema}.t as select {value} as a from range({value})"
            )
    return path


def value_in(path: Path) -> object:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select max(a) from kpi.t").fetchone()
    assert row is not None
    return row[0]


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[list[str], list[object]]:
    rows = connection.execute(f"from {table} order by all")
    return [column[0] for column in rows.description or []], rows.fetchall()


def test_the_marts_are_published_and_nothing_below_them(tmp_path: Path) -> None:
    target = tmp_path / "published" / "marts.duckdb"
    publication = publish(make_warehouse(tmp_path / "w.duckdb", 3), target)
    assert publication.row_counts == {"core.t": 3, "kpi.t": 3}
    with duckdb.connect(str(target), read_only=True) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
    assert sorted(schemas) == [("core",), ("kpi",)]
    files = sorted(file.name for file in target.parent.rglob("*.*"))
    assert files == [f"marts.{publication.version}.duckdb", "marts.duckdb"]


def test_a_reader_keeps_the_old_marts_and_the_next_one_gets_the_new(tmp_path: Path) -> None:
    target = tmp_path / "marts.duckdb"
    publish(make_warehouse(tmp_path / "w.duckdb", 1), target)
    with duckdb.connect(str(target), read_only=True) as reader:
        publish(make_warehouse(tmp_path / "w.duckdb", 2), target)
        assert reader.execute("select max(a) from kpi.t").fetchone() == (1,)
    assert value_in(target) == 2


def test_only_tables_that_changed_are_written_again(tmp_path: Path) -> None:
    warehouse, target = make_warehouse(tmp_path / "w.duckdb", 3), tmp_path / "marts.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table core.same as select 1 as a, 'x' as b from range(5)")
        connection.execute("create table core.renamed as select 1 as a")
        connection.execute("create table core.gone as select 1 as a")
    assert publish(warehouse, target).tables_written == 5
    assert publish(warehouse, target, base=target).tables_written == 0
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update kpi.t set a = 4 where rowid = 0")
        connection.execute("alter table core.renamed rename a to b")
        connection.execute("drop table core.gone")
        connection.execute("create table core.new as select 1 as a")
    publication = publish(warehouse, target, base=target)
    assert publication.tables_written == 3
    assert sorted(publication.row_counts) == [
        "core.new", "core.renamed", "core.same", "core.t", "kpi.t",
    ]  # fmt: skip
    with duckdb.connect(str(target), read_only=True) as connection:
        connection.execute(f"attach '{warehouse}' as built (read_only)")
        for table in publication.row_counts:
            rows, built = rows_of(connection, table), rows_of(connection, f"built.{table}")
            assert rows == built


@pytest.mark.parametrize("damage_at", [0, 4096, 0.5, 0.9])
def test_a_damaged_file_is_no_beginning_of_the_next_one(tmp_path: Path, damage_at: float) -> None:
    target = tmp_path / "marts.duckdb"
    warehouse = make_warehouse(tmp_path / "w.duckdb", 100_000)
    publish(warehouse, target)
    damaged = tmp_path / "damaged.duckdb"
    content = bytearray(target.read_bytes())
    at = int(damage_at * len(content)) if damage_at < 1 else int(damage_at)
    content[at : at + 9_000] = b"no data.." * 1000
    damaged.write_bytes(content)
    assert publish(warehouse, target, base=damaged).tables_written == 2
    assert value_in(target) == 100_000


def test_a_kpi_table_is_published_in_the_order_it_is_asked(tmp_path: Path) -> None:
    warehouse, target = make_warehouse(tmp_path / "w.duckdb", 1), tmp_path / "marts.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create table kpi.kpi_sales as select * from (values "
            "('b', 'month', date '2025-02-01'), ('a', 'year', date '2025-01-01'), "
            "('b', 'month', date '2025-01-01'), ('a', 'month', date '2025-03-01')"
            ") as v (metric_name, grain, period_start)"
        )
    publish(warehouse, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        rows = connection.execute(
            "select metric_name, grain, month(period_start) from kpi.kpi_sales"
        )
        assert rows.fetchall() == [
            ("a", "month", 3), ("a", "year", 1), ("b", "month", 1), ("b", "month", 2),
        ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="counts with inotify")
def test_a_reader_opens_the_published_file_once(tmp_path: Path) -> None:
    """A file put in place between two openings would give one reader parts of two versions."""
    target = tmp_path / "marts.duckdb"
    publish(make_warehouse(tmp_path / "w.duckdb", 1), target)
    libc = ctypes.CDLL(None)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    opened, closed = 0x20, 0x10  # IN_OPEN, IN_CLOSE_NOWRITE
    assert libc.inotify_add_watch(watch, os.fsencode(target), opened | closed) > 0
    with read_published(target) as reader:
        assert reader.execute("select max(a) from kpi.t").fetchone() == (1,)
        events = os.read(watch, 4096)
        spills_to = reader.execute("select current_setting('temp_directory')").fetchone()
    os.close(watch)
    assert [mask for _, mask, _, _ in struct.iter_unpack("iIII", events)] == [opened]
    assert spills_to == (f"{target}.tmp",)


def test_a_warehouse_without_kpis_leaves_the_published_file_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "marts.duckdb"
    publish(make_warehouse(tmp_path / "w.duckdb", 1), target)
    with duckdb.connect(str(tmp_path / "empty.duckdb")) as connection:
        connection.execute("create table t as select 1 as a")
    with pytest.raises(PublishError, match="holds no KPI tables"):
        publish(tmp_path / "empty.duckdb", target)
    with pytest.raises(PublishError, match="does not exist"):
        publish(tmp_path / "missing.duckdb", target)
    assert value_in(target) == 1
    assert not list(tmp_path.glob("*.new*"))


def test_a_corrupt_warehouse_leaves_the_published_file_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "marts.duckdb"
    publish(make_warehouse(tmp_path / "w.duckdb", 1), target)
    (tmp_path / "w.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(PublishError):
        publish(tmp_path / "w.duckdb", target)
    assert value_in(target) == 1


def test_a_command_that_lacks_its_file_says_so_and_exits_with_2(tmp_path: Path) -> None:
    result = run_warehouse("scorecard", WAREHOUSE_DB=str(tmp_path / "nowhere.duckdb"))
    assert result.returncode == 2
    assert "does not exist. Run `make run`" in result.stderr
