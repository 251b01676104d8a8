{%- set summed -%}
    sum(amounts.cm1_amount) as cm1_amount,
        sum(amounts.cost_amount) as cost_amount,
        sum(amounts.unconverted_amount) as unconverted_amount,
        sum(amounts.unknown_margin_amount) as unknown_margin_amount
{%- endset %}
{%- set return = {
    'metric': 'customer_relationship_roi',
    'numerator': 'sum(cm1_amount) - sum(cost_amount)',
    'denominator': 'sum(cost_amount)',
    'n': 'case when grouping(cell_segment) = 0 then sum(segment_customer_count)'
        ~ ' when grouping(cell_region) = 0 then sum(region_customer_count)'
        ~ ' else sum(customer_count) end',
    'unconverted': 'sum(unconverted_amount)',
    'note': {'label': 'cm1_unknown', 'count': 'ceil(sum(unknown_margin_amount))'},
} -%}
-- Return on the customer relationships of the rolling year, and what their cost is made of. With a
-- pool unknown there is no K, neither as a divisor nor as a whole; the parts stay NULL, so that
-- nobody divides them.
-- A month lies in twelve years and thirty-six long windows. So the amounts are added up before the
-- windows repeat them, and a customer is counted in its first month of the window (in a segment or
-- region, its first month there with that): the one whose previous month lies before it.
with amounts as (
    select * from {{ ref('int_relationship_amount') }}
),

windows as (
    select
        variant,
        period_start,
        month_start,
        is_covered,
        missing_pools,
        unvalued_hours,
        min(month_start) over (partition by variant, period_start) as first_month
    from {{ ref('int_relationship_window') }}
),

year_ends as (
    select
        period_start,
        max(month_start) as last_month
    from windows
    where variant is null
    group by period_start
),

-- The rank at the end of the year: who had left by then has none.
ranks as (
    select
        year_ends.period_start,
        customer_values.account_id,
        customer_values.decile
    from year_ends
    inner join {{ ref('int_customer_value_month') }} as customer_values
        on year_ends.last_month = customer_values.month_start
),

account_months as (
    select
        amounts.account_id,
        amounts.month_start,
        amounts.segment,
        amounts.region,
        amounts.cohort_year,
        {{ summed }},
        lag(amounts.month_start) over (
            partition by amounts.account_id order by amounts.month_start
        ) as previous_month,
        lag(amounts.month_start) over (
            partition by amounts.account_id, amounts.segment order by amounts.month_start
        ) as previous_segment_month,
        lag(amounts.month_start) over (
            partition by amounts.account_id, amounts.region order by amounts.month_start
        ) as previous_region_month
    from amounts
    group by
        amounts.account_id, amounts.month_start, amounts.segment, amounts.region,
        amounts.cohort_year
),

year_amounts as (
    select
        'r12m' as grain,
        windows.period_start,
        amounts.segment,
        amounts.region,
        amounts.cohort_year,
        ranks.decile,
        {%- for previous_month, column in [
            ('amounts.previous_month', 'customer_count'),
            ('amounts.previous_segment_month', 'segment_customer_count'),
            ('amounts.previous_region_month', 'region_customer_count'),
        ] %}
        count(case
            when {{ previous_month }} >= windows.first_month then null
            else amounts.account_id
        end) as {{ column }},
        {%- endfor %}
        {{ summed }}
    from windows
    inner join account_months as amounts
        on windows.month_start = amounts.month_start
    left join ranks
        on
            windows.period_start = ranks.period_start
            and amounts.account_id = ranks.account_id
    where windows.variant is null
    group by
        windows.period_start, amounts.segment, amounts.region, amounts.cohort_year, ranks.decile
),

long_months as (
    select
        amounts.month_start,
        amounts.previous_month,
        count(amounts.account_id) as account_count,
        {{ summed }}
    from account_months as amounts
    group by amounts.month_start, amounts.previous_month
),

long_amounts as (
    select
        'r12m' as grain,
        windows.period_start,
        long_months.*,
        case
            when long_months.previous_month >= windows.first_month then 0
            else long_months.account_count
        end as customer_count
    from windows
    inner join long_months
        on windows.month_start = long_months.month_start
    where windows.variant = 'r36m'
),

