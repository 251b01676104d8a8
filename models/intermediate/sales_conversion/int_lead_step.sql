-- The steps of every lead as rows, for the funnel in one scan.
with leads as (
    select * from {{ ref('int_lead_conversion') }}
),

steps as (
    {%- for step in ['mql', 'sal', 'sql', 'opportunity', 'quote', 'won'] %}
    select
        lead_id,
        '{{ step }}' as funnel_step,
        {{ loop.index }} as step_position,
        {{ step }}_on as reached_on
    from leads
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    leads.lead_id,
    steps.funnel_step,
    cast(steps.step_position as integer) as step_position,
    leads.created_on,
    leads.mature_on,
    steps.reached_on,
    coalesce(steps.reached_on <= leads.mature_on, false) as is_reached_in_window,
    leads.lead_source,
    leads.campaign,
    leads.region
from leads
inner join steps
    on leads.lead_id = steps.lead_id
