"""Landing text files: delimiters, encodings, quotes, bad lines, landing again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import SHARED_DATA
from landing_inbox import OWN_COLUMNS, Inbox
from warehouse.land import csv_file
from warehouse.land.names import snake_case
from warehouse.land.text import CHUNK, as_utf8, with_one_newline


def test_every_column_is_text_and_rows_say_where_they_came_from(inbox: Inbox) -> None:
    inbox.write("Sales Pipeline.csv", "id,closeDate,Größe (m²)\n007,2024-01-31,1.50\n8,,\n")
    before = datetime.now(timezone.utc).replace(tzinfo=None)
    inbox.land()
    assert inbox.columns("sales_pipeline") == [
        ("id", "VARCHAR"),
        ("close_date", "VARCHAR"),
        ("groesse_m²", "VARCHAR"),
        ("_source_file", "VARCHAR"),
        ("_source_row", "BIGINT"),
        ("_loaded_at", "TIMESTAMP"),
    ]
    rows = inbox.query("from raw_crm.sales_pipeline order by _source_row")
    assert [row[:5] for row in rows] == [
        ("007", "2024-01-31", "1.50", "Sales Pipeline.csv", 1),
        ("8", None, None, "Sales Pipeline.csv", 2),
    ]
    assert before <= rows[0][5] <= before + timedelta(minutes=5)
    assert rows[0][5] == rows[1][5]


TEXTS: dict[str, tuple[str | bytes, list[tuple[str | None, ...]]]] = {
    "comma": (
        "id,name\n1,Müller\n2,Groß\n",
        [("1", "Müller"), ("2", "Groß")],
    ),
    "byte order mark and crlf": (
        b"\xef\xbb\xbfid,name\r\n1,M\xc3\xbcller\r\n2,\r\n",
        [("1", "Müller"), ("2", None)],
    ),
    "byte order mark quoted": (
        b'\xef\xbb\xbf"id","name"\r\n"1","x"\r\n',
        [("1", "x")],
    ),
    "semicolon": (
        "id;amount\n1;1,50\n2;1.234,00\n",
        [("1", "1,50"), ("2", "1.234,00")],
    ),
    "decimal commas only": (
        "net;gross\n1,5;2,5\n1,6;2,6\n",
        [("1,5", "2,5"), ("1,6", "2,6")],
    ),
    "tab": (
        "id\tname\n1\ta, b\n2\tc; d\n",
        [("1", "a, b"), ("2", "c; d")],
    ),
    "pipe": (
        "id|name\n1|a,b\n2|c,d\n",
        [("1", "a,b"), ("2", "c,d")],
    ),
    "one column full of delimiters": (
        "note\nhello, world\nfoo; bar, baz\na | b\n",
        [("hello, world",), ("foo; bar, baz",), ("a | b",)],
    ),
    "one column with as many commas": (
        "note\na, b\nc, d\ne, f\n",
        [("a, b",), ("c, d",), ("e, f",)],
    ),
    "text full of commas": (
        'id;text\n1;"a, b, c"\n2;d, e, f, g\n',
        [("1", "a, b, c"), ("2", "d, e, f, g")],
    ),
    "comma in the header": (
        "id;last, first;text\n1;a, b;c, d\n2;e, f;g, h\n",
        [("1", "a, b", "c, d"), ("2", "e, f", "g, h")],
    ),
    "quoted line breaks": (
        'id,note\n1,"first\nsecond"\n2,"x\r\ny"\n',
        [("1", "first\nsecond"), ("2", "x\ny")],
    ),
    "line break in the header": (
        'id,"long\nname"\r\n1,"a\r\nb"\r\n',
        [("1", "a\nb")],
    ),
    "quotes": (
        'id,note\n1,"say ""hi"""\n2, "spaced"\n3,5" disc\n',
        [("1", 'say "hi"'), ("2", "spaced"), ("3", '5" disc')],
    ),
    "empty fields are null quoted or not": (
        'id,a,b\n1,,""\n2,"",x\n',
        [("1", None, None), ("2", None, "x")],
    ),
    "words for nothing stay text": (
        "id,a\n1,NULL\n2,null\n3,n/a\n4, \n",
        [("1", "NULL"), ("2", "null"), ("3", "n/a"), ("4", " ")],
    ),
    "carriage returns only": (
        "id,name\r1,a\r2,b\r",
        [("1", "a"), ("2", "b")],
    ),
    "mixed line ends": (
        "id,name\r\n1,a\r\n2,b\n3,c\r\n",
        [("1", "a"), ("2", "b"), ("3", "c")],
    ),
    "blank lines": (
        "id,name\n1,a\n\n2,b\n\n\n",
        [("1", "a"), ("2", "b")],
    ),
    "no line end at the end": (
        "id,name\n1,a\n2,b",
        [("1", "a"), ("2", "b")],
    ),
    "delimiter at the end of rows": (
        "id,name\n1,a,\n2,b,\n",
        [("1", "a"), ("2", "b")],
    ),
    "only a header": (
        "id,name\n",
        [],
    ),
    "windows 1252": (
        "id;name\n1;Müller\n2;„Spaß“ 5 €\n".encode("cp1252"),
        [("1", "Müller"), ("2", "„Spaß“ 5 €")],
    ),
    "latin 1": (
        "id;name\n1;Müller\n2;Größe\n".encode("latin-1"),
        [("1", "Müller"), ("2", "Größe")],
    ),
    "utf 16": (
        "id;name\r\n1;Müller\r\n2;日本 🙂\r\n".encode("utf-16"),
        [("1", "Müller"), ("2", "日本 🙂")],
    ),
    "utf 16 big endian": (
        b"\xfe\xff" + "id\tname\r\n1\tMüller\r\n".encode("utf-16-be"),
        [("1", "Müller")],
    ),
    "utf 32": (
        "id,name\n1,Müller\n".encode("utf-32"),
        [("1", "Müller")],
    ),
}


