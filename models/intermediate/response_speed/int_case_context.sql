-- What the agent could see when the case was answered for the first time: links as they were then,
-- not those that were added later.
with answered_cases as (
    select
        cases.case_id,
        cases.account_id,
        cases.contact_id,
        cases.product_id,
        cases.started_at,
        answers.first_reply_at,
        {{ reporting_date('answers.first_reply_at') }} as first_reply_on
    from {{ ref('int_case') }} as cases
    inner join {{ ref('int_case_answer') }} as answers
        on
            cases.case_id = answers.case_id
            and answers.first_reply_at is not null
),

links as (
    select
        answered_cases.*,
        {{ as_was_value('account_then', 'answered_cases.account_id') }} is not null as has_account,
        {{ as_was_value('contact_then', 'answered_cases.contact_id') }} is not null as has_contact,
        {{ as_was_value('product_then', 'answered_cases.product_id') }} is not null as has_product
    from answered_cases
    {%- for field in ['account', 'contact', 'product'] %}
    {{ as_was_join(
        field ~ '_then', 'case', 'answered_cases.case_id', field ~ '_id',
        'answered_cases.first_reply_at'
    ) }}
    {%- endfor %}
),

contracted as (
    select distinct links.case_id
    from links
    inner join {{ ref('crm_contract_line') }} as contract_lines
        on
            links.account_id = contract_lines.account_id
            and links.first_reply_on >= contract_lines.start_date
            and (
                contract_lines.end_date is null
                or links.first_reply_on <= contract_lines.end_date
            )
    where links.has_account
),

events as (
    select
        account_id,
        started_at as happened_at
    from {{ ref('int_case') }}
    union all
    select
        account_id,
        created_at as happened_at
    from {{ ref('crm_opportunity') }}
    union all
    select
        account_id,
        started_at as happened_at
    from {{ ref('crm_activity') }}
    where completed_at is not null
),

first_events as (
    select
        account_id,
        min(happened_at) as first_event_at
    from events
    where account_id is not null
    group by account_id
),

seen as (
    select
        links.case_id,
        links.first_reply_at,
        links.first_reply_on,
        links.has_account,
        links.has_contact,
        links.has_product or contracted.case_id is not null as has_product_or_contract,
        -- Nothing to see of somebody who never bought anything is known to be nothing.
        links.has_account
        and coalesce(
            first_events.first_event_at < links.started_at
            or {{ customer_type('types', 'links.account_id') }} = 'new',
            false
        ) as has_history
    from links
    left join contracted
        on links.case_id = contracted.case_id
    left join first_events
        on links.account_id = first_events.account_id
    {{ customer_type_join('types', 'links.account_id', 'links.first_reply_on') }}
)

select
    case_id,
    first_reply_at,
    first_reply_on,
    has_account,
    has_contact,
    has_product_or_contract,
    has_history,
    has_account and has_contact and has_product_or_contract and has_history as has_context
from seen
