with attendances as (
    select
        *,
        coalesce(next_quote_on <= mature_on, false) as is_quoted_in_time
    from {{ ref('int_webinar_attendance') }}
),

decided_quotes as (
    select *
    from {{ ref('fct_quote') }}
    where decided_on is not null
)

{{ kpi_cells(ref('int_meeting_effort'), 'happened_on', [
    {
        'metric': 'meetings_per_quote',
        'numerator': 'sum(meeting_count)',
        'denominator': 'sum(quoted_deal_count)',
        'n': 'sum(quoted_deal_count)',
        'dimensions': ['rep', 'team', 'region', 'segment', 'customer_type'],
        'note': {'label': 'unassigned_meetings', 'count': 'sum(unassigned_count)'},
    },
]) }}
union all
{{ kpi_cells(ref('int_quoted_deal'), 'first_sent_on', [
    {
        'metric': 'webinars_per_quote',
        'numerator': 'sum(attendance_count)',
        'denominator': 'count(*)',
        'dimensions': ['region', 'segment'],
    },
]) }}
union all
{{ kpi_cells('attendances', 'attended_on', [
    {
        'metric': 'webinars_per_quote',
        'variant': 'attendee_quote_rate',
        'numerator': 'count_if(is_quoted_in_time)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['campaign × variant'],
    },
]) }}
union all
{{ kpi_cells(ref('int_prospect_quote'), 'first_sent_on', [
    {
        'metric': 'quotes_per_new_customer',
        'numerator': 'count(*)',
        'denominator': 'count_if(is_customer_won)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['rep', 'region', 'segment', 'lead_source'],
    },
]) }}
union all
{{ kpi_cells('decided_quotes', 'decided_on', [
    {
        'metric': 'quote_acceptance_rate',
        'numerator': 'count_if(is_accepted)',
        'denominator': 'count(*)',
        'dimensions': ['rep', 'team', 'sale_type', 'product_family', 'segment', 'customer_type'],
    },
]) }}
