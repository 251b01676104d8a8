-- Flows add up over months; opening and closing are those of the first and the last month.
with period_months as (
    select
        grain,
        period_start,
        base_start as month_start,
        base_start = min(base_start) over (partition by grain, period_start) as is_first_month,
        base_start = max(base_start) over (partition by grain, period_start) as is_last_month
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter')
),

movements as (
    select
        period_months.grain,
        period_months.period_start,
        movements.*
    from {{ ref('int_pipeline_movement') }} as movements
    inner join period_months
        on movements.month_start = period_months.month_start
    where
        (movements.movement <> 'opening' or period_months.is_first_month)
        and (movements.movement <> 'closing' or period_months.is_last_month)
),

-- All movements of a period, also those that did not happen. Deleted and merged deals leave the
-- contract altogether, past months included, so nothing is ever removed within a period.
movement_names as (
    {%- for movement in [
        'opening', 'created', 'reopened', 'increase', 'decrease', 'won', 'lost', 'removed', 'fx',
        'transferred', 'closing'
    ] %}
    select '{{ movement }}' as movement
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

expected_movements as (
    select distinct
        period_months.grain,
        period_months.period_start,
        movement_names.movement
    from period_months
    cross join movement_names
),

totals as (
    select
        grain,
        period_start,
        sum(amount) as amount,
        count(*) as movement_count,
        sum(unconverted_amount) as unconverted_amount
    from movements
    where movement not in ('opening', 'closing', 'transferred')
    group by grain, period_start
),

by_movement as (
    select
        expected_movements.grain,
        expected_movements.period_start,
        expected_movements.movement,
        -- Between slices; for the whole it is no movement.
        sum(
            case when expected_movements.movement = 'transferred' then 0 else movements.amount end
        ) as amount,
        count(movements.amount) as movement_count,
        sum(movements.unconverted_amount) as unconverted_amount
    from expected_movements
    left join movements
        on
            expected_movements.grain = movements.grain
            and expected_movements.period_start = movements.period_start
            and expected_movements.movement = movements.movement
    group by expected_movements.grain, expected_movements.period_start, expected_movements.movement
),

cells as (
    select
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        amount,
        movement_count,
        unconverted_amount
    from totals
    union all
    select
        grain,
        period_start,
        'movement' as dimension,
        movement as dimension_value,
        coalesce(amount, 0.0) as amount,
        movement_count,
        unconverted_amount
    from by_movement
    {%- for slice in ['rep', 'region', 'pipeline'] if allowed_dimensions([slice]) %}
    union all
    select
        grain,
        period_start,
        '{{ slice }} × movement' as dimension,
        {{ joined_members(["coalesce(" ~ slice ~ ", '(unknown)')", 'movement']) }}
            as dimension_value,
        sum(amount) as amount,
        count(*) as movement_count,
        sum(unconverted_amount) as unconverted_amount
    from movements
    where coalesce(transferred_between, '{{ slice }}') = '{{ slice }}'
    group by grain, period_start, {{ slice }}, movement
    {%- endfor %}
)

{{ select_cells(
    "(select 'pipeline_movement_net_amount' as metric_name, amount as numerator,"
    ~ " movement_count as n, cells.* from cells) as movement_cells",
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator', 'n',
     'unconverted_amount']
) }}
