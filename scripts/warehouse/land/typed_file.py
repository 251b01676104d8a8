"""Parquet and JSON files: every value as text."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from warehouse.land.bad_lines import BadLines, write_bad_line
from warehouse.land.names import column_names, identifier, literal
from warehouse.land.problem import BadFileError
from warehouse.land.table import Target
from warehouse.land.text import Text, as_utf8, foreign_content, unpacked

PARQUET_MARK = b"PAR1"
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def land_parquet(
    session: duckdb.DuckDBPyConnection, path: Path, gzipped: bool, target: Target, scratch: Path
) -> None:
    """Create the table of a Parquet file: nested values as JSON text, others as DuckDB prints them.

    Timestamps with a time zone are printed in UTC.
    """
    plain = unpacked(path, scratch) if gzipped else path
    _check_is_parquet(plain)
    names = column_names(_parquet_columns(session, plain))
    rows = f"read_parquet({literal(str(plain))}, hive_partitioning = false"
    read = session.execute(f"describe select * from {rows})").fetchall()
    columns = [
        f"{_as_text(column, type_)} as {identifier(name)}"
        for (column, type_, *_), name in zip(read, names, strict=True)
    ]
    if "file_row_number" in names:
        session.execute(target.create_table_as(columns, f"{rows})"))
    else:  # twice as fast as counting
        numbered = f"{rows}, file_row_number = true)"
        session.execute(target.create_table_as(columns, numbered, "file_row_number + 1"))


def land_json(
    session: duckdb.DuckDBPyConnection, path: Path, gzipped: bool, target: Target, scratch: Path
) -> BadLines | None:
    """Create the table of a JSON file; the bad lines, if there are any.

    The file is an array of objects, one object a line, or objects one after the other. Every key
    of any object is a column, in the order in which they first appear. Only with one object a line
    can a bad one be told from its neighbours; elsewhere it makes the file unreadable.
    """
    text = as_utf8(path, gzipped, scratch)
    form = _form(session, text)
    objects = (
        f"read_json_objects({literal(str(text.path))}, format = {literal(form)}, "
        f"compression = {literal(text.compression)}, "
        f"ignore_errors = {str(form == 'newline_delimited').lower()})"
    )
    keys, others = _keys(session, objects)
    if others and form != "newline_delimited":
        raise BadFileError(
            f"{others:,} of its elements are not objects with names and values. "
            "Export it as an array of objects, or as one object a line."
        )
    if not keys:
        raise BadFileError("it holds no object with names and values. Remove it, or repair it.")
    shape = json.dumps(dict.fromkeys(keys, "VARCHAR"), ensure_ascii=False)
    columns = [
        f"struct_extract(entry, {literal(key)}) as {identifier(name)}"
        for key, name in zip(keys, column_names(keys), strict=True)
    ]
    entries = (
        f"(select json_transform(json, {literal(shape)}) as entry from {objects} "
        "where json_type(json) = 'OBJECT')"
    )
    session.execute(target.create_table_as(columns, entries))
    return _bad_json_lines(session, text, objects, scratch) if others else None


def _check_is_parquet(path: Path) -> None:
    with path.open("rb") as source:
        start = source.read(4096)
    if not start:
        raise BadFileError("it is empty. Remove it, or fetch it again.")
    if not start.startswith(PARQUET_MARK):
        what = foreign_content(start) or ("text" if b"\0" not in start else "something else")
        raise BadFileError(f"it is not a Parquet file but {what}. Give it the right extension.")


def _parquet_columns(session: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The names as they are in the file: DuckDB's reader renames one that occurs twice."""
    schema = iter(
        session.execute(
            "select name, coalesce(num_children, 0) from parquet_schema(?)", [str(path)]
        ).fetchall()
    )
    _, count = next(schema)
    names = []
    for _ in range(count):
        name, children = next(schema)
        names.append(name)
        while children:  # step over the parts of a nested column
            _, grandchildren = next(schema)
            children += grandchildren - 1
    return names


def _as_text(column: str, type_: str) -> str:
    value = identifier(column)
    if type_.endswith("]") or type_.startswith(_NESTED):
        value = f"to_json({value})"
    return f"cast({value} as varchar)"


def _form(session: duckdb.DuckDBPyConnection, text: Text) -> str:
    with text.opened() as stream:
        first = next(line for line in stream if line.strip()).strip()
    if first[0] == "[":
        return "array"
    if first[0] != "{":
        raise BadFileError(
            "its content is not JSON. Give it the right extension or fetch it again."
        )
    (whole,) = session.execute("select json_valid(?)", [first]).fetchone() or (False,)
    return "newline_delimited" if whole else "unstructured"


def _keys(session: duckdb.DuckDBPyConnection, objects: str) -> tuple[list[str], int]:
    """The keys in the order in which they first appear, and how many entries are no objects."""
    keys: dict[str, None] = {}
    others = 0
    sets = session.execute(
        f"""
        select json_keys(json) as keys, count(*) filter (json_type(json) is distinct from 'OBJECT')
        from (select json, row_number() over () as number from {objects})
        group by keys
        order by min(number)
        """
    )
    while batch := sets.fetchmany(1000):
        for names, not_objects in batch:
            others += not_objects
            repeated = next((n for i, n in enumerate(names or ()) if n in names[:i]), None)
            if repeated is not None:
                raise BadFileError(
                    f"an object has the key {repeated!r} twice. Rename one of them in the file."
                )
            keys.update(dict.fromkeys(names or ()))
    return list(keys), others


def _bad_json_lines(
    session: duckdb.DuckDBPyConnection, text: Text, objects: str, scratch: Path
) -> BadLines:
    """The text of the lines that DuckDB could not read as an object."""
    bad_path = scratch / "bad.ndjson"
    bad = session.execute(
        f"""
        select number, json is null
        from (select json, row_number() over () as number from {objects})
        where json_type(json) is distinct from 'OBJECT'
        order by number
        """
    )
    count = record = 0
    wanted = bad.fetchone()
    with text.opened(newline="\n") as stream, bad_path.open("w", encoding="utf-8") as bad_file:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            record += 1
            if wanted and record == wanted[0]:
                reason = "not valid JSON" if wanted[1] else "not an object with names and values"
                write_bad_line(bad_file, number, line, reason)
                count += 1
                wanted = bad.fetchone()
    return BadLines(bad_path, count)
