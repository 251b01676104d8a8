-- The last twelve months against the twelve before: customers lost by slice, the additional losses
-- of each member and the monthly revenue that left with them. The first rows of each slice are the
-- first questions to ask.
{%- set slices = ['reason', 'competitor', 'segment', 'region', 'tenure_band', 'journey_stage'] %}
with losses as (
    select
        reason,
        competitor,
        segment,
        region,
        tenure_band,
        journey_stage,
        lost_mrr_amount,
        churn_date > {{ date_plus_months(as_of_date(), -12) }} as is_this_year
    from {{ ref('fct_customer_spell') }}
    where
        churn_date <= {{ as_of_date() }}
        and churn_date > {{ date_plus_months(as_of_date(), -24) }}
),

slices as (
    {%- for slice in slices %}
    select
        '{{ slice }}' as slice,
        coalesce({{ slice }}, '(unknown)') as member,
        is_this_year,
        lost_mrr_amount
    from losses
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        slice,
        member,
        count_if(is_this_year) as lost_this_year,
        count_if(not is_this_year) as lost_last_year,
        sum(case when is_this_year then lost_mrr_amount end) as mrr_lost_this_year
    from slices
    group by slice, member
)

select
    slice,
    member,
    lost_this_year,
    lost_last_year,
    lost_this_year - lost_last_year as additional_losses,
    mrr_lost_this_year
from compared
order by slice asc, additional_losses desc, mrr_lost_this_year desc
