{#- Assembles one `kpi_<area>` table from its cells: sums months into the grains of the registry, adds
    the periods without any observation, divides, adds intervals, and judges every row (G1).

    area      'B2' …: which metrics of the registry belong here
    additive  names of models with cells per base period (macro kpi_cells)
    computed  names of models whose cells already are at their final grain

    Status, first match wins: no_data (a needed table is absent or does not cover the period),
    suppressed, not_applicable (denominator 0, nothing observed), partial (an exchange rate is
    missing), immature (period or cohort window still open), low_n, ok. The others that apply are
    named in status_reason. -#}
{% macro kpi_area_table(area, additive=[], computed=[]) -%}
    {%- if is_linting() -%}{%- do return('select * from cells') -%}{%- endif -%}
with readings as (
    select
        metric_name,
        cast(null as varchar) as variant,
        cast(null as varchar) as needs_variant,
        unit,
        aggregation,
        interval,
        no_total_reason
    from {{ ref('kpi_definition') }}
    where area = '{{ area }}'
    union all
    select
        variants.metric_name,
        variants.variant,
        case when variants.needs_tables <> '' then variants.variant end as needs_variant,
        variants.unit,
        variants.aggregation,
        variants.interval,
        cast(null as varchar) as no_total_reason
    from {{ ref('kpi_variant') }} as variants
    inner join {{ ref('kpi_definition') }} as definitions
        on variants.metric_name = definitions.metric_name
    where definitions.area = '{{ area }}'
),

periods as (
    select distinct
        grain,
        period_start,
        period_end
    from {{ ref('int_period') }}
),

dimensions as (
    select
        metric_name,
        dimension,
        dimension_kind
    from {{ ref('int_metric_dimension') }}
    where area = '{{ area }}'
),

{% if additive -%}
additive_cells as (
    {%- for model in additive %}
    select * from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

rolled_up as (
    select
        additive_cells.metric_name,
        additive_cells.variant,
        int_period.grain,
        int_period.period_start,
        additive_cells.dimension,
        additive_cells.dimension_value,
        dimensions.dimension_kind,
        sum(additive_cells.numerator) as numerator,
        sum(additive_cells.denominator) as denominator,
        cast(null as double) as value,
        cast(sum(additive_cells.n) as bigint) as n,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        max(additive_cells.complete_on) as complete_on,
        sum(additive_cells.unconverted_amount) as unconverted_amount,
        max(additive_cells.forced_status) as forced_status,
        max(additive_cells.status_reason) as status_reason,
        max(additive_cells.note_label) as note_label,
        cast(sum(additive_cells.note_count) as bigint) as note_count
    from additive_cells
    inner join {{ ref('int_metric_grain') }} as metric_grains
        on additive_cells.metric_name = metric_grains.metric_name
    inner join {{ ref('int_period') }} as int_period
        on
            additive_cells.grain = int_period.base_grain
            and additive_cells.period_start = int_period.base_start
            and metric_grains.grain = int_period.grain
    left join dimensions
        on
            additive_cells.metric_name = dimensions.metric_name
            and additive_cells.dimension = dimensions.dimension
    group by
        additive_cells.metric_name,
        additive_cells.variant,
        int_period.grain,
        int_period.period_start,
        additive_cells.dimension,
        additive_cells.dimension_value,
        dimensions.dimension_kind
),
{%- endif %}

-- Read twice rather than kept: it is as wide and as long as the table, and the second reader wants few rows.
observed_cells as {{ computed_again() }} (
    {%- if additive %}
    select * from rolled_up
    {%- endif %}
    {%- for model in computed %}
    {{ 'union all' if additive or not loop.first }}
    select
        computed.metric_name,
        computed.variant,
        computed.grain,
        computed.period_start,
        computed.dimension,
        computed.dimension_value,
        dimensions.dimension_kind,
        computed.numerator,
        computed.denominator,
        computed.value,
        computed.n,
        computed.ci_low,
        computed.ci_high,
        computed.complete_on,
        computed.unconverted_amount,
        computed.forced_status,
        computed.status_reason,
        computed.note_label,
        computed.note_count
    from {{ ref(model) }} as computed
    left join dimensions
        on
            computed.metric_name = dimensions.metric_name
            and computed.dimension = dimensions.dimension
    {%- endfor %}
),

-- Every period has a total, also one in which nothing happened.
expected_totals as (
    select
        metric_grains.metric_name,
        periods.grain,
        periods.period_start,
        periods.period_end
    from {{ ref('int_metric_grain') }} as metric_grains
    inner join periods
        on metric_grains.grain = periods.grain
    where metric_grains.area = '{{ area }}'
),

whole_parts as (
    select
        metric_name,
        variant,
        grain,
        period_start,
        dimension,
        dimension_value,
        dimension_kind,
        denominator,
        n
    from observed_cells
    where dimension in ('total', 'variant') or dimension_kind = 'bucket within'
),

empty_totals as (
    select
        expected_totals.metric_name,
        expected_totals.grain,
        expected_totals.period_start,
        case when readings.aggregation in ({{ additive_aggregations() }}) then 0.0 end as numerator,
        case when readings.aggregation in ({{ ratio_aggregations() }}) then 0.0 end as denominator
    from expected_totals
    inner join readings
        on
            expected_totals.metric_name = readings.metric_name
            and readings.variant is null
    left join whole_parts
        on
            expected_totals.metric_name = whole_parts.metric_name
            and expected_totals.grain = whole_parts.grain
            and expected_totals.period_start = whole_parts.period_start
            and whole_parts.dimension = 'total'
    where whole_parts.metric_name is null
),

-- A bucket is a part of the whole: its denominator and its observations are the total's. In a pair the
-- whole is the slice of its first dimension.
wholes as (
    select
        metric_name,
        grain,
        period_start,
        'bucket' as dimension_kind,
        'total' as whole_key,
        max(denominator) as denominator,
        max(n) as n
    from whole_parts
    where dimension = 'total'
    group by metric_name, grain, period_start
    union all
    select
        metric_name,
        grain,
        period_start,
        'bucket' as dimension_kind,
        'total' as whole_key,
        denominator,
        0 as n
    from empty_totals
    union all
    select
        metric_name,
        grain,
        period_start,
        'variant bucket' as dimension_kind,
        coalesce(variant, '') as whole_key,
        max(denominator) as denominator,
        max(n) as n
    from whole_parts
    where dimension = 'variant'
    group by metric_name, grain, period_start, coalesce(variant, '')
    union all
    select
        metric_name,
        grain,
        period_start,
        'bucket within' as dimension_kind,
        {{ within_key() }} as whole_key,
        sum(denominator) as denominator,
        sum(n) as n
    from whole_parts
    where dimension_kind = 'bucket within'
    group by metric_name, grain, period_start, {{ within_key() }}
),

cells as (
    select
        *,
        case dimension_kind
            when 'bucket' then 'total'
            when 'variant bucket' then coalesce(variant, '')
            when 'bucket within' then {{ within_key() }}
        end as whole_key
    from observed_cells
    union all
    select
        metric_name,
        cast(null as varchar) as variant,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        cast(null as varchar) as dimension_kind,
        numerator,
        denominator,
        cast(null as double) as value,
        cast(0 as bigint) as n,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as date) as complete_on,
        cast(null as double) as unconverted_amount,
        cast(null as varchar) as forced_status,
        cast(null as varchar) as status_reason,
        cast(null as varchar) as note_label,
        cast(null as bigint) as note_count,
        cast(null as varchar) as whole_key
    from empty_totals
),

widened as (
    select
        parts.metric_name,
        parts.variant,
        parts.grain,
        parts.period_start,
        periods.period_end,
        parts.dimension,
        parts.dimension_value,
        parts.numerator,
        case when parts.whole_key is null then parts.denominator else wholes.denominator end as denominator,
        parts.value,
        -- Sums and counts have no whole: their observations are the rows summed.
        cast(case
            when parts.whole_key is null or wholes.denominator is null then parts.n
            else wholes.n
        end as bigint) as n,
        parts.ci_low,
        parts.ci_high,
        parts.complete_on,
        parts.unconverted_amount,
        parts.forced_status,
        parts.status_reason,
        parts.note_label,
        parts.note_count
    from cells as parts
    inner join periods
        on
            parts.grain = periods.grain
            and parts.period_start = periods.period_start
    left join wholes
        on
            parts.metric_name = wholes.metric_name
            and parts.grain = wholes.grain
            and parts.period_start = wholes.period_start
            and parts.dimension_kind = wholes.dimension_kind
            and parts.whole_key = wholes.whole_key
),

-- A table covers the whole month of its first event, but no week or day that was over before it.
-- Contracts older than the reporting window are those that were still running when it began: no period
-- that reaches back to them is whole. A wave of the employee survey covers its quarter, whatever the day
-- it was sent.
tables as (
    select
        coverage.table_name,
        coverage.is_present,
        case
            when coverage.first_event_date is not null
                then greatest(
                    case
                        when coverage.table_name = 'employee_survey_response'
                            then {{ fiscal_period_start('coverage.first_event_date', 3) }}
                        else {{ month_start('coverage.first_event_date') }}
                    end, reporting.first_month
                )
        end as first_month,
        coverage.first_event_date as first_day,
        case
            when coverage.table_name = 'employee_survey_response'
                then {{ date_plus_months(fiscal_period_start('coverage.last_event_date', 3), 2) }}
            else {{ month_start('coverage.last_event_date') }}
        end as last_month
    from {{ ref('int_table_coverage') }} as coverage
    cross join {{ ref('meta_reporting') }} as reporting
),

-- A requirement is met when any of its tables is there and covers the whole period (C7).
requirements as (
    select
        expected_totals.metric_name,
        expected_totals.grain,
        expected_totals.period_start,
        needs.variant,
        needs.requirement,
        max(case
            when
                tables.is_present
                and (
                    tables.first_month is null
                    or (
                        {{ month_start('expected_totals.period_start') }} >= tables.first_month
                        and expected_totals.period_end >= tables.first_day
                        and {{ month_start('least(expected_totals.period_end, ' ~ as_of_date() ~ ')') }} <= tables.last_month
                    )
                )
                then 1
            else 0
        end) as is_met,
        {{ join_text('needs.table_name', '|') }} as tables_text,
        max(case when tables.is_present then 1 else 0 end) as is_any_present
    from expected_totals
    inner join {{ ref('int_metric_need') }} as needs
        on expected_totals.metric_name = needs.metric_name
    inner join tables
        on needs.table_name = tables.table_name
    group by
        expected_totals.metric_name,
        expected_totals.grain,
        expected_totals.period_start,
        needs.variant,
        needs.requirement
),

gaps as (
    select
        metric_name,
        variant,
        grain,
        period_start,
        concat_ws(
            '; ',
            'missing: ' || {{ join_text('case when is_any_present = 0 then tables_text end', ', ') }},
            'not covered: ' || {{ join_text('case when is_any_present = 1 then tables_text end', ', ') }}
        ) as gap_text
    from requirements
    where is_met = 0
    group by metric_name, variant, grain, period_start
),

valued as (
    select
        widened.metric_name,
        widened.variant,
        widened.grain,
        widened.period_start,
        widened.period_end,
        widened.dimension,
        widened.dimension_value,
        widened.numerator,
        widened.denominator,
        case
            when readings.aggregation in ({{ ratio_aggregations() }})
                -- A post-stratified total has no parts and brings its own value.
                then coalesce(
                    widened.numerator / nullif(widened.denominator, 0)
                    * case when readings.unit = 'points' then 100 else 1 end,
                    widened.value
                )
            when readings.aggregation in ({{ additive_aggregations() }}) then widened.numerator
            else widened.value
        end as computed_value,
        widened.n,
        case
            when widened.ci_low is null and readings.interval = 'wilson' and widened.denominator > 0
                then greatest({{ wilson('widened.numerator', 'widened.denominator', 'low') }}, 0)
            else widened.ci_low
        end as ci_low,
        case
            when widened.ci_high is null and readings.interval = 'wilson' and widened.denominator > 0
                then least({{ wilson('widened.numerator', 'widened.denominator', 'high') }}, 1)
            else widened.ci_high
        end as ci_high,
        readings.unit,
        gaps.gap_text,
        widened.forced_status,
        case when widened.dimension = 'total' then readings.no_total_reason end as no_total_reason,
        widened.denominator = 0 and readings.aggregation in ({{ ratio_aggregations() }}) as is_empty_ratio,
        widened.unconverted_amount,
        widened.unconverted_amount / nullif(
            widened.unconverted_amount + abs(coalesce(widened.denominator, widened.numerator, 0)), 0
        ) as unconverted_share,
        widened.period_end > {{ as_of_date() }} as is_open_period,
        coalesce(widened.complete_on > {{ as_of_date() }}, false) as is_open_window,
        widened.n < {{ parameter('n_min') }}
        and (readings.interval <> 'none' or readings.aggregation in ('median+p90', 'survival')
            or widened.ci_low is not null) as is_small,
        widened.status_reason,
        case when widened.note_count > 0 then widened.note_label || '=' || cast(widened.note_count as varchar) end as note
    from widened
    inner join readings
        on
            widened.metric_name = readings.metric_name
            and coalesce(widened.variant, '') = coalesce(readings.variant, '')
    left join gaps
        on
            widened.metric_name = gaps.metric_name
            and coalesce(readings.needs_variant, '') = coalesce(gaps.variant, '')
            and widened.grain = gaps.grain
            and widened.period_start = gaps.period_start
),

judged as (
    select
        *,
        case
            when gap_text is not null or forced_status = 'no_data' then 'no_data'
            when forced_status = 'suppressed' then 'suppressed'
            when
                forced_status = 'not_applicable' or no_total_reason is not null or is_empty_ratio
                or (computed_value is null and coalesce(forced_status, '') not in ('immature', 'partial', 'incomplete', 'low_n'))
                then 'not_applicable'
            when unconverted_amount > 0 or forced_status in ('partial', 'incomplete') then 'partial'
            when is_open_period or is_open_window or forced_status = 'immature' then 'immature'
            when is_small or forced_status = 'low_n' then 'low_n'
            else 'ok'
        end as value_status
    from valued
)

select
    cast(metric_name as varchar) as metric_name,
    cast(grain as varchar) as grain,
    period_start,
    period_end,
    cast(dimension as varchar) as dimension,
    cast(dimension_value as varchar) as dimension_value,
    case when value_status in ('no_data', 'suppressed') then cast(null as double) else numerator end as numerator,
    case when value_status in ('no_data', 'suppressed') then cast(null as double) else denominator end as denominator,
    case
        when value_status in ('no_data', 'suppressed', 'not_applicable') then cast(null as double)
        when
            value_status = 'partial'
            and (
                forced_status = 'incomplete'
                or unconverted_amount > 1e300
                or unconverted_share > {{ parameter('fx_max_missing_share') }}
            )
            then cast(null as double)
        else computed_value
    end as value,
    case when value_status in ('no_data', 'suppressed') then cast(null as bigint) else n end as n,
    case when value_status in ('no_data', 'suppressed', 'not_applicable') then cast(null as double) else ci_low end as ci_low,
    case when value_status in ('no_data', 'suppressed', 'not_applicable') then cast(null as double) else ci_high end as ci_high,
    cast(unit as varchar) as unit,
    case when unit = 'currency' then {{ reporting_currency() }} end as currency,
    cast(value_status as varchar) as value_status,
    nullif(concat_ws(
        '; ',
        gap_text,
        no_total_reason,
        status_reason,
        case
            when gap_text is not null or no_total_reason is not null or status_reason is not null then null
            when is_empty_ratio then 'denominator 0'
            when value_status = 'not_applicable' then 'nothing observed'
        end,
        case
            when unconverted_amount > 1e300 then 'exchange rate missing, share unknown'
            when unconverted_amount > 0
                then 'exchange rate missing for ' || cast(round(100 * unconverted_share, 2) as varchar) || ' %'
        end,
        case when is_open_period then 'period open' end,
        case when is_open_window and not is_open_period then 'window open' end,
        case when is_small and value_status <> 'low_n' and value_status not in ('no_data', 'suppressed') then 'low_n' end,
        note
    ), '') as status_reason,
    {{ as_of_date() }} as as_of
from judged
{%- endmacro %}

{#- The slice of the first dimension that a bucket of the second is a part of. -#}
{% macro within_key() -%}
    dimension || ' ' || split_part(dimension_value, ' × ', 1)
{%- endmacro %}

{#- Aggregations whose value is numerator ÷ denominator, and those whose value is the numerator. -#}
{% macro ratio_aggregations() -%}
    'ratio', 'snapshot ratio', 'cohort ratio'
{%- endmacro %}

{% macro additive_aggregations() -%}
    'sum', 'count', 'snapshot sum', 'snapshot count', 'entity flag'
{%- endmacro %}
