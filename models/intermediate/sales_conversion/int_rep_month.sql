-- What a rep is judged by: the deals closed and the stage steps tried in a month, and how many of
-- them went well, each with the stratum it is compared within.
{%- set rep_rows = 'true' if var('rep_level_enabled') else 'false' %}
with closed_deals as (
    select
        {{ month_start('closed_on') }} as month_start,
        rep,
        coalesce(team, '(unknown)') as team,
        coalesce(lead_source, '(unknown)') as lead_source,
        coalesce(lead_source, '(unknown)') || ' × '
        || coalesce(sale_type, '(unknown)') as stratum,
        cast(count(*) as double) as unit_count,
        cast(count_if(is_won) as double) as success_count,
        cast(null as date) as mature_on
    from {{ ref('fct_opportunity') }}
    where
        rep is not null
        and closed_on is not null
        and {{ rep_rows }}
    group by
        {{ month_start('closed_on') }},
        rep,
        coalesce(team, '(unknown)'),
        coalesce(lead_source, '(unknown)'),
        coalesce(sale_type, '(unknown)')
),

step_trials as (
    select
        {{ month_start('funnel_entry_on') }} as month_start,
        rep,
        coalesce(team, '(unknown)') as team,
        stage_step,
        coalesce(lead_source, '(unknown)') || ' × '
        || coalesce(sale_type, '(unknown)') as stratum,
        cast(count(*) as double) as unit_count,
        cast(count_if(is_next_in_window) as double) as success_count,
        max(mature_on) as mature_on
    from {{ ref('fct_opportunity_reach') }}
    where
        rep is not null
        and is_in_window
        and stage_step is not null
        and {{ rep_rows }}
    group by
        {{ month_start('funnel_entry_on') }},
        rep,
        coalesce(team, '(unknown)'),
        stage_step,
        coalesce(lead_source, '(unknown)'),
        coalesce(sale_type, '(unknown)')
)

select
    month_start,
    rep,
    team,
    'rep' as dimension,
    cast(null as varchar) as slice,
    stratum,
    unit_count,
    success_count,
    mature_on
from closed_deals
union all
select
    month_start,
    rep,
    team,
    'rep × lead_source' as dimension,
    lead_source as slice,
    stratum,
    unit_count,
    success_count,
    mature_on
from closed_deals
union all
select
    month_start,
    rep,
    team,
    'rep × stage_step' as dimension,
    stage_step as slice,
    stratum,
    unit_count,
    success_count,
    mature_on
from step_trials
