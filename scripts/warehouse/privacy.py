"""People who asked to be forgotten: what names a person, and the list that keeps them out.

The warehouse keeps `meta_privacy.forgotten`: salted hashes of their ids, e-mail addresses and phone
numbers, with what stands in their place. Nothing in it says who they were.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import duckdb

from warehouse.publish.sql import quoted, text

MARK = "forgotten:"
ID_COLUMN = re.compile(r"(?:^|_)(contact|lead|person|who)(?:_?id)?$")
EMAIL_COLUMN = re.compile(r"^(?:.*_)?e_?mail(?:_address)?$|^mail$")
PHONE_COLUMN = re.compile(r"^(?:.*_)?(?:phone|telephone|tel|mobile|fax)(?:_number|_no)?$")
VALUE_COLUMN = re.compile(r"^(?:old_value|new_value|record_id|object_id)$")
NAME_COLUMN = re.compile(
    r"^(?:.*_)?(?:first|middle|last|full|given|family|sur|maiden|contact|lead|person)_?name$"
)
PERSON_TABLE = re.compile(r"(?:^|_)(contact|lead|person|people)s?$")
_DISTINCT_ID = re.compile(r"(?=.*[A-Za-z])(?=.*\d).{5,}|.{12,}", re.DOTALL)

_DDL = """
create schema if not exists meta_privacy;
create table if not exists meta_privacy.salt (value varchar not null);
create table if not exists meta_privacy.forgotten (
    hash varchar not null, replacement varchar not null, forgotten_at timestamp not null
);
"""


def is_distinct(identifier: str) -> bool:
    """Whether an id can be told from other values wherever it stands: `C1001`, not `17`."""
    return _DISTINCT_ID.fullmatch(identifier) is not None


def kind_of(table: str, column: str) -> str | None:
    """Whose ids a column holds: contact, lead, person (either), or None."""
    if column == "id":
        found = PERSON_TABLE.search(table)
        kind = found[1] if found else None
    else:
        found = ID_COLUMN.search(column)
        kind = found[1] if found else None
    return "person" if kind in ("who", "people") else kind


def is_name(table: str, column: str) -> bool:
    """Whether a column holds the name of a person."""
    is_own = column == "name" and PERSON_TABLE.search(table) is not None
    return is_own or NAME_COLUMN.match(column) is not None


def salt_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The salt of this warehouse, made once."""
    connection.execute(_DDL)
    row = connection.execute("select value from meta_privacy.salt").fetchone()
    if row is not None:
        return str(row[0])
    salt = os.urandom(16).hex()
    connection.execute("insert into meta_privacy.salt values (?)", [salt])
    return salt


def hashed(salt: str, value: str, kind: str = "") -> str:
    """The salted hash of a value; the kind is given for ids that are not distinct."""
    return hashlib.sha256(f"{salt}:{kind}:{value.strip().lower()}".encode()).hexdigest()


def remember(connection: duckdb.DuckDBPyConnection, hashes: dict[str, str]) -> None:
    """Add hashes and what stands in place of their values."""
    connection.execute(_DDL)
    for digest, replacement in hashes.items():
        connection.execute(
            "insert into meta_privacy.forgotten select ?, ?, now()::timestamp where not exists "
            "(from meta_privacy.forgotten where hash = ?)",
            [digest, replacement, digest],
        )


def has_forgotten(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anybody is on the list."""
    exists = connection.execute(
        "select count(*) from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'meta_privacy' and table_name = 'forgotten'"
    ).fetchone()
    if not exists or not exists[0]:
        return False
    count = connection.execute("select count(*) from meta_privacy.forgotten").fetchone()
    return bool(count and count[0])


def suppress(connection: duckdb.DuckDBPyConnection) -> int:
    """Take forgotten people out of what was landed again; gives the number of values replaced."""
    if not has_forgotten(connection):
        return 0
    salt = salt_of(connection)
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and schema_name like 'raw\\_%' escape '\\' "
        "and data_type = 'VARCHAR' order by all"
    ).fetchall():
        columns.setdefault((schema, table), []).append(column)
    changed = 0
    for (schema, table), names in columns.items():
        name = f"{quoted(schema)}.{quoted(table)}"
        if table == "_rejected_line":
            changed += _suppress_lines(connection, name, salt)
        elif not table.startswith("_"):
            changed += _suppress_table(connection, name, table, names, salt)
    return changed


def _suppress_table(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, names: list[str], salt: str
) -> int:
    changed = 0
    keys = [
        column
        for column in names
        if kind_of(table, column)
        or any(p.match(column) for p in (EMAIL_COLUMN, PHONE_COLUMN, VALUE_COLUMN))
    ]
    for column in keys:
        kind = kind_of(table, column)
        kinds = ["", *(["contact", "lead"] if kind == "person" else [kind] if kind else [])]
        for one in kinds:
            row = connection.execute(
                f"update {name} set {quoted(column)} = replacement from meta_privacy.forgotten "
                f"where hash = sha256({text(f'{salt}:{one}:')} || lower(trim({quoted(column)})))"
            ).fetchone()
            changed += int(row[0]) if row else 0
    people = [c for c in keys if kind_of(table, c) or EMAIL_COLUMN.match(c)]
    for column in [c for c in names if is_name(table, c)]:
        if people:
            rows = " or ".join(f"{quoted(c)} like '{MARK}%'" for c in people)
            row = connection.execute(
                f"update {name} set {quoted(column)} = {text(MARK)} "
                f"where ({rows}) and {quoted(column)} not like '{MARK}%'"
            ).fetchone()
            changed += int(row[0]) if row else 0
    return changed


def _suppress_lines(connection: duckdb.DuckDBPyConnection, name: str, salt: str) -> int:
    """Blank the rejected lines that hold a forgotten value."""
    known = {h for (h,) in connection.execute("select hash from meta_privacy.forgotten").fetchall()}
    blank = [
        line
        for (line,) in connection.execute(f"select distinct line_text from {name}").fetchall()
        if any(hashed(salt, part) in known for part in re.split(r"[\s,;|\"<>]+", line) if part)
    ]
    if blank:
        connection.execute(
            f"update {name} set line_text = {text(MARK)} where list_contains(?, line_text)", [blank]
        )
    return len(blank)


def suppress_in(database: Path) -> int:
    """The same for a database file, of which no byte of the old values stays."""
    with duckdb.connect(str(database)) as connection:
        changed = suppress(connection)
    if changed:
        compact(database)
    return changed


def compact(database: Path) -> None:
    """Write a database file anew: DuckDB leaves replaced values in its free blocks."""
    fresh = database.with_name(database.name + ".compact")
    discard(fresh)
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {text(database)} as old")  # writable, to take in its log
            connection.execute(f"attach {text(fresh)} as fresh")
            connection.execute("copy from database old to fresh")
            connection.execute("checkpoint fresh")
        settle(fresh, database)
    finally:
        discard(fresh)


def settle(fresh: Path, database: Path) -> None:
    """Put a finished file in place of a database, with everything on the disk before it counts."""
    fresh.chmod(0o640)
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(database)
    database.with_name(database.name + ".wal").unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove a DuckDB file that did not become one, and its write-ahead log."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
