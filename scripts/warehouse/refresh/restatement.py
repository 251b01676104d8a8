"""What was published first, what it is now, and what has changed in between (G15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from warehouse.publish import quoted, text
from warehouse.publish.versions import sort_key

#: Described in models/crm/meta/_meta_run__sources.yml; a test holds the two together.
DDL = """
create schema if not exists meta;
create table if not exists meta.meta_input_change (
    published_version varchar not null,
    change_kind varchar not null,
    subject varchar not null,
    month_start date,
    rows_before bigint,
    rows_after bigint
);
create table if not exists meta.meta_kpi_restatement (
    metric_name varchar not null,
    grain varchar not null,
    period_start date not null,
    period_end date not null,
    unit varchar not null,
    first_value double not null,
    first_version varchar,
    current_value double,
    difference double,
    cause varchar not null,
    cause_detail varchar,
    published_version varchar not null
);
"""


@dataclass(frozen=True)
class Restatement:
    """A total that has moved since it was published first."""

    metric_name: str
    grain: str
    period_end: date
    unit: str
    first_value: float
    current_value: float | None
    cause: str
    cause_detail: str | None

    def __str__(self) -> str:
        detail = f": {self.cause_detail}" if self.cause_detail else ""
        return (
            f"restated: {self.metric_name}, {self.grain} to {self.period_end}: first published "
            f"{_shown(self.first_value, self.unit)}, now {_shown(self.current_value, self.unit)} "
            f"({self.cause}{detail})"
        )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "no value"
    return f"{value:.1%}" if unit == "rate" else f"{value:,.2f} {unit}"


#: What is another input than in the version before. `was` is that version.
_CHANGES = {
    ("meta", "meta_input_month"): """
        select
            case
                when coalesce(now.row_count, 0) > coalesce(was.row_count, 0) then 'late_rows'
                when coalesce(now.row_count, 0) < coalesce(was.row_count, 0) then 'deletion'
                else 'correction'
            end,
            coalesce(now.table_name, was.table_name), coalesce(now.month_start, was.month_start),
            coalesce(was.row_count, 0), coalesce(now.row_count, 0)
        from was.{table} as was
        full join {table} as now
            on was.table_name = now.table_name
                and was.month_start is not distinct from now.month_start
        where was.row_count is distinct from now.row_count
            or was.checksum is distinct from now.checksum
    """,
    ("meta", "meta_merge_key"): """
        select 'merge', object_type, null, count(*) filter (not is_new), count(*)
        from (
            select now.object_type, was.record_id is null as is_new
            from {table} as now
            left join was.{table} as was using (object_type, record_id, survivor_id)
        )
        group by all
        having bool_or(is_new)
    """,
    ("reference", "kpi_definition"): """
        select 'definition', now.metric_name, null, null, null
        from {table} as now
        inner join was.{table} as was using (metric_name)
        where (now.formula, now.attributed_on, now.time_attribution, now.aggregation, now.unit,
                now.needs_tables, now.edge_cases, now.definition_version)
            is distinct from (was.formula, was.attributed_on, was.time_attribution,
                was.aggregation, was.unit, was.needs_tables, was.edge_cases, was.definition_version)
    """,
    ("reference", "kpi_parameter"): """
        select 'parameter', now.parameter, null, null, null
        from {table} as now
        inner join was.{table} as was using (parameter)
        where now is distinct from was
    """,
}


def note_changes(
    connection: duckdb.DuckDBPyConnection, previous: Path, version: str, project: str | None
) -> None:
    """Add to meta_input_change what is another input than in the published file `previous`."""
    connection.execute(DDL)
    connection.execute(f"attach {text(previous)} as was (read_only)")
    try:
        for (schema, name), query in _CHANGES.items():
            if _has(connection, schema, name) and _has(connection, schema, name, "was"):
                connection.execute(
                    "insert into meta.meta_input_change "
                    f"select {text(version)}, * from ({query.format(table=f'{schema}.{name}')})"
                )
        before = _project_of(connection)
        if before is not None and before != project:
            connection.execute(
                "insert into meta.meta_input_change "
                "values (?, 'project', 'models, macros, seeds or settings', null, null, null)",
                [version],
            )
    finally:
        connection.execute("detach was")


def _project_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint of the project that made the version before."""
    if not _has(connection, "meta", "meta_run", "was"):
        return None
    try:
        rows = connection.execute(
            "select published_version, project_fingerprint from was.meta.meta_run "
            "where outcome = 'published'"
        ).fetchall()
    except duckdb.BinderException:
        return None  # a file from before the project was noted
    newest = max(rows, key=lambda row: sort_key(row[0]), default=None)
    return None if newest is None else newest[1]


