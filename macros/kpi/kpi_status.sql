{#- What the totals of the given area tables are judged by: the company's own target, else the default
    of the seed, which may be the value of another KPI of these tables. -#}
{% macro kpi_target_rows(tables) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ ref(tables.values() | first)) -%}{%- endif -%}
with area_readings as (
    {%- for table in tables.values() %}
    select * from {{ ref(table) }}
    where dimension in ('total', 'variant')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

area_totals as (
    select *
    from area_readings
    where dimension = 'total'
),

-- What a dynamic target may name: a KPI, or one of its variants as `metric × variant`.
target_readings as (
    select
        case
            when dimension = 'variant' then metric_name || ' × ' || dimension_value
            else metric_name
        end as target_metric,
        grain,
        period_start,
        value
    from area_readings
),

totals as (
    select
        area_totals.metric_name,
        area_totals.grain,
        area_totals.period_start,
        area_totals.period_end,
        area_totals.value,
        area_totals.value_status,
        {{ days_between('area_totals.period_start', 'area_totals.period_end') }} as length_days,
        definitions.direction,
        definitions.target_grain is null
        or definitions.target_grain = area_totals.grain as is_target_grain,
        definitions.aggregation in ({{ additive_aggregations() }}) as is_sum
    from area_totals
    inner join {{ ref('kpi_definition') }} as definitions
        on area_totals.metric_name = definitions.metric_name
),

company_targets as (
    select
        metric_name,
        period_start as valid_from,
        coalesce(period_end, date '9999-12-31') as valid_to,
        cast(target_value as double) as target_value,
        cast(baseline_value as double) as baseline_value,
        source,
        {{ days_between('period_start', "coalesce(period_end, date '9999-12-31')") }} as length_days
    from {{ ref('crm_kpi_target') }}
    where coalesce(nullif(dim_name, ''), 'total') = 'total'
),

-- The narrowest row that contains the end of the period wins. A monthly rate is not the target of
-- a year, and the plan of a quarter is not that of a month: a sum is only judged by a row of its
-- length.
matching_targets as (
    select
        totals.metric_name,
        totals.grain,
        totals.period_start,
        company_targets.target_value,
        company_targets.baseline_value,
        company_targets.source,
        row_number() over (
            partition by totals.metric_name, totals.grain, totals.period_start
            order by company_targets.length_days asc, company_targets.valid_from desc
        ) as choice
    from totals
    inner join company_targets
        on
            totals.metric_name = company_targets.metric_name
            and totals.period_end between company_targets.valid_from and company_targets.valid_to
    where
        totals.is_target_grain
        and (not totals.is_sum or abs(company_targets.length_days - totals.length_days) <= 3)
),

valid_targets as (
    select *
    from matching_targets
    where choice = 1
),

-- A baseline nobody fixed is the median of the first twelve mature periods, frozen when it is first
-- published (meta_kpi_baseline), so that late rows and corrections do not move it.
first_periods as (
    select
        metric_name,
        grain,
        value
    from totals
    where value_status in ('ok', 'low_n')
    qualify row_number() over (partition by metric_name, grain order by period_start) <= 12
),

computed_baselines as (
    select
        metric_name,
        grain,
        median(value) as baseline_value
    from first_periods
    group by metric_name, grain
    having count(*) = 12
),

own_baselines as (
    select
        coalesce(frozen.metric_name, computed_baselines.metric_name) as metric_name,
        coalesce(frozen.grain, computed_baselines.grain) as grain,
        coalesce(frozen.baseline_value, computed_baselines.baseline_value) as baseline_value
    from computed_baselines
    full outer join {{ ref('meta_kpi_baseline') }} as frozen
        on
            computed_baselines.metric_name = frozen.metric_name
            and computed_baselines.grain = frozen.grain
)

select
    totals.metric_name,
    totals.grain,
    totals.period_start,
    case
        when valid_targets.target_value is not null
            then case totals.direction when 'up' then 'min' when 'down' then 'max' end
        when defaults.comparator = 'dynamic'
            then case totals.direction when 'up' then 'min' when 'down' then 'max' end
        else defaults.comparator
    end as comparator,
    case
        when valid_targets.target_value is not null then valid_targets.target_value
        when defaults.comparator = 'dynamic' then target_readings.value
        when defaults.comparator = 'max' then defaults.target_high
        else defaults.target_low
    end as target_value,
    case
        when valid_targets.target_value is null and defaults.comparator = 'range'
            then defaults.target_high
    end as target_high,
    case
        when valid_targets.target_value is not null
            then coalesce(valid_targets.source, 'kpi_target')
        when defaults.comparator = 'dynamic' then defaults.target_metric
        else defaults.source
    end as target_source,
    own_baselines.baseline_value as own_baseline_value,
    coalesce(valid_targets.baseline_value, own_baselines.baseline_value) as baseline_value,
    case
        when valid_targets.baseline_value is not null
            then coalesce(valid_targets.source, 'kpi_target')
        when own_baselines.baseline_value is not null then 'first twelve mature periods'
    end as baseline_source
from totals
left join valid_targets
    on
        totals.metric_name = valid_targets.metric_name
        and totals.grain = valid_targets.grain
        and totals.period_start = valid_targets.period_start
left join {{ ref('kpi_default_target') }} as defaults
    on
        totals.metric_name = defaults.metric_name
        and defaults.dim_name = 'total'
        -- Zero is zero in any period, and a KPI that follows another follows it in the same one.
        and (
            totals.is_target_grain
            or defaults.comparator = 'dynamic'
            or coalesce(defaults.target_low, defaults.target_high) = 0
        )
left join target_readings
    on
        defaults.target_metric = target_readings.target_metric
        and totals.grain = target_readings.grain
        and totals.period_start = target_readings.period_start
left join own_baselines
    on
        totals.metric_name = own_baselines.metric_name
        and totals.grain = own_baselines.grain
{%- endmacro %}

{#- The totals of the given area tables beside their targets, their baselines and their own past.

    tables   area -> name of its table
    targets  name of the model with their targets (kpi_target_rows) -#}
{% macro kpi_status_rows(tables, targets) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ ref(tables.values() | first)) -%}{%- endif -%}
with totals as (
    {%- for table in tables.values() %}
    select *
    from {{ ref(table) }}
    where dimension = 'total'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Periods are compared by the day after their end, which no month length shifts. The one before a
-- rolling period ended a month earlier.
dated as (
    select
        *,
        {{ date_plus_days('period_end', 1) }} as next_start,
        case
            when grain in ('r3m', 'r12m')
                then {{ date_plus_months(date_plus_days('period_end', 1), -1) }}
            else period_start
        end as previous_next_start,
        {{ date_plus_months(date_plus_days('period_end', 1), -12) }} as last_year_next_start
    from totals
),

compared as (
    select
        dated.*,
        previous.value as previous_value,
        last_year.value as last_year_value,
        -- Against a year ago, so that the season does not look like a change; against the period
        -- before where there was no year ago.
        case
            when last_year.value is not null then 'same period last year'
            when previous.value is not null then 'period before'
        end as compared_with,
        case
            when last_year.value is not null then last_year.period_start
            else previous.period_start
        end as compared_period_start,
        coalesce(last_year.value, previous.value) as compared_value,
        case
            when last_year.value is not null then last_year.numerator
            else previous.numerator
        end as compared_numerator,
        case
            when last_year.value is not null then last_year.denominator
            else previous.denominator
        end as compared_denominator
    from dated
    left join dated as previous
        on
            dated.metric_name = previous.metric_name
            and dated.grain = previous.grain
            and dated.previous_next_start = previous.next_start
    left join dated as last_year
        on
            dated.metric_name = last_year.metric_name
            and dated.grain = last_year.grain
            and dated.last_year_next_start = last_year.next_start
),

judged as (
    select
        compared.*,
        targets.comparator,
        targets.target_value,
        targets.target_high,
        targets.target_source,
        targets.baseline_value,
        targets.baseline_source,
        case
            when compared.value_status <> 'ok' or targets.target_value is null
                then cast(null as boolean)
            when targets.comparator = 'min' then compared.value >= targets.target_value
            when targets.comparator = 'max' then compared.value <= targets.target_value
            when targets.comparator = 'range'
                then compared.value between targets.target_value and targets.target_high
        end as is_on_target,
        case
            when compared.value > targets.target_value
                then compared.value - coalesce(targets.target_high, targets.target_value)
            else targets.target_value - compared.value
        end as missed_by
    from compared
    left join {{ ref(targets) }} as targets
        on
            compared.metric_name = targets.metric_name
            and compared.grain = targets.grain
            and compared.period_start = targets.period_start
)

select
    metric_name,
    grain,
    period_start,
    period_end,
    numerator,
    denominator,
    value,
    n,
    ci_low,
    ci_high,
    unit,
    currency,
    value_status,
    status_reason,
    comparator,
    target_value,
    target_high,
    target_source,
    baseline_value,
    baseline_source,
    previous_value,
    last_year_value,
    compared_with,
    compared_period_start,
    compared_value,
    compared_numerator,
    compared_denominator,
    -- Red only where chance is ruled out: the interval excludes the target, or, without an
    -- interval, it is missed by more than the tolerance.
    case
        when is_on_target is null then cast(null as varchar)
        when is_on_target then 'green'
        when comparator = 'min' and ci_high is not null
            then case when ci_high < target_value then 'red' else 'amber' end
        when comparator = 'max' and ci_low is not null
            then case when ci_low > target_value then 'red' else 'amber' end
        when missed_by > {{ parameter('rag_tolerance') }} * abs(target_value) then 'red'
        else 'amber'
    end as rag,
    as_of
from judged
{%- endmacro %}
