"""Run the compiled SQL again, without dbt: what would change if this table were another one?

dbt needs half a minute to look at the project before it builds anything, a replay of one changed
table needs what DuckDB needs. It builds only what can differ: a table that came out as before ends
the walk there.

    project = Project.read(target / "manifest.json")      # after `dbt compile` or `dbt build`
    with Replay.of_copy(project, database, folder) as replay, replay.undone():
        replay.build({"seed.crm_kpi_warehouse.quote"})    # after emptying that table
        replay.connection.execute("from kpi.kpi_sales_conversion")
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

# Whatever adds up doubles in another order ends in another last digit: not a change. Doubles are
# compared to seven digits and six decimals, on two grids: a last digit may cross a line of one.
APPROXIMATE = ("DOUBLE", "FLOAT")
GRIDS = (1.0, 1.1)


@dataclass(frozen=True)
class Node:
    """A seed, a model or a data test of the manifest."""

    unique_id: str
    name: str
    kind: str
    schema: str
    relation: str
    file: str
    sql: str
    raw_sql: str
    parents: tuple[str, ...]
    contract: tuple[tuple[str, str], ...] = ()
    is_kept: bool = False

    @property
    def is_built(self) -> bool:
        return self.kind == "model" and not self.is_kept


@dataclass(frozen=True)
class Project:
    """The nodes of a manifest with compiled code, parents before children."""

    database: str
    nodes: Mapping[str, Node]

    @classmethod
    def read(cls, manifest: Path) -> Project:
        return cls.of(json.loads(manifest.read_text()))

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Project:
        found = {
            **{key: _node(entry) for key, entry in manifest["sources"].items()},
            **{
                key: _node(entry)
                for key, entry in manifest["nodes"].items()
                if entry["resource_type"] in ("seed", "model", "test")
            },
        }
        missing = [node.name for node in found.values() if node.kind != "seed" and not node.sql]
        if missing:
            raise ValueError(f"not compiled, run dbt compile first: {', '.join(missing[:5])} …")
        parents = {key: set(node.parents) & set(found) for key, node in found.items()}
        ordered = {key: found[key] for key in TopologicalSorter(parents).static_order()}
        database = next(entry["database"] for entry in manifest["nodes"].values())
        return cls(database, ordered)

    def model(self, name: str) -> Node:
        return next(n for n in self.nodes.values() if n.kind != "test" and n.name == name)

    def models(self) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.kind == "model")

    def tests(self) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.kind == "test")

    def area_tables(self) -> dict[str, Node]:
        """The tables macros/kpi/area_tables.sql lists, by area, as far as a model builds them."""
        tables: dict[str, Node] = {}
        for node in self.tests():
            area = _area_of(node)
            if area:
                tables[area] = next(
                    self.nodes[key]
                    for key in node.parents
                    if self.nodes[key].name.startswith("kpi_") and self.nodes[key].schema == "kpi"
                )
        return dict(sorted(tables.items(), key=lambda item: (item[0][0] == "F", item[0])))

    def upstream(self, node: Node) -> set[str]:
        """The keys of all that the node is made of, itself included."""
        found: set[str] = set()
        waiting = [node.unique_id]
        while waiting:
            key = waiting.pop()
            if key not in found and key in self.nodes:
                found.add(key)
                waiting.extend(self.nodes[key].parents)
        return found


def _area_of(node: Node) -> str | None:
    """Every area table has the test kpi_matches_registry, which names its area."""
    marker = "where area = '"
    if not node.name.startswith("kpi_matches_registry") or marker not in node.sql:
        return None
    return node.sql.split(marker, 1)[1].split("'", 1)[0]


def _node(entry: Mapping[str, Any]) -> Node:
    config = entry.get("config", {})
    kind = "seed" if entry["resource_type"] == "source" else entry["resource_type"]
    contracted = kind == "model" and config.get("contract", {}).get("enforced")
    # A test that only warns turns nothing red.
    is_kept = config.get("materialized") == "incremental" or (
        kind == "test" and str(config.get("severity", "error")).lower() != "error"
    )
    return Node(
        unique_id=entry["unique_id"],
        name=entry["name"],
        kind=kind,
        schema=entry["schema"],
        relation=entry.get("relation_name") or "",
        file=entry["original_file_path"],
        sql=(entry.get("compiled_code") or "").strip(),
        raw_sql=entry.get("raw_code") or "",
        parents=tuple(entry.get("depends_on", {}).get("nodes", ())),
        contract=tuple((c["name"], c["data_type"]) for c in entry["columns"].values())
        if contracted
        else (),
        is_kept=is_kept,
    )


@dataclass(frozen=True)
class Fingerprint:
    """What tells a table from another one: columns, row count, the hashes of its rows."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    hashes: tuple[int | None, ...]

    def is_like(self, other: Fingerprint) -> bool:
        """The same rows in any order."""
        return (
            self.columns == other.columns
            and self.rows == other.rows
            and any(a == b for a, b in zip(self.hashes, other.hashes, strict=True))
        )


