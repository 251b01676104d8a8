{#- KPI cells: numerator and denominator per base period and slice, in one scan of one relation.

    relation    CTE or ref with one row per observation
    date        its local date column (macro reporting_date makes one); rows without a date are left out
    metrics     list of
        metric        name in kpi_definition
        numerator     aggregate expression, e.g. "count_if(is_won)"
        denominator   aggregate expression; left out for sums and counts
        n             aggregate expression, default count(*)
        variant       another reading, a row of kpi_variant; only its `… × variant` pairs are sliced
        dimensions    list, default that of the call. `rep × stage` is a pair. A bucket's
                      denominator is restricted here like any other; kpi_area_table widens it.
        complete_on   aggregate date expression: the day the last observation is mature (cohorts)
        unconverted   aggregate expression: amount missing for want of an exchange rate
        squares       aggregate expression: sum of squared scores of +1, 0, -1. Gives the interval of the
                      balance numerator ÷ denominator; only where the cells are at their final grain
        reason        aggregate text expression for status_reason
        note          {'label': text, 'count': aggregate}: published as `label=count` if above 0
    dimensions  columns of the relation; NULL members become `(unknown)`
    base_grain  'month' (default), 'iso_week' or 'day': the finest grain the registry asks for
    grain_column  where the relation has one row per observation and final period (texts that judge a
                whole period, distinct counts): its column with the grain; `date` is then the period's
                start and the cells are computed cells of kpi_area_table

    Example: {{ kpi_cells(ref('fct_opportunity'), 'closed_on', [
                 {'metric': 'win_rate', 'numerator': 'count_if(is_won)', 'denominator': 'count(*)'},
             ], ['rep', 'region']) }}

    One row per metric × base period × slice with the columns of `empty_cells()`. -#}
{% macro kpi_cells(relation, date, metrics, dimensions=[], base_grain='month', grain_column=none) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
    {%- set period = date if grain_column else {
        'month': month_start(date), 'iso_week': iso_week_start(date), 'day': date}[base_grain] -%}
    {%- set grain = grain_column or "'" ~ base_grain ~ "'" -%}
    {%- set used = [] -%}
    {%- for metric in metrics -%}
        {%- set default = [] if metric.variant else dimensions -%}
        {%- for dimension in allowed_dimensions(metric.dimensions if metric.dimensions is defined else default) -%}
            {%- do used.append(dimension) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set columns, sets = all_dimension_columns(used), dimension_sets(used) -%}
select cells.*
from (
    with observations as (
        select
            {{ period }} as cell_period_start,
            {{ grain }} as cell_grain,
            {%- for column in columns %}
            coalesce(cast({{ column }} as varchar), '(unknown)') as cell_{{ column }},
            {%- endfor %}
            observed.*
        from {{ relation }} as observed
        where {{ date }} is not null
    ),

    grouped as (
        select
            cell_period_start,
            cell_grain,
            {%- for column in columns %}
            cell_{{ column }},
            {%- endfor %}
            {{ set_number(prefixed_sets(sets), prefixed(columns)) | indent(12) }} as set_number
            {%- for metric in metrics %},
            cast({{ metric.numerator }} as double) as numerator_{{ loop.index }},
            cast({{ metric.denominator or 'null' }} as double) as denominator_{{ loop.index }},
            cast({{ metric.n or 'count(*)' }} as bigint) as n_{{ loop.index }},
            cast({{ metric.complete_on or 'null' }} as date) as complete_on_{{ loop.index }},
            cast({{ metric.unconverted or 'null' }} as double) as unconverted_{{ loop.index }},
            {%- if metric.squares %}
            cast({{ metric.squares }} as double) as squares_{{ loop.index }},
            {%- endif %}
            cast({{ metric.reason or 'null' }} as varchar) as reason_{{ loop.index }},
            cast({{ metric.note.count if metric.note else 'null' }} as bigint) as note_count_{{ loop.index }}
            {%- endfor %}
        from observations
        group by grouping sets (
            {%- for set in sets %}
            ({{ (['cell_period_start', 'cell_grain'] + prefixed(set)) | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
    )
    {%- for metric in metrics %}
    {%- set number = loop.index %}
    {%- set default = [] if metric.variant else dimensions %}
    {%- set published = allowed_dimensions(metric.dimensions if metric.dimensions is defined else default) %}
    {{ 'union all' if not loop.first }}
    select
        '{{ metric.metric }}' as metric_name,
        {{ "'" ~ metric.variant ~ "'" if metric.variant else 'cast(null as varchar)' }} as variant,
        cell_grain as grain,
        cell_period_start as period_start,
        {{ dimension_labels(sets, published, metric.variant) | indent(8) }},
        numerator_{{ number }} as numerator,
        denominator_{{ number }} as denominator,
        cast(null as double) as value,
        n_{{ number }} as n,
        {%- for bound in ['low', 'high'] %}
        {%- if metric.squares %}
        {{ balance_bound('numerator_' ~ number, 'squares_' ~ number, 'denominator_' ~ number, bound) | indent(8) }} as ci_{{ bound }},
        {%- else %}
        cast(null as double) as ci_{{ bound }},
        {%- endif %}
        {%- endfor %}
        complete_on_{{ number }} as complete_on,
        unconverted_{{ number }} as unconverted_amount,
        cast(null as varchar) as forced_status,
        reason_{{ number }} as status_reason,
        {{ "'" ~ metric.note.label ~ "'" if metric.note else 'cast(null as varchar)' }} as note_label,
        note_count_{{ number }} as note_count
    from grouped
    {%- if published_sets(sets, published) | unique | list | length < sets | length %}
    where set_number in ({{ published_sets(sets, published) | join(', ') }})
    {%- endif %}
    {%- endfor %}
) as cells
{%- endmacro %}

{% macro prefixed(columns) %}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append('cell_' ~ column) -%}{%- endfor -%}
    {%- do return(names) -%}
{% endmacro %}

{% macro prefixed_sets(sets) %}
    {%- set result = [] -%}
    {%- for set in sets -%}{%- do result.append(prefixed(set)) -%}{%- endfor -%}
    {%- do return(result) -%}
{% endmacro %}

{#- The columns of KPI cells and their types. A model that computes its own value selects them by name;
    `grain` is then the final grain and `numerator`, `denominator` may be NULL. `forced_status` is a
    status the model alone can know (suppressed, not_applicable, immature, no_data, partial; incomplete
    is partial without a value, because what is missing is unknown or more than fx_max_missing_share). -#}
{% macro cell_columns() %}
    {%- do return({
        'metric_name': 'varchar', 'variant': 'varchar', 'grain': 'varchar', 'period_start': 'date',
        'dimension': 'varchar', 'dimension_value': 'varchar', 'numerator': 'double',
        'denominator': 'double', 'value': 'double', 'n': 'bigint', 'ci_low': 'double',
        'ci_high': 'double', 'complete_on': 'date', 'unconverted_amount': 'double',
        'forced_status': 'varchar', 'status_reason': 'varchar', 'note_label': 'varchar',
        'note_count': 'bigint',
    }) -%}
{% endmacro %}

{#- Selects cells from a relation that has some of the columns; `given` names those it has. -#}
{% macro select_cells(relation, given) -%}
    {%- if is_linting() -%}{%- do return('select * from ' ~ relation) -%}{%- endif -%}
select
    {%- for column, column_type in cell_columns().items() %}
    {{ 'cast(' ~ (column if column in given else 'null') ~ ' as ' ~ column_type ~ ') as ' ~ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
