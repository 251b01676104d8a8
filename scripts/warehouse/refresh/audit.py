"""What is asked of freshly built marts before anybody may read them.

The tests have passed by then: nothing is known to be wrong. The guards ask whether something is
unlikely, against the file that is published now. Their limits are vars of dbt_project.yml.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import AuditError, UsageError
from warehouse.publish import published_version, quoted, text
from warehouse.refresh.build import LeftOut
from warehouse.refresh.place import Place
from warehouse.refresh.record import Guard
from warehouse.refresh.recovery import newest_published

#: Schemas whose tables may not shrink. Tables of `meta` do so for good reasons, such as fewer
#: rejects; what was landed is watched by source and table.
_WATCHED_SCHEMAS = ("core", "kpi")


@dataclass(frozen=True)
class Limits:
    """The limits of the guards; None switches one off."""

    shrink_share: float | None
    shrink_rows: int
    jump_points: float | None
    jump_share: float | None
    jump_count: float

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Limits:
        """From `vars.guards` of dbt_project.yml."""
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(settings) - known)
        if unknown:
            raise UsageError(
                f"vars.guards of dbt_project.yml knows {', '.join(sorted(known))}, "
                f"not {', '.join(unknown)}."
            )
        return cls(
            settings.get("shrink_share", 0.1),
            settings.get("shrink_rows", 20),
            settings.get("jump_points", 20),
            settings.get("jump_share", 0.5),
            settings.get("jump_count", 5),
        )


def audit(place: Place, left_out: LeftOut) -> tuple[Guard, ...]:
    """The figures of all guards, those that are exceeded first."""
    limits = Limits.of(place.vars.get("guards") or {})
    guards: list[Guard] = []
    with duckdb.connect(str(place.database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        guards += _freshness(connection, place)
        guards += _rejects(connection, place)
        # A published file that is damaged is no measure; the newest sound version is.
        before: Path | None = place.published
        if published_version(place.published) is None:
            before = newest_published(place.published)
        if before is not None:
            connection.execute(f"attach {text(before)} as published (read_only)")
            guards += _shrinkage(connection, limits, left_out)
            guards += _landed_shrinkage(connection, limits)
            guards += _jumps(connection, limits)
    return tuple(sorted(guards, key=lambda guard: not guard.is_exceeded))


def freshness(place: Place) -> tuple[Guard, ...]:
    """The one guard that is asked when nothing new has come."""
    with duckdb.connect(str(place.database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return tuple(_freshness(connection, place))


def stop_if_exceeded(guards: Sequence[Guard], accept: bool) -> None:
    """Raise AuditError with what, from, to and how to accept, unless it is accepted."""
    exceeded = [guard for guard in guards if guard.is_exceeded]
    if not exceeded or accept:
        return
    shown = [f"  {guard.message}" for guard in exceeded[:15]]
    if len(exceeded) > 15:
        shown.append(f"  and {len(exceeded) - 15} more, all in meta.meta_run_guard")
    count = "1 guard stops" if len(exceeded) == 1 else f"{len(exceeded)} guards stop"
    lines = "\n".join(shown)
    summary = f"{count} the publication; the last published file is still served."
    raise AuditError(
        f"{summary}\n{lines}\n"
        "If that is what happened in the business, publish it with `warehouse refresh --accept`. "
        "Otherwise mend the source or the model and run `warehouse refresh`.",
        f"{summary} {exceeded[0].message}",
    )


def _freshness(connection: duckdb.DuckDBPyConnection, place: Place) -> Iterator[Guard]:
    """Hours since a source delivered something new; off where `max_age_hours` is not set."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    for source in place.sources:
        settings = (place.vars.get("crm_sources") or {}).get(source) or {}
        limit = settings.get("max_age_hours")
        if limit is None:
            continue
        newest = _newest_landing(connection, source)
        hours = None if newest is None else (now - newest).total_seconds() / 3600
        since = (
            "nothing was ever landed" if hours is None else f"nothing new for {hours:,.1f} hours"
        )
        yield Guard(
            "freshness", source, None, hours, float(limit), hours is None or hours > float(limit),
            f"source {source}: {since}, at most {limit} are allowed (crm_sources.max_age_hours)",
        )  # fmt: skip


def _newest_landing(connection: duckdb.DuckDBPyConnection, source: str) -> datetime | None:
    """The last time a file of a source was landed that was not there before."""
    found: list[datetime] = []
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where column_name = 'landed_at' and (schema_name = 'raw_' || $source "
        "and table_name = '_landed_file' or schema_name = 'meta_landing' "
        "and table_name = 'landed_file')",
        {"source": source},
    ).fetchall():
        inbox = schema == "meta_landing"
        row = connection.execute(
            f"select max({quoted(column)})::timestamp from {quoted(schema)}.{quoted(table)}"
            + (" where source_name = $source" if inbox else ""),
            {"source": source} if inbox else {},
        ).fetchone()
        if row and row[0]:
            found.append(row[0])
    return max(found, default=None)


def _rejects(connection: duckdb.DuckDBPyConnection, place: Place) -> Iterator[Guard]:
    """Share of a source's rows without a key. A dbt test stops the build on it; this records it."""
    limit = float(place.vars.get("max_reject_share", 0.01))
    for source, share in connection.execute(
        "select source_name, sum(rejected_rows) / nullif(sum(landed_rows), 0) "
        "from meta.meta_table_coverage group by all order by all"
    ).fetchall():
        if share is not None:
            yield Guard(
                "rejects", source, None, share, limit, share > limit,
                f"source {source}: {share:.1%} of its rows are rejected, "
                f"at most {limit:.1%} are allowed (max_reject_share)",
            )  # fmt: skip