@pytest.mark.parametrize(("content", "rows"), TEXTS.values(), ids=TEXTS.keys())
def test_text_is_read_as_it_is(
    inbox: Inbox, content: str | bytes, rows: list[tuple[str | None, ...]]
) -> None:
    inbox.write("things.csv", content)
    inbox.land()
    assert inbox.rows("things") == rows
    assert inbox.rejected() == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_gzipped_text_is_read_like_plain_text(inbox: Inbox, delimiter: str) -> None:
    inbox.pack("a.CSV.gz", f"id{delimiter}name\n1{delimiter}x\n")
    inbox.pack("b.tsv.gz", f"id{delimiter}name\r\n1{delimiter}ü\r\n".encode("utf-16"))
    inbox.land()
    assert inbox.rows("a") == [("1", "x")]
    assert inbox.rows("b") == [("1", "ü")]


def test_a_byte_order_mark_inside_gzip_is_no_part_of_a_name(inbox: Inbox) -> None:
    inbox.pack("a.csv.gz", b'\xef\xbb\xbf"id";name\n1;x\n')
    inbox.land()
    assert [name for name, _ in inbox.columns("a")] == ["id", "name", *OWN_COLUMNS]
    assert inbox.rows("a") == [("1", "x")]


def test_a_blank_line_in_a_file_of_one_column_is_a_row_without_a_value(inbox: Inbox) -> None:
    inbox.write("things.csv", "name\na\n\nb\n")
    inbox.land()
    assert inbox.rows("things") == [("a",), (None,), ("b",)]


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("AccountID", "account_id"),
        ("closeDate", "close_date"),
        ("  Straße / Nr. ", "strasse_nr"),
        ("Ärger", "aerger"),
        ("a\u0308rger", "aerger"),
        ("Café à la carte", "cafe_a_la_carte"),
        ("Custom_Field__c", "custom_field_c"),
        ("ARR 2024 (€)", "arr_2024"),
        ("_id", "_id"),
        ("Имя й", "имя_й"),
        ("名前", "名前"),
        ("###", ""),
    ],
)
def test_names_become_snake_case(original: str, name: str) -> None:
    assert snake_case(original) == name


