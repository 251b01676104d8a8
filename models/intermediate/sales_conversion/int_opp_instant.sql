-- Every instant at which something about the open pipeline of a deal changed. A table of its own:
-- joins to history are planned well only if the number of instants is known.
with deals as (
    select
        opportunity_id,
        account_id
    from {{ ref('int_opportunity') }}
),

intervals as (
    select
        opportunity_id,
        opened_at,
        ended_at
    from {{ ref('int_opp_open_interval') }}
),

visits as (
    select
        opportunity_id,
        entered_at
    from {{ ref('int_opp_stage') }}
),

field_changes as (
    select
        object_type,
        record_id,
        field_name,
        valid_from
    from {{ ref('int_field_value') }}
    where change_no > 0
),

instants as (
    select
        opportunity_id,
        opened_at as turned_at
    from intervals
    union
    select
        opportunity_id,
        ended_at as turned_at
    from intervals
    union
    select
        opportunity_id,
        entered_at as turned_at
    from visits
    union
    select
        deals.opportunity_id,
        field_changes.valid_from as turned_at
    from deals
    inner join field_changes
        on
            deals.opportunity_id = field_changes.record_id
            and field_changes.object_type = 'opportunity'
            and field_changes.field_name in ('net_amount', 'owner_user_id')
    union
    select
        deals.opportunity_id,
        field_changes.valid_from as turned_at
    from deals
    inner join field_changes
        on
            deals.account_id = field_changes.record_id
            and field_changes.object_type = 'account'
            and field_changes.field_name = 'region'
)

select
    opportunity_id,
    turned_at
from instants
where turned_at < {{ as_of_timestamp() }}
