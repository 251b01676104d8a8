-- What came into the open pipeline, left it, or changed hands. What shrinks it is negative.
with turns as (
    select * from {{ ref('int_opp_turn') }}
)

select
    opportunity_id,
    turned_on,
    currency,
    case opened_by when 'created' then 'created' else 'reopened' end as movement,
    cast(null as varchar) as transferred_between,
    amount,
    rep,
    region,
    pipeline
from turns
where not was_open and is_open
union all
select
    opportunity_id,
    turned_on,
    currency,
    case when amount > amount_before then 'increase' else 'decrease' end as movement,
    cast(null as varchar) as transferred_between,
    amount - amount_before as amount,
    rep_before as rep,
    region_before as region,
    pipeline_before as pipeline
from turns
where was_open and amount <> amount_before
union all
-- With the amount set at the close, so that won is what was won.
select
    opportunity_id,
    turned_on,
    currency,
    ended_as as movement,
    cast(null as varchar) as transferred_between,
    0.0 - amount as amount,
    rep_before as rep,
    region_before as region,
    pipeline_before as pipeline
from turns
where was_open and not is_open
{%- for slice in ['rep', 'region', 'pipeline'] %}
union all
select
    opportunity_id,
    turned_on,
    currency,
    'transferred' as movement,
    '{{ slice }}' as transferred_between,
    0.0 - amount as amount,
    rep_before as rep,
    region_before as region,
    pipeline_before as pipeline
from turns
where was_open and is_open and {{ slice }} is distinct from {{ slice }}_before
union all
select
    opportunity_id,
    turned_on,
    currency,
    'transferred' as movement,
    '{{ slice }}' as transferred_between,
    amount,
    rep,
    region,
    pipeline
from turns
where was_open and is_open and {{ slice }} is distinct from {{ slice }}_before
{%- endfor %}
