-- The leads open at every month end, in the open month at as_of, and when somebody last worked on
-- them. Rejected is closed until it is recycled or accepted after all.
with months as (
    select
        month_start,
        max(date_day) as snapshot_on
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

leads as (
    select
        lead_id,
        created_on,
        converted_on,
        sal_on,
        {{ reporting_date('rejected_at') }} as rejected_on,
        {{ reporting_date('recycled_at') }} as recycled_on,
        {{ reporting_date('deactivated_at') }} as deactivated_on,
        lead_source,
        rep
    from {{ ref('int_lead') }}
),

open_leads as (
    select
        months.month_start,
        months.snapshot_on,
        leads.lead_id,
        leads.created_on,
        leads.lead_source,
        leads.rep
    from months
    inner join leads
        on
            months.snapshot_on >= leads.created_on
            and (leads.converted_on is null or months.snapshot_on < leads.converted_on)
            and (leads.deactivated_on is null or months.snapshot_on < leads.deactivated_on)
            and (
                leads.rejected_on is null
                or months.snapshot_on < leads.rejected_on
                or (
                    leads.recycled_on >= leads.rejected_on
                    and months.snapshot_on >= leads.recycled_on
                )
                or (
                    leads.sal_on > leads.rejected_on
                    and months.snapshot_on >= leads.sal_on
                )
            )
),

activity_months as (
    select
        lead_id,
        {{ month_start('happened_on') }} as month_start,
        max(happened_on) as last_on
    from {{ ref('int_lead_event') }}
    where event in ('touch', 'response', 'note')
    group by lead_id, {{ month_start('happened_on') }}
),

with_last as (
    select
        open_leads.month_start,
        open_leads.snapshot_on,
        open_leads.lead_id,
        open_leads.created_on,
        open_leads.lead_source,
        open_leads.rep,
        max(activity_months.last_on) as last_activity_on
    from open_leads
    left join activity_months
        on
            open_leads.lead_id = activity_months.lead_id
            and open_leads.month_start >= activity_months.month_start
    group by
        open_leads.month_start,
        open_leads.snapshot_on,
        open_leads.lead_id,
        open_leads.created_on,
        open_leads.lead_source,
        open_leads.rep
)

select
    lead_id,
    month_start,
    snapshot_on,
    lead_source,
    rep,
    last_activity_on,
    {{ days_between('coalesce(last_activity_on, created_on)', 'snapshot_on') }}
    > {{ parameter('idle_lead_days') }} as is_stale
from with_last
