-- What a department has to do in the CRM (seed department_core_task), object by object: a deal that
-- is open at the end of the month, a case solved in it, a campaign started in it.
with tasks as (
    select
        department,
        task
    from {{ ref('department_core_task') }}
),

deal_months as (
    select
        opportunity_id,
        month_start,
        snapshot_on,
        department
    from {{ ref('int_opp_month') }}
),

-- Created, edited or worked on by a person; also on the account's only open deal.
deal_updates as (
    select
        opportunity_id,
        created_on as updated_on
    from {{ ref('int_opportunity') }}
    where created_on is not null
    union all
    select
        opportunity_id,
        {{ reporting_date('completed_at') }} as updated_on
    from {{ ref('crm_activity') }}
    where
        opportunity_id is not null
        and completed_at < {{ as_of_timestamp() }}
        and not coalesce(is_automated, false)
    union all
    select
        record_id as opportunity_id,
        {{ reporting_date('changed_at') }} as updated_on
    from {{ ref('crm_field_history') }}
    where object_type = 'opportunity' and changed_at < {{ as_of_timestamp() }}
),

updated_deals as (
    select distinct
        deal_months.opportunity_id,
        deal_months.month_start
    from deal_months
    inner join deal_updates
        on
            deal_months.opportunity_id = deal_updates.opportunity_id
            and deal_months.snapshot_on >= deal_updates.updated_on
            and {{ date_plus_days(
                'deal_months.snapshot_on', '-' ~ parameter('task_update_days')
            ) }} <= deal_updates.updated_on
),

addressed_campaigns as (
    select distinct campaign_id
    from {{ ref('int_campaign_step') }}
),

objects as (
    select
        'opp_updated' as task,
        deal_months.opportunity_id as object_id,
        deal_months.month_start,
        deal_months.department,
        updated_deals.opportunity_id is not null as is_done
    from deal_months
    left join updated_deals
        on
            deal_months.opportunity_id = updated_deals.opportunity_id
            and deal_months.month_start = updated_deals.month_start
    union all
    select
        'case_documented' as task,
        case_id as object_id,
        {{ month_start('solved_on') }} as month_start,
        department,
        nullif(trim(root_cause), '') is not null and nullif(trim(case_type), '') is not null
            as is_done
    from {{ ref('fct_case') }}
    where solved_on is not null and not is_excluded
    union all
    -- A campaign has no owner: it belongs to the department whose task it is.
    select
        'campaign_recorded' as task,
        campaigns.campaign_id as object_id,
        {{ month_start('campaigns.start_date') }} as month_start,
        tasks.department,
        addressed_campaigns.campaign_id is not null and campaigns.cost_amount is not null
            as is_done
    from {{ ref('int_campaign') }} as campaigns
    inner join tasks
        on tasks.task = 'campaign_recorded'
    left join addressed_campaigns
        on campaigns.campaign_id = addressed_campaigns.campaign_id
    where campaigns.start_date <= {{ as_of_date() }}
)

select
    objects.task,
    objects.object_id,
    objects.month_start,
    objects.department,
    objects.is_done
from objects
inner join tasks
    on
        objects.task = tasks.task
        and objects.department = tasks.department
