-- Do promoters buy again more often than detractors? Compared within segments, which weigh by their
-- answers, so that a segment with many promoters and many sales does not pass for an effect.
with answers as (
    select
        feedback_id,
        account_id,
        grain,
        period_start,
        coalesce(country, '(unknown)') as country,
        coalesce(segment, '(unknown)') as segment,
        responded_on,
        {{ date_plus_days('responded_on', parameter('repurchase_days')) }} as mature_on,
        is_promoter
    from {{ ref('int_nps_answer') }}
    where grain <> 'month' and account_id is not null and (is_promoter or is_detractor)
),

repeat_sales as (
    select distinct
        account_id,
        booked_on
    from {{ ref('fct_sale_line') }}
    where entry_type = 'booking' and sale_type in ('deep_sell', 'up_sell', 'cross_sell')
),

buyers as (
    select distinct
        answers.feedback_id,
        answers.grain,
        answers.period_start
    from answers
    inner join repeat_sales
        on
            answers.account_id = repeat_sales.account_id
            and answers.responded_on < repeat_sales.booked_on
            and answers.mature_on >= repeat_sales.booked_on
),

mature_answers as (
    select
        answers.*,
        answers.mature_on <= {{ as_of_date() }} as is_mature,
        buyers.feedback_id is not null as has_bought
    from answers
    left join buyers
        on
            answers.feedback_id = buyers.feedback_id
            and answers.grain = buyers.grain
            and answers.period_start = buyers.period_start
),

strata as (
    {%- for dimension in ['total', 'country', 'segment'] %}
    select
        grain,
        period_start,
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as dimension_value,
        segment,
        count_if(is_mature and is_promoter) as promoter_count,
        count_if(is_mature and is_promoter and has_bought) as promoter_buyer_count,
        count_if(is_mature and not is_promoter) as detractor_count,
        count_if(is_mature and not is_promoter and has_bought) as detractor_buyer_count,
        count_if(is_mature) as mature_count,
        count_if(not is_mature) as open_count
    from mature_answers
    group by grain, period_start, segment{{ ', country' if dimension == 'country' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        *,
        promoter_count > 0 and detractor_count > 0 as is_matched,
        100 * (
            promoter_buyer_count / nullif(cast(promoter_count as double), 0)
            - detractor_buyer_count / nullif(cast(detractor_count as double), 0)
        ) as lift,
        100 * ({{ newcombe(
            'promoter_buyer_count', 'promoter_count', 'detractor_buyer_count', 'detractor_count',
            'low'
        ) }}) as low,
        100 * ({{ newcombe(
            'promoter_buyer_count', 'promoter_count', 'detractor_buyer_count', 'detractor_count',
            'high'
        ) }}) as high
    from strata
),

weighted as (
    select
        *,
        case when is_matched then mature_count end / nullif(cast(sum(
            case when is_matched then mature_count end
        ) over (partition by grain, period_start, dimension, dimension_value) as double), 0)
            as weight
    from compared
),

cells as (
    select
        'promoter_repurchase_lift' as metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        sum(weight * lift) as value,
        coalesce(sum(case when is_matched then mature_count end), 0) as n,
        sum(weight * lift) - sqrt(sum(power(weight * (lift - low), 2))) as ci_low,
        sum(weight * lift) + sqrt(sum(power(weight * (high - lift), 2))) as ci_high,
        case
            when sum(mature_count) = 0 then 'immature'
            when count_if(is_matched) = 0 then 'not_applicable'
        end as forced_status,
        case
            when sum(mature_count) = 0 then 'no window over yet'
            when count_if(is_matched) = 0 then 'no segment with promoters and detractors'
        end as status_reason,
        'unmatched' as note_label,
        sum(case when is_matched then 0 else mature_count end) as note_count
    from weighted
    group by grain, period_start, dimension, dimension_value
)

{{ select_cells('cells', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'value', 'n', 'ci_low',
    'ci_high', 'forced_status', 'status_reason', 'note_label', 'note_count',
]) }}
