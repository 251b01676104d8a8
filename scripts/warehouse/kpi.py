"""Read one KPI in depth out of the published marts: definition, trend, slices, drivers, rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import read_published
from warehouse.errors import UsageError
from warehouse.publish import quoted

#: How many rows behind a value, slices per dimension and periods of the trend are shown.
ROW_LIMIT, SLICE_LIMIT, PERIOD_LIMIT = 15, 5, 13
#: How far the driver tree is followed.
DRIVER_DEPTH = 3


@dataclass(frozen=True)
class Definition:
    """A KPI as the registry defines it."""

    metric_name: str
    name_de: str
    name_en: str
    area: str
    unit: str
    formula: str
    time_attribution: str | None
    edge_cases: str | None
    action_off_target: str | None
    kpi_table: str


@dataclass(frozen=True)
class Reading:
    """The total of a KPI in one period."""

    grain: str
    period_start: date
    period_end: date
    value: float | None
    n: int | None
    ci_low: float | None
    ci_high: float | None
    unit: str
    currency: str | None
    value_status: str
    status_reason: str | None


@dataclass(frozen=True)
class Slice:
    """What one member of a dimension did in the period, and what it did to the change."""

    dimension: str
    member: str
    value: float | None
    n: int | None
    contribution: float | None
    mix_change: float | None
    rate_change: float | None


@dataclass(frozen=True)
class Driver:
    """A KPI further down the driver tree with its latest final total."""

    depth: int
    metric_name: str
    name_de: str
    name_en: str
    reading: Reading | None


@dataclass(frozen=True)
class Rows:
    """The rows behind the value: which fact, under which condition, and the first of them."""

    fact: str
    condition: str
    total: int
    columns: list[str]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class KpiInDepth:
    """Everything known about one KPI at its latest final period."""

    definition: Definition
    latest: Reading | None
    trend: list[Reading]
    slices: list[Slice]
    drivers: list[Driver]
    rows: Rows | None


def read_kpi(marts: Path, metric_name: str) -> KpiInDepth:
    """One KPI in depth; raises UsageError for a name the registry does not hold."""
    with read_published(marts) as connection:
        definition = _definition(connection, metric_name)
        latest = _latest(connection, definition.kpi_table, metric_name)
        return KpiInDepth(
            definition,
            latest,
            _trend(connection, definition, latest) if latest else [],
            _slices(connection, definition, latest) if latest else [],
            _drivers(connection, metric_name),
            _rows(connection, metric_name, latest) if latest else None,
        )


def _definition(connection: duckdb.DuckDBPyConnection, metric_name: str) -> Definition:
    columns = ", ".join(Definition.__dataclass_fields__)
    row = connection.execute(
        f"select {columns} from reference.kpi_definition where metric_name = ?", [metric_name]
    ).fetchone()
    if row is None:
        near = connection.execute(
            "select metric_name from reference.kpi_definition "
            "order by jaro_winkler_similarity(metric_name, ?) desc, metric_name limit 3",
            [metric_name],
        ).fetchall()
        raise UsageError(
            f"There is no KPI '{metric_name}'. Near: {', '.join(name for (name,) in near)}."
        )
    return Definition(*row)


_READING = ", ".join(Reading.__dataclass_fields__)


def _has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    return found is not None and found[0] > 0


def _latest(
    connection: duckdb.DuckDBPyConnection, kpi_table: str, metric_name: str
) -> Reading | None:
    """Its latest final total: the rolling year where it has one, else the longest it has."""
    if not _has_table(connection, "kpi", kpi_table):
        return None
    row = connection.execute(
        f"""
        select {_READING}
        from kpi.{quoted(kpi_table)}
        where metric_name = ? and dimension = 'total'
        order by
            value_status in ('ok', 'low_n', 'partial') desc,
            list_position(['r12m', 'year', 'quarter', 'month', 'r3m', 'iso_week', 'day'], grain),
            period_start desc
        limit 1
        """,
        [metric_name],
    ).fetchone()
    return Reading(*row) if row else None


def _trend(
    connection: duckdb.DuckDBPyConnection, definition: Definition, latest: Reading
) -> list[Reading]:
    rows = connection.execute(
        f"""
        select {_READING}
        from kpi.{quoted(definition.kpi_table)}
        where
            metric_name = ? and dimension = 'total' and grain = ? and period_start <= ?
            and value is not null
        order by period_start desc
        limit {PERIOD_LIMIT}
        """,
        [definition.metric_name, latest.grain, latest.period_start],
    ).fetchall()
    return [Reading(*row) for row in reversed(rows)]


def _slices(
    connection: duckdb.DuckDBPyConnection, definition: Definition, latest: Reading
) -> list[Slice]:
    """Per dimension the slices that moved the KPI most; the largest where no change is known."""
    rows = connection.execute(
        f"""
        select
            kpi.dimension, kpi.dimension_value, kpi.value, kpi.n,
            moved.contribution, moved.mix_change, moved.rate_change
        from kpi.{quoted(definition.kpi_table)} as kpi
        left join kpi.kpi_contribution as moved
            using (metric_name, grain, period_start, dimension, dimension_value)
        where
            kpi.metric_name = ? and kpi.grain = ? and kpi.period_start = ?
            and kpi.dimension not in ('total', 'variant') and kpi.dimension not like '% × %'
            and kpi.value is not null
        qualify
            row_number() over (
                partition by kpi.dimension
                order by abs(moved.contribution) desc nulls last, kpi.n desc, kpi.dimension_value
            ) <= {SLICE_LIMIT}
        order by kpi.dimension, abs(moved.contribution) desc nulls last, kpi.n desc, 2
        """,
        [definition.metric_name, latest.grain, latest.period_start],
    ).fetchall()
    return [Slice(*row) for row in rows]


def _drivers(connection: duckdb.DuckDBPyConnection, metric_name: str) -> list[Driver]:
    """The driver tree, parents before their drivers; a KPI stands where it is met first."""
    edges: dict[str, list[tuple[str, str, str, str]]] = {}
    for parent, driver, name_de, name_en, kpi_table in connection.execute(
        """
        select tree.metric_name, tree.driver_metric, defined.name_de, defined.name_en,
            defined.kpi_table
        from reference.kpi_driver as tree
        join reference.kpi_definition as defined on tree.driver_metric = defined.metric_name
        order by tree.metric_name, tree.position
        """
    ).fetchall():
        edges.setdefault(parent, []).append((driver, name_de, name_en, kpi_table))
    seen = {metric_name}

    def below(parent: str, depth: int) -> list[Driver]:
        found = []
        for driver, name_de, name_en, kpi_table in edges.get(parent, []):
            if driver in seen:
                continue
            seen.add(driver)
            reading = _latest(connection, kpi_table, driver)
            found.append(Driver(depth, driver, name_de, name_en, reading))
            if depth < DRIVER_DEPTH:
                found += below(driver, depth + 1)
        return found

    return below(metric_name, 1)


def _rows(connection: duckdb.DuckDBPyConnection, metric_name: str, latest: Reading) -> Rows | None:
    drill = connection.execute(
        "select fact_name, condition, columns, order_by from reference.kpi_drill "
        "where metric_name = ?",
        [metric_name],
    ).fetchone()
    if drill is None or not _has_table(connection, "core", drill[0]):
        return None
    fact, condition, columns, order_by = drill
    # The seed writes the condition with the two parameters of the period.
    bounds = {
        name: value
        for name, value in (
            ("period_start", latest.period_start),
            ("period_end", latest.period_end),
        )
        if f"${name}" in condition
    }
    source = f"from core.{quoted(fact)} where {condition}"
    count = connection.execute(f"select count(*) {source}", bounds).fetchone()
    result = connection.execute(
        f"select {columns} {source} order by {order_by} limit {ROW_LIMIT}", bounds
    )
    rows = result.fetchall()
    names = [column[0] for column in result.description or []]
    return Rows(fact, condition, count[0] if count else 0, names, rows)
