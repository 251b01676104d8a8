-- Evidenced benefit and the return on what the CRM cost. A stream without evidence has no value,
-- and is named; it is never taken for 0.
with returns as (
    select
        *,
        nullif(concat_ws(
            '; ', 'not evidenced: ' || unevidenced_components, reason
        ), '') as evidence_reason
    from {{ ref('int_crm_return') }}
),

benefit_cells as (
    select
        cast(null as varchar) as variant,
        'crm_benefit_amount' as metric_name,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        benefit_amount as numerator,
        cast(null as double) as denominator,
        cast(null as double) as value,
        stream_count as n,
        complete_on,
        case when stream_count = 0 then 'no_data' end as forced_status,
        evidence_reason as status_reason,
        cast(null as bigint) as note_count
    from returns
    union all
    select
        cast(null as varchar) as variant,
        'crm_benefit_amount' as metric_name,
        period_start,
        'component' as dimension,
        component as dimension_value,
        benefit_amount as numerator,
        cast(null as double) as denominator,
        cast(null as double) as value,
        case when is_evidenced then 1 else 0 end as n,
        complete_on,
        case when not is_evidenced then 'no_data' end as forced_status,
        case when is_evidenced then reason else 'not evidenced' end as status_reason,
        cast(null as bigint) as note_count
    from {{ ref('int_crm_benefit') }}
),

roi_cells as (
    select
        cast(null as varchar) as variant,
        benefit_amount - tco_amount as numerator,
        tco_amount as denominator,
        cast(null as double) as value,
        case
            when benefit_amount is null then 'no_data'
            when tco_amount <= 0 then 'not_applicable'
            when unvalued_hours > 0 then 'incomplete'
            when unconverted_amount
                > {{ parameter('fx_max_missing_share') }} * (unconverted_amount + abs(tco_amount))
                then 'incomplete'
            when unconverted_amount > 0 then 'partial'
        end as forced_status,
        evidence_reason as status_reason,
        unvalued_hours as note_count,
        period_start,
        stream_count,
        complete_on
    from returns
    union all
    select
        'cumulative' as variant,
        cumulative_benefit_amount - cumulative_tco_amount as numerator,
        cumulative_tco_amount as denominator,
        cast(null as double) as value,
        case
            when cumulative_benefit_amount is null then 'no_data'
            when cumulative_tco_amount <= 0 then 'not_applicable'
            when cumulative_unvalued_hours > 0 then 'incomplete'
            when cumulative_unconverted_amount
                > {{ parameter('fx_max_missing_share') }}
                * (cumulative_unconverted_amount + abs(cumulative_tco_amount))
                then 'incomplete'
            when cumulative_unconverted_amount > 0 then 'partial'
        end as forced_status,
        'since ' || cast(chain_start as varchar) as status_reason,
        cumulative_unvalued_hours as note_count,
        period_start,
        stream_count,
        complete_on
    from returns
    union all
    select
        'payback' as variant,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        payback_months as value,
        case
            when cumulative_benefit_amount is null then 'no_data'
            when cumulative_unvalued_hours > 0 then 'incomplete'
            when cumulative_unconverted_amount
                > {{ parameter('fx_max_missing_share') }}
                * (cumulative_unconverted_amount + abs(cumulative_tco_amount))
                then 'incomplete'
            when cumulative_unconverted_amount > 0 then 'partial'
            when payback_months is null then 'immature'
        end as forced_status,
        'since ' || cast(chain_start as varchar)
        || case when payback_months is null then ', not paid back yet' else '' end as status_reason,
        cumulative_unvalued_hours as note_count,
        period_start,
        stream_count,
        complete_on
    from returns
),

cells as (
    select * from benefit_cells
    union all
    select
        variant,
        'crm_roi' as metric_name,
        period_start,
        case when variant is null then 'total' else 'variant' end as dimension,
        coalesce(variant, 'total') as dimension_value,
        numerator,
        denominator,
        value,
        stream_count as n,
        complete_on,
        forced_status,
        status_reason,
        note_count
    from roi_cells
)

{{ select_cells(
    "(select cells.*, 'r12m' as grain, 'unvalued_hours' as note_label from cells) as dated_cells",
    ['metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
     'denominator', 'value', 'n', 'complete_on', 'forced_status', 'status_reason', 'note_label',
     'note_count']
) }}
