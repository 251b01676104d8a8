-- How many KPIs the company steers by on the day of as_of, and for how many somebody answers. The
-- flag says nothing about earlier days: it is set for the future, too late, or taken back.
with headlines as (
    select
        kpi,
        bool_or(is_covered) as is_covered
    from {{ ref('int_headline_target') }}
    where {{ as_of_date() }} between valid_from and valid_to
    group by kpi
),

described as (
    select
        headlines.kpi,
        headlines.is_covered,
        definitions.area as kpi_area,
        'month' as grain,
        {{ month_start(as_of_date()) }} as period_start
    from headlines
    left join {{ ref('kpi_definition') }} as definitions
        on headlines.kpi = definitions.metric_name
),

on_boards as (
    select
        described.kpi,
        described.grain,
        described.period_start,
        boards.board
    from described
    left join {{ ref('scorecard_board') }} as boards
        on described.kpi = boards.metric_name
),

flags as (
    select count(is_headline) > 0 as is_flagged
    from {{ ref('crm_kpi_target') }}
),

metrics as (
    {%- for metric in ['headline_kpi_count', 'kpi_target_coverage_rate'] %}
    select '{{ metric }}' as metric_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unknown_months as (
    select distinct
        metrics.metric_name,
        'month' as grain,
        periods.period_start,
        'total' as dimension,
        'total' as dimension_value,
        'no_data' as forced_status,
        case
            when not flags.is_flagged then 'no is_headline'
            else 'known on the day of as_of only'
        end as status_reason
    from {{ ref('int_period') }} as periods
    cross join flags
    cross join metrics
    where
        periods.base_grain = 'month'
        and periods.grain = 'month'
        and (periods.period_start < {{ month_start(as_of_date()) }} or not flags.is_flagged)
)

{{ kpi_cells('on_boards', 'period_start', [
    {
        'metric': 'headline_kpi_count',
        'numerator': 'count(distinct kpi)',
        'n': 'count(distinct kpi)',
    },
], ['board'], grain_column='grain') }}
union all
{{ kpi_cells('described', 'period_start', [
    {
        'metric': 'kpi_target_coverage_rate',
        'numerator': 'count_if(is_covered)',
        'denominator': 'count(*)',
    },
], ['kpi_area'], grain_column='grain') }}
union all
{{ select_cells('unknown_months', [
    'metric_name', 'grain', 'period_start', 'dimension', 'dimension_value', 'forced_status',
    'status_reason',
]) }}
