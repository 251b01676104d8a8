-- An offer is a family of versions: it counts once, and is accepted if any version is.
with sent_versions as (
    select
        coalesce(quotes.quote_group_id, quotes.quote_id) as quote_family_id,
        quotes.opportunity_id,
        quotes.quote_id,
        quotes.status,
        quotes.sent_at,
        case when quotes.accepted_at < {{ as_of_timestamp() }} then quotes.accepted_at end
            as accepted_at,
        -- Accepted after as_of is not accepted yet.
        quotes.status = 'accepted'
        and coalesce(quotes.accepted_at < {{ as_of_timestamp() }}, true) as is_accepted,
        quotes.expires_on,
        quotes.net_amount,
        quotes.currency,
        row_number() over (
            partition by coalesce(quotes.quote_group_id, quotes.quote_id), quotes.opportunity_id
            order by quotes.sent_at, quotes.version_no, quotes.quote_id
        ) as send_no,
        count(*) over (
            partition by coalesce(quotes.quote_group_id, quotes.quote_id), quotes.opportunity_id
        ) as version_count
    from {{ ref('crm_quote') }} as quotes
    where quotes.sent_at < {{ as_of_timestamp() }}
),

families as (
    select
        quote_family_id,
        opportunity_id,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at,
        cast(count(*) as integer) as version_count,
        min(accepted_at) as accepted_at,
        max(case when is_accepted then 1 else 0 end) = 1 as is_any_version_accepted,
        max(case when send_no = version_count then status end) as last_status,
        max(case when send_no = version_count then expires_on end) as expires_on,
        max(case when send_no = version_count then net_amount end) as net_amount,
        max(case when send_no = version_count then currency end) as currency
    from sent_versions
    group by quote_family_id, opportunity_id
),

with_outcome as (
    select
        families.*,
        deals.account_id,
        outcomes.outcome,
        outcomes.outcome_on,
        {{ reporting_date('families.first_sent_at') }} as first_sent_on,
        {{ reporting_date('families.accepted_at') }} as accepted_on,
        least(
            families.expires_on,
            {{ date_plus_days(
                reporting_date('families.last_sent_at'), parameter('quote_undecided_days')
            ) }}
        ) as open_until
    from families
    inner join {{ ref('int_opportunity') }} as deals
        on families.opportunity_id = deals.opportunity_id
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on families.opportunity_id = outcomes.opportunity_id
),

decided as (
    select
        *,
        is_any_version_accepted or outcome = 'won' as is_accepted,
        coalesce(
            accepted_on,
            -- A deal that closed before the offer was sent decided nothing about it.
            case when outcome_on >= first_sent_on then outcome_on end,
            open_until
        ) as decided_on
    from with_outcome
)

select
    quote_family_id,
    opportunity_id,
    account_id,
    version_count,
    first_sent_at,
    first_sent_on,
    row_number() over (
        partition by opportunity_id order by first_sent_at, quote_family_id
    ) = 1 as is_first_of_deal,
    expires_on,
    cast(net_amount as double) as net_amount,
    currency,
    is_accepted,
    case when decided_on <= {{ as_of_date() }} then decided_on end as decided_on,
    case
        when decided_on > {{ as_of_date() }} then 'undecided'
        when is_accepted then 'accepted'
        when last_status = 'rejected' or outcome = 'lost' then 'rejected'
        else 'expired'
    end as decision
from decided