@dataclass(frozen=True)
class Failure:
    """A data test that found rows."""

    test: str
    rows: int
    example: str


@dataclass
class Replay:
    """A built warehouse of which tables may be built anew, and the state they had before."""

    project: Project
    connection: duckdb.DuckDBPyConnection
    _before: dict[str, Fingerprint] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def of_copy(cls, project: Project, database: Path, folder: Path) -> Iterator[Replay]:
        """Work on a copy of a built database, under the name its compiled SQL calls it by."""
        copy = folder / "replay.duckdb"
        shutil.copy(database, copy)
        with duckdb.connect() as connection:
            # One thread adds doubles in the same order every time.
            connection.execute("set threads = 1; set timezone = 'UTC'; set memory_limit = '3GB'")
            connection.execute(f"attach '{copy}' as \"{project.database}\"")
            connection.execute(f'use "{project.database}"')
            yield cls(project, connection)
        copy.unlink()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back at the end whatever was built within."""
        self.connection.execute("begin")
        try:
            yield
        finally:
            self.connection.execute("rollback")

    def remember(self, keys: Iterable[str] | None = None) -> None:
        """Take the present state of these tables (default: of all) as the one before a change."""
        for key in keys or self.project.nodes:
            node = self.project.nodes[key]
            if node.kind == "model":
                self._before[key] = self.fingerprint(node)

    def build(
        self,
        changed: Collection[str],
        sql: Mapping[str, str] | None = None,
        only: Collection[str] | None = None,
    ) -> set[str]:
        """Build what depends on the changed tables, and the models whose SQL is given instead of
        their own. Returns the keys of the tables that differ now, the changed ones included."""
        different = set(changed)
        for key in self.steps(different, sql or {}, only):
            different.add(key)
        return different

    def steps(
        self, different: set[str], sql: Mapping[str, str], only: Collection[str] | None = None
    ) -> Iterator[str]:
        """Build one table after the other; gives the keys of those that came out different. The
        caller may stop at any of them; `different` has to grow by what is given."""
        for key, node in self.project.nodes.items():
            if not node.is_built or (only is not None and key not in only):
                continue
            if key not in sql and not different.intersection(node.parents):
                continue
            before = self._before.get(key)
            if before is None:
                before = self._before[key] = self.fingerprint(node)
            self.create(node, sql.get(key, node.sql))
            if not self.fingerprint(node).is_like(before):
                yield key

    def create(self, node: Node, sql: str) -> None:
        """Replace one table, its columns and types as dbt's contract makes them."""
        # A contract gives the table its columns; their values are cast on the way in.
        columns = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in node.contract)
        self.connection.execute(
            f"create or replace table {node.relation} as "
            f"select {columns or '*'} from (\n{sql}\n) as compiled"
        )

    def fingerprint(self, node: Node) -> Fingerprint:
        described = self.connection.execute(f"describe {node.relation}").fetchall()
        hashes = []
        for grid in GRIDS:
            columns = ", ".join(
                f'cast(round("{name}" * {grid}, 6) as float)'
                if kind in APPROXIMATE
                else f'"{name}"'
                for name, kind, *_ in described
            )
            hashes.append(f"sum(cast(hash({columns}) as hugeint))")
        row = self.connection.execute(
            f"select count(*), {', '.join(hashes)} from {node.relation}"
        ).fetchone()
        assert row is not None
        names = tuple((name, kind) for name, kind, *_ in described)
        return Fingerprint(names, row[0], row[1:])

    def failures(self, different: Collection[str] | None = None) -> Iterator[Failure]:
        """The data tests that find rows, of those that look at one of the different tables."""
        for test in self.project.tests():
            if different is None or not set(test.parents).isdisjoint(different):
                failure = self.failure(test)
                if failure:
                    yield failure

    def failure(self, test: Node) -> Failure | None:
        if test.is_kept:
            return None
        rows = self.connection.execute(test.sql).fetchmany(1000)
        return Failure(test.name, len(rows), str(rows[0])) if rows else None
