"""Land a folder in one transaction: every file of it, or nothing."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from warehouse import privacy
from warehouse.database import open_warehouse
from warehouse.errors import LandingError, UsageError
from warehouse.land.bad_lines import BadLines
from warehouse.land.csv_file import land_csv
from warehouse.land.folder import DataFile, FolderContent, Kind, read_folder
from warehouse.land.names import identifier, literal
from warehouse.land.problem import BadFileError, first_line
from warehouse.land.table import Target, count_rows
from warehouse.land.text import CHUNK
from warehouse.land.typed_file import land_json, land_parquet

SCHEMA_PREFIX = "raw_"


@dataclass(frozen=True)
class FileOutcome:
    """What a landing did with one file."""

    source_file: str
    table_name: str
    row_count: int
    rejected_count: int
    is_unchanged: bool


@dataclass(frozen=True)
class Landing:
    """What a landing did with a folder."""

    schema: str
    files: tuple[FileOutcome, ...]
    skipped: tuple[str, ...]


def land_folder(
    database: Path,
    source: str,
    folder: Path,
    on_file: Callable[[str], None] = lambda _: None,
) -> Landing:
    """Land every data file of a folder into `raw_<source>`, or raise and change nothing.

    A file whose content and table are already there is left alone; one with new content replaces
    its table's rows. Tables of earlier landings stay. All bad files are reported together.
    `on_file` is told the name of each file before it is read.
    """
    schema = schema_name(source)
    content = read_folder(folder)
    loaded_at = datetime.now(timezone.utc).replace(tzinfo=None)
    with open_warehouse(database) as session:  # closing rolls back what is not committed
        session.execute("set TimeZone = 'UTC'")
        session.begin()
        create_schema(session, schema)
        outcomes, problems = _land_files(session, schema, content, loaded_at, on_file)
        if problems:
            raise LandingError(report(folder, problems))
        suppressed = privacy.suppress(session)
        session.commit()
    if suppressed:
        privacy.compact(database)
    return Landing(schema, tuple(outcomes), content.skipped)


def schema_name(source: str) -> str:
    """The schema of a source, or an error if the source's name is not a plain one."""
    if not re.fullmatch("[a-z][a-z0-9_]*", source):
        raise UsageError(
            f"{source!r} cannot name a source. A name has lower-case letters, digits and _ only, "
            "and starts with a letter, for example salesforce."
        )
    return SCHEMA_PREFIX + source


