-- Everything a team can succeed or fail in, under the name of the KPI that counts it.
with outcomes as (
    select
        'win_rate' as compared_metric,
        team,
        department,
        closed_on as observed_on,
        outcome = 'won' as is_success
    from {{ ref('fct_opportunity') }}
    where closed_on is not null
    union all
    select
        'stage_conversion_rate' as compared_metric,
        stages.team,
        owners.department,
        stages.funnel_entry_on as observed_on,
        coalesce(stages.is_next_in_window, false) as is_success
    from {{ ref('fct_opportunity_reach') }} as stages
    left join {{ ref('dim_user') }} as owners
        on stages.owner_user_id = owners.user_id
    where
        stages.is_in_window
        and stages.stage_step is not null
        and stages.mature_on <= {{ as_of_date() }}
    union all
    select
        'quote_acceptance_rate' as compared_metric,
        team,
        department,
        decided_on as observed_on,
        coalesce(is_accepted, false) as is_success
    from {{ ref('fct_quote') }}
    where decided_on is not null
    union all
    select
        'sla_compliance_rate' as compared_metric,
        team,
        department,
        decided_on as observed_on,
        is_met as is_success
    from {{ ref('fct_case_sla') }}
    where decided_on is not null and is_met is not null
    union all
    select
        'first_contact_resolution_rate' as compared_metric,
        team,
        department,
        solved_on as observed_on,
        is_solved_at_first_contact as is_success
    from {{ ref('fct_case_response') }}
    where
        is_first_contact_eligible and is_solved
        and first_contact_known_on <= {{ as_of_date() }}
)

select *
from outcomes
where team is not null and observed_on is not null
