-- Quoted deals with their meetings, and below them the held meetings nobody can assign to a deal.
select
    first_sent_on as happened_on,
    rep,
    team,
    region,
    segment,
    customer_type,
    meeting_count,
    1 as quoted_deal_count,
    0 as unassigned_count
from {{ ref('int_quoted_deal') }}
union all
select
    meetings.activity_on as happened_on,
    users.rep,
    users.team,
    accounts.region,
    accounts.segment,
    {{ customer_type('types', 'meetings.account_id') }} as customer_type,
    0 as meeting_count,
    0 as quoted_deal_count,
    1 as unassigned_count
from {{ ref('int_activity_deal') }} as meetings
left join {{ ref('dim_user') }} as users
    on meetings.user_id = users.user_id
left join {{ ref('dim_account') }} as accounts
    on meetings.account_id = accounts.account_id
{{ customer_type_join('types', 'meetings.account_id', 'meetings.activity_on') }}
where
    meetings.activity_type in ('meeting', 'visit')
    and meetings.outcome = 'held'
    and meetings.assignment = 'unassigned'
