"""A formula that is broken turns a test red: a fixed dozen; `make mutants` tries many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlglot import exp

from conftest import Built
from mutants.build import opened
from mutants.choose import choose
from mutants.hunt import Hunt, Verdict
from mutants.operators import broken, parse, sites, text
from mutants.report import run, survivor_lines

SEED = 1
DOZEN = 12
AREAS = [f"B{number}" for number in range(1, 8)]


@pytest.fixture(scope="module")
def hunt(built: Built) -> Iterator[Hunt]:
    with opened(built) as hunt:
        yield hunt


def test_a_dozen_broken_formulas_are_noticed(hunt: Hunt) -> None:
    outcomes = run(hunt, choose(hunt.replay.project, AREAS, SEED), DOZEN)
    verdicts = [outcome for outcome in outcomes if isinstance(outcome, Verdict)]
    assert len(verdicts) == DOZEN
    survivors = [line for v in verdicts if not v.is_caught for line in survivor_lines(v)]
    # One in ten may be a change that nothing can notice.
    assert sum(not v.is_caught for v in verdicts) <= 1, "\n".join(survivors)


def test_the_same_seed_breaks_the_same_formulas(hunt: Hunt) -> None:
    project = hunt.replay.project
    drawn = [
        [next(mutants).site for _ in range(3)]
        for mutants in (choose(project, AREAS, seed) for seed in (1, 1, 2))
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


@pytest.mark.parametrize(
    ("rule", "sql", "expected"),
    [
        ("comparison", "select x from t where a >= 1", "SELECT x FROM t WHERE a > 1"),
        ("dropped_filter", "select x from t where a and b", "SELECT x FROM t WHERE b"),
        ("dropped_filter", "select x from t where a", "SELECT x FROM t WHERE TRUE"),
        ("swapped_ratio", "select a / b as r", "SELECT (b) / (a) AS r"),
        (
            "swapped_ratio",
            "select a as numerator, b as denominator",
            "SELECT b AS numerator, a AS denominator",
        ),
        (
            "shifted_day",
            "select x from t where closed_on < b",
            "SELECT x FROM t WHERE (closed_on + CAST(1 AS INT)) < b",
        ),
        (
            "other_join",
            "from t left join u on t.a = u.a",
            "SELECT * FROM t INNER JOIN u ON t.a = u.a",
        ),
        (
            "other_join",
            "from t inner join u on t.a = u.a",
            "SELECT * FROM t LEFT JOIN u ON t.a = u.a",
        ),
        ("other_aggregate", "select sum(a)", "SELECT MAX(a)"),
        ("other_aggregate", "select count(distinct a)", "SELECT COUNT(a)"),
        (
            "other_order",
            "select row_number() over (order by a desc)",
            "SELECT ROW_NUMBER() OVER (ORDER BY a ASC)",
        ),
        ("other_logic", "select a and b as x", "SELECT (a OR b) AS x"),
        ("other_arithmetic", "select a - b as x", "SELECT (a + (b)) AS x"),
        ("dropped_default", "select coalesce(a, 0) as x", "SELECT a AS x"),
        (
            "dropped_branch",
            "select case when a then 1 when b then 2 end as x",
            "SELECT CASE WHEN b THEN 2 END AS x",
        ),
        ("other_number", "select a > 30 as x", "SELECT a > (30 + 1) AS x"),
    ],
)
def test_a_rule_breaks_a_formula_as_it_says(rule: str, sql: str, expected: str) -> None:
    tree = parse(sql)
    assert expected in [text(broken(tree, site)) for site in sites(tree) if site.rule == rule]
    assert text(tree) == text(parse(sql))


@pytest.mark.parametrize(
    "sql",
    [
        # To a condition NULL is false already.
        "select x from t where coalesce(a, false)",
        # Every row with every other one.
        "select x from t inner join u on t.a = u.a and t.b > u.b",
    ],
)
def test_changes_that_say_nothing_are_not_made(sql: str) -> None:
    tree = parse(sql)
    for site in sites(tree):
        assert site.rule != "dropped_default"
        changed = broken(tree, site)
        for join in changed.find_all(exp.Join):
            assert join.args["on"].find(exp.EQ)


@pytest.mark.parametrize(
    ("condition", "is_changed"),
    [("t.b and u.c = 'won'", False), ("u.c", False), ("u.c is null", True), ("t.c = 1", True),
     ("u.c is distinct from 1", True), ("u.c = 1 or t.b", True)],
)  # fmt: skip
def test_a_join_stays_inner_where_the_filter_needs_its_table(
    condition: str, is_changed: bool
) -> None:
    tree = parse(f"select x from t inner join u on t.a = u.a where {condition}")
    assert any(site.rule == "other_join" for site in sites(tree)) is is_changed
