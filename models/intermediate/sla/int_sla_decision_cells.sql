-- Met, faster than agreed and minutes over, by the day of the decision.
with instances as (
    select
        *,
        -- What cannot be judged has no decision; it is counted where the case began.
        coalesce(decided_on, case when no_answer_reason is not null then started_on end)
            as counted_on
    from {{ ref('fct_case_sla') }}
),

bands as (
    {%- for band in ['≤ 0.5', '0.5–1', '1–2', '> 2'] %}
    select '{{ band }}' as ratio_band{{ ' union all' if not loop.last }}
    {%- endfor %}
),

instances_by_band as (
    select
        instances.decided_on,
        bands.ratio_band,
        coalesce(instances.ratio_band = bands.ratio_band, false) as is_in_band
    from instances
    cross join bands
),

cells as (
    {{ kpi_cells('instances', 'counted_on', [
        {
            'metric': 'sla_compliance_rate',
            'numerator': 'count_if(is_met)',
            'denominator': 'count(is_met)',
            'n': 'count(is_met)',
            'note': {'label': 'undecidable', 'count': 'count(no_answer_reason)'},
            'dimensions': ['sla_metric', 'priority', 'policy', 'team', 'channel', 'region'],
        },
        {
            'metric': 'sla_faster_than_agreed_rate',
            'numerator': "count_if(ratio_band = '≤ 0.5')",
            'denominator': 'count(ratio_band)',
            'n': 'count(ratio_band)',
            'note': {'label': 'undecidable', 'count': 'count(no_answer_reason)'},
            'dimensions': ['sla_metric', 'priority', 'segment'],
        },
        {
            'metric': 'sla_breach_overrun_minutes',
            'variant': 'sum',
            'numerator': 'coalesce(sum(overrun_minutes), 0)',
            'n': 'count(overrun_minutes)',
            'note': {'label': 'open', 'count': 'count_if(is_open_breach)'},
        },
    ], base_grain='day') | indent(4) }}
),

-- Each band is a part of all decided instances, also one that nobody fell into.
band_cells as (
    {{ kpi_cells('instances_by_band', 'decided_on', [
        {
            'metric': 'sla_faster_than_agreed_rate',
            'numerator': 'count_if(is_in_band)',
            'denominator': 'count(*)',
        },
    ], ['ratio_band'], base_grain='day') | indent(4) }}
),

all_cells as (
    select * from cells
    union all
    select * from band_cells
    where dimension = 'ratio_band'
)

{{ judged_sla_cells(
    'all_cells', ['sla_compliance_rate', 'sla_faster_than_agreed_rate'], base_grain='day'
) }}
