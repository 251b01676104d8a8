-- No step of the lead funnel has more leads than the one before it. Fails where a later step is
-- reached without the earlier ones ("entered or passed" not applied).
with steps as (
    select
        lead_id,
        step_position,
        reached_on,
        lag(reached_on) over (partition by lead_id order by step_position) as previous_reached_on
    from {{ ref('int_lead_step') }}
)

select *
from steps
where
    step_position > 1
    and reached_on is not null
    and (previous_reached_on is null or previous_reached_on > reached_on)
