with tickets as (
    select
        *,
        coalesce(
            cast({{ plus_seconds(
                'try_cast(submitted_at as timestamp)',
                '(60 * try_cast(first_response_time_minutes as bigint))'
            ) }} as varchar),
            -- Not a number: the text goes on, does not fit, and is reported.
            first_response_time_minutes
        ) as first_responded_at
    from {{ source('raw_ravenstack', 'ravenstack_support_tickets') }}
)

{{ conform('support_case', 'ravenstack', 'tickets', {
    'case_id': 'ticket_id',
    'account_id': 'account_id',
    'priority': 'priority',
    'status': "case when closed_at is null then 'open' else 'closed' end",
    'created_at': 'submitted_at',
    'first_responded_at': 'first_responded_at',
    'solved_at': 'closed_at',
    'is_escalated': 'escalation_flag',
}) }}
