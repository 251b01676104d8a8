-- Whether a round-the-clock service could be sold and kept: four conditions, each in every one of
-- the last premium_months months. Small numbers are judged on those months together: an answer
-- needs n_min observations behind each of its rates.
with observations as (
    select
        {{ month_start('decided_on') }} as month_start,
        region,
        product_family,
        is_met,
        cast(null as double) as time_ratio,
        cast(null as boolean) as is_out_of_hours,
        cast(null as varchar) as account_id
    from {{ ref('fct_case_sla') }}
    where is_met is not null
    union all
    select
        {{ month_start('fulfilled_on') }} as month_start,
        region,
        product_family,
        cast(null as boolean) as is_met,
        time_ratio,
        cast(null as boolean) as is_out_of_hours,
        cast(null as varchar) as account_id
    from {{ ref('fct_case_sla') }}
    where is_met is not null and fulfilled_on is not null
    union all
    select
        {{ month_start('calendar_date') }} as month_start,
        region,
        product_family,
        cast(null as boolean) as is_met,
        cast(null as double) as time_ratio,
        is_out_of_hours,
        case when is_out_of_hours then account_id end as account_id
    from {{ ref('fct_case') }}
    where is_out_of_hours is not null and not is_excluded
),

labelled as (
    {%- for dimension, member in [
        ('total', "'total'"), ('region', 'region'), ('product_family', 'product_family')
    ] %}
    select
        month_start,
        '{{ dimension }}' as dimension,
        coalesce({{ member }}, '(unknown)') as dimension_value,
        is_met,
        time_ratio,
        is_out_of_hours,
        account_id
    from observations
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

months as (
    select
        month_start,
        dimension,
        dimension_value,
        count(is_met) as decided_count,
        count_if(is_met) / nullif(cast(count(is_met) as double), 0) as compliance_rate,
        count(time_ratio) as fulfilled_count,
        median(time_ratio) as median_time_ratio,
        count(is_out_of_hours) as demand_count,
        count_if(is_out_of_hours) / nullif(cast(count(is_out_of_hours) as double), 0)
            as out_of_hours_rate,
        count(distinct account_id) as asking_customer_count
    from labelled
    group by month_start, dimension, dimension_value
),

judged_months as (
    select
        *,
        coalesce(compliance_rate >= {{ parameter('premium_compliance') }}, false)
            as is_compliant,
        coalesce(median_time_ratio <= {{ parameter('premium_ratio') }}, false) as is_fast,
        coalesce(out_of_hours_rate >= {{ parameter('premium_out_of_hours') }}, false)
            as is_asked_for,
        asking_customer_count >= {{ parameter('premium_customers') }} as is_asked_by_many
    from months
),

calendar_months as (
    select distinct
        days.month_start,
        {{ date_plus_months('days.month_start', '1 - ' ~ parameter('premium_months')) }}
            as window_start,
        reporting.first_month
    from {{ ref('dim_date') }} as days
    inner join {{ ref('meta_reporting') }} as reporting
        on days.month_start >= reporting.first_month
    where days.has_happened
),

windows as (
    select
        calendar_months.month_start,
        calendar_months.window_start >= calendar_months.first_month as is_window_loaded,
        judged_months.dimension,
        judged_months.dimension_value,
        sum(judged_months.decided_count) as decided_count,
        sum(judged_months.fulfilled_count) as fulfilled_count,
        sum(judged_months.demand_count) as demand_count,
        count_if(judged_months.is_compliant) >= {{ parameter('premium_months') }} as is_compliant,
        count_if(judged_months.is_fast) >= {{ parameter('premium_months') }} as is_fast,
        count_if(judged_months.is_asked_for) >= {{ parameter('premium_months') }} as is_asked_for,
        count_if(judged_months.is_asked_by_many) >= {{ parameter('premium_months') }}
            as is_asked_by_many
    from calendar_months
    inner join judged_months
        on
            calendar_months.month_start >= judged_months.month_start
            and calendar_months.window_start <= judged_months.month_start
    group by
        calendar_months.month_start,
        calendar_months.window_start,
        calendar_months.first_month,
        judged_months.dimension,
        judged_months.dimension_value
)

select
    month_start,
    dimension,
    dimension_value,
    is_window_loaded,
    cast(least(decided_count, fulfilled_count, demand_count) as bigint) as smallest_count,
    is_compliant,
    is_fast,
    is_asked_for,
    is_asked_by_many,
    case when is_compliant then 1 else 0 end
    + case when is_fast then 1 else 0 end
    + case when is_asked_for then 1 else 0 end
    + case when is_asked_by_many then 1 else 0 end as met_count
from windows
