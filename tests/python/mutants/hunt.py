"""Does any test turn red when this formula is broken?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from mutants.choose import Mutant
from mutants.operators import parse, text
from mutants.unit import UnitTest, red_unit_test
from replay import Node, Replay

SECONDS_PER_TABLE = 60

# What the second computation says: per published table and metric its cells by their keys.
Cells = dict[tuple[str, str, str, str], Any]


class InvalidMutantError(Exception):
    """The broken statement is none: the engine refuses to read it. Nothing is learnt from it."""


@dataclass(frozen=True)
class Verdict:
    """What noticed the mutant, if anything did."""

    mutant: Mutant
    caught_by: str | None
    detail: str
    # Tables of the core and kpi schemas that came out different; unknown if caught before.
    changed: tuple[str, ...] = ()

    @property
    def is_caught(self) -> bool:
        return self.caught_by is not None


@dataclass
class Hunt:
    """A built demo with everything that watches it."""

    replay: Replay
    unit_tests: list[UnitTest]
    second_opinion: Callable[[duckdb.DuckDBPyConnection, str], str | None]
    _sound: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for node in self.replay.project.area_tables().values():
            objection = self.second_opinion(self.replay.connection, node.name)
            if objection:
                raise AssertionError(
                    f"the second computation differs before any change: {objection}"
                )

    def judge(self, mutant: Mutant) -> Verdict:
        self._check_that_tests_are_green_on(mutant.model)
        red = self._red_unit_test(mutant)
        if red:
            return Verdict(mutant, "unit test", red)
        with self.replay.undone():
            return self._build_and_test(mutant)

    def _check_that_tests_are_green_on(self, model: Node) -> None:
        """A test that is red anyway would catch everything, and a statement that changes by being
        parsed and written again would count as broken."""
        if model.unique_id in self._sound:
            return
        for test in self._tests_of(model):
            red = red_unit_test(self.replay.connection, test, model.sql, None)
            if red:
                raise AssertionError(f"unit test {test.name} is red before any change: {red}")
        with self.replay.undone():
            written = text(parse(model.sql))
            different = self.replay.build(set(), {model.unique_id: written}, {model.unique_id})
            if different:
                raise AssertionError(f"{model.name} is another one after parsing and writing")
        self._sound.add(model.unique_id)

    def _tests_of(self, model: Node) -> Iterator[UnitTest]:
        return (test for test in self.unit_tests if test.model == model.name)

    def _red_unit_test(self, mutant: Mutant) -> str | None:
        for test in self._tests_of(mutant.model):
            try:
                with bounded(self.replay.connection):
                    red = red_unit_test(self.replay.connection, test, mutant.model.sql, mutant.site)
            except (duckdb.BinderException, duckdb.ParserException) as error:
                raise InvalidMutantError(str(error)) from error
            if red:
                return f"{test.name}: {red}"
        return None

    def _build_and_test(self, mutant: Mutant) -> Verdict:
        """In the order of a build, until the first test is red."""
        project = self.replay.project
        sql: Mapping[str, str] = {mutant.model.unique_id: mutant.sql}
        different: set[str] = set()
        for key, node in project.nodes.items():
            if node.kind == "test" and not different.isdisjoint(node.parents):
                failure = self.replay.failure(node)
                if failure:
                    return Verdict(mutant, "data test", f"{failure.test}: {failure.example}")
            elif node.kind == "model":
                try:
                    with bounded(self.replay.connection):
                        different.update(self.replay.steps(different, sql, {key}))
                except (duckdb.BinderException, duckdb.ParserException) as error:
                    if key == mutant.model.unique_id:
                        raise InvalidMutantError(str(error)) from error
                    return Verdict(mutant, "build", f"{node.name}: {error}")
                except duckdb.Error as error:
                    return Verdict(mutant, "build", f"{node.name}: {error}")
        changed = [project.nodes[key] for key in different]
        for node in changed:
            if node.schema == "kpi":
                objection = self.second_opinion(self.replay.connection, node.name)
                if objection:
                    return Verdict(mutant, "oracle", objection)
        published = sorted(node.name for node in changed if node.schema in ("kpi", "core"))
        return Verdict(mutant, None, "", tuple(published))


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Break off what runs away; a build that does not end is noticed, too."""
    clock = threading.Timer(SECONDS_PER_TABLE, connection.interrupt)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def second_opinion() -> Callable[[duckdb.DuckDBPyConnection, str], str | None]:
    """The oracle of test_oracle.py: computed once, compared with each published table asked for."""
    from conftest import ROOT
    from oracle.raw import load
    from test_oracle import HEADLINES, agree

    crm = load(ROOT / "seeds")
    expected: dict[str, dict[str, Cells]] = {}
    for table, metrics in HEADLINES.items():
        for metric in metrics:
            expected.setdefault(table, {})[metric.__name__] = {
                (row.grain, str(row.period_start), row.dimension, row.dimension_value): (
                    row.numerator,
                    row.denominator,
                    row.value,
                    row.n,
                    row.value_status,
                )
                for row in metric(crm)
            }

    def objection(connection: duckdb.DuckDBPyConnection, table: str) -> str | None:
        for metric, second in expected.get(table, {}).items():
            published = {
                (row[0], row[1], row[2], row[3]): tuple(row[4:])
                for row in connection.execute(
                    "select grain, cast(period_start as varchar), dimension, dimension_value, "
                    "numerator, denominator, value, n, value_status "
                    f"from kpi.{table} where metric_name = ? and list_contains(?, dimension)",
                    [metric, sorted({key[2] for key in second})],
                ).fetchall()
            }
            for key in second.keys() | published.keys():
                if not agree(second.get(key), published.get(key)):
                    return f"{metric} {key}: {published.get(key)}, not {second.get(key)}"
        return None

    return objection
