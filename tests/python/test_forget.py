"""`warehouse forget`: the person is gone from every file, and the counts stay."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from warehouse import privacy
from warehouse.errors import NotForgottenError, UsageError
from warehouse.forget import Report, forget, left_over
from warehouse.land import land_folder
from warehouse.refresh.landing import land_sources
from warehouse.refresh.place import Place

EMAIL, PHONE, NAME = "anna@x.example", "+43 664 1234567", "Anna Maria Huber"
VALUES = (EMAIL, PHONE, NAME, "C1001")
CONTACTS = (
    "contact_id,master_contact_id,email,phone,full_name\n"
    f"C1001,,Anna@X.example,{PHONE},{NAME}\n"
    "C10012,,joanna@x.example,+43 664 12345678,Joanna Huber\n"
    f"C2000,C1001,,,{NAME}\n"
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A small warehouse with two published versions, a rejected line, an inbox and logs."""
    inbox = tmp_path / "inbox" / "shop"
    inbox.mkdir(parents=True)
    (inbox / "contact.csv").write_text(CONTACTS + f"C1001;{EMAIL},a,b,c,d,e,f,g\n")
    with gzip.open(inbox / "activity.csv.gz", "wt") as file:
        file.write(f"activity_id,contact_id,subject\n1,C1001,mail to {EMAIL}\n2,C10012,call\n")
    database = tmp_path / "warehouse.duckdb"
    place = Place(
        tmp_path, database, tmp_path / "published" / "marts.duckdb", tmp_path / "inbox",
        tmp_path / "logs" / "refresh.jsonl", ("shop",), 5, None, {},
    )  # fmt: skip
    land_sources(place, lambda _: None)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema crm; create schema core; create schema meta;"
            "create table crm.crm_contact as from raw_shop.contact;"
            "create table core.fct_touch as select contact_id, count(*) as touches, "
            "'touch ' || contact_id || '|1' as touch_key from raw_shop.activity group by all;"
            "create table meta.meta_reject as select 'contact' as table_name, "
            f"'created_at' as column_name, '{EMAIL}' as raw_value;"
        )
    versions = place.published.parent / "versions"
    versions.mkdir(parents=True)
    for name in ("20260101T000000Z", "20260102T000000Z"):
        shutil.copy(database, versions / f"marts.{name}.duckdb")
    place.published.hardlink_to(versions / "marts.20260102T000000Z.duckdb")
    place.log.parent.mkdir(exist_ok=True)
    (place.log.parent / "dbt.log").write_text(f"row C1001 {EMAIL} {NAME}\nrow C10012\n")
    return place


def _bytes(place: Place) -> dict[Path, bytes]:
    found = {}
    for path in place.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found[path] = (gzip.decompress(data) if path.suffix == ".gz" else data).lower()
    return found


def _counts(place: Place) -> list[tuple[object, ...]]:
    with duckdb.connect(str(place.database), read_only=True) as connection:
        return connection.execute(
            "select count(*), count(distinct contact_id), count(email), count(distinct email), "
            "count(phone), (select count(*) from raw_shop._rejected_line), "
            "(select sum(touches) from core.fct_touch), "
            "(select count(*) from core.fct_touch inner join crm.crm_contact using (contact_id)) "
            "from raw_shop.contact"
        ).fetchall()


