-- The churn rate of a calendar month over all years, over that of all months. Both are pooled:
-- rates of single months are never averaged (G2). Closed months only, and two years of them at
-- least.
with months as (
    select
        period_start as month_start,
        numerator as lost_count,
        denominator as base_count,
        complete_on
    from {{ ref('int_churn_rate_cells') }}
    where grain = 'month' and dimension = 'total' and forced_status is null
),

periods as (
    select distinct
        period_start,
        least(period_end, {{ as_of_date() }}) as period_end
    from {{ ref('int_period') }}
    where grain = 'year'
),

closed_months as (
    select
        periods.period_start,
        lpad(cast(extract(month from months.month_start) as varchar), 2, '0') as calendar_month,
        months.lost_count,
        months.base_count,
        months.complete_on
    from periods
    inner join months
        on
            {{ date_plus_months('months.month_start', 1) }}
            <= {{ date_plus_days('periods.period_end', 1) }}
),

all_months as (
    select
        period_start,
        count(*) as month_count,
        sum(lost_count) / nullif(sum(base_count), 0) as pooled_rate
    from closed_months
    group by period_start
),

seasons as (
    select
        closed_months.period_start,
        closed_months.calendar_month,
        sum(closed_months.lost_count) as lost_count,
        sum(closed_months.base_count) as base_count,
        max(closed_months.complete_on) as complete_on
    from closed_months
    group by closed_months.period_start, closed_months.calendar_month
),

indexed as (
    select
        'churn_seasonality_index' as metric_name,
        'year' as grain,
        seasons.period_start,
        'calendar_month' as dimension,
        seasons.calendar_month as dimension_value,
        seasons.lost_count / nullif(seasons.base_count, 0)
        / nullif(all_months.pooled_rate, 0) as value,
        seasons.base_count as n,
        greatest({{ wilson('seasons.lost_count', 'seasons.base_count', 'low') }}, 0)
        / nullif(all_months.pooled_rate, 0) as ci_low,
        least({{ wilson('seasons.lost_count', 'seasons.base_count', 'high') }}, 1)
        / nullif(all_months.pooled_rate, 0) as ci_high,
        seasons.complete_on,
        case when all_months.month_count < 24 then 'immature' end as forced_status,
        all_months.month_count
    from seasons
    inner join all_months
        on seasons.period_start = all_months.period_start
    where seasons.base_count > 0
),

with_reasons as (
    select
        *,
        concat_ws(
            '; ',
            case when month_count < 24 then cast(month_count as varchar) || ' months of data' end,
            case when ci_low > 1 or ci_high < 1 then 'significant' end
        ) as reason_text
    from indexed
),

cells as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        value,
        n,
        ci_low,
        ci_high,
        complete_on,
        forced_status,
        nullif(reason_text, '') as status_reason
    from with_reasons
)

{{ relabelled_cells(
    '(' ~ select_cells('cells', [
        'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n',
        'ci_low', 'ci_high',
        'complete_on', 'forced_status', 'status_reason',
    ]) ~ ') as typed_cells cross join ' ~ ref('int_churn_window'),
    {'status_reason': "nullif(concat_ws('; ', basis_reason, status_reason), '')"}
) }}
