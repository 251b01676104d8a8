-- Triggers of a period per customer, once however many there are. It is worked when none of them
-- was missed and none is still to be dealt with.
with triggers as (
    select * from {{ ref('int_retention_trigger') }}
),

periods as (
    select
        grain,
        period_start,
        base_start as month_start
    from {{ ref('int_period') }}
    where base_grain = 'month' and grain in ('month', 'quarter')
),

chances as (
    select
        periods.grain,
        periods.period_start,
        triggers.account_id,
        max(periods.month_start) as last_month,
        {%- for trigger in ['contract_end', 'detractor', 'sla_breach', 'interaction_drop'] %}
        count_if(triggers.trigger_name = '{{ trigger }}') > 0 as has_{{ trigger }},
        {%- endfor %}
        case
            when count_if(not triggers.is_worked) > 0 then 'not_worked'
            when count(triggers.is_worked) < count(*) then 'open'
            else 'worked'
        end as worked
    from triggers
    inner join periods
        on {{ month_start('triggers.triggered_on') }} = periods.month_start
    group by periods.grain, periods.period_start, triggers.account_id
)

select
    chances.grain,
    chances.period_start,
    chances.account_id,
    attributes.region,
    attributes.segment,
    attributes.rep,
    chances.has_contract_end,
    chances.has_detractor,
    chances.has_sla_breach,
    chances.has_interaction_drop,
    chances.worked
from chances
left join {{ ref('int_customer_attribute_month') }} as attributes
    on
        chances.account_id = attributes.account_id
        and chances.last_month = attributes.month_start
