"""Which KPIs of the registry the published marts hold, and in what state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from warehouse.database import read_published
from warehouse.publish import quoted

STATUSES = ("ok", "low_n", "immature", "partial", "not_applicable", "suppressed", "no_data")


@dataclass(frozen=True)
class MetricState:
    """One KPI: its rows in the area table, and how many have each status."""

    area: str
    metric_name: str
    level: str
    rows: int
    statuses: dict[str, int]


def read_metrics(marts: Path) -> list[MetricState]:
    """Every KPI of the registry in its order; one that is in no table has 0 rows."""
    with read_published(marts) as connection:
        registry = connection.execute(
            "select area, metric_name, level, kpi_table from reference.kpi_definition"
        ).fetchall()
        present = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'kpi'"
            ).fetchall()
        }
        counts: dict[str, dict[str, int]] = {}
        for table in sorted({row[3] for row in registry} & present):
            for metric_name, status, count in connection.execute(
                "select metric_name, value_status, count(*) "
                f"from kpi.{quoted(table)} group by metric_name, value_status"
            ).fetchall():
                counts.setdefault(metric_name, {})[status] = count
    return [
        MetricState(area, name, level, sum(found.values()), found)
        for area, name, level, _ in registry
        for found in [counts.get(name, {})]
    ]


def as_table(metrics: list[MetricState]) -> Table:
    """Area, KPI, level, rows and rows per status; the title counts what is there."""
    there = sum(metric.rows > 0 for metric in metrics)
    table = Table(title=f"{there} of {len(metrics)} KPIs are in the marts")
    for heading in ("area", "KPI", "level"):
        table.add_column(heading)
    for heading in ("rows", *STATUSES):
        table.add_column(heading, justify="right")
    for metric in metrics:
        table.add_row(
            metric.area,
            metric.metric_name,
            metric.level,
            f"{metric.rows:,}",
            *(
                f"{metric.statuses[status]:,}" if status in metric.statuses else ""
                for status in STATUSES
            ),
        )
    return table
