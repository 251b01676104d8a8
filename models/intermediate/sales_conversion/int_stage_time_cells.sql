{%- set stages = "(select *, entry_rep as rep from " ~ ref('int_deal_stage') ~ ")" -%}
{{ kpi_survival_cells(
    'time_in_stage_days', stages, 'first_entered_on', 'stage_days', 'not is_current',
    ['stage', 'outcome × stage', 'rep × stage', 'region × stage']
) }}
