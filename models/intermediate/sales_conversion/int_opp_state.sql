-- The state of a deal at every instant at which something about it changed.
with deals as (
    select
        opportunity_id,
        account_id,
        pipeline_id,
        owner_user_id,
        net_amount,
        currency,
        source_name
    from {{ ref('int_opportunity') }}
),

intervals as (
    select
        opportunity_id,
        opened_at,
        coalesce(ended_at, {{ last_instant() }}) as ended_at,
        opened_by,
        ended_as
    from {{ ref('int_opp_open_interval') }}
),

visits as (
    select
        opportunity_id,
        pipeline_id,
        entered_at,
        coalesce(exited_at, {{ last_instant() }}) as exited_at
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
),

accounts as (
    select
        account_id,
        region
    from {{ ref('dim_account') }}
),

states as (
    select
        instants.opportunity_id,
        instants.turned_at,
        deals.currency,
        bases.region_basis,
        open_intervals.opportunity_id is not null as is_open,
        open_intervals.opened_by,
        coalesce(visits.pipeline_id, deals.pipeline_id) as pipeline,
        coalesce({{ as_was_value('amount_then', 'deals.net_amount', 'double') }}, 0.0) as amount,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region
    from instants
    inner join deals
        on instants.opportunity_id = deals.opportunity_id
    left join {{ ref('int_region_basis') }} as bases
        on deals.source_name = bases.source_name
    left join accounts
        on deals.account_id = accounts.account_id
    left join intervals as open_intervals
        on
            instants.opportunity_id = open_intervals.opportunity_id
            and instants.turned_at >= open_intervals.opened_at
            and instants.turned_at < open_intervals.ended_at
    left join visits
        on
            instants.opportunity_id = visits.opportunity_id
            and instants.turned_at >= visits.entered_at
            and instants.turned_at < visits.exited_at
    {%- for alias, object_type, record_id, field_name in [
        ('amount_then', 'opportunity', 'instants.opportunity_id', 'net_amount'),
        ('owner_then', 'opportunity', 'instants.opportunity_id', 'owner_user_id'),
        ('region_then', 'account', 'deals.account_id', 'region'),
    ] %}
    {{ as_was_join(alias, object_type, record_id, field_name, 'instants.turned_at') }}
    {%- endfor %}
    where instants.turned_at < {{ as_of_timestamp() }}
)

select
    states.opportunity_id,
    states.turned_at,
    states.currency,
    states.is_open,
    states.opened_by,
    states.pipeline,
    states.amount,
    owners.rep,
    case
        when states.region_basis = 'account' then states.account_region
        else owners.region
    end as region
from states
left join {{ ref('dim_user') }} as owners
    on states.owner_user_id = owners.user_id
