"""Landing Parquet and JSON files: every value as text."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from landing_inbox import OWN_COLUMNS, Inbox


def write_parquet(path: Path, query: str) -> None:
    """A Parquet file with the types of a query."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Europe/Vienna'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")


def test_parquet_values_become_plain_text(inbox: Inbox) -> None:
    write_parquet(
        inbox.folder / "things.parquet",
        """
        select
            7 as "Id", 12.50::decimal(9, 2) as amount, 0.1::double as share, true as "isWon",
            date '2024-01-31' as day, timestamp '2024-01-31 09:30:00.5' as "closedAt",
            timestamptz '2024-07-01 12:00:00+02:00' as utc, '' as empty, null::integer as nothing,
            {'city': 'Graz', 'list': [1, null]} as address, [1.5, 2] as numbers,
            map {'a': 1} as pairs, 123456789012345678.12::decimal(20, 2) as big
        """,
    )
    inbox.land()
    assert {type_ for name, type_ in inbox.columns("things") if name not in OWN_COLUMNS} == {
        "VARCHAR"
    }
    names = [name for name, _ in inbox.columns("things")]
    (row,) = inbox.rows("things")
    assert dict(zip(names, row, strict=False)) == {
        "id": "7",
        "amount": "12.50",
        "share": "0.1",
        "is_won": "true",
        "day": "2024-01-31",
        "closed_at": "2024-01-31 09:30:00.5",
        "utc": "2024-07-01 10:00:00+00",
        "empty": "",
        "nothing": None,
        "address": '{"city":"Graz","list":[1,null]}',
        "numbers": "[1.5,2.0]",
        "pairs": '{"a":1}',
        "big": "123456789012345678.12",
    }


def test_parquet_rows_keep_their_order_and_number(inbox: Inbox) -> None:
    write_parquet(inbox.folder / "things.parquet", "select i from range(300000) r(i)")
    inbox.land()
    assert inbox.query(
        "select count(*), bool_and(_source_row = i::bigint + 1) from raw_crm.things"
    ) == [(300_000, True)]


def test_a_parquet_column_called_like_the_readers_own_is_kept(inbox: Inbox) -> None:
    query = "select i * 10 as file_row_number, 'f' as filename from range(1, 4) r(i)"
    write_parquet(inbox.folder / "things.parquet", query)
    inbox.land()
    assert inbox.query("select * exclude (_loaded_at) from raw_crm.things") == [
        (str(10 * i), "f", "things.parquet", i) for i in (1, 2, 3)
    ]


def test_gzipped_parquet_and_parquet_without_rows_are_read(inbox: Inbox) -> None:
    write_parquet(inbox.folder / "a.parquet", "select 1 as id")
    packed = gzip.compress((inbox.folder / "a.parquet").read_bytes())
    (inbox.folder / "b.parquet.gz").write_bytes(packed)
    write_parquet(inbox.folder / "c.parquet", "select 1 as id where false")
    inbox.land()
    assert inbox.rows("a") == inbox.rows("b") == [("1",)]
    assert inbox.rows("c") == []


def test_two_parquet_columns_of_one_name_are_an_error(inbox: Inbox) -> None:
    pl.DataFrame(
        {"Account Id": [1], "nested": [{"account_id": 2}], "account_id": [3]}
    ).write_parquet(inbox.folder / "things.parquet")
    with pytest.raises(Exception, match=r"columns 1 \('Account Id'\) and 3 \('account_id'\)"):
        inbox.land()


JSON_RECORDS = [
    {"Id": 1, "amount": 12.5, "isOpen": True, "note": None},
    {"Id": "2", "address": {"city": "Graz", "tags": ["a", {"b": None}]}, "note": "zwei\nZeilen ü"},
    {"list": [], "empty": "", "big": 12345678901234567890123},
]
JSON_ROWS = [
    ("1", "12.5", "true", None, None, None, None, None),
    (
        "2",
        None,
        None,
        "zwei\nZeilen ü",
        '{"city":"Graz","tags":["a",{"b":null}]}',
        None,
        None,
        None,
    ),
    (None, None, None, None, None, "[]", "", "12345678901234567890123"),
]
JSON_NAMES = ["id", "amount", "is_open", "note", "address", "list", "empty", "big"]

