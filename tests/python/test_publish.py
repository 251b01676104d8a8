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
    os.close(watch)
    assert [mask for _, mask, _, _ in struct.iter_unpack("iIII", events)] == [opened]


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
