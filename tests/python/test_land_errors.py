"""What cannot be landed: the message, the exit code, and a warehouse that is as it was."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from conftest import ROOT
from landing_inbox import Inbox
from warehouse import cli
from warehouse.errors import LandingError, UsageError, WarehouseError
from warehouse.land import csv_file, landing


def parquet() -> bytes:
    """A small Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        duckdb.sql("select range as i, hash(range) as h from range(5000)").write_parquet(str(path))
        return path.read_bytes()


PARQUET = parquet()
NO_HEADER = "it has no header"

#: name of the case: (file name, content, what the message says)
BAD_FILES: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("a.csv", "", "it is empty"),
    "only blank lines": ("a.csv", "\r\n\n  \n", "it is empty"),
    "only a byte order mark": ("a.csv", b"\xef\xbb\xbf", "it is empty"),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), "it is empty"),
    "empty file called gzip": ("a.csv.gz", "", "it is empty"),
    "empty json": ("a.json", "", "it is empty"),
    "empty parquet": ("a.parquet", b"", "it is empty"),
    "json without objects": ("a.json", "[]", "it holds no object"),
    "json with empty objects": ("a.ndjson", "{}\n{}\n", "it holds no object"),
    "first row of numbers": (
        "a.csv",
        "1,Anna\n2,Bernd\n",
        f"{NO_HEADER}: the first row holds data ('1')",
    ),
    "first row with a date": ("a.csv", "Anna;31.01.2024\nBernd;01.02.2024\n", NO_HEADER),
    "first row with a timestamp": ("a.csv", "Anna,2024-01-31T09:30:00Z\n", NO_HEADER),
    "first row with an amount": ("a.csv", "Anna;-1.234,50 €\nBernd;2,00 €\n", NO_HEADER),
    "first row with an e-mail": (
        "a.csv",
        "Anna,anna@example.com\nBernd,b@example.com\n",
        NO_HEADER,
    ),
    "first row with a truth value": ("a.csv", "Anna,True\nBernd,False\n", NO_HEADER),
    "first row of texts that recur": (
        "a.csv",
        "Anna,Dustin,West\nBernd,Dustin,West\nCarla,Melvin,East\n",
        f"{NO_HEADER}: 'Dustin', 'West' of the first row are values in the rows below",
    ),
    "a note to Excel": (
        "a.csv",
        "sep=;\r\nid;name\r\n1;x\r\n",
        "its first line, 'sep=', is a note to Excel",
    ),
    "blank first line": (
        "a.csv",
        "\nid,name\n1,x\n",
        "its first line is not a header: it is blank",
    ),
    "a column without a name": ("a.csv", "id,,name\n1,2,3\n", "column 2 has none"),
    "a column named by signs only": ("a.csv", "id,###\n1,2\n", "column 2 has the name '###'"),
    "one name twice": (
        "a.csv",
        "id,name,id\n1,2,3\n",
        "columns 1 ('id') and 3 ('id') would both be called id",
    ),
    "one name twice in snake case": (
        "a.csv",
        "Close Date,closeDate\n1,2\n",
        "would both be called close_date",
    ),
    "one name twice in any case": ("a.csv", "ID,id\nx,y\n", "would both be called id"),
    "one name twice by umlauts": ("a.csv", "Größe,Groesse\nx,y\n", "would both be called groesse"),
    "one key twice in json": ("a.json", '[{"id": 1, "id": 2}]', "an object has the key 'id' twice"),
    "one name twice in json": ("a.json", '[{"aB": 1}, {"a_b": 2}]', "would both be called a_b"),
    "a column of landing's own": (
        "a.csv",
        "id,_source_file\n1,2\n",
        "_source_file is a column that landing adds",
    ),
    "a key of landing's own": (
        "a.json",
        '[{"_loaded_at": 1}]',
        "_loaded_at is a column that landing adds",
    ),
    "csv called parquet": ("a.parquet", "id,name\n1,x\n", "it is not a Parquet file but text"),
    "excel called parquet": (
        "a.parquet",
        b"PK\x03\x04" + b"\0" * 50,
        "but a ZIP archive or an Excel workbook",
    ),
    "parquet called csv": ("a.csv", PARQUET, "its content is a Parquet file"),
    "parquet called json": ("a.json", PARQUET, "its content is a Parquet file"),
    "excel called csv": (
        "a.csv",
        b"PK\x03\x04" + b"\0" * 50,
        "its content is a ZIP archive or an Excel workbook",
    ),
    "gzip called csv": ("a.csv", gzip.compress(b"id\n1\n"), "its content is gzip-compressed data"),
    "gzip twice": (
        "a.csv.gz",
        gzip.compress(gzip.compress(b"id\n1\n")),
        "its content is gzip-compressed data",
    ),
    "text called gzip": ("a.csv.gz", "id,name\n1,x\n", "it is not a complete gzip file"),
    "text called gzipped parquet": (
        "a.parquet.gz",
        "id,name\n1,x\n",
        "it is not a complete gzip file",
    ),
    "gzip cut off": (
        "a.csv.gz",
        gzip.compress(os.urandom(4000).hex().encode())[:-200],
        "it is not a complete gzip file",
    ),
    "gzip damaged": (
        "a.csv.gz",
        gzip.compress(b"id\n1\n")[:-8] + b"\0" * 8,
        "it is not a complete gzip file",
    ),
    "html called csv": (
        "a.csv",
        "\n <!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
        "its content is HTML or XML",
    ),
    "html in utf-16": ("a.csv", "<html></html>".encode("utf-16"), "its content is HTML or XML"),
    "html called json": ("a.json", "<html></html>", "its content is HTML or XML"),
    "json called csv": ("a.csv", '[{"id": 1}]', "its content is JSON"),
    "ndjson called csv": ("a.csv", '{"id": 1}\n{"id": 2}\n', "its content is JSON"),
    "csv called json": ("a.json", "id,name\n1,x\n", "its content is not JSON"),
    "binary": ("a.csv", bytes(range(256)) * 20, "it holds NUL bytes"),
    "utf-16 without a mark": (
        "a.csv",
        "id,name\n1,x\n".encode("utf-16-le"),
        "UTF-16 without a byte order mark",
    ),
    "one stray byte in utf-8": (
        "a.csv",
        "id,name\n1,Müller\n2,Gr".encode() + b"\xf6\xdf\n",
        "line 3 holds bytes that are not valid UTF-8",
    ),
    "a stray byte after a utf-8 mark": (
        "a.csv",
        b"\xef\xbb\xbfid\nM\xfcller\n",
        "line 2 holds bytes that are not valid UTF-8",
    ),
    "a stray byte in other letters": (
        "a.csv",
        "id\nЖеня\nОльга".encode() + b"\xff\n",
        "line 3 holds bytes that are not valid UTF-8",
    ),
    "neither utf-8 nor windows-1252": (
        "a.csv",
        b"id,name\n1,\x81\x8d\n",
        "line 2 holds bytes that are not valid UTF-8 or Windows-1252",
    ),
    "half a character in utf-16": (
        "a.csv",
        "id\n1\n".encode("utf-16") + b"\x00",
        "line 3 holds bytes that are not valid UTF-16-LE",
    ),
    "a lone surrogate in utf-16": (
        "a.csv",
        b"\xff\xfei\0\n\0\x00\xd8x\0",
        "line 2 holds bytes that are not valid UTF-16-LE",
    ),
    "a quote never closed": (
        "a.csv",
        'id,name\n1,x\n2,"open\n3,y\n4,z\n',
        "a quote opened in the row of line 3 is not closed before line 5",
    ),
    "a quote in the header never closed": (
        "a.csv",
        '"id,name\n1,x\n2,y\n',
        "its first line is not a header: a quote is opened and never closed",
    ),
    "rows that all differ from the header": (
        "a.csv",
        "id,name\n1,2,3\n4,5,6\n",
        "line 2: expected 2 columns, found 3",
    ),
    "json cut off": ("a.json", '[{"id": 1}, {"id": 2}', "not readable as JSON"),
    "json with a mistake": ("a.json", '[{"id": 1}, {"id": }]', "not readable as JSON"),
    "json with something behind": ("a.json", '[{"id": 1}] and more', "not readable as JSON"),
    "json of numbers": ("a.json", "[1, 2]", "2 of its elements are not objects"),
    "parquet cut off": ("a.parquet", PARQUET[:-100], "not readable as Parquet"),
    "parquet damaged": (
        "a.parquet",
        PARQUET[:100] + b"\0" * 4000 + PARQUET[4100:],
        "not readable as Parquet",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_named_with_the_reason_and_nothing_is_visible(
    inbox: Inbox, name: str, content: str | bytes, message: str
) -> None:
    inbox.write("before.csv", "id\n1\n")
    inbox.land("older")
    inbox.write("before.csv", "id,name\n1,x\n2\n")
    before = inbox.catalogue()
    inbox.write(name, content)
    inbox.write("zz_good.csv", "id\n1\n")
    with pytest.raises(LandingError) as raised:
        inbox.land("older")
    assert raised.value.exit_code == 3
    first, problem = str(raised.value).splitlines()
    assert first == f"1 file of {inbox.folder} cannot be landed, so nothing was:"
    assert problem.startswith(f"  {name}: ")
    assert message in problem
    assert problem.endswith(".")
    assert inbox.catalogue() == before


def test_all_bad_files_are_reported_at_once_and_a_good_one_beside_them_is_not_landed(
    inbox: Inbox,
) -> None:
    for number, (name, content, _) in enumerate(BAD_FILES.values()):
        inbox.write(name.replace("a.", f"bad{number:03d}.", 1), content)
    inbox.write("good.csv", "id\n1\n")
    inbox.write("twin one.csv", "id\n1\n")
    inbox.write("twin_one.json", '[{"id": 1}]')
    with pytest.raises(LandingError) as raised:
        inbox.land()
    first, *problems = str(raised.value).splitlines()
    assert first.startswith(f"{len(BAD_FILES) + 2} files of ")
    assert len(problems) == len(BAD_FILES) + 2
    for problem, (_, _, message) in zip(problems, BAD_FILES.values(), strict=False):
        assert message in problem
    assert [problem.split(":")[0] for problem in problems[-2:]] == [
        "  twin one.csv",
        "  twin_one.json",
    ]
    assert inbox.catalogue() == {"schemas": [], "columns": []}


def test_two_files_for_one_table_are_both_named(inbox: Inbox) -> None:
    for name in ("Sales Teams.csv", "sales_teams.parquet", "salesTeams.json.gz"):
        inbox.write(name, "whatever")
    with pytest.raises(LandingError) as raised:
        inbox.land()
    problems = str(raised.value).splitlines()[1:]
    assert len(problems) == 3
    assert (
        "  Sales Teams.csv: salesTeams.json.gz and sales_teams.parquet would become the same table "
        "sales_teams. Rename or remove all but one of them."
    ) in problems


def test_a_file_name_without_letters_is_an_error(inbox: Inbox) -> None:
    inbox.write("###.csv", "id\n1\n")
    with pytest.raises(LandingError, match=r"###\.csv: its name holds no letter or digit"):
        inbox.land()


def test_a_file_name_that_is_not_utf_8_is_an_error(inbox: Inbox) -> None:
    path = os.fsencode(inbox.folder) + b"/caf\xe9.csv"
    Path(os.fsdecode(path)).write_text("id\n1\n")
    with pytest.raises(LandingError, match="its name is not valid UTF-8") as raised:
        inbox.land()
    str(raised.value).encode()


def test_a_table_that_a_view_stands_in_for_is_an_error(inbox: Inbox) -> None:
    inbox.query("create schema raw_crm")
    inbox.query("create view raw_crm.a as select 1 as one")
    inbox.write("a.csv", "id\n1\n")
    with pytest.raises(LandingError, match=r"a\.csv: DuckDB cannot make raw_crm\.a of it .*View"):
        inbox.land()


def test_a_file_that_grows_while_it_is_read_is_an_error(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.write("a.csv", "id\n1\n")
    read = landing.land_csv
    grow = "id\n1\n2\n"
    monkeypatch.setattr(landing, "land_csv", lambda *a: (read(*a), path.write_text(grow))[0])
    with pytest.raises(LandingError, match=r"a\.csv: it changed while it was read"):
        inbox.land()
    assert inbox.catalogue() == {"schemas": [], "columns": []}


def test_rows_that_the_reader_loses_without_a_word_are_noticed(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = csv_file._create_table
    monkeypatch.setattr(csv_file, "_create_table", lambda *a: read(*a) and False)
    inbox.write("a.csv", 'id,name\n1,"x\ny"\n2\n3,z\n')
    inbox.land()
    assert inbox.rows("a") == [("1", "x\ny"), ("3", "z")]
    assert [line[1:3] for line in inbox.rejected()] == [(4, "2")]


def test_links_inside_the_folder_are_followed_and_links_out_of_it_are_errors(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    (inbox.folder / "b.csv").symlink_to("a.csv")
    inbox.land()
    assert inbox.rows("b") == [("1",)]
    outside = inbox.folder.parent / "secret.csv"
    outside.write_text("id\n1\n")
    (inbox.folder / "c.csv").symlink_to(outside)
    (inbox.folder / "d.csv").symlink_to("nowhere.csv")
    (inbox.folder / "e.csv").symlink_to("e.csv")
    (inbox.folder / "f.csv").symlink_to("..")
    os.mkfifo(inbox.folder / "g.csv")
    with pytest.raises(LandingError) as raised:
        inbox.land()
    problems = str(raised.value).splitlines()[1:]
    assert [problem[2:7] for problem in problems] == ["c.csv", "d.csv", "e.csv", "f.csv", "g.csv"]
    assert "a link to" in problems[0]
    assert "outside the folder" in problems[0]
    assert "it cannot be read" in problems[1]
    assert "it cannot be read" in problems[2]
    assert "outside the folder" in problems[3]
    assert "not a regular file" in problems[4]


@pytest.fixture
def guarded() -> Iterator[Inbox]:
    """An inbox for somebody whom file permissions concern, also when the tests run as root."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "export").mkdir()
        base.chmod(0o777)
        yield Inbox(base / "export", base / "warehouse.duckdb")
        os.seteuid(user)
        (base / "export").chmod(0o700)


def become_nobody() -> None:
    """Give up root's right to read everything; nothing to give up for others."""
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_a_file_that_may_not_be_read_is_an_error(guarded: Inbox) -> None:
    guarded.write("a.csv", "id\n1\n")
    guarded.write("b.csv", "id\n1\n").chmod(0)
    become_nobody()
    with pytest.raises(LandingError, match=r"b.csv: it cannot be read: Permission denied"):
        guarded.land()


def test_a_folder_that_may_not_be_read_is_an_error(guarded: Inbox) -> None:
    guarded.write("a.csv", "id\n1\n")
    guarded.folder.chmod(0)
    become_nobody()
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        guarded.land()


def test_a_missing_folder_a_file_and_a_folder_without_data_are_told_apart(inbox: Inbox) -> None:
    missing = inbox.folder / "missing"
    with pytest.raises(UsageError, match="There is no folder"):
        Inbox(missing, inbox.database).land()
    path = inbox.write("notes.txt", "id\n1\n")
    with pytest.raises(UsageError, match="is a file"):
        Inbox(path, inbox.database).land()
    with pytest.raises(LandingError, match="holds no data file"):
        inbox.land()
    assert not inbox.database.exists()


@pytest.mark.parametrize(
    "source", ["", "Maven", "1st", "_x", "sales-force", "a b", "ümlaut", "a;b", "a\n"]
)
def test_a_source_has_a_plain_lower_case_name(inbox: Inbox, source: str) -> None:
    inbox.write("a.csv", "id\n1\n")
    with pytest.raises(UsageError, match="cannot name a source"):
        inbox.land(source)
    assert not inbox.database.exists()


def test_a_database_in_use_is_named_with_the_way_out(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; held = duckdb.connect({str(inbox.database)!r}); "
            "print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseError, match=r"in use by another process\. Wait until"):
            inbox.land()
    finally:
        holder.communicate("\n")
    inbox.land()
    assert inbox.rows("a") == [("1",)]


def test_a_database_that_cannot_be_opened_is_an_error(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    inbox.database.write_text("this is no database " * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        inbox.land()
    with pytest.raises(WarehouseError, match="cannot be opened"):
        Inbox(inbox.folder, inbox.folder / "missing" / "x.duckdb").land()


def run(inbox: Inbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a scheduler calls it."""
    return subprocess.run(
        [sys.executable, "-c", "from warehouse.cli import main; main()", "land", *arguments],
        cwd=ROOT,
        env={**os.environ, "WAREHOUSE_DB": str(inbox.database)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_one_plain_line_per_file_and_totals(inbox: Inbox) -> None:
    inbox.write("a.csv", "id,name\n1,x\n2\n3,y\n")
    inbox.write("a very long name [bold]with brackets[b] that no terminal holds.csv", "id\n1\n")
    inbox.write("notes.txt", "")
    first = run(inbox, "crm", str(inbox.folder))
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "a very long name [bold]with brackets[b] that no terminal holds.csv: raw_crm."
        "a_very_long_name_bold_with_brackets_b_that_no_terminal_holds, 1 row, 0 rejected lines",
        "a.csv: raw_crm.a, 2 rows, 1 rejected line",
        "notes.txt: skipped: not a CSV, TSV, Parquet or JSON file",
        "2 files landed with 3 rows, 0 unchanged, 1 skipped, "
        "1 rejected line in raw_crm._rejected_line",
    ]
    second = run(inbox, "crm", str(inbox.folder))
    assert second.returncode == 0
    assert second.stdout.splitlines()[1] == "a.csv: unchanged (raw_crm.a, 2 rows)"
    assert second.stdout.splitlines()[-1].startswith("0 files landed with 0 rows, 2 unchanged")


def test_the_command_ends_with_3_for_bad_files_and_2_for_bad_arguments(inbox: Inbox) -> None:
    inbox.write("[red]a.csv", "")
    inbox.write("b.csv", "1,2\n3,4\n")
    bad = run(inbox, "crm", str(inbox.folder))
    assert (bad.returncode, bad.stdout) == (3, "")
    assert "  [red]a.csv: it is empty" in bad.stderr
    assert "  b.csv: it has no header" in bad.stderr
    assert "Traceback" not in bad.stderr
    assert run(inbox, "CRM", str(inbox.folder)).returncode == 2
    assert run(inbox, "crm", str(inbox.folder / "missing")).returncode == 2
    assert run(inbox, "crm").returncode == 2


def test_on_a_terminal_the_command_shows_a_table(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.write("a.csv", "id,name\n1,x\n2\n3,y\n")
    monkeypatch.setenv("WAREHOUSE_DB", str(inbox.database))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(cli.console, "_force_terminal", True)
    result = CliRunner().invoke(cli.app, ["land", "crm", str(inbox.folder)])
    assert result.exit_code == 0, result.output
    for shown in ("Landed into raw_crm", "rejected lines", "a.csv", "landed"):
        assert shown in result.output
