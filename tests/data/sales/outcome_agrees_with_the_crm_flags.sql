-- What the stage history says must be what the CRM's own closed and won flags say, as long as
-- nothing lies after as_of. A deal that differs has a broken history or a stage with the wrong
-- flags; the history is believed, so the difference has to be looked at.
{{ config(severity='warn') }}

select
    deals.opportunity_id,
    outcomes.outcome,
    deals.is_closed,
    deals.is_won,
    outcomes.outcome_at,
    deals.closed_at
from {{ ref('int_opp_outcome') }} as outcomes
inner join {{ ref('int_opportunity') }} as deals
    on outcomes.opportunity_id = deals.opportunity_id
where
    coalesce(deals.closed_at < {{ as_of_timestamp() }}, true)
    and (
        (deals.is_won is not null and deals.is_won <> (outcomes.outcome = 'won'))
        or (deals.is_closed is not null and deals.is_closed <> (outcomes.outcome <> 'open'))
    )