def _shown(place: Place) -> str:
    with duckdb.connect(str(place.database), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()")
        return "\n".join(
            str(connection.execute(f"from {schema}.{table}").fetchall())
            for schema, table in tables.fetchall()
        )


@pytest.mark.parametrize(("contact", "email"), [("C1001", None), (None, EMAIL)])
def test_a_person_is_gone_from_every_file(
    place: Place, contact: str | None, email: str | None
) -> None:
    before = _counts(place)
    report = forget(place, contact, email)
    assert _counts(place) == before
    shown = _shown(place)
    assert "forgotten:" in shown
    for value in (PHONE + "'", NAME, "'C1001'", "'C2000'", f" {EMAIL}", f"'{EMAIL}"):
        assert value.lower() not in shown.lower()
    assert "joanna@x.example" in shown
    assert "C10012" in shown
    for path, data in _bytes(place).items():
        data = data.replace(b"joanna@x.example", b"").replace(b"+43 664 12345678", b"")
        for value in (EMAIL, PHONE, NAME):
            assert value.lower().encode() not in data, path
    published = {p.stat().st_ino for p in place.published.parent.rglob("*.duckdb")}
    assert len(published) == 2  # the served file is a second name of a version still
    assert report.receipt is not None
    receipt = json.loads(report.receipt.read_text())
    assert receipt["is_proven"] is True
    assert receipt["files"]
    assert report.receipt.stat().st_mode & 0o777 == 0o640
    with duckdb.connect(str(place.published), read_only=True) as connection:
        assert connection.execute("select count(*) from core.fct_touch").fetchone() == (2,)


def test_a_delivery_does_not_bring_the_person_back(place: Place) -> None:
    forget(place, "C1001", None)
    before = _counts(place)
    (place.inbox / "shop" / "contact.csv").write_text(CONTACTS + f"C1001;{EMAIL},a,b,c,d,e,f,g,h\n")
    land_sources(place, lambda _: None)
    assert _counts(place) == before
    assert NAME not in _shown(place)
    data = place.database.read_bytes().lower().replace(b"joanna@x.example", b"")
    assert EMAIL.encode() not in data
    # Landed by hand, the same holds.
    other = place.root / "other"
    other.mkdir()
    (other / "lead.csv").write_text(f"lead_id,email,last_name,score\nL1,{EMAIL},Huber-Moser,3\n")
    land_folder(place.database, "web", other)
    with duckdb.connect(str(place.database), read_only=True) as connection:
        email, name = connection.execute("select email, last_name from raw_web.lead").fetchall()[0]
        known = connection.execute("select email from crm.crm_contact").fetchall()
    assert (email,) in known
    assert name == privacy.MARK


def test_rewritten_files_of_the_inbox_are_not_landed_again(place: Place) -> None:
    forget(place, "C1001", None)
    sha = hashlib.sha256((place.inbox / "shop" / "activity.csv.gz").read_bytes()).hexdigest()
    with duckdb.connect(str(place.database), read_only=True) as connection:
        known = connection.execute("select sha256 from meta_landing.landed_file").fetchall()
    assert (sha,) in known
    assert land_sources(place, lambda _: None).files == 0


def test_what_is_left_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = place.database.with_name("warehouse.duckdb.unreadable-20260101T000000Z")
    damaged.write_bytes(b"x")
    with pytest.raises(NotForgottenError, match="unreadable-20260101T000000Z") as caught:
        forget(place, "C1001", None)
    assert caught.value.exit_code == 8
    damaged.unlink()
    monkeypatch.setattr("warehouse.forget._clean_text", lambda *_: 0)
    (place.log.parent / "late.log").write_text("C10012 joanna@x.example")
    with pytest.raises(NotForgottenError, match=r"late\.log"):
        forget(place, None, "joanna@x.example")


def test_what_a_killed_run_spilled_is_removed(place: Place) -> None:
    spilled = Path(f"{place.database}.tmp") / "duckdb_temp_1_0_storage_DEFAULT-0.tmp"
    spilled.parent.mkdir()
    spilled.write_text(EMAIL)
    forget(place, "C1001", None)
    assert not spilled.exists()


def test_the_proof_finds_a_person_who_is_there(place: Place) -> None:
    from warehouse.forget import find

    with duckdb.connect(str(place.database), read_only=True) as connection:
        needles = find(connection, "C1001", None)
    places = "\n".join(left_over(place, needles))
    for part in ("raw_shop.contact", "_rejected_line", "core.fct_touch", "dbt.log", "activity.csv"):
        assert part in places
    assert {n.value for n in needles} == {EMAIL, PHONE, NAME, "C1001", "C2000"}


def test_a_short_id_is_replaced_in_id_columns_only(place: Place) -> None:
    with duckdb.connect(str(place.database)) as connection:
        connection.execute(
            "create table raw_shop.person_lead as select '17' as id, 'bo@y.example' as email;"
            "create table core.fct_score as select '17' as lead_id, '17' as score;"
        )
    report: Report = forget(place, None, "bo@y.example")
    with duckdb.connect(str(place.database), read_only=True) as connection:
        rows = connection.execute(
            "select lead_id = (select id from raw_shop.person_lead), score from core.fct_score"
        ).fetchall()
    assert rows == [(True, "17")]
    assert report.left == []


def test_an_unknown_person_changes_nothing(place: Place) -> None:
    before = _shown(place)
    with pytest.raises(UsageError):
        forget(place, "C9", None)
    with pytest.raises(UsageError):
        forget(place, None, "nobody@x.example")
    with pytest.raises(UsageError):
        forget(place, "C1001", EMAIL)
    assert _shown(place) == before
