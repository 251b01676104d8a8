-- What a rep is judged by: the deals closed and the stage steps tried in twelve months, each with
-- the stratum it is compared within.
{%- set rep_rows = 'true' if var('rep_level_enabled') else 'false' %}
with periods as (
    select
        period_start,
        period_end,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain = 'r12m'
),

closed_deals as (
    select
        periods.period_start,
        periods.period_end,
        deals.rep,
        coalesce(deals.team, '(unknown)') as team,
        coalesce(deals.lead_source, '(unknown)') as lead_source,
        coalesce(deals.lead_source, '(unknown)') || ' × '
        || coalesce(deals.sale_type, '(unknown)') as stratum,
        deals.is_won as is_success
    from {{ ref('fct_opportunity') }} as deals
    inner join periods
        on {{ month_start('deals.closed_on') }} = periods.month_start
    where deals.rep is not null and {{ rep_rows }}
),

step_trials as (
    select
        periods.period_start,
        periods.period_end,
        steps.rep,
        coalesce(steps.team, '(unknown)') as team,
        steps.stage_step,
        coalesce(steps.lead_source, '(unknown)') || ' × '
        || coalesce(steps.sale_type, '(unknown)') as stratum,
        steps.is_next_in_window as is_success,
        steps.mature_on
    from {{ ref('fct_opportunity_reach') }} as steps
    inner join periods
        on {{ month_start('steps.funnel_entry_on') }} = periods.month_start
    where
        steps.rep is not null
        and steps.is_in_window
        and steps.stage_step is not null
        and {{ rep_rows }}
)

select
    period_start,
    period_end,
    rep,
    team,
    'rep' as dimension,
    cast(null as varchar) as slice,
    stratum,
    is_success,
    cast(null as date) as mature_on
from closed_deals
union all
select
    period_start,
    period_end,
    rep,
    team,
    'rep × lead_source' as dimension,
    lead_source as slice,
    stratum,
    is_success,
    cast(null as date) as mature_on
from closed_deals
union all
select
    period_start,
    period_end,
    rep,
    team,
    'rep × stage_step' as dimension,
    stage_step as slice,
    stratum,
    is_success,
    mature_on
from step_trials