def test_ragged_lines_are_kept_with_number_text_and_reason(inbox: Inbox) -> None:
    inbox.write(
        "things.csv",
        "id,note,x\r\n"
        '1,"two\r\nlines",a\r\n'
        "2,short\r\n"
        "3,ok,b\r\n"
        "4,too,many,cells\r\n"
        '5,"6" disc","7" disc"\r\n'
        "\r\n"
        '8,"ends here\r\nbut goes on"x,c\r\n'
        "9,ok,d",
    )
    landing = inbox.land()
    assert inbox.rows("things") == [("1", "two\r\nlines", "a"), ("3", "ok", "b"), ("9", "ok", "d")]
    assert inbox.rejected() == [
        ("things.csv", 4, "2,short", "expected 3 columns, found 2"),
        ("things.csv", 6, "4,too,many,cells", "expected 3 columns, found 4"),
        (
            "things.csv",
            7,
            '5,"6" disc","7" disc"',
            "a quote inside a quoted value is not doubled",
        ),
        (
            "things.csv",
            9,
            '8,"ends here\r\nbut goes on"x,c',
            "a quote inside a quoted value is not doubled",
        ),
    ]
    assert [(file.row_count, file.rejected_count) for file in landing.files] == [(3, 4)]
    assert inbox.query("select distinct loaded_at from raw_crm._rejected_line") == inbox.query(
        "select distinct _loaded_at from raw_crm.things"
    )
    assert inbox.query("select _source_row from raw_crm.things order by id") == [(1,), (2,), (3,)]


def test_beside_bad_lines_the_others_are_read_as_ever(inbox: Inbox) -> None:
    rows = '1, "a, b" ,x\n2,"say ""hi"" , ok",y,\n3,5" disc,\n'
    inbox.write("good.csv", f"id,name,more\n{rows}")
    inbox.write("bad.csv", f"id,name,more\n4,short\n{rows}5,a,b, \n")
    inbox.land()
    assert inbox.rows("good") == [
        ("1", "a, b", "x"),
        ("2", 'say "hi" , ok', "y"),
        ("3", '5" disc', None),
    ]
    assert inbox.rows("bad") == inbox.rows("good")
    assert [line[2] for line in inbox.rejected()] == ["4,short", "5,a,b, "]