#: The changes since a value was published first that can have moved it: its definition, the tables
#: it needs up to the end of its period, and what may touch every KPI. The likeliest first. Another
#: table, which it may read too, is named only where not even time has passed.
_RESTATED = """
create or replace temp table restated as
with moved as (
    select
        kept.metric_name, kept.grain, kept.period_start, totals.period_end, totals.unit,
        kept.value as first_value, kept.published_version as first_version,
        kept.as_of as first_as_of, coalesce(versions.position, 0) as first_position,
        totals.value as current_value, totals.as_of,
        list_transform(
            regexp_split_to_array(definitions.needs_tables, '[;|]'), lambda t: trim(t, '? ')
        ) as needs
    from meta.meta_first_published as kept
    inner join totals using (metric_name, grain, period_start)
    inner join reference.kpi_definition as definitions using (metric_name)
    left join versions on kept.published_version = versions.version
    where
        kept.dimension = 'total'
        and (
            totals.value is null
            or abs(totals.value - kept.value) > case totals.unit
                when 'rate' then 0.002
                when 'points' then 0.2
                else 0.002 * abs(kept.value)
            end
        )
),

causes as (
    select
        moved.metric_name, moved.grain, moved.period_start, changes.change_kind,
        case
            when changes.change_kind = 'definition' then 1
            when changes.change_kind = 'parameter' then 5
            when changes.change_kind = 'project' then 6
            when not list_contains(moved.needs, changes.subject) then 7
            when changes.change_kind = 'merge' then 2
            when changes.month_start >= date_trunc('month', moved.period_start) then 3
            else 4
        end as likelihood,
        changes.change_kind || ' ' || changes.subject
        || coalesce(' ' || strftime(changes.month_start, '%Y-%m'), '')
        || case
            when changes.rows_after <> changes.rows_before
                then printf(' (%+d rows)', changes.rows_after - changes.rows_before)
            else ''
        end as detail
    from moved
    inner join (
        select changes.*, versions.position
        from meta.meta_input_change as changes
        inner join versions on changes.published_version = versions.version
    ) as changes
        on changes.position > moved.first_position
        and (
            changes.change_kind in ('parameter', 'project')
            or (changes.change_kind = 'definition' and changes.subject = moved.metric_name)
            or (
                changes.change_kind not in ('parameter', 'project', 'definition')
                and (changes.month_start is null or changes.month_start <= moved.period_end)
                and (
                    list_contains(moved.needs, changes.subject)
                    or moved.as_of <= moved.first_as_of
                )
            )
        )
),

likeliest as (
    select
        metric_name, grain, period_start, arg_min(change_kind, (likelihood, detail)) as cause,
        array_to_string(list_slice(list(detail order by likelihood, detail desc), 1, 5), ', ')
            as cause_detail
    from (select distinct * from causes)
    group by all
)

select
    moved.metric_name, moved.grain, moved.period_start, moved.period_end, moved.unit,
    moved.first_value, moved.first_version, moved.current_value,
    moved.current_value - moved.first_value as difference,
    coalesce(
        likeliest.cause, case when moved.as_of > moved.first_as_of then 'matured' else 'unknown' end
    ) as cause,
    likeliest.cause_detail,
    $version as published_version
from moved
left join likeliest using (metric_name, grain, period_start)
"""


def restate(connection: duckdb.DuckDBPyConnection, version: str) -> tuple[int, list[Restatement]]:
    """Rewrite meta_kpi_restatement; returns how many there are, and the new ones of headlines."""
    connection.execute(DDL)
    if not _has(connection, "reference", "kpi_definition"):
        return 0, []
    tables = [
        name
        for (name,) in connection.execute(
            "select distinct kpi_table from reference.kpi_definition "
            "inner join duckdb_tables() on kpi_table = table_name and schema_name = 'kpi' "
            "order by all"
        ).fetchall()
    ]
    if not tables:
        return 0, []
    connection.execute(
        "create or replace temp table totals as "
        + " union all ".join(
            "select metric_name, grain, period_start, period_end, unit, value, as_of "
            f"from kpi.{quoted(name)} where dimension = 'total' and period_end <= as_of"
            for name in tables
        )
    )
    _number_versions(connection, version)
    connection.execute(_RESTATED, {"version": version})
    news = connection.execute(
        "select distinct metric_name, grain, period_end, unit, first_value, current_value, "
        "cause, cause_detail from restated "
        "where metric_name in (select metric_name from kpi.kpi_scorecard) and not exists ("
        "select 1 from meta.meta_kpi_restatement as known "
        "where known.metric_name = restated.metric_name and known.grain = restated.grain "
        "and known.period_start = restated.period_start "
        "and known.current_value is not distinct from restated.current_value) "
        "order by period_end desc, metric_name, grain"
    ).fetchall()
    connection.execute("delete from meta.meta_kpi_restatement")
    connection.execute("insert into meta.meta_kpi_restatement select * from restated order by all")
    row = connection.execute("select count(*) from restated").fetchone()
    assert row is not None
    return int(row[0]), [Restatement(*values) for values in news]


def _number_versions(connection: duckdb.DuckDBPyConnection, version: str) -> None:
    """All versions in the order they were published, for SQL to compare."""
    names = connection.execute(
        "select published_version from meta.meta_input_change "
        "union select published_version from meta.meta_first_published "
        "where published_version is not null"
    ).fetchall()
    ordered = sorted({version, *(name for (name,) in names)}, key=sort_key)
    connection.execute("create or replace temp table versions (version varchar, position integer)")
    connection.executemany(
        "insert into versions values (?, ?)", [(n, i) for i, n in enumerate(ordered, start=1)]
    )


def _has(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, database: str | None = None
) -> bool:
    row = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = $schema and table_name = $table "
        "and database_name = coalesce($database, current_database())",
        {"schema": schema, "table": table, "database": database},
    ).fetchone()
    return bool(row and row[0])
