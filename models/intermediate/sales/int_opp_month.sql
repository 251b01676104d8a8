-- The open pipeline at every month end, in the open month at as_of, as it was then (C8, G12).
with open_deals as (
    select
        opportunity_id,
        month_start,
        snapshot_on,
        {{ day_end_at('snapshot_on') }} as snapshot_at
    from {{ ref('int_opp_open_month') }}
),

deals as (
    select
        opportunity_id,
        account_id,
        pipeline_id,
        owner_user_id,
        net_amount,
        currency,
        expected_close_date,
        source_name
    from {{ ref('int_opportunity') }}
),

accounts as (
    select
        account_id,
        region,
        segment
    from {{ ref('dim_account') }}
),

stages_then as (
    select
        opportunity_id,
        pipeline_id,
        stage_id,
        entered_at,
        coalesce(exited_at, {{ last_instant() }}) as exited_at
    from {{ ref('int_opp_stage') }}
),

as_was as (
    select
        open_deals.opportunity_id,
        open_deals.month_start,
        open_deals.snapshot_on,
        deals.account_id,
        accounts.segment,
        deals.currency,
        bases.region_basis,
        coalesce(stages_then.pipeline_id, deals.pipeline_id) as pipeline_id,
        stages_then.stage_id,
        stages_then.entered_at as stage_entered_at,
        {{ as_was_value('owner_then', 'deals.owner_user_id') }} as owner_user_id,
        {{ as_was_value('amount_then', 'deals.net_amount', 'double') }} as document_net_amount,
        {{ as_was_value('close_then', 'deals.expected_close_date', 'date') }}
            as expected_close_date,
        {{ as_was_value('region_then', 'accounts.region') }} as account_region
    from open_deals
    inner join deals
        on open_deals.opportunity_id = deals.opportunity_id
    left join {{ ref('int_region_basis') }} as bases
        on deals.source_name = bases.source_name
    left join accounts
        on deals.account_id = accounts.account_id
    left join stages_then
        on
            open_deals.opportunity_id = stages_then.opportunity_id
            and open_deals.snapshot_at >= stages_then.entered_at
            and open_deals.snapshot_at < stages_then.exited_at
    {%- for alias, object_type, record_id, field_name in [
        ('owner_then', 'opportunity', 'open_deals.opportunity_id', 'owner_user_id'),
        ('amount_then', 'opportunity', 'open_deals.opportunity_id', 'net_amount'),
        ('close_then', 'opportunity', 'open_deals.opportunity_id', 'expected_close_date'),
        ('region_then', 'account', 'deals.account_id', 'region'),
    ] %}
    {{ as_was_join(alias, object_type, record_id, field_name, 'open_deals.snapshot_at') }}
    {%- endfor %}
)

select
    as_was.opportunity_id,
    as_was.month_start,
    as_was.snapshot_on,
    as_was.account_id,
    as_was.owner_user_id,
    owners.rep,
    owners.team,
    owners.department,
    case
        when as_was.region_basis = 'account' then as_was.account_region
        else owners.region
    end as region,
    as_was.segment,
    as_was.pipeline_id,
    as_was.stage_id,
    as_was.stage_entered_at,
    as_was.expected_close_date,
    as_was.document_net_amount,
    as_was.currency,
    {{ reporting_amount('as_was.document_net_amount', 'as_was.currency') }} as net_amount,
    {{ unconverted_amount('as_was.document_net_amount', 'as_was.currency') }} as unconverted_amount
from as_was
left join {{ ref('dim_user') }} as owners
    on as_was.owner_user_id = owners.user_id
{{ fx_join('fx', 'as_was.currency', 'as_was.snapshot_on') }}
