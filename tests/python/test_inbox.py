"""The inbox: what counts is the set of files, never the order in which they came."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import FULL
from warehouse.errors import LandingError
from warehouse.inbox import InboxResult, State, land_inbox
from warehouse.inbox import landing as inbox_landing
from warehouse.land import land_folder
from warehouse.land.bad_lines import BadLines
from warehouse.land.folder import DataFile
from warehouse.land.table import Target


@dataclass(frozen=True)
class Mailbox:
    """An inbox of one source and its warehouse."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "inbox" / "crm"

    @property
    def database(self) -> Path:
        return self.root / "warehouse.duckdb"

    def put(self, name: str, *rows: str) -> Path:
        path = self.folder / name
        path.write_text("\n".join(rows) + "\n")
        return path

    def land(self) -> InboxResult:
        return land_inbox(self.database, self.root / "inbox", ["crm", "erp"])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def rows(self, table: str = "account") -> list[tuple[Any, ...]]:
        return self.query(f'select * exclude (_source_row) from raw_crm."{table}" order by all')

    def ids(self, table: str = "account") -> list[str]:
        return [row[0] for row in self.query(f'select id from raw_crm."{table}" order by 1')]


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    (tmp_path / "inbox" / "crm").mkdir(parents=True)
    return Mailbox(tmp_path)


def states(result: InboxResult) -> dict[str, str]:
    return {file.source_file: file.state.value for file in result.files}


def test_a_delta_adds_its_rows_and_a_full_export_replaces_all(box: Mailbox) -> None:
    box.put("account.csv", "id,name", "A1,one", "A2,two")
    assert states(box.land()) == {"account.csv": "landed"}
    box.put("Account.20261125T0200.delta.csv", "id,name", "A1,uno", "A3,three")
    result = box.land()
    assert states(result) == {"account.csv": "known", "Account.20261125T0200.delta.csv": "landed"}
    assert [(t.table_name, t.row_count) for t in result.tables] == [("account", 2)]
    assert box.ids() == ["A1", "A1", "A2", "A3"]
    box.put("account.20261126.csv", "id,name", "A9,nine")
    assert box.land().changed
    assert box.ids() == ["A9"]


def test_every_row_carries_the_time_of_its_file(box: Mailbox) -> None:
    box.put("account.csv", "id", "A1")
    box.put("account.20261125T0200.delta.csv", "id", "A2")
    box.put("account.20261125T020001.delta.csv", "id", "A3")
    box.land()
    assert box.query("select id, cast(_loaded_at as varchar) from raw_crm.account order by 1") == [
        ("A1", None),
        ("A2", "2026-11-25 02:00:00"),
        ("A3", "2026-11-25 02:00:01"),
    ]


