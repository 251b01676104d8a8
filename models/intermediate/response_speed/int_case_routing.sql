-- Whether a case was with the wrong team before anybody answered. Handing it to the colleague who
-- is awake, of the same department in another time zone, is no mistake.
with owners as (
    select
        cases.case_id,
        recorded.value as user_id,
        recorded.valid_from,
        lag(recorded.value) over (
            partition by cases.case_id order by recorded.valid_from, recorded.change_no
        ) as previous_user_id
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_answer') }} as answers
        on cases.case_id = answers.case_id
    inner join {{ ref('int_field_value') }} as recorded
        on
            cases.case_id = recorded.record_id
            and recorded.object_type = 'case'
            and recorded.field_name = 'owner_user_id'
            and recorded.value is not null
            and cases.started_at < recorded.valid_to
            and coalesce(answers.first_reply_at, {{ as_of_timestamp() }}) > recorded.valid_from
),

users as (
    select
        user_id,
        team,
        department,
        timezone
    from {{ ref('crm_app_user') }}
),

handovers as (
    select
        owners.case_id,
        takers.team <> givers.team as is_other_team,
        coalesce(
            takers.department = givers.department and takers.timezone <> givers.timezone, false
        ) as is_follow_the_sun
    from owners
    inner join users as takers
        on owners.user_id = takers.user_id
    inner join users as givers
        on owners.previous_user_id = givers.user_id
    where owners.user_id <> owners.previous_user_id
),

moved as (
    select
        case_id,
        count(*) as handover_count,
        max(case when is_other_team and not is_follow_the_sun then 1 else 0 end) = 1
            as is_misrouted
    from handovers
    group by case_id
)

select
    cases.case_id,
    cast(coalesce(moved.handover_count, 0) as integer) as handover_count,
    -- Where nobody records who had a case, nobody knows.
    case when tracked_fields.source_name is not null then coalesce(moved.is_misrouted, false) end
        as is_misrouted
from {{ ref('int_case') }} as cases
left join moved
    on cases.case_id = moved.case_id
left join {{ ref('int_tracked_field') }} as tracked_fields
    on
        cases.source_name = tracked_fields.source_name
        and tracked_fields.object_type = 'case'
        and tracked_fields.field_name = 'owner_user_id'
