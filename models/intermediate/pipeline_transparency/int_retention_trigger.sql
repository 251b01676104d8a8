-- Occasions to keep a customer, on the day they came up, and whether the owner of the account did
-- something about them in time (G11).
with contract_lines as (
    select
        spells.contract_line_id,
        spells.account_id,
        spells.start_date,
        spells.end_date,
        lines.notice_at
    from {{ ref('int_contract_line_spell') }} as spells
    inner join {{ ref('crm_contract_line') }} as lines
        on spells.contract_line_id = lines.contract_line_id
),

-- The end of a contract as it was known at each time: a renewal moves it, a notice writes it.
known_ends as (
    select
        contract_lines.account_id,
        case
            when ends.record_id is null then contract_lines.end_date
            else try_cast(ends.value as date)
        end as end_date,
        case
            when ends.record_id is null
                then coalesce(contract_lines.notice_at, contract_lines.start_date)
            else greatest({{ reporting_date('ends.valid_from') }}, contract_lines.start_date)
        end as known_from,
        coalesce({{ reporting_date('ends.valid_to') }}, date '9999-12-31') as known_to
    from contract_lines
    left join {{ ref('int_field_value') }} as ends
        on
            contract_lines.contract_line_id = ends.record_id
            and ends.object_type = 'contract_line'
            and ends.field_name = 'end_date'
),

contract_end_days as (
    select
        account_id,
        greatest(
            {{ date_plus_days('end_date', '-' ~ parameter('contract_end_days')) }}, known_from
        ) as triggered_on,
        end_date,
        known_to
    from known_ends
    where end_date is not null
),

detractor_scale as (
    select max(dissatisfied_to) as dissatisfied_to
    from {{ ref('feedback_scale') }}
    where feedback_type = 'NPS'
),

detractors as (
    select
        coalesce(answers.account_id, contacts.account_id, cases.account_id) as account_id,
        answers.responded_at as triggered_at
    from {{ ref('crm_feedback') }} as answers
    left join {{ ref('crm_contact') }} as contacts
        on answers.contact_id = contacts.contact_id
    left join {{ ref('crm_support_case') }} as cases
        on answers.case_id = cases.case_id
    cross join detractor_scale
    where
        upper(answers.feedback_type) = 'NPS'
        and not coalesce(answers.is_excluded, false)
        and answers.responded_at < {{ as_of_timestamp() }}
        and answers.score <= detractor_scale.dissatisfied_to
),

touch_days as (
    select
        account_id,
        started_on,
        count(*) as touch_count
    from {{ ref('int_customer_touch') }}
    group by account_id, started_on
),

first_touch as (
    select min(started_on) as first_on
    from touch_days
),

customer_months as (
    select
        account_id,
        month_start,
        month_end
    from {{ ref('int_customer_month') }}
    where is_active_at_end
),

-- 90 days against the 90 before; both must lie in the data.
touch_windows as (
    select
        customer_months.account_id,
        customer_months.month_start,
        customer_months.month_end,
        coalesce(sum(
            case
                when
                    {{ days_between('touch_days.started_on', 'customer_months.month_end') }}
                    < {{ parameter('activity_days_customer') }}
                    then touch_days.touch_count
            end
        ), 0) as recent_count,
        coalesce(sum(
            case
                when
                    {{ days_between('touch_days.started_on', 'customer_months.month_end') }}
                    >= {{ parameter('activity_days_customer') }}
                    then touch_days.touch_count
            end
        ), 0) as earlier_count
    from customer_months
    inner join first_touch
        on
            {{ month_start('first_touch.first_on') }}
            <= {{ date_plus_days(
                'customer_months.month_end', '1 - 2 * ' ~ parameter('activity_days_customer')
            ) }}
    left join touch_days
        on
            customer_months.account_id = touch_days.account_id
            and customer_months.month_end >= touch_days.started_on
            and touch_days.started_on > {{ date_plus_days(
                'customer_months.month_end', '-2 * ' ~ parameter('activity_days_customer')
            ) }}
    group by
        customer_months.account_id, customer_months.month_start, customer_months.month_end
),

drops as (
    select
        account_id,
        month_start,
        month_end,
        earlier_count >= {{ parameter('interaction_drop_min') }}
        and recent_count < earlier_count * {{ parameter('interaction_drop_share') }} as is_drop
    from touch_windows
),

-- Only when it begins; a customer nobody talks to for a year is one chance, not ten.
new_drops as (
    select *
    from drops
    qualify
        is_drop
        and not coalesce(
            lag(is_drop) over (partition by account_id order by month_start), false
        )
),

triggers as (
    select
        account_id,
        'contract_end' as trigger_name,
        triggered_on,
        {{ day_start_at('triggered_on') }} as triggered_at
    from contract_end_days
    where
        triggered_on <= end_date
        and triggered_on < known_to
        and triggered_on <= {{ as_of_date() }}
    union
    select
        account_id,
        'detractor' as trigger_name,
        {{ reporting_date('triggered_at') }} as triggered_on,
        triggered_at
    from detractors
    union
    select
        account_id,
        'sla_breach' as trigger_name,
        {{ reporting_date('decided_at') }} as triggered_on,
        decided_at as triggered_at
    from {{ ref('int_case_sla') }}
    where not is_met and decided_at < {{ as_of_timestamp() }}
    union
    select
        account_id,
        'interaction_drop' as trigger_name,
        month_end as triggered_on,
        {{ day_end_at('month_end') }} as triggered_at
    from new_drops
),

-- Somebody who has left already can be won back, not kept.
of_customers as (
    select
        triggers.account_id,
        triggers.trigger_name,
        triggers.triggered_on,
        min(triggers.triggered_at) as triggered_at
    from triggers
    inner join {{ ref('int_customer_spell') }} as spells
        on
            triggers.account_id = spells.account_id
            and triggers.triggered_on >= spells.spell_start
            and (spells.spell_end is null or triggers.triggered_on <= spells.spell_end)
    group by triggers.account_id, triggers.trigger_name, triggers.triggered_on
),

with_deadline as (
    select
        of_customers.account_id,
        of_customers.trigger_name,
        of_customers.triggered_on,
        of_customers.triggered_at,
        deadline.ends_at as due_at,
        {{ as_was_value('owner_then', 'accounts.owner_user_id') }} as owner_user_id
    from of_customers
    inner join {{ ref('dim_account') }} as accounts
        on of_customers.account_id = accounts.account_id
    {{ as_was_join(
        'owner_then', 'account', 'of_customers.account_id', 'owner_user_id',
        'of_customers.triggered_at'
    ) }}
    {{ business_day_join(
        'deadline', 'of_customers.triggered_on', parameter('trigger_business_days')
    ) }}
)

select
    with_deadline.account_id,
    with_deadline.trigger_name,
    with_deadline.triggered_on,
    with_deadline.triggered_at,
    with_deadline.due_at,
    with_deadline.owner_user_id,
    min(touches.started_at) as worked_at,
    case
        when min(touches.started_at) is not null then true
        when with_deadline.due_at <= {{ as_of_timestamp() }} then false
    end as is_worked
from with_deadline
left join {{ ref('int_customer_touch') }} as touches
    on
        with_deadline.account_id = touches.account_id
        and with_deadline.owner_user_id = touches.user_id
        and with_deadline.triggered_at <= touches.started_at
        and with_deadline.due_at > touches.started_at
group by
    with_deadline.account_id,
    with_deadline.trigger_name,
    with_deadline.triggered_on,
    with_deadline.triggered_at,
    with_deadline.due_at,
    with_deadline.owner_user_id
