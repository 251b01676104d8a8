"""Faults, tried on a refresh: readers notice none, and the next refresh repairs what they left.

`make faults` tries more of each (FAULTS=full).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import duckdb
import pytest

import faulty_company
from faulty_company import FaultyCompany
from warehouse.errors import RefreshRunningError
from warehouse.publish import kept_versions_of
from warehouse.refresh import Outcome

FULL = os.environ.get("FAULTS") == "full"
KILLS = 60 if FULL else 4
REFRESHES = 20 if FULL else 4
READERS = 8 if FULL else 3

READER = """
import sys, time
from pathlib import Path
import duckdb
reads = 0
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    with duckdb.connect("duckdb:" + sys.argv[1], read_only=True) as c:
        total, = c.execute("select sum(amount) from core.fct_deal").fetchone()
        shown, = c.execute("select value from kpi.kpi_scorecard").fetchone()
        assert total == shown, (total, shown)
        reads += 1
print(reads)
"""


@pytest.fixture
def company(tmp_path: Path) -> FaultyCompany:
    company = FaultyCompany(tmp_path / "tried")
    company.start()
    run = company.refresh()
    assert run.outcome is Outcome.published, run.error
    return company


def start(company: FaultyCompany, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, faulty_company.__file__, str(company.root), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def assert_repaired(company: FaultyCompany) -> None:
    """The same tables as a warehouse that was built once from the same files."""
    clean = FaultyCompany(company.root.parent / "clean")
    shutil.rmtree(clean.root)
    clean = FaultyCompany(clean.root)
    shutil.copytree(company.inbox, clean.inbox, dirs_exist_ok=True)
    assert clean.refresh().outcome is Outcome.published
    assert company.checksums() == clean.checksums()
    assert company.served() == clean.served()
    assert not list(company.root.rglob("*.new*"))


def test_killed_at_any_moment(company: FaultyCompany) -> None:
    chance = random.Random(20261126)
    company.deliver(0)
    process = start(company)
    started = time.monotonic()
    assert process.wait() == 0
    usual = time.monotonic() - started
    killed = 0
    for number in range(1, KILLS + 1):
        before = company.served()
        company.deliver(number)
        process = start(company)
        time.sleep(chance.uniform(0, usual))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        # The old version, or the new one with every file that was delivered.
        assert company.served()[0] in (before[0], 302 + 2 * number)
        if number % 3:
            run = company.refresh()
            assert run.exit_code == 0, run.error
            assert company.served()[0] == 302 + 2 * number
    print(f"{killed} of {KILLS} refreshes were killed before their end")
    assert killed > KILLS / 2
    assert company.refresh().exit_code == 0
    assert_repaired(company)


@pytest.mark.parametrize("limit", range(0, 4_000_000, 100_000) if FULL else (0, 300_000, 1_500_000))
def test_a_full_disk_is_named_and_costs_nothing(company: FaultyCompany, limit: int) -> None:
    before = company.served()
    company.deliver(1)
    process = start(company, str(limit))
    said = process.communicate()[0]
    if process.returncode == 0:
        assert company.served()[0] == before[0] + 2
    else:
        assert company.served() == before
        assert "File too large" in said, said
    run = company.refresh()
    assert run.exit_code == 0, run.error
    assert company.served()[0] == before[0] + 2
    assert_repaired(company)


def test_a_target_that_cannot_be_written(company: FaultyCompany) -> None:
    before = company.served()
    company.deliver(1)
    folder = company.place.published.parent
    aside = folder.with_name("aside")
    company.place.published.parent.rename(aside)
    folder.write_text("a file where the folder should be")
    run = company.refresh()
    assert run.exit_code == 5, run.error
    assert str(folder) in str(run.error)
    folder.unlink()
    aside.rename(folder)
    assert company.served() == before
    assert company.refresh().outcome is Outcome.published
    assert_repaired(company)


BAD_FILES: dict[str, bytes] = {
    "a broken archive": b"\x1f\x8b\x08 no gzip",
    "bytes of a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
    "empty": b"",
    "cut in a quoted value": b'id,amount\nX1,1\nX2,"2',
    "no key": b"amount\n5\n",
    "one column renamed": b"deal_number,amount\nX1,1\n",
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_named_and_its_repair_is_taken(
    company: FaultyCompany, content: bytes
) -> None:
    before = company.served()
    name = "deal.20261102T0000.delta.csv" + (".gz" if content.startswith(b"\x1f\x8b") else "")
    path = company.put(name, content)
    run = company.refresh()
    # Nothing of the good rows may be lost, and no half file be shown, whatever is made of the rest.
    assert company.served()[0] >= before[0]
    if run.exit_code:
        assert path.name in str(run.error) or "deal" in str(run.error)
        assert company.served() == before
    path.unlink()
    company.put("deal.20261103T0000.csv", "id,amount\nX1,1\nX2,2\n")
    run = company.refresh()
    assert run.exit_code == 0, run.error
    assert company.served()[:2] == (2, 3)
    assert_repaired(company)


CHANGED_COLUMNS = {
    "added": "id,amount,city\nX1,7,Graz\n",
    "dropped": "id\nX1\n",
    "retyped": "id,amount\nX1,seven\n",
}


@pytest.mark.parametrize("change", CHANGED_COLUMNS)
def test_a_column_changes(company: FaultyCompany, change: str) -> None:
    before = company.served()
    path = company.put("deal.20261102T0000.csv", CHANGED_COLUMNS[change])
    run = company.refresh()
    if change == "added":
        assert run.exit_code == 0, run.error
        assert company.served()[:2] == (1, 7)
    else:
        assert run.exit_code, run.outcome
        assert ("amount" if change == "dropped" else "seven") in str(run.error)
        assert company.served() == before
    path.unlink()
    company.put("deal.20261103T0000.csv", "id,amount\nX1,8\n")
    run = company.refresh()
    assert run.exit_code == 0, run.error
    assert company.served()[:2] == (1, 8)
    assert_repaired(company)


def test_a_file_under_two_names_counts_once(company: FaultyCompany) -> None:
    company.deliver(1)
    assert company.refresh().exit_code == 0
    before = company.served()
    first = company.inbox / "deal.20261101T0001.delta.csv"
    shutil.copy(first, company.inbox / "deal.20261101T0002.delta.csv")
    first.rename(company.inbox / "deal.20261101T0003.delta.csv")
    run = company.refresh()
    assert run.exit_code == 0, run.error
    assert company.served() == before


def test_a_source_that_vanishes_loses_no_row(company: FaultyCompany) -> None:
    before = company.served()
    aside = company.inbox.with_name("aside")
    company.inbox.rename(aside)
    run = company.refresh()
    assert run.exit_code == 0, run.error
    assert company.served() == before
    aside.rename(company.inbox)
    company.deliver(1)
    assert company.refresh().outcome is Outcome.published
    assert_repaired(company)


def test_a_clock_that_was_set_back(company: FaultyCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - timedelta(days=3)

    changed = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("warehouse.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Earlier)
            changed += 1
    assert changed > 3
    before = company.served()
    company.deliver(1)
    run = company.refresh()
    assert run.outcome is Outcome.published, run.error
    assert company.served()[0] == before[0] + 2
    newest = kept_versions_of(company.place.published)[0]
    assert (newest.name, newest.is_current) == (run.published_version, True)
    assert company.refresh().outcome is Outcome.unchanged
    assert_repaired(company)


def test_two_at_once(company: FaultyCompany) -> None:
    company.deliver(1)
    processes = [start(company) for _ in range(3)]
    said = [process.communicate()[0] for process in processes]
    codes = {process.returncode for process in processes}
    # Who comes while another runs is turned away; who comes after it finds nothing new.
    assert 0 in codes, said
    assert codes <= {0, 1, RefreshRunningError.exit_code}, said
    assert company.refresh().outcome is Outcome.unchanged
    assert_repaired(company)


def test_readers_without_pause(company: FaultyCompany, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(company.place.published), str(stop)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(READERS)
    ]  # fmt: skip
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for number in range(REFRESHES):
            company.deliver(number)
            run = company.refresh()
            assert run.outcome is Outcome.published, run.error
    finally:
        stop.touch()
        results = [reader.communicate(timeout=60) for reader in readers]
    for reader, (out, err) in zip(readers, results, strict=True):
        assert reader.returncode == 0, err
        assert int(out) > 0
    with duckdb.connect(str(company.place.published), read_only=True) as connection:
        row = connection.execute("select count(*) from core.fct_deal").fetchone()
    assert row == (300 + 2 * REFRESHES,)
