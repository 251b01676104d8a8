with people as (
    select * from {{ ref('fct_campaign_person') }}
),

addressed_people as (
    select * from people
    where is_delivered
),

offered_people as (
    select * from addressed_people
    where has_offer
),

accepted_people as (
    select * from offered_people
    where has_accepted
),

steps as (
    select * from {{ ref('fct_campaign_step') }}
),

sent_steps as (
    select * from steps
    where sent_on is not null
),

delivered_steps as (
    select * from sent_steps
    where is_delivered
),

delivered_followups as (
    select * from delivered_steps
    where is_followup
),

mix_slices as (
    {{ kpi_cells('accepted_people', 'accepted_on', [
        {
            'metric': 'new_vs_loyal_response_mix',
            'numerator': 'count(*)',
            'denominator': 'count(*)',
            'dimensions': ['customer_type', 'campaign × customer_type'],
        },
    ]) | indent(4) }}
)

{{ kpi_cells('offered_people', 'enrolled_on', [
    {
        'metric': 'offer_acceptance_rate',
        'numerator': 'count_if(has_accepted)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['campaign', 'customer_type', 'step_type', 'segment', 'topic', 'channel'],
    },
]) }}
union all
{{ kpi_cells('addressed_people', 'enrolled_on', [
    {
        'metric': 'wasted_contact_rate',
        'numerator': 'count_if(not (has_clicked or has_responded or has_accepted))',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'dimensions': ['campaign', 'segment'],
    },
]) }}
union all
{{ kpi_cells('accepted_people', 'accepted_on', [
    {
        'metric': 'new_vs_loyal_response_mix',
        'numerator': "count_if(coalesce(customer_type = 'new', false))",
        'denominator': 'count(*)',
    },
]) }}
union all
select * from mix_slices
where dimension <> 'total'
union all
{{ kpi_cells('delivered_steps', 'sent_on', [
    {
        'metric': 'topic_relevance_score',
        'numerator': 'count_if(has_clicked)',
        'denominator': 'count(*)',
        'dimensions': ['topic', 'customer_type'],
        'note': {'label': 'accepted', 'count': 'count_if(is_accepting_step)'},
    },
    {
        'metric': 'unsubscribe_rate',
        'numerator': 'count_if(has_opted_out)',
        'denominator': 'count(*)',
        'dimensions': ['campaign', 'step', 'customer_type'],
    },
]) }}
union all
{{ kpi_cells('sent_steps', 'sent_on', [
    {
        'metric': 'delivery_rate',
        'numerator': 'count_if(is_delivered)',
        'denominator': 'count(*)',
        'dimensions': ['campaign', 'step', 'channel'],
    },
]) }}
union all
{{ kpi_cells('delivered_followups', 'enrolled_on', [
    {
        'metric': 'followup_incremental_lift',
        'variant': 'step_contribution',
        'numerator': 'count_if(is_accepting_step)',
        'denominator': 'count(*)',
        'complete_on': 'max(mature_on)',
        'reason': "'biased, no comparison'",
    },
]) }}