costs as (
    select
        account_id,
        month_start,
        cost_category,
        segment,
        cost_amount,
        unconverted_amount,
        lag(month_start) over (partition by account_id order by month_start) as previous_month,
        lag(month_start) over (
            partition by account_id, cost_category order by month_start
        ) as previous_category_month,
        lag(month_start) over (
            partition by account_id, cost_category, segment order by month_start
        ) as previous_segment_month
    from amounts
    where cost_pool is not null
),

cost_months as (
    select
        month_start,
        cost_category,
        segment,
        previous_month,
        previous_category_month,
        previous_segment_month,
        count(account_id) as account_count,
        sum(cost_amount) as cost_amount,
        sum(unconverted_amount) as unconverted_amount
    from costs
    group by
        month_start, cost_category, segment, previous_month, previous_category_month,
        previous_segment_month
),

year_costs as (
    select
        'r12m' as grain,
        {%- for previous_month, column in [
            ('cost_months.previous_month', 'customer_count'),
            ('cost_months.previous_category_month', 'category_customer_count'),
            ('cost_months.previous_segment_month', 'segment_customer_count'),
        ] %}
        case
            when {{ previous_month }} >= windows.first_month then 0
            else cost_months.account_count
        end as {{ column }},
        {%- endfor %}
        windows.period_start,
        cost_months.cost_category,
        cost_months.segment,
        cost_months.cost_amount,
        cost_months.unconverted_amount
    from windows
    inner join cost_months
        on windows.month_start = cost_months.month_start
    where windows.variant is null
),

cells as (
    {{ kpi_cells(
        'year_amounts', 'period_start', [return], ['segment', 'region', 'cohort_year', 'decile'],
        grain_column='grain'
    ) | indent(4) }}
    union all
    {{ kpi_cells(
        'long_amounts', 'period_start',
        [dict(return, variant='r36m', n='sum(customer_count)')], grain_column='grain'
    ) | indent(4) }}
    union all
    {{ kpi_cells(
        'year_costs', 'period_start', [{
            'metric': 'relationship_cost_split',
            'numerator': 'sum(cost_amount)',
            'denominator': 'sum(cost_amount)',
            'n': 'case when grouping(cell_cost_category) = 1 then sum(customer_count)'
                ~ ' when grouping(cell_segment) = 1 then sum(category_customer_count)'
                ~ ' else sum(segment_customer_count) end',
            'unconverted': 'sum(unconverted_amount)',
        }], ['cost_category', 'segment × cost_category'], grain_column='grain'
    ) | indent(4) }}
),

known_windows as (
    select distinct
        variant as window_variant,
        period_start as window_start,
        is_covered,
        missing_pools,
        unvalued_hours
    from windows
),

known_cells as (
    select
        cells.*,
        known_windows.is_covered,
        known_windows.missing_pools,
        known_windows.unvalued_hours
    from cells
    inner join known_windows
        on
            cells.period_start = known_windows.window_start
            and coalesce(cells.variant, '') = coalesce(known_windows.window_variant, '')
)

{{ relabelled_cells('known_cells', {
    'numerator': "case when missing_pools is null then numerator end",
    'denominator': "case when missing_pools is null then denominator end",
    'forced_status': "case when variant is not null and not is_covered then 'no_data'"
        ~ " when missing_pools is not null or unvalued_hours > 0 then 'incomplete'"
        ~ " when denominator < 0 then 'not_applicable'"
        ~ " when note_count"
        ~ " > " ~ parameter('fx_max_missing_share') ~ " * (note_count + denominator)"
        ~ " then 'incomplete'"
        ~ " when note_count > 0 then 'partial' end",
    'status_reason': "nullif(concat_ws('; ',"
        ~ " case when variant is not null and not is_covered then 'less than 36 months loaded' end,"
        ~ " 'missing cost pools: ' || missing_pools,"
        ~ " case when unvalued_hours > 0"
        ~ " then 'own hours without a price: ' || cast(unvalued_hours as varchar) end), '')",
}) }}
