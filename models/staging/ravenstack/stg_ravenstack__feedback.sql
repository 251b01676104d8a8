with rated_tickets as (
    select *
    from {{ source('raw_ravenstack', 'ravenstack_support_tickets') }}
    where satisfaction_score is not null
)

{{ conform('feedback', 'ravenstack', 'rated_tickets', {
    'feedback_id': "ticket_id || '-csat'",
    'feedback_type': "'CSAT'",
    'subject': "'service'",
    'score': 'satisfaction_score',
    'scale_min': '1',
    'scale_max': '5',
    'responded_at': 'closed_at',
    'account_id': 'account_id',
    'case_id': 'ticket_id',
}) }}
