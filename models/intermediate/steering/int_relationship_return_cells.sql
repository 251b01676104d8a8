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
    'n': 'count(distinct account_id)',
    'unconverted': 'sum(unconverted_amount)',
    'note': {'label': 'cm1_unknown', 'count': 'ceil(sum(unknown_margin_amount))'},
} -%}
-- Return on the customer relationships of the rolling year, and what their cost is made of. With a
-- pool unknown there is no K, neither as a divisor nor as a whole; the parts stay NULL, so that
-- nobody divides them.
with amounts as (
    select * from {{ ref('int_relationship_amount') }}
),

windows as (
    select * from {{ ref('int_relationship_window') }}
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

-- One row per customer, slice and year, before the slices are cut: a month lies in twelve years.
year_amounts as (
    select
        'r12m' as grain,
        windows.period_start,
        ranks.decile,
        amounts.account_id,
        amounts.segment,
        amounts.region,
        amounts.cohort_year,
        amounts.cost_category,
        amounts.cost_pool is not null as is_cost,
        {{ summed }}
    from windows
    inner join amounts
        on windows.month_start = amounts.month_start
    left join ranks
        on
            windows.period_start = ranks.period_start
            and amounts.account_id = ranks.account_id
    where windows.variant is null
    group by
        windows.period_start, ranks.decile, amounts.account_id, amounts.segment, amounts.region,
        amounts.cohort_year, amounts.cost_category, amounts.cost_pool is not null
),

year_costs as (
    select * from year_amounts
    where is_cost
),

long_amounts as (
    select
        'r12m' as grain,
        windows.period_start,
        amounts.account_id,
        {{ summed }}
    from windows
    inner join amounts
        on windows.month_start = amounts.month_start
    where windows.variant = 'r36m'
    group by windows.period_start, amounts.account_id
),

cells as (
    {{ kpi_cells(
        'year_amounts', 'period_start', [return], ['segment', 'region', 'cohort_year', 'decile'],
        grain_column='grain'
    ) | indent(4) }}
    union all
    {{ kpi_cells(
        'long_amounts', 'period_start', [dict(return, variant='r36m')], grain_column='grain'
    ) | indent(4) }}
    union all
    {{ kpi_cells(
        'year_costs', 'period_start', [{
            'metric': 'relationship_cost_split',
            'numerator': 'sum(cost_amount)',
            'denominator': 'sum(cost_amount)',
            'n': 'count(distinct account_id)',
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
