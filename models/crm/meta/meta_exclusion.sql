-- Records that no KPI counts (G7), each with its reason; what belongs to an excluded account goes
-- with it.
{%- set flags = ['is_deleted', 'is_test', 'is_internal'] %}
with accounts as (
    {{ latest_rows('account', ['account_id', 'master_account_id'] + flags) | indent(4) }}
),

-- A merged duplicate is deleted in many CRMs; its row stays, because it carries the survivor's key.
excluded_accounts as (
    select
        account_id as record_id,
        case
            when is_test then 'test'
            when is_internal then 'internal'
            else 'deleted'
        end as reason
    from accounts
    where is_test or is_internal or (is_deleted and master_account_id is null)
)

select
    'account' as object_type,
    record_id,
    reason
from excluded_accounts
{%- for table, parent in [
    ('contact', 'account_id'), ('lead', 'converted_account_id'), ('opportunity', 'account_id'),
    ('support_case', 'account_id'), ('invoice', 'account_id')
] %}
{%- set key, is_mergeable = crm_contract()[table].key[0], table in mergeable_tables() %}
{%- set columns = [key, parent] + ([master_column(table), 'is_deleted'] if is_mergeable else []) %}
union all
select
    '{{ table }}' as object_type,
    latest_{{ table }}.{{ key }} as record_id,
    {%- if is_mergeable %}
    coalesce('account ' || excluded_accounts.reason, 'deleted') as reason
    {%- else %}
    'account ' || excluded_accounts.reason as reason
    {%- endif %}
from (
    {{ latest_rows(table, columns) | indent(4) }}
) as latest_{{ table }}
left join {{ ref('meta_merge_key') }} as merged_parent
    on
        latest_{{ table }}.{{ parent }} = merged_parent.record_id
        and merged_parent.object_type = 'account'
left join excluded_accounts
    on
        coalesce(merged_parent.survivor_id, latest_{{ table }}.{{ parent }})
        = excluded_accounts.record_id
where
    excluded_accounts.record_id is not null
    {%- if is_mergeable %}
    or (latest_{{ table }}.is_deleted and latest_{{ table }}.{{ master_column(table) }} is null)
    {%- endif %}
{%- endfor %}
