-- Cost per user who works in the CRM, and what licences cost that nobody uses. Licences are bought
-- for the company, so a department pays for those of its people.
with weeks as (
    select
        periods.grain,
        periods.period_start,
        users.department,
        users.week_start,
        users.has_adopted
    from {{ ref('fct_user_week') }} as users
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'iso_week'
            and periods.grain = 'r12m'
            and users.week_start = periods.base_start
    where users.is_licensed
),

week_counts as (
    select
        grain,
        period_start,
        count(distinct week_start) as week_count
    from weeks
    group by grain, period_start
),

counted_weeks as (
    select
        weeks.*,
        week_counts.week_count
    from weeks
    inner join week_counts
        on
            weeks.grain = week_counts.grain
            and weeks.period_start = week_counts.period_start
),

active_users as (
    select
        grain,
        period_start,
        grouping(department) = 1 as is_total,
        coalesce(department, '(unknown)') as department,
        count_if(has_adopted) / nullif(cast(max(week_count) as double), 0) as mean_active_users
    from counted_weeks
    group by grouping sets ((grain, period_start), (grain, period_start, department))
),

bookings as (
    select
        periods.grain,
        periods.period_start,
        entries.department,
        entries.cost_amount,
        entries.unconverted_amount,
        entries.unvalued_hours
    from {{ ref('int_tco_booking') }} as entries
    inner join {{ ref('int_period') }} as periods
        on
            periods.base_grain = 'month'
            and periods.grain = 'r12m'
            and entries.month_start = periods.base_start
    where entries.entry_type = 'actual'
),

costs as (
    select
        grain,
        period_start,
        grouping(department) = 1 as is_total,
        coalesce(department, '(unknown)') as department,
        sum(cost_amount) / 12 as monthly_cost_amount,
        sum(unconverted_amount) as unconverted_amount,
        cast(ceil(sum(unvalued_hours)) as bigint) as unvalued_hours
    from bookings
    group by grouping sets ((grain, period_start), (grain, period_start, department))
),

user_cost_cells as (
    select
        'tco_per_active_user' as metric_name,
        costs.grain,
        costs.period_start,
        case when costs.is_total then 'total' else 'department' end as dimension,
        case when costs.is_total then 'total' else costs.department end as dimension_value,
        costs.monthly_cost_amount as numerator,
        active_users.mean_active_users as denominator,
        costs.monthly_cost_amount / nullif(active_users.mean_active_users, 0) as value,
        cast(round(coalesce(active_users.mean_active_users, 0)) as bigint) as n,
        case
            when costs.unvalued_hours > 0 then 'incomplete'
            when costs.unconverted_amount
                > {{ parameter('fx_max_missing_share') }}
                * (costs.unconverted_amount + abs(12 * costs.monthly_cost_amount))
                then 'incomplete'
            when costs.unconverted_amount > 0 then 'partial'
        end as forced_status,
        case
            when coalesce(active_users.mean_active_users, 0) = 0 then 'no active user'
            when costs.unconverted_amount > 0 then 'exchange rate missing'
        end as status_reason,
        costs.unvalued_hours as note_count
    from costs
    left join active_users
        on
            costs.grain = active_users.grain
            and costs.period_start = active_users.period_start
            and costs.is_total = active_users.is_total
            and costs.department = active_users.department
),

month_ends as (
    select distinct
        period_start as month_start,
        least(period_end, {{ as_of_date() }}) as month_end
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'month'
),

logins as (
    select distinct
        user_id,
        {{ reporting_date('event_at') }} as login_on
    from {{ ref('crm_login_history') }}
    where
        event_type = 'login'
        and coalesce(login_status, 'success') = 'success'
        and coalesce(channel, '') <> 'api'
        and event_at < {{ as_of_timestamp() }}
),

first_login as (
    select min(login_on) as first_login_on
    from logins
),

licensed_users as (
    select
        month_ends.month_start,
        month_ends.month_end,
        users.user_id,
        users.department,
        users.licensed_from,
        {{ date_plus_days('month_ends.month_end', '-' ~ parameter('idle_licence_days')) }}
            as idle_since
    from month_ends
    cross join {{ ref('dim_user') }} as users
    where
        users.is_crm_licensed
        and lower(coalesce(users.user_type, 'human')) = 'human'
        and coalesce(users.licensed_from <= month_ends.month_end, true)
        and coalesce(users.licensed_to >= month_ends.month_end, true)
),

last_logins as (
    select
        licensed_users.month_start,
        licensed_users.user_id,
        max(logins.login_on) as last_login_on
    from licensed_users
    inner join logins
        on
            licensed_users.user_id = logins.user_id
            and licensed_users.month_end >= logins.login_on
    group by licensed_users.month_start, licensed_users.user_id
),

idle_users as (
    select
        licensed_users.month_start,
        licensed_users.department,
        -- A licence younger than that cannot have lain idle for so long.
        coalesce(last_logins.last_login_on <= licensed_users.idle_since, true)
        and coalesce(licensed_users.licensed_from <= licensed_users.idle_since, true) as is_idle,
        licensed_users.idle_since < first_login.first_login_on as is_unseen
    from licensed_users
    cross join first_login
    left join last_logins
        on
            licensed_users.month_start = last_logins.month_start
            and licensed_users.user_id = last_logins.user_id
),

idle_counts as (
    select
        month_start,
        grouping(department) = 1 as is_total,
        coalesce(department, '(unknown)') as department,
        count(*) as licensed_count,
        count_if(is_idle) as idle_count,
        count_if(is_unseen) > 0 as is_unseen
    from idle_users
    group by grouping sets ((month_start), (month_start, department))
),

licence_costs as (
    select
        month_start,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from {{ ref('int_tco_booking') }}
    where entry_type = 'actual' and cost_category = 'license'
    group by month_start
),

licence_cells as (
    select
        'unused_license_cost' as metric_name,
        'month' as grain,
        idle_counts.month_start as period_start,
        case when idle_counts.is_total then 'total' else 'department' end as dimension,
        case when idle_counts.is_total then 'total' else idle_counts.department end
            as dimension_value,
        cast(idle_counts.idle_count as double) as numerator,
        cast(idle_counts.licensed_count as double) as denominator,
        licence_costs.cost_amount * idle_counts.idle_count
        / nullif(cast(wholes.licensed_count as double), 0) as value,
        idle_counts.licensed_count as n,
        case
            when idle_counts.is_unseen then 'no_data'
            when licence_costs.unconverted_amount > 0 then 'partial'
        end as forced_status,
        case
            when idle_counts.is_unseen then 'logins of before the data are not known'
            when licence_costs.cost_amount is null then 'no licence cost booked in the month'
            when licence_costs.unconverted_amount > 0 then 'exchange rate missing'
        end as status_reason,
        cast(null as bigint) as note_count
    from idle_counts
    inner join idle_counts as wholes
        on
            idle_counts.month_start = wholes.month_start
            and wholes.is_total
    left join licence_costs
        on idle_counts.month_start = licence_costs.month_start
),

cells as (
    select * from user_cost_cells
    union all
    select * from licence_cells
)

{{ select_cells(
    "(select cells.*, 'unvalued_hours' as note_label from cells) as labelled_cells",
    ['metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'value', 'n', 'forced_status', 'status_reason', 'note_label', 'note_count']
) }}