JSON_TEXTS = {
    "things.json": json.dumps(JSON_RECORDS),
    "things.jsonl": json.dumps(JSON_RECORDS, ensure_ascii=False, indent=2),
    "things.JSON": "\ufeff" + json.dumps(JSON_RECORDS, ensure_ascii=False),
    "things.ndjson": "\n".join(json.dumps(record) for record in JSON_RECORDS),
    "things .json": "\r\n\r\n".join(json.dumps(record) for record in JSON_RECORDS) + "\r\n",
    "things-.json": "\n".join(json.dumps(record, indent=1) for record in JSON_RECORDS),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", JSON_TEXTS)
def test_json_values_become_plain_text(inbox: Inbox, name: str, packed: bool) -> None:
    if packed:
        inbox.pack(f"{name}.gz", JSON_TEXTS[name])
    else:
        inbox.write(name, JSON_TEXTS[name])
    inbox.land()
    assert [column for column, _ in inbox.columns("things")] == [*JSON_NAMES, *OWN_COLUMNS]
    assert {type_ for _, type_ in inbox.columns("things")[:-3]} == {"VARCHAR"}
    assert inbox.rows("things") == [(*row[:5], *row[5:]) for row in JSON_ROWS]


def test_json_in_utf_16_is_read(inbox: Inbox) -> None:
    inbox.write("things.json", '[{"name": "Müller"}]'.encode("utf-16"))
    inbox.land()
    assert inbox.rows("things") == [("Müller",)]


def test_hostile_json_keys_are_only_names(inbox: Inbox) -> None:
    record = {"a.b": 1, "it's": 2, 'say "hi"': 3, "$x/y~z": 4, "select": 5, "ü]": 6}
    inbox.write("things.json", json.dumps([record]))
    inbox.land()
    assert [name for name, _ in inbox.columns("things")[:-3]] == [
        "a_b", "it_s", "say_hi", "x_y_z", "select", "ue",
    ]  # fmt: skip
    assert inbox.rows("things") == [tuple("123456")]


def test_bad_lines_of_ndjson_are_kept_with_number_text_and_reason(inbox: Inbox) -> None:
    inbox.write(
        "things.ndjson", '{"id": 1}\n\n{"id": 2, "cut\n[1, 2]\n{"id": 3, "späť": "x"}\r\n"text"\n'
    )
    landing = inbox.land()
    assert inbox.query("select id, _source_row from raw_crm.things order by all") == [
        ("1", 1),
        ("3", 2),
    ]
    assert inbox.rejected() == [
        ("things.ndjson", 3, '{"id": 2, "cut', "not valid JSON"),
        ("things.ndjson", 4, "[1, 2]", "not an object with names and values"),
        ("things.ndjson", 6, '"text"', "not an object with names and values"),
    ]
    assert landing.files[0].rejected_count == 3


def test_a_key_that_first_appears_late_is_a_column(inbox: Inbox) -> None:
    lines = [json.dumps({"id": i}) for i in range(100_000)]
    lines.append(json.dumps({"id": 100_000, "late": "x"}))
    inbox.write("things.ndjson", "\n".join(lines))
    inbox.land()
    assert inbox.query("select id, _source_row from raw_crm.things where late = 'x'") == [
        ("100000", 100_001)
    ]


def test_a_million_rows_of_parquet_land_in_seconds(inbox: Inbox) -> None:
    columns = ", ".join(f"hash(i + {c})::varchar as c{c}" for c in range(9))
    write_parquet(inbox.folder / "things.parquet", f"select i, {columns} from range(1000000) r(i)")
    began = time.monotonic()
    inbox.land()
    assert time.monotonic() - began < 20, "the limit is far above the 1 to 3 seconds it takes"
    assert inbox.query("select count(*) from raw_crm.things") == [(1_000_000,)]
