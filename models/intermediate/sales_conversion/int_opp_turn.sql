-- Every instant at which the open pipeline of a deal changes, with its state before and after.
with deals as (
    select
        opportunity_id,
        account_id,
        pipeline_id,
        owner_user_id,
        net_amount,
        currency
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

instants as (
    select opportunity_id, opened_at as turned_at from intervals
    union
    select opportunity_id, ended_at as turned_at from intervals
    union
    select opportunity_id, entered_at as turned_at from visits
    union
    select deals.opportunity_id, changes.valid_from as turned_at
    from deals
    inner join {{ ref('int_field_value') }} as changes
        on deals.opportunity_id = changes.record_id
    where
        changes.object_type = 'opportunity'
        and changes.field_name in ('net_amount', 'owner_user_id')
        and changes.change_no > 0
    union
    select deals.opportunity_id, changes.valid_from as turned_at
    from deals
    inner join {{ ref('int_field_value') }} as changes
        on deals.account_id = changes.record_id
    where changes.object_type = 'account' and changes.field_name = 'region' and changes.change_no > 0
),

accounts as (
    select
        account_id,
        region,
        region_basis
    from {{ ref('dim_account') }}
),

region_basis as (
    select coalesce(max(region_basis), 'owner') as region_basis
    from accounts
),

states as (
    select
        instants.opportunity_id,
        instants.turned_at,
        deals.currency,
        region_basis.region_basis,
        open_intervals.opportunity_id is not null as is_open,
        open_intervals.opened_by,
        coalesce(visits.pipeline_id, deals.pipeline_id) as pipeline,
        coalesce({{ as_was_value('amount_then', 'deals.net_amount', 'double') }}, 0.0) as amount,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region
    from instants
    inner join deals
        on instants.opportunity_id = deals.opportunity_id
    cross join region_basis
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
),

described_states as (
    select
        states.opportunity_id,
        states.turned_at,
        states.currency,
        states.is_open,
        states.opened_by,
        states.pipeline,
        states.amount,
        owners.rep,
        case when states.region_basis = 'account' then states.account_region else owners.region end as region
    from states
    left join {{ ref('dim_user') }} as owners
        on states.owner_user_id = owners.user_id
),

turns as (
    select
        *,
        coalesce(lag(is_open) over by_time, false) as was_open,
        coalesce(lag(amount) over by_time, 0.0) as amount_before,
        lag(pipeline) over by_time as pipeline_before,
        lag(rep) over by_time as rep_before,
        lag(region) over by_time as region_before
    from described_states
    window by_time as (partition by opportunity_id order by turned_at)
)

select
    turns.opportunity_id,
    turns.turned_at,
    {{ reporting_date('turns.turned_at') }} as turned_on,
    turns.currency,
    turns.was_open,
    turns.is_open,
    turns.opened_by,
    endings.ended_as,
    turns.amount_before,
    turns.amount,
    turns.rep_before,
    turns.rep,
    turns.region_before,
    turns.region,
    turns.pipeline_before,
    turns.pipeline
from turns
left join intervals as endings
    on
        turns.opportunity_id = endings.opportunity_id
        and turns.turned_at = endings.ended_at
where turns.was_open or turns.is_open
