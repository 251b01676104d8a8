-- Leads given up: rejected by sales or deactivated, with the reason that was given.
select
    lead_id,
    'deactivated' as closing,
    {{ reporting_date('deactivated_at') }} as closed_on,
    deactivation_reason as reason,
    lead_source,
    campaign
from {{ ref('int_lead') }}
where deactivated_at is not null
union all
select
    lead_id,
    'rejected' as closing,
    {{ reporting_date('rejected_at') }} as closed_on,
    rejection_reason as reason,
    lead_source,
    campaign
from {{ ref('int_lead') }}
where rejected_at is not null
