"""dbt's unit tests without dbt: the SQL it compiled for them, with the broken model in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from mutants.operators import FIXTURE, Site, broken, parse, sites, text

ACTUAL = "dbt_internal_unit_test_actual"


@dataclass(frozen=True)
class UnitTest:
    """A unit test of one model and the file dbt compiled it to."""

    name: str
    model: str
    file: Path


def unit_tests(manifest: Mapping[str, Any], compiled: Path) -> list[UnitTest]:
    """The unit tests of a project, compiled below a `target` folder."""
    found = []
    for entry in manifest["unit_tests"].values():
        folder = compiled / "run" / entry["package_name"] / entry["original_file_path"]
        files = list(folder.rglob(f"{entry['name']}.sql"))
        if len(files) != 1:
            raise FileNotFoundError(f"unit test {entry['name']}: {len(files)} files in {folder}")
        found.append(UnitTest(entry["name"], entry["model"], files[0]))
    return found


def red_unit_test(
    connection: duckdb.DuckDBPyConnection, test: UnitTest, model_sql: str, site: Site | None
) -> str | None:
    """What the test says about the model with that formula broken; None if it is content.

    The statement of a unit test holds the model's own, with its inputs replaced by fixtures. The
    formula is found in it by its text; where a test overrides the macro that wrote it, it is not.
    """
    statement = parse(test.file.read_text())
    inner = _model_statement(statement)
    fixtures = _take_fixtures(inner)
    if site is not None:
        same = _same_site(parse(model_sql), inner, site)
        if same is None:
            return None
        changed = broken(inner, same)
        inner.replace(changed)
        inner = changed
    for fixture in reversed(fixtures):
        with_ = inner.args.get("with_") or exp.With(expressions=[])
        with_.set("expressions", [fixture, *with_.expressions])
        inner.set("with_", with_)
    try:
        rows = connection.execute(text(statement)).fetchall()
    except duckdb.Error as error:
        if isinstance(error, duckdb.BinderException | duckdb.ParserException):
            raise
        return f"{type(error).__name__}: {error}"
    actual = _sorted(row[:-1] for row in rows if row[-1] == "actual")
    expected = _sorted(row[:-1] for row in rows if row[-1] == "expected")
    if len(actual) == len(expected) and all(map(_is_same_row, actual, expected)):
        return None
    return f"{len(actual)} rows, {len(expected)} expected"


def _model_statement(statement: exp.Expression) -> exp.Expression:
    outer = next(cte for cte in statement.find_all(exp.CTE) if cte.alias == ACTUAL)
    inner = outer.this.args["from_"].this.this
    assert isinstance(inner, exp.Query)
    return inner


def _take_fixtures(inner: exp.Expression) -> list[exp.Expression]:
    with_ = inner.args.get("with_")
    if with_ is None:
        return []
    fixtures = [cte for cte in with_.expressions if cte.alias.startswith(FIXTURE)]
    rest = [cte for cte in with_.expressions if not cte.alias.startswith(FIXTURE)]
    for fixture in fixtures:
        fixture.pop()
    if not rest:
        inner.set("with_", None)
    return fixtures


def _same_site(model: exp.Expression, inner: exp.Expression, site: Site) -> Site | None:
    """The site in the statement of the test: it reads the same and is the same of several."""

    def reads(other: Site) -> tuple[str, int, str, str]:
        return other.rule, other.alternative, other.before, other.after

    named = sites(_without_relations(model.copy()))
    mine = named[sites(model).index(site)]
    there = sites(inner)
    theirs = sites(_without_relations(inner.copy()))
    alike = [s for s in named if reads(s) == reads(mine)]
    candidates = [number for number, s in enumerate(theirs) if reads(s) == reads(mine)]
    if len(alike) != len(candidates):
        return None
    return there[candidates[alike.index(mine)]]


def _without_relations(tree: exp.Expression) -> exp.Expression:
    for table in tree.find_all(exp.Table):
        if table.db or table.name.startswith(FIXTURE):
            name = table.name.removeprefix(FIXTURE)
            table.set("this", exp.to_identifier(name))
            table.set("db", None)
            table.set("catalog", None)
    return tree


def _sorted(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: [(v is None, _sortable(v)) for v in row])


def _sortable(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _is_same_row(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(one, other, strict=True)
    )
