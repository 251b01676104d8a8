-- What must be equal by definition, on the published table and the leads behind it: who was
-- accepted in time was decided for; every lead handed over, accepted or an MQL is in its cohort
-- or in an open window; reasons and missing reasons are all leads given up; who was touched
-- within an hour was within a day; and the MQLs are not worth more than all deals that were won.
with kpi as (
    select
        metric_name,
        grain,
        period_start,
        dimension,
        dimension_value,
        numerator,
        denominator,
        value,
        n,
        value_status
    from {{ ref('kpi_lead_quality') }}
    where value_status not in ('no_data', 'suppressed')
),

totals as (
    select *
    from kpi
    where dimension = 'total'
),

variants as (
    select *
    from kpi
    where dimension = 'variant'
),

expected_counts as (
    select
        'mql_acceptance_rate' as metric_name,
        {{ month_start('handed_over_on') }} as period_start,
        count_if(is_window_over) as member_count,
        count_if(is_window_over and is_accepted_in_time) as success_count
    from {{ ref('fct_lead_handover') }}
    group by {{ month_start('handed_over_on') }}
    union all
    select
        'mql_to_sql_rate' as metric_name,
        {{ month_start('mql_on') }} as period_start,
        count_if(is_sql_mature) as member_count,
        count_if(is_sql_mature and is_sql_in_time) as success_count
    from {{ ref('int_lead_result') }}
    where mql_on is not null
    group by {{ month_start('mql_on') }}
    union all
    select
        'sal_to_sql_rate' as metric_name,
        {{ month_start('sal_on') }} as period_start,
        count_if(is_sal_mature) as member_count,
        count_if(is_sal_mature and is_sal_sql_in_time) as success_count
    from {{ ref('int_lead_result') }}
    where sal_on is not null
    group by {{ month_start('sal_on') }}
),

results as (
    select sum(cm1_amount) as cm1_amount
    from {{ ref('int_lead_result') }}
),

problems as (
    select
        'cohort is not that of the leads' as problem,
        expected_counts.metric_name,
        expected_counts.period_start,
        cast(expected_counts.member_count as double) as expected,
        totals.denominator as found
    from expected_counts
    inner join totals
        on
            expected_counts.metric_name = totals.metric_name
            and expected_counts.period_start = totals.period_start
            and totals.grain = 'month'
    where
        expected_counts.member_count <> coalesce(totals.denominator, 0)
        or expected_counts.success_count <> coalesce(totals.numerator, 0)
    union all
    select
        'accepted in time is not decided for' as problem,
        totals.metric_name,
        totals.period_start,
        totals.numerator as expected,
        variants.numerator as found
    from totals
    inner join variants
        on
            totals.metric_name = variants.metric_name
            and totals.grain = variants.grain
            and totals.period_start = variants.period_start
            and variants.dimension_value = 'decided_only'
    where
        totals.numerator <> variants.numerator
        or variants.denominator > totals.denominator
    union all
    select
        'reasons are not all leads given up' as problem,
        totals.metric_name,
        totals.period_start,
        max(totals.denominator) as expected,
        sum(kpi.numerator) as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.grain = kpi.grain
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'reason'
    where totals.metric_name = 'lead_deactivation_reason_share'
    group by totals.metric_name, totals.grain, totals.period_start
    having max(totals.denominator) <> sum(kpi.numerator)
    union all
    select
        'more within an hour than within a day' as problem,
        hours.metric_name,
        hours.period_start,
        days.numerator as expected,
        hours.numerator as found
    from variants as hours
    inner join variants as days
        on
            days.dimension_value = 'share_24h'
            and hours.grain = days.grain
            and hours.period_start = days.period_start
    where
        hours.dimension_value = 'share_1h'
        and hours.denominator = days.denominator
        and hours.numerator > days.numerator
    union all
    select
        'all required fields in more leads than one of them' as problem,
        totals.metric_name,
        totals.period_start,
        min(kpi.numerator) as expected,
        max(totals.numerator) as found
    from totals
    inner join kpi
        on
            totals.metric_name = kpi.metric_name
            and totals.grain = kpi.grain
            and totals.period_start = kpi.period_start
            and kpi.dimension = 'field'
    where totals.metric_name = 'lead_standard_compliance_rate'
    group by totals.metric_name, totals.grain, totals.period_start
    having max(totals.numerator) > min(kpi.numerator)
    union all
    select
        'leads are worth more than all deals' as problem,
        'lead_value_per_mql' as metric_name,
        cast(null as date) as period_start,
        sum(deals.net_amount) as expected,
        max(results.cm1_amount) as found
    from {{ ref('fct_opportunity') }} as deals
    cross join results
    where deals.is_won
    having max(results.cm1_amount) > sum(deals.net_amount)
)

select *
from problems
