-- How much of the agreed time was used, and by how much it was exceeded.
with fulfilled_instances as (
    select *
    from {{ ref('fct_case_sla') }}
    where fulfilled_on is not null and is_met is not null
),

-- A broken promise that is still open counts with what it has come to at as_of: left out, the
-- slowest tenth would be the slowest of those that did get an answer.
broken_or_fulfilled_instances as (
    select
        coalesce(fulfilled_on, {{ as_of_date() }}) as looked_at_on,
        time_ratio,
        is_open_breach
    from {{ ref('fct_case_sla') }}
    where is_open_breach or (fulfilled_on is not null and is_met is not null)
),

broken_instances as (
    select *
    from {{ ref('fct_case_sla') }}
    where not is_met
),

ratio_cells as (
    {{ kpi_median_cells(
        'sla_time_ratio', 'fulfilled_instances', 'fulfilled_on', 'time_ratio',
        ['sla_metric', 'priority', 'policy', 'team', 'channel']
    ) | indent(4) }}
),

ratio_p90_cells as (
    {{ kpi_median_cells(
        'sla_time_ratio', 'broken_or_fulfilled_instances', 'looked_at_on', 'time_ratio',
        quantiles={'p90': 0.9}, note={'label': 'open', 'count': 'count_if(is_open_breach)'}
    ) | indent(4) }}
),

overrun_cells as (
    {{ kpi_median_cells(
        'sla_breach_overrun_minutes', 'broken_instances', 'decided_on', 'overrun_minutes',
        ['root_cause', 'team', 'priority', 'sla_metric'], {'p90': 0.9},
        note={'label': 'open', 'count': 'count_if(is_open_breach)'}
    ) | indent(4) }}
),

cells as (
    select * from ratio_cells
    union all
    select * from ratio_p90_cells
    where variant = 'p90'
    union all
    select * from overrun_cells
)

{{ judged_sla_cells('cells', ['sla_time_ratio', 'sla_breach_overrun_minutes']) }}
