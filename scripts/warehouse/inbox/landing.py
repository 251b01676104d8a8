"""Land the new files of all inboxes in one transaction."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path

import duckdb

from warehouse.database import open_warehouse
from warehouse.errors import LandingError
from warehouse.inbox import register
from warehouse.inbox.delivery import Delivery, Identity, clashes, read_inbox
from warehouse.inbox.plan import Candidate, Plan, plan_table
from warehouse.inbox.register import Landed
from warehouse.land.bad_lines import BadLines
from warehouse.land.landing import (
    create_schema,
    keep_bad_lines,
    printable,
    read_file,
    report,
    schema_name,
    sha256_of,
    what_is_wrong,
)
from warehouse.land.names import RESERVED_COLUMNS, identifier, literal
from warehouse.land.problem import BadFileError
from warehouse.land.table import Target, count_rows


class State(Enum):
    """What became of a file of an inbox."""

    LANDED = "landed"
    KNOWN = "known"
    SUPERSEDED = "superseded"
    WAITING = "waiting"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class InboxFile:
    """What a landing did with one file, with the rows it landed."""

    source: str
    source_file: str
    table_name: str | None
    state: State
    row_count: int = 0
    rejected_count: int = 0


@dataclass(frozen=True)
class TableRows:
    """What a landing brought to one table."""

    source: str
    table_name: str
    row_count: int
    rejected_count: int


@dataclass(frozen=True)
class InboxResult:
    """What a landing did with the inboxes of all sources."""

    files: tuple[InboxFile, ...]

    @property
    def changed(self) -> bool:
        """Whether any raw table was written to."""
        return bool(self.in_state(State.LANDED))

    @property
    def tables(self) -> tuple[TableRows, ...]:
        """The tables that got rows, with how many were landed and how many lines rejected."""
        sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for file in self.in_state(State.LANDED):
            rows = sums[file.source, file.table_name or ""]
            rows[0] += file.row_count
            rows[1] += file.rejected_count
        return tuple(
            TableRows(source, table, *rows) for (source, table), rows in sorted(sums.items())
        )

    def in_state(self, state: State) -> tuple[InboxFile, ...]:
        """The files of one state."""
        return tuple(file for file in self.files if file.state is state)


def land_inbox(
    database: Path,
    inbox: Path,
    sources: Sequence[str],
    progress: Callable[[str], None] = lambda _: None,
) -> InboxResult:
    """Land the new files of every source that has a folder in the inbox, or raise, change nothing.

    A file that changes while it is read is left for the next time, and the others are landed
    without it. All bad files are reported together. `progress` is told the name of each file
    before it is read.
    """
    folders = {source: inbox / source for source in sources if (inbox / source).is_dir()}
    if not folders:
        return InboxResult(())
    schemas = {source: schema_name(source) for source in folders}
    unsteady: set[Path] = set()
    with open_warehouse(database) as session:  # closing rolls back what is not committed
        session.execute("set TimeZone = 'UTC'")
        while True:
            landing = _Landing(session, folders, schemas, frozenset(unsteady), progress)
            files = landing.run()
            if not landing.unsteady:
                break
            session.rollback()
            unsteady |= landing.unsteady
        if landing.problems:
            raise LandingError(
                "\n".join(report(folder, bad) for folder, bad in landing.problems.items())
            )
        session.commit()
    return InboxResult(tuple(files))


@dataclass(frozen=True)
class _Incoming:
    """A delivery that was read into a table of its own."""

    delivery: Delivery
    target: Target
    columns: tuple[str, ...]
    row_count: int
    bad_count: int


@dataclass
class _Landing:
    """One attempt; it ends with the transaction open."""

    session: duckdb.DuckDBPyConnection
    folders: dict[str, Path]
    schemas: dict[str, str]
    waiting: frozenset[Path]
    progress: Callable[[str], None]
    unsteady: set[Path] = field(default_factory=set)
    problems: dict[Path, list[tuple[str, str]]] = field(default_factory=dict)

    def run(self) -> list[InboxFile]:
        """Read and apply everything, as far as there are neither bad nor unsteady files."""
        self._begin()
        files: list[InboxFile] = []
        plans: list[tuple[str, Plan]] = []
        for source, folder in self.folders.items():
            planned, others = self._plan(source, folder)
            plans += [(source, plan) for plan in planned]
            files += others
        incoming = {
            (source, file.delivery.identity): read
            for source, plan in plans
            for number, file in enumerate(plan.read)
            if (read := self._read(source, file, f"_incoming_{plan.table}_{number}"))
        }
        if self.problems or self.unsteady:
            return []
        for source, plan in plans:
            self._apply(source, plan, [incoming[source, f.delivery.identity] for f in plan.read])
            files += self._outcomes(source, plan, incoming)
        return files

    def _begin(self) -> None:
        self.session.begin()
        register.create_register(self.session)
        for schema in self.schemas.values():
            create_schema(self.session, schema)

    def _bad(self, folder: Path, problems: Iterable[tuple[str, str]]) -> None:
        found = list(problems)
        if found:
            self.problems[folder] = sorted([*self.problems.get(folder, []), *found])

    # -- what is there -----------------------------------------------------------------------------

    def _plan(self, source: str, folder: Path) -> tuple[list[Plan], list[InboxFile]]:
        """What to do with each table of a source, and the files that play no part."""
        content = read_inbox(folder)
        landed = register.read_register(self.session, source)
        lost = register.forget_replaced_tables(self.session, source, self.schemas[source])
        candidates = self._look_at(content.files, landed)
        gone = [one for one in landed.values() if one.identity.table in lost]
        self._bad(folder, _gone(candidates, gone))
        landed = {key: one for key, one in landed.items() if key.table not in lost}
        self._bad(folder, content.problems)
        self._bad(folder, clashes((file.delivery, file.sha256) for file in candidates))
        by_table: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            by_table[candidate.delivery.file.table].append(candidate)
        plans = [
            plan_table(
                table, files, {key: one for key, one in landed.items() if key.table == table}
            )
            for table, files in sorted(by_table.items())
        ]
        for plan in plans:
            self._bad(folder, plan.problems)
            self._bad(folder, self._on_rows_landed_by_hand(source, plan))
        others = [InboxFile(source, name, None, State.SKIPPED) for name in content.skipped]
        others += [
            InboxFile(source, one.file.name, one.file.table, State.WAITING)
            for one in content.files
            if one.file.path in self.waiting
        ]
        return plans, others

    def _look_at(
        self, deliveries: Iterable[Delivery], landed: dict[Identity, Landed]
    ) -> list[Candidate]:
        """The files that hold still, with their hashes; one seen in this state needs no reading."""
        hashes = {(one.source_file, one.file_state): one.sha256 for one in landed.values()}
        found = []
        for one in deliveries:
            if one.file.path in self.waiting:
                continue
            try:
                state = _file_state(one.file.path)
                sha256 = hashes.get((one.file.name, state)) or sha256_of(one.file.path)
            except OSError:  # it is gone
                self.unsteady.add(one.file.path)
                continue
            found.append(Candidate(one, state, sha256))
        return found

    def _on_rows_landed_by_hand(self, source: str, plan: Plan) -> list[tuple[str, str]]:
        """A delta cannot say which of those rows it is newer than."""
        if plan.kept or not all(file.delivery.identity.is_delta for file in plan.read):
            return []
        schema = self.schemas[source]
        by_hand = self.session.execute(
            f"from {identifier(schema)}._landed_file where table_name = ?", [plan.table]
        ).fetchone()
        if by_hand is None:
            return []
        return [
            (
                file.delivery.file.name,
                f"{schema}.{plan.table} was landed with `warehouse land`, and nothing says how old "
                "its rows are. Deliver a full export to the inbox first.",
            )
            for file in plan.read
        ]

    # -- reading -----------------------------------------------------------------------------------

    def _read(self, source: str, file: Candidate, table: str) -> _Incoming | None:
        """Read a file into a table of its own; None if it is bad or was changed meanwhile."""
        one = file.delivery
        target = Target(self.schemas[source], table, one.file.name, one.identity.sequence)
        self.progress(printable(one.file.name))
        problem: Exception | None = None
        bad: BadLines | None = None
        with tempfile.TemporaryDirectory(prefix="landing-") as scratch:
            try:
                bad = read_file(self.session, one.file, target, Path(scratch))
            except (BadFileError, duckdb.Error, OSError) as error:
                problem = error
            if not _is_as_seen(file):
                self.unsteady.add(one.file.path)
            elif problem is not None:
                why = what_is_wrong(one.file, self.schemas[source], problem)
                self._bad(self.folders[source], [(one.file.name, why)])
            if problem is not None:
                # DuckDB goes on after an error only in a new transaction.
                self.session.rollback()
                self._begin()
            if problem is not None or self.unsteady:
                return None
            self._replace_bad_lines(target, bad)
        return _Incoming(
            one,
            target,
            self._columns(target),
            count_rows(self.session, target),
            bad.count if bad else 0,
        )

    def _replace_bad_lines(self, target: Target, bad: BadLines | None) -> None:
        self._drop_bad_lines(target.schema, [target.source_file])
        if bad:
            now = f"timestamp {literal(_now().isoformat(sep=' '))}"
            keep_bad_lines(self.session, target.schema, target.source_file, bad, now)

    def _drop_bad_lines(self, schema: str, files: Iterable[str]) -> None:
        for name in files:
            self.session.execute(
                f"delete from {identifier(schema)}._rejected_line where source_file = ?", [name]
            )

    def _columns(self, target: Target) -> tuple[str, ...]:
        return tuple(self._columns_of(target.sql))

    def _columns_of(self, table: str) -> list[str]:
        described = self.session.execute(f"describe {table}").fetchall()
        return [name for name, *_ in described if name not in RESERVED_COLUMNS]

    # -- writing -----------------------------------------------------------------------------------

    def _apply(self, source: str, plan: Plan, incoming: Sequence[_Incoming]) -> None:
        """Bring the raw table and the register to what the plan says."""
        schema = self.schemas[source]
        if incoming:
            self._make_table(schema, plan, incoming)
        names = {one.delivery.file.name for one in incoming}
        self._drop_bad_lines(schema, {one.source_file for one in plan.replaced}.difference(names))
        register.supersede(self.session, source, (one.identity for one in plan.replaced))
        rows = {one.delivery.identity: one for one in incoming}
        for file in (*plan.read, *plan.superseded):
            read = rows.get(file.delivery.identity)
            landed = Landed(
                file.delivery.identity,
                file.delivery.file.name,
                file.sha256,
                file.file_state,
                read is not None,
                read.columns if read else (),
            )
            counts = (read.row_count, read.bad_count) if read else (0, 0)
            register.remember(self.session, source, landed, *counts, _now())
        for file in plan.known:
            one = file.delivery
            register.touch(self.session, source, one.identity, one.file.name, file.file_state)

    def _make_table(self, schema: str, plan: Plan, incoming: Sequence[_Incoming]) -> None:
        """The rows that stay and the new ones; columns in the order of the deliveries."""
        table = f"{identifier(schema)}.{identifier(plan.table)}"
        parts = [(one.identity.order, one.columns) for one in plan.kept]
        parts += [(one.delivery.identity.order, one.columns) for one in incoming]
        columns = list(dict.fromkeys(name for _, names in sorted(parts) for name in names))
        is_same = bool(plan.kept) and not plan.replaced and columns == self._columns_of(table)
        if not plan.kept:
            self._forget_rows_landed_by_hand(schema, plan.table)
        if is_same:
            for one in incoming:
                self.session.execute(f"insert into {table} by name from {one.target.sql}")
        elif len(parts) == 1:
            self.session.execute(f"drop table if exists {table}")
            self.session.execute(
                f"alter table {incoming[0].target.sql} rename to {identifier(plan.table)}"
            )
            return
        else:
            names = ", ".join(map(identifier, [*columns, *RESERVED_COLUMNS]))
            kept = ", ".join(literal(one.source_file) for one in plan.kept)
            rows = [f"from {table} where _source_file in ({kept})"] if kept else []
            rows += [f"from {one.target.sql}" for one in incoming]
            self.session.execute(
                f"create or replace table {table} as "
                f"select {names} from ({' union all by name '.join(rows)})"
            )
        for one in incoming:
            self.session.execute(f"drop table {one.target.sql}")

    def _forget_rows_landed_by_hand(self, schema: str, table: str) -> None:
        own = identifier(schema)
        self.session.execute(
            f"""
            delete from {own}._rejected_line
            where source_file in (
                select source_file from {own}._landed_file where table_name = $table
            ) and source_file not in (select source_file from meta_landing.landed_file);
            """,
            {"table": table},
        )
        self.session.execute(
            f"delete from {own}._landed_file where table_name = $table", {"table": table}
        )

    def _outcomes(
        self, source: str, plan: Plan, incoming: dict[tuple[str, Identity], _Incoming]
    ) -> list[InboxFile]:
        states = (
            (State.LANDED, plan.read),
            (State.SUPERSEDED, plan.superseded),
            (State.KNOWN, plan.known),
        )
        outcomes = []
        for state, files in states:
            for file in files:
                one = file.delivery
                read = incoming.get((source, one.identity)) if state is State.LANDED else None
                counts = (read.row_count, read.bad_count) if read else (0, 0)
                outcomes.append(InboxFile(source, one.file.name, plan.table, state, *counts))
        return outcomes


def _gone(candidates: Sequence[Candidate], lost: Sequence[Landed]) -> list[tuple[str, str]]:
    """Deliveries whose rows were dropped with their table, and whose files are no longer there."""
    here = [file.delivery.identity for file in candidates]
    return [
        (
            one.source_file,
            f"its rows are no longer in table {one.identity.table}, which was dropped or landed by "
            "hand, and the file is not in the inbox. Put it back, or deliver a full export.",
        )
        for one in lost
        if one.is_applied
        and one.identity not in here
        and not any(
            key.table == one.identity.table and not key.is_delta and key.order > one.order
            for key in here
        )
    ]


def _file_state(path: Path) -> str:
    """What changes whenever the content does, even if size and time are set back."""
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}:{stat.st_ino}"


def _is_as_seen(file: Candidate) -> bool:
    try:
        return _file_state(file.delivery.file.path) == file.file_state
    except OSError:
        return False


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
