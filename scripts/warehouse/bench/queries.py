"""Ten queries as BI tools send them, timed on the published file."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from warehouse.database import read_published

QUERIES = {
    "scorecard of the management": """
        select metric_name, value, target_value, rag, trend
        from kpi.kpi_scorecard
        where board = 'management' and is_latest
        order by position
    """,
    "trend of the win rate": """
        select period_start, value, ci_low, ci_high
        from kpi.kpi_sales_conversion
        where metric_name = 'win_rate' and grain = 'month' and dimension = 'total'
        order by period_start
    """,
    "win rate by region and quarter": """
        select period_end, dimension_value, value, n
        from kpi.kpi_sales_conversion
        where
            metric_name = 'win_rate' and grain = 'quarter' and dimension = 'region'
            and value_status = 'ok'
        order by period_end, dimension_value
    """,
    "what moved each KPI": """
        select metric_name, dimension, dimension_value, sum(abs(contribution)) as moved
        from kpi.kpi_contribution
        where grain = 'month'
        group by metric_name, dimension, dimension_value
        order by moved desc
        limit 20
    """,
    "the best customers": """
        select account_name, net_revenue_r12_amount, cm2_r12_amount, decile
        from core.fct_customer_month
        where month_start = (select max(month_start) from core.fct_customer_month)
        order by cm2_r12_amount desc nulls last
        limit 20
    """,
    "recurring revenue by month and segment": """
        select month_start, segment, sum(closing_mrr_amount) as mrr_amount
        from core.fct_customer_month
        group by month_start, segment
        order by month_start, segment
    """,
    "open pipeline by stage": """
        select pipeline, stage, count(*) as deals, sum(net_amount) as net_amount
        from core.fct_opportunity
        where is_open
        group by pipeline, stage
        order by pipeline, stage
    """,
    "first replies by month and channel": """
        select
            date_trunc('month', started_on) as month_start, channel,
            median(first_response_wait_minutes) as median_minutes
        from core.fct_case_response
        group by all
        order by all
    """,
    "overdue invoices by customer": """
        select account_id, sum(open_amount) as open_amount, min(due_date) as due_since
        from core.fct_invoice
        where is_overdue
        group by account_id
        order by open_amount desc
        limit 20
    """,
    "service levels kept, by team and month": """
        select
            date_trunc('month', started_on) as month_start, team, sla_metric,
            avg(case when is_met then 1 else 0 end) as kept_rate
        from core.fct_case_sla
        group by all
        order by all
    """,
}


@dataclass
class Timings:
    """The seconds of every query that was answered, and the errors of those that were not."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {
            "queries": len(self.seconds) + len(self.errors),
            "failed": len(self.errors),
            "first_error": self.errors[0] if self.errors else None,
            "median_ms": rounded_ms(statistics.median(self.seconds)) if self.seconds else None,
            "p95_ms": rounded_ms(percentile(self.seconds, 0.95)) if self.seconds else None,
        }


def rounded_ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def time_queries(
    published: Path,
    go_on: Callable[[int], bool],
    pause: float = 0.0,
    queries: Sequence[str] = tuple(QUERIES.values()),
) -> Timings:
    """Ask all queries again and again while `go_on(rounds asked)`, at least once.

    Every query opens the file anew, so that it meets whatever is published at that moment; opening
    is a part of its time. `pause` is the seconds a reader thinks before the next query.
    """
    timings = Timings()
    rounds = 0
    while rounds == 0 or go_on(rounds):
        for query in queries:
            began = time.perf_counter()
            try:
                with read_published(published) as connection:
                    connection.execute(query).fetchall()
            except duckdb.Error as error:
                timings.errors.append(str(error).splitlines()[0])
            else:
                timings.seconds.append(time.perf_counter() - began)
            time.sleep(pause)
        rounds += 1
    return timings
