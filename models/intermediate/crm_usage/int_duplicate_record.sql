-- Accounts of one name and country, contacts of one address: the oldest of them is the record, the
-- others are duplicates that nobody has merged yet. Legal forms, accents of spelling and signs make
-- no other company.
with accounts as (
    select
        account_id,
        account_name,
        lower(account_name) as name,
        coalesce(country, '') as country,
        region,
        created_at
    from {{ ref('dim_account') }}
),

spelled as (
    select
        account_id,
        {%- set folded = namespace(sql='name') %}
        {%- for letter, plain in [
            ('ä', 'ae'), ('ö', 'oe'), ('ü', 'ue'), ('ß', 'ss'), ('é', 'e'), ('è', 'e'), ('á', 'a'),
            ('à', 'a'), ('ó', 'o'), ('ç', 'c'),
        ] %}
        {%- set pair = "'" ~ letter ~ "', '" ~ plain ~ "'" %}
        {%- set folded.sql = 'replace(' ~ folded.sql ~ ', ' ~ pair ~ ')' %}
        {%- endfor %}
        -- 'Co. KG' and 'e.U.' lose their dots before signs become blanks.
        trim({{ replace_pattern(
            replace_pattern("replace(" ~ folded.sql ~ ", '.', '')", '[^a-z0-9]', ' '), ' +', ' '
        ) }}) as spelling
    from accounts
),

numbers as (
    {%- for part in range(1, 13) %}
    select {{ part }} as part
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

words as (
    select
        spelled.account_id,
        numbers.part,
        split_part(spelled.spelling, ' ', numbers.part) as word
    from spelled
    inner join numbers
        on split_part(spelled.spelling, ' ', numbers.part) <> ''
),

telling_words as (
    select
        words.account_id,
        words.word,
        row_number() over (partition by words.account_id order by words.part) as place
    from words
    left join {{ ref('legal_form') }} as legal_forms
        on words.word = legal_forms.token
    where legal_forms.token is null
),

account_names as (
    select
        account_id,
        {{ join_text("lpad(cast(place as varchar), 2, '0') || word", ' ') }} as name_key
    from telling_words
    group by account_id
),

records as (
    select
        'account' as object_type,
        accounts.account_id as record_id,
        accounts.region,
        account_names.name_key || '|' || accounts.country as cluster_key,
        accounts.created_at
    from accounts
    left join account_names
        on accounts.account_id = account_names.account_id
    union all
    select
        'contact' as object_type,
        contacts.contact_id as record_id,
        accounts.region,
        nullif(lower(trim(contacts.email)), '') as cluster_key,
        contacts.created_at
    from {{ ref('crm_contact') }} as contacts
    left join accounts
        on contacts.account_id = accounts.account_id
    where contacts.master_contact_id is null
)

select
    object_type,
    record_id,
    region,
    cluster_key,
    cluster_key is not null
    and row_number() over (
        partition by object_type, cluster_key order by created_at asc nulls last, record_id asc
    ) > 1 as is_duplicate
from records
