"""Nobody below five answers can be recovered from what the employee survey publishes.

What is published are sums over groups. Everything that can be computed from sums is a linear
combination of them, so a set of people is given away exactly if its indicator lies in the row space
of the published groups. Here that is tried for every small set, on the demo and on drawn companies.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

LIMIT = 5

Cells = dict[tuple[str, str], int]
"""Answers by department and region."""


def small_sets(cells: Cells) -> Iterator[frozenset[tuple[str, str]]]:
    """Every set of cells that holds one to four answers."""
    small = [cell for cell, count in cells.items() if 0 < count < LIMIT]
    for size in range(1, LIMIT):
        for chosen in itertools.combinations(small, size):
            if sum(cells[cell] for cell in chosen) < LIMIT:
                yield frozenset(chosen)


def given_away(cells: Cells, shown: list[tuple[str, str]]) -> list[frozenset[tuple[str, str]]]:
    """The small sets and the hidden departments that linear combinations of what is shown yield."""
    filled = [cell for cell, count in cells.items() if count > 0]

    def row(members: frozenset[tuple[str, str]]) -> list[float]:
        return [float(cell in members) for cell in filled]

    def members(dimension: str, member: str) -> frozenset[tuple[str, str]]:
        place = {"department": 0, "region": 1}
        return frozenset(
            cell for cell in filled if dimension == "total" or cell[place[dimension]] == member
        )

    published = np.asarray([row(members(*group)) for group in shown]).reshape(-1, len(filled))
    rank = np.linalg.matrix_rank(published) if len(shown) else 0
    hidden = [
        group
        for department in {cell[0] for cell in filled}
        if ("department", department) not in shown and (group := members("department", department))
    ]
    return [
        secret
        for secret in [*small_sets(cells), *hidden]
        if np.linalg.matrix_rank(np.vstack([published, row(secret)])) == rank
    ]


def test_demo_waves_give_nobody_away(demo_connection: duckdb.DuckDBPyConnection) -> None:
    waves: dict[Any, Cells] = {}
    for period, department, region, count in demo_connection.execute(
        "select period_start, department, region, count(*) from intermediate.int_survey_answer "
        "where question = 'ENPS' and is_valid group by all"
    ).fetchall():
        waves.setdefault(period, {})[department, region] = count
    shown: dict[Any, list[tuple[str, str]]] = {period: [] for period in waves}
    for period, dimension, member in demo_connection.execute(
        "select period_start, dimension, dimension_value from kpi.kpi_employee_satisfaction "
        "where metric_name = 'enps_score' and denominator is not null"
    ).fetchall():
        shown[period].append((dimension, member))
    assert len(waves) == 12
    assert any(dimension == "region" for groups in shown.values() for dimension, _ in groups)
    for period, cells in waves.items():
        assert given_away(cells, shown[period]) == [], period


def drawn_companies(count: int) -> list[Cells]:
    """Companies of a few departments and regions, many of them small or in one place only."""
    rng = np.random.default_rng(7)
    companies = []
    for _ in range(count):
        departments, regions = int(rng.integers(2, 6)), int(rng.integers(1, 5))
        answers = rng.integers(0, 12, (departments, regions))
        answers *= rng.random((departments, regions)) < rng.uniform(0.3, 1)
        companies.append(
            {
                (f"D{d}", f"R{r}"): int(answers[d, r])
                for d in range(departments)
                for r in range(regions)
                if answers[d, r]
            }
        )
    return [cells for cells in companies if cells]


def shown_by_the_model(sql: str, companies: list[Cells]) -> list[list[tuple[str, str]]]:
    """Run the compiled model int_survey_group, one quarter per company."""
    with duckdb.connect() as connection:
        for schema in ("intermediate", "core", "reference"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table reference.kpi_parameter as select 'suppress_n' as parameter, '5' as value"
        )
        connection.execute(
            "create table core.dim_date as select unnest(generate_series("
            "date '2020-01-01', date '2025-12-31', interval 1 day))::date as date_day"
        )
        connection.execute(
            "create table intermediate.int_survey_answer (period_start date, question varchar, "
            "department varchar, region varchar, is_valid boolean)"
        )
        connection.executemany(
            "insert into intermediate.int_survey_answer "
            "select date '1900-01-01' + ?::int, 'ENPS', ?, ?, true from range(?)",
            [
                (number, department, region, count)
                for number, cells in enumerate(companies)
                for (department, region), count in cells.items()
            ],
        )
        plain = re.sub(r'"[^"]*"\."([^"]*)"\."([^"]*)"', r"\1.\2", sql)
        rows = connection.execute(
            f"select period_start - date '1900-01-01', dimension, member from ({plain}) "
            "where not is_answer_hidden and dimension <> 'question'"
        ).fetchall()
    shown: list[list[tuple[str, str]]] = [[] for _ in companies]
    for number, dimension, member in rows:
        shown[number].append((dimension, member))
    return shown


@pytest.fixture(scope="module")
def group_sql(manifest: dict[str, Any]) -> str:
    return str(manifest["nodes"]["model.crm_kpi_warehouse.int_survey_group"]["compiled_code"])


def test_drawn_companies_give_nobody_away(group_sql: str) -> None:
    companies = drawn_companies(300)
    shown = shown_by_the_model(group_sql, companies)
    for cells, groups in zip(companies, shown, strict=True):
        assert given_away(cells, groups) == [], (cells, groups)
    # It would be easy to hide everything.
    assert sum(("total", "total") in groups for groups in shown) > 200
    assert sum(any(d == "department" for d, _ in groups) for groups in shown) > 100
    assert sum(any(d == "region" for d, _ in groups) for groups in shown) > 30


def test_hiding_only_small_groups_would_be_noticed() -> None:
    naive = 0
    for cells in drawn_companies(300):
        shown = [("total", "total")]
        for place, dimension in enumerate(("department", "region")):
            for member in {cell[place] for cell in cells}:
                if sum(count for cell, count in cells.items() if cell[place] == member) >= LIMIT:
                    shown.append((dimension, member))
        naive += bool(given_away(cells, shown))
    assert naive > 50


def test_example_17_hides_the_second_department_too(group_sql: str) -> None:
    shown = shown_by_the_model(group_sql, [{("A", "X"): 3, ("B", "X"): 6}])[0]
    assert ("total", "total") in shown
    assert not [group for group in shown if group[0] == "department"]
    assert given_away({("A", "X"): 3, ("B", "X"): 6}, [*shown, ("department", "B")])
