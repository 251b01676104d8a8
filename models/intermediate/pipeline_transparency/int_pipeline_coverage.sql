-- The open pipeline that is to close in the quota period ahead, against what is left of the quota.
-- Without a row for the whole its quota is the sum of the reps'; teams and regions without rows of
-- their own have those of their reps. What the whole has beyond its parts stands under
-- (unallocated), so that the parts add up to it.
with months as (
    select
        month_start,
        max(date_day) as snapshot_on,
        {{ date_plus_days('max(date_day)', 1) }} as day_after
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

users as (
    select
        user_id,
        rep,
        team,
        region
    from {{ ref('dim_user') }}
),

quotas as (
    select
        coalesce(nullif(targets.dim_name, ''), 'total') as dimension,
        case
            when targets.dim_name = 'rep' then coalesce(users.rep, targets.dim_value)
            else coalesce(nullif(targets.dim_value, ''), 'total')
        end as slice,
        users.team,
        users.region,
        targets.period_start,
        coalesce(targets.period_end, date '9999-12-31') as period_end,
        cast(targets.target_value as double) as quota_amount
    from {{ ref('crm_kpi_target') }} as targets
    left join users
        on
            targets.dim_name = 'rep'
            and (targets.dim_value = users.user_id or targets.dim_value = users.rep)
    where targets.metric_name = 'quota_net_amount' and targets.target_value is not null
),

-- Of periods that overlap the narrowest one counts, for all scopes alike.
target_periods as (
    select
        months.month_start,
        months.snapshot_on,
        quotas.period_start,
        quotas.period_end
    from months
    inner join quotas
        on
            months.day_after >= quotas.period_start
            and months.day_after <= quotas.period_end
    qualify row_number() over (
            partition by months.month_start
            order by
                {{ days_between('quotas.period_start', 'quotas.period_end') }},
                quotas.period_start desc
        ) = 1
),

quotas_ahead as (
    select
        target_periods.month_start,
        quotas.dimension,
        quotas.slice,
        quotas.team,
        quotas.region,
        quotas.quota_amount
    from target_periods
    inner join quotas
        on
            target_periods.period_start = quotas.period_start
            and target_periods.period_end = quotas.period_end
),

levels as (
    select
        month_start,
        sum(case when dimension = 'total' then quota_amount end) as total_amount,
        {%- for dimension in ['rep', 'team', 'region'] %}
        sum(case when dimension = '{{ dimension }}' then quota_amount end)
            as {{ dimension }}_amount,
        {%- endfor %}
        count_if(dimension = 'rep') > 0 as has_reps
    from quotas_ahead
    group by month_start
),

-- A quota summed over reps is that of their region, not of the accounts'.
scopes as (
    select
        target_periods.*,
        levels.team_amount is null and levels.has_reps as is_team_from_reps,
        levels.region_amount is null and levels.has_reps as is_region_from_reps,
        coalesce(
            levels.total_amount, levels.rep_amount, levels.team_amount, levels.region_amount
        ) as quota_amount
    from target_periods
    inner join levels
        on target_periods.month_start = levels.month_start
),

slice_quotas as (
    select
        month_start,
        dimension,
        slice,
        quota_amount
    from quotas_ahead
    where dimension in ('rep', 'team', 'region')
    {%- for dimension in ['team', 'region'] %}
    union all
    select
        reps.month_start,
        '{{ dimension }}' as dimension,
        coalesce(reps.{{ dimension }}, '(unknown)') as slice,
        reps.quota_amount
    from quotas_ahead as reps
    inner join scopes
        on reps.month_start = scopes.month_start
    where reps.dimension = 'rep' and scopes.is_{{ dimension }}_from_reps
    {%- endfor %}
),

allocated as (
    select
        month_start,
        dimension,
        sum(quota_amount) as quota_amount
    from slice_quotas
    group by month_start, dimension
),

dimension_names as (
    {%- for dimension in ['rep', 'team', 'region'] %}
    select '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

all_quotas as (
    select
        month_start,
        'total' as dimension,
        'total' as slice,
        quota_amount
    from scopes
    union all
    select * from slice_quotas
    union all
    select
        scopes.month_start,
        dimension_names.dimension,
        '(unallocated)' as slice,
        scopes.quota_amount - coalesce(allocated.quota_amount, 0.0) as quota_amount
    from scopes
    cross join dimension_names
    left join allocated
        on
            scopes.month_start = allocated.month_start
            and dimension_names.dimension = allocated.dimension
    where abs(scopes.quota_amount - coalesce(allocated.quota_amount, 0.0)) > 0.005
),

deals_in_scope as (
    select
        scopes.month_start,
        coalesce(deals.rep, '(unknown)') as rep,
        coalesce(deals.team, '(unknown)') as team,
        coalesce(
            case when scopes.is_region_from_reps then deals.owner_region else deals.region end,
            '(unknown)'
        ) as region,
        deals.net_amount as open_amount,
        0.0 as won_amount,
        1 as deal_count,
        deals.unconverted_amount
    from scopes
    inner join {{ ref('fct_opportunity_month') }} as deals
        on
            scopes.month_start = deals.month_start
            and scopes.period_start <= deals.expected_close_date
            and scopes.period_end >= deals.expected_close_date
    union all
    select
        scopes.month_start,
        coalesce(deals.rep, '(unknown)') as rep,
        coalesce(deals.team, '(unknown)') as team,
        coalesce(
            case when scopes.is_region_from_reps then users.region else deals.region end,
            '(unknown)'
        ) as region,
        0.0 as open_amount,
        deals.net_amount as won_amount,
        0 as deal_count,
        deals.unconverted_amount
    from scopes
    inner join {{ ref('fct_opportunity') }} as deals
        on
            scopes.period_start <= deals.closed_on
            and scopes.snapshot_on >= deals.closed_on
    left join users
        on deals.owner_user_id = users.user_id
    where deals.is_won
),

parts as (
    select
        month_start,
        dimension,
        slice,
        quota_amount,
        0.0 as open_amount,
        0.0 as won_amount,
        0 as deal_count,
        0.0 as unconverted_amount
    from all_quotas
    {%- for dimension in ['total', 'rep', 'team', 'region'] %}
    union all
    select
        month_start,
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as slice,
        cast(null as double) as quota_amount,
        open_amount,
        won_amount,
        deal_count,
        unconverted_amount
    from deals_in_scope
    {%- endfor %}
),

summed as (
    select
        month_start,
        dimension,
        slice,
        count(quota_amount) > 0 as has_quota,
        coalesce(sum(quota_amount), 0.0) as quota_amount,
        coalesce(sum(won_amount), 0.0) as won_amount,
        coalesce(sum(open_amount), 0.0) as open_amount,
        sum(deal_count) as deal_count,
        coalesce(sum(unconverted_amount), 0.0) as unconverted_amount
    from parts
    group by month_start, dimension, slice
)

select
    summed.month_start,
    summed.dimension,
    summed.slice,
    scopes.period_start as target_start,
    scopes.period_end as target_end,
    summed.has_quota,
    summed.quota_amount,
    summed.won_amount,
    summed.quota_amount - summed.won_amount as remaining_quota_amount,
    summed.open_amount,
    summed.deal_count,
    summed.unconverted_amount
from summed
inner join scopes
    on summed.month_start = scopes.month_start
