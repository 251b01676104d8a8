-- Amount and expected close as they stood at as_of, and the amount in reporting currency: at the
-- rate of the close once closed, of as_of while open (G4).
with deals as (
    select
        deals.opportunity_id,
        deals.net_amount,
        deals.currency,
        deals.expected_close_date,
        coalesce(outcomes.outcome_on, {{ as_of_date() }}) as valued_on
    from {{ ref('int_opportunity') }} as deals
    inner join {{ ref('int_opp_outcome') }} as outcomes
        on deals.opportunity_id = outcomes.opportunity_id
),

as_of_values as (
    select
        deals.opportunity_id,
        deals.currency,
        deals.valued_on,
        {{ as_was_value('amount_then', 'deals.net_amount', 'double') }} as net_amount,
        {{ as_was_value('close_then', 'deals.expected_close_date', 'date') }} as expected_close_date
    from deals
    {{ as_was_join(
        'amount_then', 'opportunity', 'deals.opportunity_id', 'net_amount',
        day_end_at(as_of_date())
    ) }}
    {{ as_was_join(
        'close_then', 'opportunity', 'deals.opportunity_id', 'expected_close_date',
        day_end_at(as_of_date())
    ) }}
),

-- Every move of the expected close to a later day.
close_moves as (
    select
        record_id as opportunity_id,
        valid_from as moved_at,
        try_cast(value as date) as new_date,
        lag(try_cast(value as date)) over (partition by record_id order by change_no) as old_date
    from {{ ref('int_field_value') }}
    where object_type = 'opportunity' and field_name = 'expected_close_date'
),

slips as (
    select
        opportunity_id,
        cast(count(*) as integer) as n_slips
    from close_moves
    where new_date > old_date and moved_at < {{ as_of_timestamp() }}
    group by opportunity_id
)

select
    as_of_values.opportunity_id,
    as_of_values.valued_on,
    as_of_values.expected_close_date,
    as_of_values.currency as document_currency,
    as_of_values.net_amount as document_net_amount,
    {{ reporting_amount('as_of_values.net_amount', 'as_of_values.currency') }} as net_amount,
    {{ unconverted_amount('as_of_values.net_amount', 'as_of_values.currency') }}
        as unconverted_amount,
    coalesce(slips.n_slips, 0) as n_slips
from as_of_values
left join slips
    on as_of_values.opportunity_id = slips.opportunity_id
{{ fx_join('fx', 'as_of_values.currency', 'as_of_values.valued_on') }}
