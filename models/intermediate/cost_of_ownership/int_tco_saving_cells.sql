-- The honest saving of a year: what the old way would have cost less what was spent and what was
-- only put off. An open year is compared with the part of its plans up to as_of.
with periods as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'year'
),

entries as (
    select
        periods.grain,
        periods.period_start,
        entries.cost_category,
        entries.entry,
        entries.is_planned,
        entries.amount,
        entries.to_date_amount,
        entries.unconverted_amount,
        entries.unvalued_hours
    from periods
    inner join {{ ref('int_tco_entry') }} as entries
        on entries.month_start between periods.period_start and periods.period_end
    where entries.cut in ('any', 'cost_category')
),

amounts as (
    select
        grain,
        period_start,
        coalesce(cost_category, '(unknown)') as cost_category,
        grouping(cost_category) = 1 as is_total,
        sum(case when entry = 'actual' then to_date_amount else 0.0 end) as actual_amount,
        sum(case when entry = 'deferred' then to_date_amount else 0.0 end) as deferred_amount,
        sum(case when entry = 'committed' then amount else 0.0 end) as committed_amount,
        sum(case when entry = 'budget' then to_date_amount end) as budget_amount,
        sum(case when entry = 'baseline' then to_date_amount end) as baseline_amount,
        sum(case when entry = 'target' then to_date_amount end) as target_amount,
        sum(
            case when cost_category = 'growth' and entry = 'actual' then to_date_amount else 0.0 end
        ) as growth_amount,
        sum(
            case when cost_category = 'growth' and entry = 'budget' then to_date_amount else 0.0 end
        ) as growth_budget_amount,
        sum(case when entry = 'actual' then unconverted_amount else 0.0 end) as unconverted_amount,
        cast(ceil(sum(unvalued_hours)) as bigint) as unvalued_hours,
        cast(count_if(entry = 'actual') as bigint) as booking_count
    from entries
    group by grouping sets ((grain, period_start), (grain, period_start, cost_category))
),

-- Slices only where the plan has them; a category without a baseline has no saving, not a loss, and
-- what the categories leave of the whole baseline belongs to none of them.
planned as (
    select
        grain,
        period_start,
        max(case when entry = 'baseline' and is_planned then 1 else 0 end) = 1
            as has_category_baseline,
        max(case when entry = 'budget' and is_planned then 1 else 0 end) = 1
            as has_category_budget
    from entries
    group by grain, period_start
),

wholes as (
    select
        grain,
        period_start,
        budget_amount as whole_budget_amount,
        target_amount as whole_target_amount
    from amounts
    where is_total
),

judged as (
    select
        amounts.grain,
        amounts.period_start,
        case when amounts.is_total then 'total' else 'cost_category' end as dimension,
        case when amounts.is_total then 'total' else amounts.cost_category end as dimension_value,
        amounts.is_total,
        planned.has_category_baseline,
        planned.has_category_budget,
        wholes.whole_budget_amount,
        wholes.whole_target_amount,
        case
            when amounts.is_total or amounts.cost_category <> '(unknown)'
                then amounts.baseline_amount - amounts.actual_amount - amounts.deferred_amount
        end as saving_amount,
        amounts.actual_amount,
        coalesce(amounts.target_amount, 0.0) as target_amount,
        greatest(
            coalesce(amounts.budget_amount, 0.0)
            - amounts.actual_amount - amounts.committed_amount - amounts.deferred_amount,
            0.0
        ) as headroom_amount,
        greatest(amounts.growth_amount - amounts.growth_budget_amount, 0.0) as reinvested_amount,
        amounts.unconverted_amount,
        amounts.unvalued_hours,
        amounts.booking_count
    from amounts
    inner join planned
        on
            amounts.grain = planned.grain
            and amounts.period_start = planned.period_start
    inner join wholes
        on
            amounts.grain = wholes.grain
            and amounts.period_start = wholes.period_start
),

metrics as (
    select
        *,
        'cost_saving_realised' as metric_name,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        saving_amount as value,
        case when saving_amount is null then 'no baseline cost' end as missing_reason
    from judged
    where is_total or has_category_baseline
    union all
    select
        *,
        'target_cost_saving_attainment' as metric_name,
        saving_amount as numerator,
        target_amount as denominator,
        cast(null as double) as value,
        case
            when saving_amount is null then 'no baseline cost'
            when whole_target_amount is null then 'no target saving'
            when target_amount <= 0 then 'target not above 0'
        end as missing_reason
    from judged
    where is_total or has_category_baseline
    union all
    select
        *,
        'reinvestment_headroom' as metric_name,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case when whole_budget_amount is not null then headroom_amount end as value,
        case when whole_budget_amount is null then 'no budget' end as missing_reason
    from judged
    where is_total or has_category_budget
    union all
    select
        *,
        'reinvestment_rate' as metric_name,
        reinvested_amount as numerator,
        saving_amount as denominator,
        cast(null as double) as value,
        case
            when saving_amount is null then 'no baseline cost'
            when saving_amount <= 0 then 'no saving'
        end as missing_reason
    from judged
    where is_total
),

cells as (
    select
        *,
        case
            when missing_reason = 'no baseline cost' then 'no_data'
            when missing_reason is not null then 'not_applicable'
            when unvalued_hours > 0 then 'incomplete'
            when unconverted_amount
                > {{ parameter('fx_max_missing_share') }}
                * (unconverted_amount + abs(actual_amount))
                then 'incomplete'
            when unconverted_amount > 0 then 'partial'
        end as forced_status,
        nullif(concat_ws(
            '; ', missing_reason, case when unconverted_amount > 0 then 'exchange rate missing' end
        ), '') as status_reason,
        'unvalued_hours' as note_label,
        unvalued_hours as note_count,
        booking_count as n
    from metrics
)

{{ select_cells('cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'value', 'n', 'forced_status', 'status_reason', 'note_label', 'note_count',
]) }}
