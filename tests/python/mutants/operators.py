"""The ways a formula is broken, as rules on the syntax tree of a model's compiled SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp, parse_one

Rule = Callable[[exp.Expression], Iterator[exp.Expression]]

FIXTURE = "__dbt__cte__"
DAY_COLUMN = re.compile(r"(_on|_date|_day|_start|_end|_from|_to|^as_of)$")
FLIPPED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
COMPARISONS = (*FLIPPED, exp.Between)
AGGREGATES: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.Sum: exp.Max,
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.Avg: exp.Max,
    exp.Median: exp.Max,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}


def comparison(node: exp.Expression) -> Iterator[exp.Expression]:
    """`>` for `>=`, `<>` for `=`, an excluded bound for an included one."""
    # An unequal join of two tables is every row with every row: seen by the clock, not by a test.
    if type(node) in FLIPPED and not (isinstance(node, exp.EQ) and is_join_condition(node)):
        yield FLIPPED[type(node)](this=node.this.copy(), expression=node.expression.copy())
    if isinstance(node, exp.Between):
        low = exp.GT(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        yield exp.paren(exp.and_(low, high), copy=False)


def dropped_filter(node: exp.Expression) -> Iterator[exp.Expression]:
    """One condition of several is gone, or the only one."""
    if isinstance(node, exp.And | exp.Or):
        kept = [node.this, node.expression]
        if is_join_condition(node):
            # What is left must still tie the two tables together.
            kept = [side for side in kept if side.find(exp.EQ)]
        yield from (side.copy() for side in kept)
    if isinstance(node, exp.Where) and not isinstance(node.this, exp.And | exp.Or):
        yield exp.Where(this=exp.true())


def swapped_ratio(node: exp.Expression) -> Iterator[exp.Expression]:
    """Numerator and denominator change places, in a division or in the columns of a cell."""
    if isinstance(node, exp.Div) and not isinstance(node.expression, exp.Literal):
        swapped = node.copy()
        swapped.set("this", exp.paren(node.expression, copy=True))
        swapped.set("expression", exp.paren(node.this, copy=True))
        yield swapped
    if isinstance(node, exp.Select):
        parts = {name: find_column(node, name) for name in ("numerator", "denominator")}
        if all(part is not None and not is_null(part) for part in parts.values()):
            swapped = node.copy()
            columns = [find_column(swapped, name) for name in parts]
            first, second = (column for column in columns if column is not None)
            value = first.this.copy()
            first.set("this", second.this.copy())
            second.set("this", value)
            yield swapped


def shifted_day(node: exp.Expression) -> Iterator[exp.Expression]:
    """A day of a comparison, or a distance in days, is one day longer."""
    is_day = isinstance(node, exp.Column) and DAY_COLUMN.search(node.name)
    if is_day and isinstance(node.parent, COMPARISONS):
        yield exp.paren(exp.Add(this=node.copy(), expression=one()), copy=False)
    if isinstance(node, exp.DateDiff):
        yield exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)), copy=False)
    if isinstance(node, exp.Add | exp.Sub) and is_whole_days(node.expression):
        shifted = type(node)(this=node.this.copy(), expression=node.expression.copy())
        yield exp.paren(exp.Add(this=shifted, expression=one()), copy=False)


def other_join(node: exp.Expression) -> Iterator[exp.Expression]:
    """Inner instead of left, left instead of inner; not where the filter drops what a left join
    would add."""
    if not isinstance(node, exp.Join) or node.args.get("on") is None:
        return
    joined = node.copy()
    if node.side.upper() == "LEFT":
        joined.set("side", None)
        joined.set("kind", "INNER")
        yield joined
    elif not node.side and not is_needed_by_filter(node):
        joined.set("kind", None)
        joined.set("side", "LEFT")
        yield joined


def other_aggregate(node: exp.Expression) -> Iterator[exp.Expression]:
    """Max instead of sum, the first instead of the last, all instead of the distinct ones."""
    if is_of_a_parameter(node):
        return
    if type(node) in AGGREGATES:
        broken = AGGREGATES[type(node)](**{
            key: value
            for key, value in node.copy().args.items()
            if key in ("this", "expressions")
        })  # fmt: skip
        yield broken
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        yield exp.Count(this=node.this.expressions[0].copy())
    elif isinstance(node, exp.Count) and not isinstance(node.this, exp.Star):
        yield exp.Count(this=exp.Star())
    if isinstance(node, exp.CountIf):
        yield exp.CountIf(this=exp.not_(exp.paren(node.this, copy=True), copy=False))


def other_order(node: exp.Expression) -> Iterator[exp.Expression]:
    """The last row instead of the first. A later key only makes the choice among equals the same
    every time."""
    if (
        isinstance(node, exp.Ordered)
        and isinstance(node.parent, exp.Order)
        and node.parent.expressions[0] is node
        and node.find_ancestor(exp.Window)
    ):
        turned = node.copy()
        turned.set("desc", not node.args.get("desc"))
        yield turned


def other_logic(node: exp.Expression) -> Iterator[exp.Expression]:
    """Or for and, and for or, the opposite of a negation or of a test for NULL."""
    if isinstance(node, exp.And) and not is_join_condition(node):
        yield exp.paren(exp.Or(this=node.this.copy(), expression=node.expression.copy()))
    if isinstance(node, exp.Or):
        yield exp.paren(exp.And(this=paren_or(node.this), expression=paren_or(node.expression)))
    if isinstance(node, exp.Not):
        yield exp.paren(node.this.copy())
    if isinstance(node, exp.Is) and not isinstance(node.parent, exp.Not):
        yield exp.not_(exp.paren(node.copy()))


def other_arithmetic(node: exp.Expression) -> Iterator[exp.Expression]:
    """Minus for plus, divided for times, and the reverse."""
    if isinstance(node, exp.Add | exp.Sub) and not is_whole_days(node.expression):
        other = exp.Sub if isinstance(node, exp.Add) else exp.Add
        yield exp.paren(other(this=node.this.copy(), expression=exp.paren(node.expression.copy())))
    if isinstance(node, exp.Mul):
        divisor = exp.Nullif(
            this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0)
        )
        yield exp.paren(exp.Div(this=node.this.copy(), expression=divisor))


def dropped_default(node: exp.Expression) -> Iterator[exp.Expression]:
    """NULL where a default stood in for it. To a condition NULL is as good as false."""
    if isinstance(node, exp.Coalesce):
        is_false = len(node.expressions) == 1 and node.expressions[0] == exp.false()
        if not (is_false and is_condition(node)):
            yield node.this.copy()


def dropped_branch(node: exp.Expression) -> Iterator[exp.Expression]:
    """One case less: its rows fall to a later branch."""
    if isinstance(node, exp.Case):
        for number in range(len(node.args["ifs"])):
            branches = [branch.copy() for branch in node.args["ifs"]]
            del branches[number]
            default = node.args.get("default")
            if branches:
                fewer = node.copy()
                fewer.set("ifs", branches)
                yield fewer
            elif default is not None:
                yield exp.paren(default.copy())
            else:
                yield exp.null()


def other_number(node: exp.Expression) -> Iterator[exp.Expression]:
    """A number in a comparison or a formula is one more."""
    if (
        isinstance(node, exp.Literal)
        and not node.is_string
        and isinstance(node.parent, (*FLIPPED, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Between))
    ):
        yield exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)), copy=False)


RULES: tuple[Rule, ...] = (
    comparison,
    dropped_filter,
    swapped_ratio,
    shifted_day,
    other_join,
    other_aggregate,
    other_order,
    other_logic,
    other_arithmetic,
    dropped_default,
    dropped_branch,
    other_number,
)


@dataclass(frozen=True)
class Site:
    """One way to break one formula of a model."""

    rule: str
    position: int
    alternative: int
    before: str
    after: str
    line: int

    def in_context(self, sql: str) -> tuple[str, str]:
        """Both texts with enough around them to tell which of several equal ones it is."""
        tree = parse(sql)
        changed = broken(tree, self)
        before, after = self.before, self.after
        node: exp.Expression | None = at(tree, self.position)
        other: exp.Expression | None = at(changed, self.position)
        while len(before) < 40 and node is not None and other is not None:
            node, other = node.parent, other.parent
            if node is None or other is None or isinstance(node, exp.Query):
                break
            before, after = text(node), text(other)
        return before, after


def parse(sql: str) -> exp.Expression:
    return parse_one(sql, dialect="duckdb")


def sites(tree: exp.Expression) -> list[Site]:
    """Every way the rules know to break this statement, in the order of its syntax tree."""
    found = []
    line = 1
    for position, node in enumerate(tree.dfs()):
        line = first_line(node) or line
        # The marks of a grouping set are written by kpi_cells and say one thing several times.
        if is_grouping_mark(node) or is_grouping_mark(node.parent):
            continue
        for rule in RULES:
            for alternative, replacement in enumerate(rule(node)):
                before, after = text(node), text(replacement)
                if before != after:
                    found.append(Site(rule.__name__, position, alternative, before, after, line))
    return found


def broken(tree: exp.Expression, site: Site) -> exp.Expression:
    """The statement with that one formula broken; the given tree stays as it is."""
    copy = tree.copy()
    node = at(copy, site.position)
    rule = next(rule for rule in RULES if rule.__name__ == site.rule)
    replacement = list(rule(node))[site.alternative]
    if node is copy:
        return replacement
    node.replace(replacement)
    return copy


def at(tree: exp.Expression, position: int) -> exp.Expression:
    return next(node for number, node in enumerate(tree.dfs()) if number == position)


def text(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb", comments=False)


def first_line(node: exp.Expression) -> int | None:
    lines = [child.meta["line"] for child in node.dfs() if "line" in child.meta]
    return min(lines) if lines else None


def is_of_a_parameter(node: exp.Expression) -> bool:
    """A parameter is one row: its largest value is its smallest."""
    select = node.find_ancestor(exp.Select)
    source = select.args.get("from_") if select else None
    return source is not None and source.this.name.removeprefix(FIXTURE) == "kpi_parameter"


def is_grouping_mark(node: exp.Expression | None) -> bool:
    return isinstance(node, (*COMPARISONS, exp.And, exp.Or)) and node.find(exp.Grouping) is not None


def is_join_condition(node: exp.Expression) -> bool:
    around = node.find_ancestor(exp.Join, exp.Where, exp.Select, exp.Case)
    return isinstance(around, exp.Join)


def is_needed_by_filter(join: exp.Join) -> bool:
    """Without a partner in this table no row passes the filter: one of its conditions, all of which
    must be true, compares a column of the table with a constant or is such a column."""
    where = join.parent.args.get("where") if isinstance(join.parent, exp.Select) else None
    if where is None:
        return False
    for condition in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        column: exp.Expression = condition
        if type(condition) in FLIPPED and isinstance(condition.expression, exp.Literal):
            column = condition.this
        null_safe = isinstance(condition, exp.NullSafeEQ | exp.NullSafeNEQ)
        if isinstance(column, exp.Column) and column.table == join.alias_or_name and not null_safe:
            return True
    return False


def is_condition(node: exp.Expression) -> bool:
    """Only rows for which it is true count."""
    parent = node.parent
    while isinstance(parent, exp.And | exp.Or | exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(parent, exp.Join):
        return node is parent.args.get("on")
    return isinstance(parent, exp.Where | exp.Having | exp.Qualify | exp.CountIf) or (
        isinstance(parent, exp.If) and node is parent.this
    )


def find_column(select: exp.Select, name: str) -> exp.Alias | None:
    return next(
        (e for e in select.expressions if isinstance(e, exp.Alias) and e.alias == name), None
    )


def is_null(alias: exp.Expression) -> bool:
    value = alias.unalias()
    return isinstance(value, exp.Null) or (
        isinstance(value, exp.Cast) and isinstance(value.this, exp.Null)
    )


def is_whole_days(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.to.is_type("int")


def one() -> exp.Expression:
    return exp.cast(exp.Literal.number(1), "int")


def paren_or(node: exp.Expression) -> exp.Expression:
    return exp.paren(node.copy()) if isinstance(node, exp.Or) else node.copy()