def _shrinkage(
    connection: duckdb.DuckDBPyConnection, limits: Limits, left_out: LeftOut
) -> Iterator[Guard]:
    """Rows of every published table, before and now."""
    tables = connection.execute(
        "select database_name = 'published', schema_name || '.' || table_name "
        "from duckdb_tables() where list_contains($schemas, schema_name) "
        "and database_name in ('published', current_database())",
        {"schemas": list(_WATCHED_SCHEMAS)},
    ).fetchall()
    now = {name for is_published, name in tables if not is_published}
    for name in sorted({name for is_published, name in tables if is_published} - left_out):
        schema, table = name.split(".", 1)
        relation = f"{quoted(schema)}.{quoted(table)}"
        before = _count(connection, f"published.{relation}")
        after = _count(connection, relation) if name in now else 0
        yield _shrink("shrink", f"table {name}", name, before, after, limits)


def _landed_shrinkage(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[Guard]:
    """Rows that reached each contract table, before and now; a source may also be gone."""
    for source, table, before, after in connection.execute(
        "select source_name, table_name, was.contract_rows, coalesce(new.contract_rows, 0) "
        "from published.meta.meta_table_coverage as was "
        "left join meta.meta_table_coverage as new using (source_name, table_name) "
        "where was.contract_rows > 0 order by all"
    ).fetchall():
        subject = f"{source}.{table}"
        yield _shrink("landed", f"source {source}, {table}", subject, before, after, limits)


def _shrink(guard: str, what: str, subject: str, before: int, after: int, limits: Limits) -> Guard:
    share = limits.shrink_share
    lost = before - after
    # A handful of rows more or less says nothing, but a table that runs empty does.
    is_exceeded = share is not None and (
        lost > max(share * before, limits.shrink_rows) or (before > 0 and after == 0)
    )
    change = f"-{lost / before:.1%}" if before else "0 %"
    return Guard(
        guard, subject, before, after, share, is_exceeded,
        f"{what}: {before:,} rows -> {after:,} rows ({change}), "
        f"at most -{share or 0:.0%} is allowed (guards.shrink_share)",
    )  # fmt: skip


#: The headline totals: each period that was final in the published file beside its value now, and
#: the newest final period beside the last one that was published, with the largest change between
#: two neighbouring final periods of the published file: what this KPI is used to.
_HEADLINES = """
with was as (
    select distinct
        metric_name, grain, period_start, period_end, unit, value, value_status, is_latest
    from published.kpi.kpi_scorecard
),

is_now as (
    select distinct
        metric_name, grain, period_start, period_end, unit, value, value_status, is_latest
    from kpi.kpi_scorecard
),

usual as (
    select metric_name, grain, max(change) as change
    from (
        select metric_name, grain, abs(
            value - lag(value) over (partition by metric_name, grain order by period_start)
        ) as change
        from was
        where value_status = 'ok'
    )
    group by all
)

select 'same period' as compared, was.metric_name, was.grain, was.unit, was.period_end, was.value,
    was.period_end as new_period_end, is_now.value as new_value, null as usual
from was
left join is_now using (metric_name, grain, period_start)
where was.is_latest and was.value is not null
union all
select 'new period', was.metric_name, was.grain, was.unit, was.period_end, was.value,
    is_now.period_end, is_now.value, usual.change
from was
inner join is_now using (metric_name, grain)
left join usual using (metric_name, grain)
where was.is_latest and is_now.is_latest and is_now.period_start > was.period_start
    and was.value_status = 'ok' and is_now.value_status = 'ok'
order by all
"""


def _jumps(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[Guard]:
    """The headline KPIs at their latest final period, before and now."""
    for (
        compared, metric, grain, unit, period, before, new_period, after, usual
    ) in connection.execute(_HEADLINES).fetchall():  # fmt: skip
        band = _band(unit, before, limits)
        if band is not None and usual is not None:
            band = max(band, usual)
        is_exceeded = band is not None and (after is None or abs(after - before) > band)
        allowed = "" if band is None else f", at most {_shown(band, unit)} either way is allowed"
        setting = "jump_points" if unit in ("rate", "points") else "jump_share"
        when = f"{grain} to {period}"
        to = when if compared == "same period" else f"{grain} to {new_period}"
        yield Guard(
            "jump", f"{metric} {grain} {compared}", before, after, band, is_exceeded,
            f"KPI {metric}: {_shown(before, unit)} ({when}, as published) -> "
            f"{_shown(after, unit)} ({to}){allowed} (guards.{setting})",
        )  # fmt: skip


def _band(unit: str, before: float, limits: Limits) -> float | None:
    """How far a value may move: percentage points, or a share of itself."""
    if unit in ("rate", "points"):
        points = limits.jump_points
        return None if points is None else points / 100 if unit == "rate" else points
    if limits.jump_share is None:
        return None
    return max(abs(before) * limits.jump_share, limits.jump_count if unit == "count" else 0.0)


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "no value"
    return f"{value:.1%}" if unit == "rate" else f"{value:,.2f} {unit}"


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"select count(*) from {name}").fetchone()
    assert row is not None
    return int(row[0])
