-- How well the score tells the leads that qualify from those that do not: the chance that of two
-- such leads the one that qualified had the higher score (AUC; ties count half), from ranks. Few
-- qualifications say nothing.
{%- set slices = ['total', 'source_system'] %}
with periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

scored_leads as (
    {%- for slice in slices %}
    select
        periods.grain,
        periods.period_start,
        '{{ slice }}' as dimension,
        {{ "'total'" if slice == 'total' else "coalesce(results." ~ slice ~ ", '(unknown)')" }}
            as dimension_value,
        results.lead_id,
        results.score,
        results.is_sql_in_time
    from {{ ref('int_lead_result') }} as results
    inner join periods
        on {{ month_start('results.mql_on') }} = periods.month_start
    where results.score is not null and results.is_sql_mature
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

ranked as (
    select
        *,
        rank() over by_score + (count(*) over by_tie - 1) / 2.0 as score_rank,
        ntile(10) over by_lead as decile
    from scored_leads
    window
        by_score as (
            partition by grain, period_start, dimension, dimension_value order by score
        ),
        by_tie as (partition by grain, period_start, dimension, dimension_value, score),
        by_lead as (
            partition by grain, period_start, dimension, dimension_value order by score, lead_id
        )
),

counted as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        count(*) as lead_count,
        cast(count_if(is_sql_in_time) as double) as sql_count,
        cast(count_if(not is_sql_in_time) as double) as other_count,
        sum(case when is_sql_in_time then score_rank end) as rank_sum,
        count_if(decile = 10 and is_sql_in_time)
        / nullif(cast(count_if(decile = 10) as double), 0) as top_rate,
        count_if(decile = 1 and is_sql_in_time)
        / nullif(cast(count_if(decile = 1) as double), 0) as bottom_rate
    from ranked
    group by grain, period_start, dimension, dimension_value
),

judged as (
    select
        *,
        sql_count < {{ parameter('auc_min_events') }} as has_too_few
    from counted
),

cells as (
    select
        grain,
        period_start,
        cast(null as varchar) as variant,
        dimension,
        dimension_value,
        case
            when not has_too_few
                then
                    (rank_sum - sql_count * (sql_count + 1) / 2)
                    / nullif(sql_count * other_count, 0)
        end as value,
        lead_count as n,
        has_too_few
    from judged
    union all
    select
        grain,
        period_start,
        'decile_ratio' as variant,
        'variant' as dimension,
        'decile_ratio' as dimension_value,
        case when not has_too_few then top_rate / nullif(bottom_rate, 0) end as value,
        lead_count as n,
        has_too_few
    from judged
    where dimension = 'total'
)

{{ select_cells(
    "(select 'lead_score_separation' as metric_name, cells.*,"
    ~ " case when has_too_few then 'not_applicable' end as forced_status,"
    ~ " case when has_too_few then 'fewer than auc_min_events qualifications' end as status_reason"
    ~ " from cells) as score_cells",
    ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value',
     'n', 'forced_status', 'status_reason']
) }}
