-- The state of a deal at every instant at which something about it changed.
with instants as (
    select * from {{ ref('int_opp_instant') }}
),

deals as (
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
        opened_by
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