def test_nothing_new_changes_nothing_and_opens_no_file(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put("account.csv", "id", "A1")
    box.land()
    before = box.query("from meta_landing.landed_file")

    def fail(*_: object) -> None:
        raise AssertionError("the file was read again")

    monkeypatch.setattr(inbox_landing, "sha256_of", fail)
    monkeypatch.setattr(inbox_landing, "read_file", fail)
    result = box.land()
    assert (result.changed, states(result)) == (False, {"account.csv": "known"})
    assert box.query("from meta_landing.landed_file") == before


def test_the_same_content_again_is_known_whatever_its_file_is_called(box: Mailbox) -> None:
    path = box.put("account.20261125.csv", "id", "A1")
    box.land()
    shutil.copy(path, box.folder / "ACCOUNT.20261125.CSV")
    os.utime(path)
    assert set(states(box.land()).values()) == {"known"}
    path.unlink()
    assert set(states(box.land()).values()) == {"known"}
    assert box.ids() == ["A1"]


def test_a_row_that_goes_back_to_an_old_value_counts_again(box: Mailbox) -> None:
    box.put("account.20261125.delta.csv", "id,name", "A1,one")
    box.put("account.20261126.delta.csv", "id,name", "A1,two")
    box.put("account.20261127.delta.csv", "id,name", "A1,one")
    box.land()
    assert box.query("select arg_max(name, _loaded_at) from raw_crm.account") == [("one",)]


def test_a_file_delivered_anew_under_its_name_replaces_its_rows(box: Mailbox) -> None:
    box.put("account.20261125.csv", "id,name", "A1,one", "A2,too,many")
    box.put("account.20261126.delta.csv", "id,name", "A3,three")
    box.land()
    assert box.query("select line_number from raw_crm._rejected_line") == [(3,)]
    box.put("account.20261125.csv", "id,name", "A4,four")
    assert states(box.land())["account.20261125.csv"] == "landed"
    assert box.ids() == ["A3", "A4"]
    assert box.query("from raw_crm._rejected_line") == []


def test_what_is_older_than_the_full_export_is_not_landed(box: Mailbox) -> None:
    box.put("account.20261126.csv", "id", "A1")
    box.land()
    box.put("account.20261125.csv", "id", "A2")
    box.put("account.20261124.delta.csv", "id", "A3")
    box.put("account.20261126.delta.csv", "id", "A4")
    result = box.land()
    assert not result.changed
    assert len(result.in_state(State.SUPERSEDED)) == 3
    assert box.ids() == ["A1"]
    assert {"known"} == set(states(box.land()).values())


def test_columns_are_those_of_the_files_that_count(box: Mailbox) -> None:
    box.put("account.20261125.csv", "id,name,old", "A1,one,x")
    box.put("account.20261127.delta.csv", "id,new column", "A2,y")
    box.land()
    box.put("account.20261126.csv", "name,id", "uno,A1")
    box.land()
    assert box.query("select name, id, new_column from raw_crm.account order by id") == [
        ("uno", "A1", None),
        (None, "A2", "y"),
    ]
    assert [c for (c, *_) in box.query("describe raw_crm.account")] == [
        *("name", "id", "new_column"),
        *("_source_file", "_source_row", "_loaded_at"),
    ]


def test_a_file_that_changes_while_it_is_read_waits_and_the_others_land(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put("account.20261124.csv", "id", "A1")
    growing = box.put("account.20261125.csv", "id", "A2", 'A3,"an open quote')
    box.put("contact.csv", "id", "C1")
    read = inbox_landing.read_file

    def read_and_grow(
        session: duckdb.DuckDBPyConnection, file: DataFile, target: Target, scratch: Path
    ) -> BadLines | None:
        if file.path == growing:
            growing.write_text("id\nA2\nA3\n")
        return read(session, file, target, scratch)

    monkeypatch.setattr(inbox_landing, "read_file", read_and_grow)
    assert states(box.land()) == {
        "account.20261124.csv": "landed",
        "account.20261125.csv": "waiting",
        "contact.csv": "landed",
    }
    assert (box.ids(), box.ids("contact")) == (["A1"], ["C1"])
    monkeypatch.undo()
    assert states(box.land())["account.20261125.csv"] == "landed"
    assert box.ids() == ["A2", "A3"]


def test_all_bad_files_are_named_and_nothing_lands(box: Mailbox) -> None:
    (box.root / "inbox" / "erp").mkdir()
    box.put("contact.csv", "id", "C1")
    box.land()
    before = (box.query("from meta_landing.landed_file"), box.ids("contact"))
    box.put("contact.20261125.delta.csv", "id", "C2")
    (box.folder / "account.csv").write_bytes(b"")
    (box.folder / "lead.csv.gz").write_bytes(gzip.compress(b"id\n1\n" * 9999)[:-40])
    (box.root / "inbox" / "erp" / "invoice.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(LandingError) as caught:
        box.land()
    assert caught.value.exit_code == 3
    for name in ("account.csv: it is empty", "lead.csv.gz:", "invoice.parquet:", "erp cannot be"):
        assert name in str(caught.value)
    assert (box.query("from meta_landing.landed_file"), box.ids("contact")) == before
    assert box.query("from duckdb_tables() where table_name like '%incoming%'") == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["account.delta.csv"], "a delta needs its time in its name"),
        (["account.20261325.csv"], "20261325 in its name is no point in time"),
        (["account.2026-11-25.csv"], "is not written like 20261125"),
        (["account.20261125.csv", "account.20261125.tsv"], "would be the same delivery"),
    ],
)
def test_names_that_can_be_read_in_two_ways_are_errors(
    box: Mailbox, files: list[str], message: str
) -> None:
    for number, name in enumerate(files):
        box.put(name, "id", f"A{number}")
    with pytest.raises(LandingError, match=message):
        box.land()


