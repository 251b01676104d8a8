-- The waterfall of the open pipeline, per month and deal, at the rate of the opening; what the rate
-- did is a movement of its own. Flows that shrink the pipeline are negative.
with snapshots as (
    select
        opportunity_id,
        month_start,
        snapshot_on,
        currency,
        coalesce(document_net_amount, 0.0) as amount,
        rep,
        region,
        pipeline_id as pipeline
    from {{ ref('int_opp_month') }}
),

months as (
    select
        month_start,
        {{ date_plus_days('month_start', -1) }} as opening_on,
        max(date_day) as closing_on
    from {{ ref('dim_date') }}
    where has_happened
    group by month_start
),

movements as (
    select
        {{ month_start('turned_on') }} as month_start,
        opportunity_id,
        currency,
        movement,
        transferred_between,
        amount,
        rep,
        region,
        pipeline
    from {{ ref('int_pipeline_flow') }}
    union all
    select
        {{ date_plus_months('month_start', 1) }} as month_start,
        opportunity_id,
        currency,
        'opening' as movement,
        cast(null as varchar) as transferred_between,
        amount,
        rep,
        region,
        pipeline
    from snapshots
    where {{ date_plus_months('month_start', 1) }} <= {{ as_of_date() }}
    {%- for movement in ['closing', 'fx'] %}
    union all
    select
        month_start,
        opportunity_id,
        currency,
        '{{ movement }}' as movement,
        cast(null as varchar) as transferred_between,
        amount,
        rep,
        region,
        pipeline
    from snapshots
    {%- endfor %}
),

-- A missing rate is bridged by the last one, so that the waterfall still closes; the amount it
-- concerns is reported as unconverted.
with_rates as (
    select
        movements.*,
        case
            when movements.currency = {{ reporting_currency() }} then 1.0
            else
                coalesce(
                    opening_fx.rate, closing_fx.rate, opening_fx.last_rate, closing_fx.last_rate
                )
        end as opening_rate,
        case
            when movements.currency = {{ reporting_currency() }} then 1.0
            else coalesce(closing_fx.rate, closing_fx.last_rate, opening_fx.last_rate)
        end as closing_rate,
        case
            when movements.amount = 0 or movements.currency = {{ reporting_currency() }} then 0.0
            when movements.movement in ('closing', 'fx') and closing_fx.rate is not null then 0.0
            when movements.movement = 'opening' and opening_fx.rate is not null then 0.0
            when
                movements.movement not in ('opening', 'closing', 'fx')
                and coalesce(opening_fx.rate, closing_fx.rate) is not null
                then 0.0
            else abs(movements.amount)
                * coalesce(closing_fx.last_rate, opening_fx.last_rate, cast('infinity' as double))
        end as unconverted_amount
    from movements
    inner join months
        on movements.month_start = months.month_start
    {{ fx_join('opening_fx', 'movements.currency', 'months.opening_on') | indent(4) }}
    {{ fx_join('closing_fx', 'movements.currency', 'months.closing_on') | indent(4) }}
)

select
    month_start,
    opportunity_id,
    movement,
    transferred_between,
    rep,
    region,
    pipeline,
    case movement
        when 'closing' then amount * closing_rate
        when 'fx' then amount * (closing_rate - opening_rate)
        else amount * opening_rate
    end as amount,
    unconverted_amount
from with_rates
where movement <> 'fx' or closing_rate <> opening_rate