def test_a_file_without_bad_lines_is_not_searched_for_them(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(csv_file, "split_csv")
    inbox.write("a.csv", 'id,"na\nme"\n1,"two\nlines"\n2,x\n\n\n')
    inbox.write("b.csv", 'id,"na\r\nme"\r\n1,"two\r\nlines"\r\n2,x')
    inbox.write("c.csv", "id\n1\n\n")
    inbox.land()
    assert len(inbox.rows("a")) == len(inbox.rows("b")) == len(inbox.rows("c")) == 2


def test_line_ends_are_told_apart_across_the_pieces_a_file_is_read_in(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\r\n" + b"x" * (CHUNK - 5) + b"\r\nend\r\n")
    text = as_utf8(path, False, tmp_path)
    assert (text.lines, text.blank_lines_at_end, text.mixes_newlines) == (3, 0, False)
    path.write_bytes(b"id\n" + b"x" * (CHUNK - 4) + b"\r\nend\r")
    text = as_utf8(path, False, tmp_path)
    assert text.mixes_newlines
    assert with_one_newline(text, tmp_path).path.read_bytes().split(b"\n")[2:] == [b"end", b""]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_line_numbers_hold_in_every_encoding(inbox: Inbox, encoding: str, packed: bool) -> None:
    text = 'id;name\n1;"Bär\nTür"\n2;Öl;zu viel\n3;gut\n'.encode(encoding)
    if packed:
        inbox.pack("things.csv.gz", text)
    else:
        inbox.write("things.csv", text)
    inbox.land()
    assert inbox.rows("things") == [("1", "Bär\nTür"), ("3", "gut")]
    assert [line[1:3] for line in inbox.rejected()] == [(4, "2;Öl;zu viel")]


def test_the_last_line_cut_off_in_a_quote_is_kept_aside(inbox: Inbox) -> None:
    inbox.write("things.csv", 'id,name\n1,a\n2,"cut o')
    inbox.land()
    assert inbox.rows("things") == [("1", "a")]
    assert inbox.rejected() == [("things.csv", 3, '2,"cut o', "a quote is opened and never closed")]


def test_a_line_longer_than_the_reader_takes_is_kept_aside(inbox: Inbox) -> None:
    inbox.write("things.csv", f"id,name\n1,a\n2,{'x' * 3_000_000}\n3,c\n")
    inbox.land()
    assert inbox.rows("things") == [("1", "a"), ("3", "c")]
    ((_, number, text, reason),) = inbox.rejected()
    assert (number, reason) == (3, "the line is longer than 2,000,000 bytes")
    assert text.startswith("2,xxx")


def test_bad_lines_of_a_large_file_are_found_wherever_they_are(inbox: Inbox) -> None:
    lines = [
        f'{i},"two\nlines",{i}' if i % 1000 == 5 else f"{i},one line,{i}" for i in range(400_000)
    ]
    for i in (77_777, 250_000, 399_999):
        lines[i] = f"{i},ragged"
    inbox.write("things.csv", "id,text,number\n" + "\n".join(lines) + "\n")
    inbox.land()
    assert inbox.query(
        "select count(*), max(_source_row), sum(id::bigint) from raw_crm.things"
    ) == [(399_997, 399_997, sum(range(400_000)) - 77_777 - 250_000 - 399_999)]
    in_order = inbox.query("select id::bigint from raw_crm.things order by _source_row")
    assert in_order == sorted(in_order)
    expected = [(i + 2 + (i + 994) // 1000, f"{i},ragged") for i in (77_777, 250_000, 399_999)]
    assert [line[1:3] for line in inbox.rejected()] == expected


def test_landing_again_changes_nothing(inbox: Inbox) -> None:
    inbox.write("a.csv", "id,name\n1,x\n2\n")
    inbox.write("b.ndjson", '{"id": 1}\n')
    first = inbox.land()
    before = inbox.catalogue()
    second = inbox.land()
    assert inbox.catalogue() == before
    assert [file.is_unchanged for file in first.files] == [False, False]
    assert [file.is_unchanged for file in second.files] == [True, True]
    assert [file.row_count for file in second.files] == [1, 1]
    assert [file.rejected_count for file in second.files] == [1, 0]


def test_new_content_replaces_rows_rejects_and_columns_in_full(inbox: Inbox) -> None:
    inbox.write("a.csv", "id,name\n1,x\n2\n")
    inbox.write("b.csv", "id,name\n1,x\n2\n")
    inbox.land()
    inbox.write("a.csv", "id,city\n7,Graz\n")
    inbox.land()
    assert inbox.rows("a") == [("7", "Graz")]
    assert [name for name, _ in inbox.columns("a")] == ["id", "city", *OWN_COLUMNS]
    assert [line[0] for line in inbox.rejected()] == ["b.csv"]
    register = "select source_file, row_count, rejected_count from raw_crm._landed_file"
    assert sorted(inbox.query(register)) == [("a.csv", 1, 0), ("b.csv", 1, 1)]


def test_the_register_holds_hash_size_and_counts(inbox: Inbox) -> None:
    path = inbox.write("a.csv", "id,name\n1,x\n2\n3,y\n")
    inbox.land()
    assert inbox.query("select * exclude (landed_at) from raw_crm._landed_file") == [
        ("a.csv", "a", hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size, 2, 1)
    ]
    assert inbox.query("select landed_at from raw_crm._landed_file") == inbox.query(
        "select distinct _loaded_at from raw_crm.a"
    )


def test_tables_of_earlier_landings_stay(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    inbox.land()
    (inbox.folder / "a.csv").unlink()
    inbox.write("b.csv", "id\n2\n")
    inbox.land()
    assert inbox.rows("a") == [("1",)]
    assert inbox.rows("b") == [("2",)]


def test_a_table_that_comes_in_another_format_is_replaced(inbox: Inbox) -> None:
    inbox.write("a.csv", "id,name\n1,x\n2\n")
    inbox.land()
    (inbox.folder / "a.csv").unlink()
    inbox.write("a.json", '[{"id": 5}]')
    inbox.land()
    assert inbox.rows("a") == [("5",)]
    assert inbox.rejected() == []
    assert inbox.query("select source_file from raw_crm._landed_file") == [("a.json",)]


def test_a_dropped_table_is_landed_again(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    inbox.land()
    inbox.query("drop table raw_crm.a")
    assert not inbox.land().files[0].is_unchanged
    assert inbox.rows("a") == [("1",)]


def test_sources_do_not_touch_each_other(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    inbox.land("one")
    inbox.write("a.csv", "id\n2\n")
    inbox.land("two")
    assert inbox.rows("a", "raw_one") == [("1",)]
    assert inbox.rows("a", "raw_two") == [("2",)]


def test_hidden_files_are_ignored_and_other_files_are_named(inbox: Inbox) -> None:
    inbox.write("a.csv", "id\n1\n")
    inbox.write(".hidden.csv", "no header here")
    inbox.write("notes.txt", "nothing")
    inbox.write("table.xlsx", b"PK\x03\x04")
    (inbox.folder / "older").mkdir()
    inbox.write("older/b.csv", "id\n1\n")
    landing = inbox.land()
    assert [file.table_name for file in landing.files] == ["a"]
    assert landing.skipped == ("notes.txt", "older/", "table.xlsx")


@pytest.mark.parametrize(
    ("file_name", "table"),
    [
        ("semi;colon 'quote' \"double\".csv", "semi_colon_quote_double"),
        ("select * from (drop table).csv", "select_from_drop_table"),
        ("order.csv", "order"),
        ("[1]*?{a,b}.csv", "1_a_b"),
        ("back\\slash%20.csv", "back_slash_20"),
        ("line\nbreak.csv", "line_break"),
        ("Übergrößenträger 日本.csv", "uebergroessentraeger_日本"),
        ("k=v.csv", "k_v"),
        ("a.b.2024-01.csv", "a_b_2024_01"),
        ("n" * 240 + ".csv", "n" * 240),
        ("_landed_file.csv", "landed_file"),
    ],
)
def test_hostile_file_names_are_only_names(inbox: Inbox, file_name: str, table: str) -> None:
    inbox.write(file_name, "id,name\n1,x\n2\n")
    inbox.write("k1.csv", "id,name\n9,other\n")  # what the pattern in a name could match instead
    inbox.land()
    assert inbox.rows(table) == [("1", "x")]
    assert inbox.query(f'select distinct _source_file from raw_crm."{table}"') == [(file_name,)]
    assert [line[0] for line in inbox.rejected()] == [file_name]
    assert all(file.is_unchanged for file in inbox.land().files)


def test_hostile_column_names_are_only_names(inbox: Inbox) -> None:
    long = "x" * 5000
    inbox.write(
        "things.csv",
        f'"it\'s; drop table","say ""hi""",select,order,Ünïcode 日本,"a\nb",{long},{{}}1,rowid\n'
        "1,2,3,4,5,6,7,8,9\n",
    )
    inbox.land()
    assert [name for name, _ in inbox.columns("things")] == [
        "it_s_drop_table", "say_hi", "select", "order", "uenicode_日本", "a_b", long, "1", "rowid",
        *OWN_COLUMNS,
    ]  # fmt: skip
    assert inbox.rows("things") == [tuple("123456789")]


def test_a_table_of_texts_is_not_taken_for_data(inbox: Inbox) -> None:
    inbox.write("a.csv", "name,city\nAnna,Wien\nBernd,Graz\n")
    inbox.write("b.csv", "table,field\naccount,name\ncontact,field\n")
    inbox.write("c.csv", "name,kind\nname,x\ny,z\nname,kind\n")
    inbox.land()
    assert len(inbox.rows("a")) == 2
    assert len(inbox.rows("b")) == 2
    assert len(inbox.rows("c")) == 3


@pytest.mark.parametrize(
    ("folder", "source", "counts"),
    [
        (
            "maven_crm_sales",
            "maven",
            {"sales_pipeline": 8_800, "accounts": 85, "products": 7, "sales_teams": 35},
        ),
        (
            "ravenstack_saas",
            "ravenstack",
            {
                "ravenstack_accounts": 500,
                "ravenstack_subscriptions": 5_000,
                "ravenstack_feature_usage": 25_000,
                "ravenstack_support_tickets": 2_000,
                "ravenstack_churn_events": 600,
            },
        ),
    ],
)
def test_published_data_land_with_the_published_counts(
    tmp_path: Path, folder: str, source: str, counts: dict[str, int]
) -> None:
    if not (SHARED_DATA / folder).is_dir():
        pytest.skip(f"the published data set is not there: ../shared/data/{folder}")
    inbox = Inbox(SHARED_DATA / folder, tmp_path / "warehouse.duckdb")
    landed = {file.table_name: file for file in inbox.land(source).files}
    assert {table: landed[table].row_count for table in counts} == counts
    assert all(file.rejected_count == 0 for file in landed.values())
    if source == "maven":
        assert inbox.query(
            "select count(*) filter (where account is null), "
            "count(*) filter (where close_date is null), "
            "count(*) filter (where product = 'GTXPro'), any_value(typeof(close_value)) "
            "from raw_maven.sales_pipeline"
        ) == [(1_425, 1_589 + 500, 1_480, "VARCHAR")]