def test_an_export_without_a_time_cannot_change_under_its_deltas(box: Mailbox) -> None:
    box.put("account.csv", "id", "A1")
    box.put("account.20261125.delta.csv", "id", "A2")
    box.land()
    box.put("account.csv", "id", "A3")
    with pytest.raises(LandingError, match=r"account\.csv: it changed after deltas were landed"):
        box.land()


def test_hand_landed_tables_give_way_to_a_full_export_only(box: Mailbox) -> None:
    hand = box.root / "hand"
    hand.mkdir()
    (hand / "account.csv").write_text("id\nA1\nA2,bad,line\n")
    land_folder(box.database, "crm", hand)
    delta = box.put("account.20261125.delta.csv", "id", "A2")
    with pytest.raises(LandingError, match="was landed with `warehouse land`"):
        box.land()
    box.put("account.20261124.csv", "id", "A3")
    box.land()
    assert box.ids() == ["A2", "A3"]
    assert box.query("from raw_crm._landed_file") == box.query("from raw_crm._rejected_line") == []
    land_folder(box.database, "crm", hand)
    box.land()
    assert box.ids() == ["A2", "A3"]
    delta.unlink()
    box.query("drop table raw_crm.account")
    with pytest.raises(LandingError, match=r"20261125\.delta\.csv: its rows are no longer in"):
        box.land()


def test_hostile_names_stay_names(box: Mailbox) -> None:
    names = ["a'; drop schema raw_crm; --.csv", 'x" y.20261125.csv', "t.20261125T0200.delta.csv.gz"]
    for name in names[:2]:
        box.put(name, 'id,"select * from x; --","\'quoted\'","a""b"', "A1,1,2,3")
    (box.folder / names[2]).write_bytes(gzip.compress(b'id,"a""b"\nA1,2\n'))
    box.land()
    box.put('x" y.20261126.delta.csv', 'id,"a""; drop table y"', "A2,1")
    box.land()
    assert box.ids("x_y") == ["A1", "A2"]
    assert box.ids("a_drop_schema_raw_crm") == ["A1"]


def test_sources_without_a_folder_have_nothing_new(tmp_path: Path) -> None:
    assert land_inbox(tmp_path / "w.duckdb", tmp_path / "inbox", ["demo"]).files == ()


MOMENTS = [f"20261125T{hour:02}00" for hour in range(5)]
FILES = st.dictionaries(
    st.tuples(st.sampled_from(MOMENTS), st.booleans()),
    st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("xyz")), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


def deliver(box: Mailbox, key: tuple[str, bool], rows: list[tuple[str, str]]) -> None:
    moment, is_delta = key
    # Each moment has a column of its own, so that the columns are a part of the outcome.
    header = f"id,value,c{moment[-4:-2]}" if is_delta else "id,value"
    box.put(
        f"account.{moment}{'.delta' * is_delta}.csv",
        header,
        *(",".join(row) + (",1" if is_delta else "") for row in rows),
    )


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("order")


def outcome(box: Mailbox) -> tuple[list[Any], list[Any]]:
    described = [row[:2] for row in box.query("describe raw_crm.account")]
    return described, box.query("from raw_crm.account order by all")


@settings(max_examples=25 if FULL else 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=FILES, order=st.randoms(use_true_random=False))
def test_any_order_slicing_and_repetition_gives_the_same_rows(
    roots: Path, files: dict[tuple[str, bool], list[tuple[str, str]]], order: random.Random
) -> None:
    boxes = []
    for name in ("at-once", "in-slices"):
        root = roots / name
        shutil.rmtree(root, ignore_errors=True)
        (root / "inbox" / "crm").mkdir(parents=True)
        boxes.append(Mailbox(root))
    at_once, in_slices = boxes
    for key, rows in files.items():
        deliver(at_once, key, rows)
    at_once.land()

    slices = [(key, rows) for key, rows in files.items() for _ in range(2)]
    order.shuffle(slices)
    for key, rows in slices:
        if order.random() < 0.2:  # first a part of the file, under the same name
            deliver(in_slices, key, rows[:1])
            in_slices.land()
        deliver(in_slices, key, rows)
        if order.random() < 0.4:
            in_slices.land()
        if order.random() < 0.1:  # taken away once it has been landed
            in_slices.land()
            for path in in_slices.folder.iterdir():
                path.unlink()
    in_slices.land()
    assert outcome(in_slices) == outcome(at_once)