def create_schema(session: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Create the schema of a source with the tables that landing keeps for itself."""
    session.execute(
        f"""
        create schema if not exists {identifier(schema)};
        create table if not exists {identifier(schema)}._landed_file (
            source_file varchar not null,
            table_name varchar not null,
            sha256 varchar not null,
            size_bytes bigint not null,
            row_count bigint not null,
            rejected_count bigint not null,
            landed_at timestamp not null
        );
        create table if not exists {identifier(schema)}._rejected_line (
            source_file varchar not null,
            line_number bigint not null,
            line_text varchar not null,
            reason varchar not null,
            loaded_at timestamp not null
        );
        """
    )


def _land_files(
    session: duckdb.DuckDBPyConnection,
    schema: str,
    content: FolderContent,
    loaded_at: datetime,
    on_file: Callable[[str], None],
) -> tuple[list[FileOutcome], list[tuple[str, str]]]:
    """Land file by file. After a bad one the rest is tried too, to report all bad ones at once."""
    outcomes: list[FileOutcome] = []
    problems = list(content.problems)
    for file in content.files:
        on_file(printable(file.name))
        try:
            outcomes.append(_land_file(session, schema, file, loaded_at))
        except (BadFileError, duckdb.Error, OSError) as error:
            problems.append((file.name, what_is_wrong(file, schema, error)))
        else:
            continue
        # DuckDB goes on after an error only in a new transaction.
        session.rollback()
        session.begin()
        create_schema(session, schema)
    return outcomes, sorted(problems)


def what_is_wrong(file: DataFile, schema: str, error: Exception) -> str:
    """Why a file could not be read, and what to do about it."""
    if isinstance(error, BadFileError):
        return str(error)
    if isinstance(error, duckdb.InvalidInputException):
        problem = f"its content is not readable as {file.kind.value} ({first_line(error)})"
        return f"{problem}. Repair it or fetch it again."
    if isinstance(error, duckdb.Error):
        problem = f"DuckDB cannot make {schema}.{file.table} of it ({first_line(error)})"
        return f"{problem}. Solve that and land again."
    return f"it cannot be read: {error}."


def _land_file(
    session: duckdb.DuckDBPyConnection, schema: str, file: DataFile, loaded_at: datetime
) -> FileOutcome:
    target = Target(schema, file.table, file.name, loaded_at)
    before = file.path.stat()
    sha256 = sha256_of(file.path)
    landed = _landed_before(session, target, sha256)
    if landed:
        return landed
    with tempfile.TemporaryDirectory(prefix="landing-") as scratch:
        bad = read_file(session, file, target, Path(scratch))
        after = file.path.stat()
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise BadFileError("it changed while it was read. Land it again when it is complete.")
        _record(session, target, before.st_size, sha256, bad)
    return FileOutcome(
        file.name, file.table, count_rows(session, target), bad.count if bad else 0, False
    )


def read_file(
    session: duckdb.DuckDBPyConnection, file: DataFile, target: Target, scratch: Path
) -> BadLines | None:
    """Create the table of a file; the bad lines, if there are any."""
    if file.kind is Kind.PARQUET:
        land_parquet(session, file.path, file.gzipped, target, scratch)
        return None
    land = land_csv if file.kind is Kind.CSV else land_json
    return land(session, file.path, file.gzipped, target, scratch)


def _landed_before(
    session: duckdb.DuckDBPyConnection, target: Target, sha256: str
) -> FileOutcome | None:
    """What was landed from the same content, unless somebody has dropped the table since."""
    row = session.execute(
        f"""
        select row_count, rejected_count
        from {identifier(target.schema)}._landed_file
        where source_file = ? and table_name = ? and sha256 = ?
            and exists (
                from duckdb_tables()
                where database_name = current_database() and schema_name = ? and table_name = ?
            )
        """,
        [target.source_file, target.table, sha256, target.schema, target.table],
    ).fetchone()
    return FileOutcome(target.source_file, target.table, row[0], row[1], True) if row else None


def _record(
    session: duckdb.DuckDBPyConnection,
    target: Target,
    size: int,
    sha256: str,
    bad: BadLines | None,
) -> None:
    """Keep the bad lines and the fingerprint in place of those of the rows that were replaced."""
    schema = identifier(target.schema)
    replaced = (
        f"source_file = {literal(target.source_file)} or table_name = {literal(target.table)}"
    )
    session.execute(
        f"""
        delete from {schema}._rejected_line
        where source_file in (select source_file from {schema}._landed_file where {replaced});
        delete from {schema}._landed_file where {replaced};
        """
    )
    if bad:
        keep_bad_lines(session, target.schema, target.source_file, bad, target.loaded_at_sql)
    session.execute(
        f"insert into {schema}._landed_file values (?, ?, ?, ?, ?, ?, ?)",
        [
            target.source_file,
            target.table,
            sha256,
            size,
            count_rows(session, target),
            bad.count if bad else 0,
            target.loaded_at,
        ],
    )


def keep_bad_lines(
    session: duckdb.DuckDBPyConnection, schema: str, source_file: str, bad: BadLines, at: str
) -> None:
    """Add the bad lines of a file to those of its source; `at` is the time as SQL."""
    session.execute(
        f"""
        insert into {identifier(schema)}._rejected_line
        select {literal(source_file)}, line_number, line_text, reason, {at}
        from read_json(
            {literal(str(bad.path))}, format = 'newline_delimited',
            columns = {{line_number: 'BIGINT', line_text: 'VARCHAR', reason: 'VARCHAR'}}
        )
        """
    )


def sha256_of(path: Path) -> str:
    """The hash of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def report(folder: Path, problems: Sequence[tuple[str, str]]) -> str:
    """The bad files of a folder in one message."""
    count = "1 file" if len(problems) == 1 else f"{len(problems)} files"
    lines = [f"{count} of {folder} cannot be landed, so nothing was:"]
    return "\n".join(
        lines + [f"  {printable(name)}: {printable(message)}" for name, message in problems]
    )


def printable(name: str) -> str:
    """A file name on one line, whatever bytes it has."""
    shown = name.encode("utf-8", errors="backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
