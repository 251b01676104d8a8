{%- set dimensions = ['segment', 'region', 'lead_source', 'cohort_year'] -%}
{%- set sets = dimension_sets(dimensions) -%}
{%- set cells = prefixed(dimensions) -%}
{%- set keys = ['month_start', 'set_number'] + cells -%}
-- Kaplan–Meier with late entry: S(t) = Π (1 − leaving ÷ at risk), at risk at t = entered before t
-- and not gone before t. The value is the area under S up to the horizon; a mean of those who left
-- would leave out everybody who stays.
with spells as (
    select
        month_start,
        entry_months,
        tenure_months,
        case when has_churned then 1 else 0 end as churn_count,
        confirmed_on,
        {%- for dimension in dimensions %}
        coalesce(cast({{ dimension }} as varchar), '(unknown)') as cell_{{ dimension }},
        {%- endfor %}
        is_older_than_data
    from {{ ref('int_lifetime_spell') }}
),

moments as (
    select
        month_start,
        {{ cells | join(',\n        ') }},
        entry_months as moment_months,
        1 as entering_count,
        0 as ending_count,
        0 as churn_count,
        cast(null as date) as confirmed_on,
        is_older_than_data
    from spells
    union all
    select
        month_start,
        {{ cells | join(',\n        ') }},
        tenure_months as moment_months,
        0 as entering_count,
        1 as ending_count,
        churn_count,
        confirmed_on,
        is_older_than_data
    from spells
),

steps as (
    select
        month_start,
        {{ cells | join(',\n        ') }},
        {{ set_number(prefixed_sets(sets), cells) | indent(8) }} as set_number,
        moment_months,
        sum(entering_count) as entering_count,
        sum(ending_count) as ending_count,
        sum(churn_count) as churn_count,
        max(confirmed_on) as confirmed_on,
        count_if(not is_older_than_data) as young_count
    from moments
    group by grouping sets (
        {%- for set in sets %}
        ({{ (['month_start', 'moment_months'] + prefixed(set)) | join(', ') }})
        {{- ',' if not loop.last }}
        {%- endfor %}
    )
),

at_risk as (
    select
        *,
        sum(ending_count - entering_count) over (
            partition by {{ keys | join(', ') }} order by moment_months desc
            rows between unbounded preceding and current row
        ) as at_risk_count,
        lead(moment_months) over (
            partition by {{ keys | join(', ') }} order by moment_months
        ) as next_moment_months,
        least(
            max(moment_months) over (partition by {{ keys | join(', ') }}),
            {{ parameter('lifetime_horizon_months') }}
        ) as horizon_months
    from steps
),

curve as (
    select
        *,
        exp(sum(ln(greatest(
            1.0 - coalesce(churn_count / nullif(cast(at_risk_count as double), 0), 0.0), 1e-300
        ))) over (
            partition by {{ keys | join(', ') }} order by moment_months
            rows between unbounded preceding and current row
        )) as survival
    from at_risk
),

lifetimes as (
    select
        {{ keys | join(',\n        ') }},
        max(horizon_months) as horizon_months,
        least(min(moment_months), max(horizon_months))
        + sum(survival * greatest(
            least(next_moment_months, horizon_months) - least(moment_months, horizon_months), 0
        )) as mean_months,
        min(case when survival <= 0.5 + 1e-9 then moment_months end) as median_months,
        cast(sum(ending_count) as bigint) as n,
        max(confirmed_on) as complete_on,
        -- Nobody was watched from the first day: what happened before is not known.
        min(moment_months) > 0 or sum(young_count) = 0 as is_beginning_unseen
    from curve
    group by {{ keys | join(', ') }}
),

labelled as (
    select
        *,
        cast(null as varchar) as variant,
        {{ dimension_labels(sets, dimensions) | indent(8) }},
        mean_months as value,
        case when is_beginning_unseen then 'no_data' end as forced_status,
        case
            when is_beginning_unseen then 'first months are older than the data'
            when horizon_months < {{ parameter('lifetime_horizon_months') }}
                then 'restricted to ' || cast(round(horizon_months, 1) as varchar) || ' months'
        end as status_reason
    from lifetimes
    union all
    select
        *,
        'median' as variant,
        'variant' as dimension,
        'median' as dimension_value,
        median_months as value,
        case
            when is_beginning_unseen then 'no_data'
            when median_months is null then 'immature'
        end as forced_status,
        case
            when is_beginning_unseen then 'first months are older than the data'
            when median_months is null
                then '> ' || cast(round(horizon_months, 1) as varchar) || ' months'
        end as status_reason
    from lifetimes
    where set_number = 0
),

cells as (
    {{ select_cells(
        "(select 'customer_lifetime_months' as metric_name, 'month' as grain,"
        ~ " month_start as period_start, labelled.* from labelled) as labelled_cells",
        ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'value',
         'n', 'complete_on', 'forced_status', 'status_reason']
    ) | indent(4) }}
)

{{ observable_churn_cells('cells') }}
