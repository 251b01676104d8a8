"""Forget a person: out of every file the project owns, with a proof and a receipt.

Rows stay where they count; the person's ids, e-mail addresses, phone numbers and names are replaced
by tokens that mean nothing, the same one everywhere, so that keys, relationships and KPIs hold.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb

from warehouse import privacy
from warehouse.database import remove_spilled
from warehouse.errors import NotForgottenError, UsageError
from warehouse.publish.sql import quoted, text
from warehouse.publish.versions import FILE_MODE, kept_versions_of, make_folder, put_in_place
from warehouse.refresh.lock import refresh_lock
from warehouse.refresh.place import Place

_TEXT_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".sql", ".part")


@dataclass(frozen=True)
class Needle:
    """A value of the person and what takes its place."""

    kind: str  # email, phone, name, or whose id it is: contact, lead
    value: str
    token: str

    @property
    def is_id(self) -> bool:
        """Whether it is a key."""
        return self.kind in ("contact", "lead", "person")

    @property
    def is_anywhere(self) -> bool:
        """Whether it can be told from other values inside any text."""
        if self.kind == "email":
            return True
        if self.kind == "phone":
            return sum(c.isdigit() for c in self.value) >= 6
        return self.is_id and privacy.is_distinct(self.value)

    def pattern(self) -> tuple[str, str, str]:
        """Before, value and after as one regular expression for both DuckDB and Python."""
        body = re.sub(r"([^\w@ ])", r"\\\1", self.value)
        if self.kind == "email":
            return (r"(^|[^A-Za-z0-9._%+-])", body, r"($|[^A-Za-z0-9._-]|\.($|[^A-Za-z0-9]))")
        if self.kind == "phone":
            return (r"(^|[^0-9+])", body, r"($|[^0-9])")
        return (r"(^|[^A-Za-z0-9_-])", body, r"($|[^A-Za-z0-9_-])")

    @property
    def regex(self) -> str:
        """The whole expression, blind to case."""
        return "(?i)" + "".join(self.pattern())


@dataclass
class Report:
    """What was done, without the person."""

    subject: str
    at: str
    files: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    receipt: Path | None = None

    @property
    def rows(self) -> int:
        """Rows and lines changed."""
        return sum(table["rows"] for file in self.files for table in file["tables"])


def forget(place: Place, contact: str | None, email: str | None) -> Report:
    """Remove a person, named by an id or an e-mail address; raises if anything is left."""
    if (contact is None) == (email is None):
        raise UsageError("Name the person by one of --contact and --email.")
    with refresh_lock(place.database, "the forgetting of a person"):
        if not place.database.is_file():
            raise UsageError(f"{place.database} does not exist.")
        with duckdb.connect(str(place.database)) as connection:
            remove_spilled(place.database)
            needles = find(connection, contact, email)
            salt = privacy.salt_of(connection)
            # First of all, so that no refresh after a crash brings the person back.
            privacy.remember(connection, _hashes(needles, salt))
        now = datetime.now(timezone.utc)
        subject = privacy.hashed(salt, contact or email or "")
        report = Report(subject, now.isoformat(timespec="seconds"))
        shas = _clean_files(place, needles, report)
        served = next((v.path for v in kept_versions_of(place.published) if v.is_current), None)
        for path in _databases(place):
            _clean_database(path, needles, shas, report)
        if served is not None:
            # Until now the published file was a second name of the version as it was.
            put_in_place(served, place.published)
        report.left = list(left_over(place, needles))
        folder = place.log.parent / "forget"
        make_folder(folder)
        report.receipt = folder / f"{now:%Y%m%dT%H%M%SZ}-{subject[:8]}.json"
        report.receipt.write_text(
            json.dumps(
                {
                    "forgotten_at": report.at,
                    "person_hash": subject,
                    "files": report.files,
                    "left": report.left,
                    "is_proven": not report.left,
                },
                indent=2,
            ),
            encoding="utf-8",
        )
        report.receipt.chmod(FILE_MODE)
    if report.left:
        places = "\n".join(f"  {one}" for one in report.left)
        raise NotForgottenError(f"The person is still found in:\n{places}")
    return report


def find(
    connection: duckdb.DuckDBPyConnection, contact: str | None, email: str | None
) -> list[Needle]:
    """Every value of the person, from the contact and lead rows that are or were merged into one.

    Rows with the same e-mail address are the same person.
    """
    emails = {email.strip().lower()} if email else set()
    ids: set[tuple[str, str]] = set()
    phones: set[str] = set()
    names: set[str] = set()
    tables = _person_tables(connection)
    if contact is not None:
        kinds = [k for t in tables for k in [t.kind] if t.has(connection, contact)]
        if not kinds:
            raise UsageError("No contact or lead has this id.")
        ids.add(("contact" if "contact" in kinds else kinds[0], contact))
    size = -1
    while size != len(ids) + len(emails):
        size = len(ids) + len(emails)
        for table in tables:
            table.gather(connection, ids, emails, phones, names)
    if not ids and contact is None:
        raise UsageError("No contact or lead has this e-mail address.")
    found = [("email", e) for e in emails] + [("phone", p) for p in phones]
    found += [("name", n) for n in names] + sorted(ids)
    needles = [
        Needle(kind, value, f"{privacy.MARK}{uuid.uuid4()}")
        for kind, value in found
        if value and not value.startswith(privacy.MARK)
    ]
    return sorted(needles, key=lambda needle: -len(needle.value))


@dataclass(frozen=True)
class _PersonTable:
    name: str
    kind: str
    own: str | None
    master: str | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    names: tuple[str, ...]

    def has(self, connection: duckdb.DuckDBPyConnection, key: str) -> bool:
        if self.own is None:
            return False
        return bool(
            connection.execute(
                f"select 1 from {self.name} where {quoted(self.own)} = ? limit 1", [key]
            ).fetchall()
        )

    def gather(
        self,
        connection: duckdb.DuckDBPyConnection,
        ids: set[tuple[str, str]],
        emails: set[str],
        phones: set[str],
        names: set[str],
    ) -> None:
        keys = [value for kind, value in ids if kind == self.kind]
        links = [c for c in (self.own, self.master) if c]
        wheres = [f"list_contains($keys, {quoted(c)})" for c in links]
        wheres += [f"list_contains($emails, lower(trim({quoted(c)})))" for c in self.emails]
        if not wheres:
            return
        columns = [*links, *self.emails, *self.phones, *self.names]
        parameters: dict[str, Any] = {}
        if links:
            parameters["keys"] = keys
        if self.emails:
            parameters["emails"] = sorted(emails)
        for row in connection.execute(
            f"select {', '.join(quoted(c) for c in columns)} from {self.name} "
            f"where {' or '.join(wheres)}",
            parameters,
        ).fetchall():
            values = {c: v.strip() for c, v in zip(columns, row, strict=True) if v and v.strip()}
            ids |= {(self.kind, values[c]) for c in links if c in values}
            emails |= {values[c].lower() for c in self.emails if c in values}
            phones |= {values[c] for c in self.phones if c in values}
            names |= {values[c] for c in self.names if c in values}


def _person_tables(connection: duckdb.DuckDBPyConnection) -> list[_PersonTable]:
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and data_type = 'VARCHAR' "
        "and (schema_name like 'raw\\_%' escape '\\' or schema_name = 'crm') order by all"
    ).fetchall():
        columns.setdefault((schema, table), []).append(column)
    tables = []
    for (schema, table), names in columns.items():
        match = privacy.PERSON_TABLE.search(table)
        if match is None:
            continue
        kind = "person" if match[1] == "people" else match[1]
        tables.append(
            _PersonTable(
                f"{quoted(schema)}.{quoted(table)}",
                kind,
                next((c for c in (f"{kind}_id", "id") if c in names), None),
                next((c for c in (f"master_{kind}_id", "master_record_id") if c in names), None),
                tuple(c for c in names if privacy.EMAIL_COLUMN.match(c)),
                tuple(c for c in names if privacy.PHONE_COLUMN.match(c)),
                tuple(c for c in names if privacy.is_name(table, c)),
            )
        )
    return tables


def _hashes(needles: Sequence[Needle], salt: str) -> dict[str, str]:
    return {
        privacy.hashed(salt, n.value, "" if n.is_anywhere or not n.is_id else n.kind): n.token
        for n in needles
        if n.kind != "name"
    }


def _clean_database(
    path: Path, needles: Sequence[Needle], shas: dict[str, str], report: Report
) -> None:
    """Write a database file anew, table by table, without the person; no old byte is taken over."""
    fresh = path.with_name(path.name + ".forget")
    privacy.discard(fresh)
    tables = []
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {text(path)} as old (read_only)")
            connection.execute(f"attach {text(fresh)} as fresh")
            connection.execute("copy from database old to fresh (schema)")
            for schema, table, columns in _tables(connection, "old"):
                name = f"{quoted(schema)}.{quoted(table)}"
                rows, select = _select(connection, f"old.{name}", table, columns, needles)
                connection.execute(f"insert into fresh.{name} {select}")
                if rows:
                    tables.append({"table": f"{schema}.{table}", "rows": rows})
                if "sha256" in columns:
                    for old, new in shas.items():
                        connection.execute(
                            f"update fresh.{name} set sha256 = ? where sha256 = ?", [new, old]
                        )
            connection.execute("checkpoint fresh")
        privacy.settle(fresh, path)
    except duckdb.Error as error:
        report.left.append(f"{path}: cannot be rewritten ({str(error).splitlines()[0]})")
    finally:
        privacy.discard(fresh)
    report.files.append({"file": str(path), "tables": tables})


def _tables(
    connection: duckdb.DuckDBPyConnection, database: str | None = None
) -> list[tuple[str, str, dict[str, str]]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select c.schema_name, c.table_name, c.column_name, c.data_type "
        "from duckdb_columns() as c "
        "inner join duckdb_tables() as t using (database_name, schema_name, table_name) "
        "where c.database_name = coalesce(?, current_database()) "
        "order by c.schema_name, c.table_name, c.column_index",
        [database],
    ).fetchall():
        found.setdefault((schema, table), {})[column] = data_type
    return [(schema, table, columns) for (schema, table), columns in found.items()]


def _any_of(needles: Sequence[Needle]) -> str:
    return "(?i)" + "|".join(f"(?:{''.join(n.pattern())})" for n in needles)


def _conditions(table: str, columns: dict[str, str], needles: Sequence[Needle]) -> list[str]:
    """SQL that is true where a column holds the person."""
    anywhere = [n for n in needles if n.is_anywhere]
    conditions = []
    for column, data_type in columns.items():
        value = quoted(column)
        if anywhere and ("VARCHAR" in data_type or data_type == "JSON"):
            shown = value if data_type == "VARCHAR" else f"cast({value} as varchar)"
            conditions.append(f"regexp_matches({shown}, {text(_any_of(anywhere))})")
        keys = [n.value for n in needles if _is_key(n, table, column)]
        if keys:
            listed = ", ".join(text(key) for key in keys)
            conditions.append(f"cast({value} as varchar) in ({listed})")
    return conditions


def _is_key(needle: Needle, table: str, column: str) -> bool:
    if not needle.is_id or needle.is_anywhere:
        return False
    kind = privacy.kind_of(table, column)
    return kind is not None and (kind == needle.kind or "person" in (kind, needle.kind))


def _select(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    columns: dict[str, str],
    needles: Sequence[Needle],
) -> tuple[int, str]:
    """How many rows of a table hold the person, and the query that gives it without."""
    conditions = _conditions(table, columns, needles)
    if not conditions:
        return 0, f"from {name}"
    where = " or ".join(f"coalesce({c}, false)" for c in conditions)
    row = connection.execute(f"select count(*) from {name} where {where}").fetchone()
    rows = int(row[0]) if row else 0
    if not rows:
        return 0, f"from {name}"
    shown = []
    for column, data_type in columns.items():
        value = quoted(column)
        if data_type != "VARCHAR":
            shown.append(value)
            continue
        new = _replaced(value, table, column, needles)
        shown.append(f"case when {where} then {new} else {value} end as {value}")
    return rows, f"select {', '.join(shown)} from {name}"


def _replaced(value: str, table: str, column: str, needles: Sequence[Needle]) -> str:
    if table == "_rejected_line" and column == "line_text":
        return text(privacy.MARK)
    new = value
    for needle in needles:
        if needle.is_anywhere or (needle.kind == "name" and " " in needle.value):
            # Twice: neighbours share the character between them.
            for _ in range(2):
                new = f"regexp_replace({new}, {text(needle.regex)}, {text(_group(needle))}, 'g')"
        if _is_key(needle, table, column) or (
            needle.kind == "name" and privacy.is_name(table, column)
        ):
            is_it = f"trim({value}) = {text(needle.value)}"
            new = f"case when {is_it} then {text(needle.token)} else {new} end"
    return new


def _group(needle: Needle) -> str:
    return f"\\1{needle.token}\\2"


def _databases(place: Place) -> list[Path]:
    """The warehouse and every published file; a second name of a version is written once."""
    versions = [version.path for version in kept_versions_of(place.published)]
    paths = [place.database, *versions]
    if place.published.is_file() and not any(place.published.samefile(v) for v in versions):
        paths.append(place.published)
    return paths


def _owned(place: Place) -> Iterator[Path]:
    """Every other file the project owns that may hold data."""
    folders = [place.inbox, place.log.parent, place.root / "seeds", place.root / "target"]
    folders += [place.parquet] if place.parquet else []
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                yield path
    for pattern in ("*.unreadable-*", "*.new", "*.compact", "*.wal"):
        yield from sorted(place.database.parent.glob(place.database.name + pattern[1:]))


def _clean_files(place: Place, needles: Sequence[Needle], report: Report) -> dict[str, str]:
    """Rewrite the files; gives old and new content hash of each that changed."""
    shas = {}
    for path in _owned(place):
        gzipped = path.suffix == ".gz"
        suffix = Path(path.stem if gzipped else path.name).suffix.lower()
        before = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".parquet":
            rows = _clean_parquet(path, needles)
        elif suffix in _TEXT_FILES:
            rows = _clean_text(path, gzipped, needles)
        else:
            continue
        if rows:
            shas[before] = hashlib.sha256(path.read_bytes()).hexdigest()
            report.files.append({"file": str(path), "tables": [{"table": "", "rows": rows}]})
    return shas


def _read(path: Path, gzipped: bool) -> tuple[str, str]:
    data = gzip.decompress(path.read_bytes()) if gzipped else path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="surrogatepass"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _clean_text(path: Path, gzipped: bool, needles: Sequence[Needle]) -> int:
    anywhere = [n for n in needles if n.is_anywhere]
    try:
        content, encoding = _read(path, gzipped)
    except (OSError, EOFError, UnicodeDecodeError):
        return 0  # the proof names it if it holds the person
    any_of = re.compile(_any_of(anywhere)) if anywhere else None
    lines = content.split("\n")
    changed = 0
    for number, line in enumerate(lines):
        if any_of is None or not any_of.search(line):
            continue
        for needle in needles:
            if needle.is_anywhere or (needle.kind == "name" and " " in needle.value):
                for _ in range(2):
                    line = re.sub(needle.regex, _group(needle), line)
            elif needle.kind == "name":
                cell = rf"(^|[,;\t|\"]){re.escape(needle.value)}($|[,;\t|\"\r])"
                line = re.sub(cell, _group(needle), line)
        changed += line != lines[number]
        lines[number] = line
    if changed:
        data = "\n".join(lines).encode(encoding)
        _write(path, gzip.compress(data) if gzipped else data)
    return changed


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".forget")
    beside.write_bytes(data)
    beside.chmod(FILE_MODE)
    beside.replace(path)


def _clean_parquet(path: Path, needles: Sequence[Needle]) -> int:
    with duckdb.connect() as connection:
        name = f"read_parquet({text(path)})"
        try:
            described = connection.execute(f"describe from {name}").fetchall()
        except duckdb.Error:
            return 0
        columns = {column: data_type for column, data_type, *_ in described}
        table = path.name.split(".")[0]
        rows, select = _select(connection, name, table, columns, needles)
        if rows:
            beside = path.with_name(path.name + ".forget")
            connection.execute(f"copy ({select}) to {text(beside)} (format parquet)")
            beside.chmod(FILE_MODE)
            beside.replace(path)
    return rows


def left_over(place: Place, needles: Sequence[Needle]) -> Iterator[str]:
    """Every place that still holds the person: asked with SQL, and looked for in the bytes."""
    anywhere = [n for n in needles if n.is_anywhere]
    for path in _databases(place):
        yield from _left_in_database(path, needles)
    for path in _owned(place):
        if ".unreadable-" in path.name:
            yield f"{path}: cannot be read, so nobody knows; remove it"
        elif path.suffix == ".parquet":
            with duckdb.connect() as connection:
                name = f"read_parquet({text(path)})"
                try:
                    described = connection.execute(f"describe from {name}").fetchall()
                except duckdb.Error:
                    yield f"{path}: cannot be read"
                    continue
                columns = {column: data_type for column, data_type, *_ in described}
                table = path.name.split(".")[0]
                if _select(connection, name, table, columns, needles)[0]:
                    yield str(path)
        elif anywhere:
            try:
                content = _read(path, path.suffix == ".gz")[0]
            except (OSError, EOFError, UnicodeDecodeError):
                yield f"{path}: cannot be read"
                continue
            if re.search(_any_of(anywhere), content):
                yield str(path)


def _left_in_database(path: Path, needles: Sequence[Needle]) -> Iterator[str]:
    explained: set[str] = set()
    wanted = {n.value.lower() for n in needles if n.kind in ("email", "phone") and n.is_anywhere}
    data = path.read_bytes().lower()
    hits = {value for value in wanted if value.encode() in data}
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table, columns in _tables(connection):
                name = f"{quoted(schema)}.{quoted(table)}"
                conditions = _conditions(table, columns, needles)
                if conditions:
                    where = " or ".join(f"coalesce({c}, false)" for c in conditions)
                    if connection.execute(f"select 1 from {name} where {where} limit 1").fetchone():
                        yield f"{path}: {schema}.{table}"
                # `joanna@x.at` explains the bytes of `anna@x.at`.
                for value in hits - explained:
                    for column in [c for c, kind in columns.items() if kind == "VARCHAR"]:
                        if connection.execute(
                            f"select 1 from {name} where contains(lower({quoted(column)}), ?) "
                            "limit 1",
                            [value],
                        ).fetchone():
                            explained.add(value)
                            break
    except duckdb.Error as error:
        yield f"{path}: cannot be read ({str(error).splitlines()[0]})"
        return
    if hits - explained:
        yield f"{path}: bytes of the old values"
