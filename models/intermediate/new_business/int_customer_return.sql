{%- set ages = [6, 12, 24, 36] -%}
-- Cost and CM2 of each customer, and cost that won nobody, at fixed ages and to date. An age of 12
-- is reached with the end of the twelfth month.
with costs as (
    select * from {{ ref('int_cohort_cost') }}
),

ages as (
    {%- for age in ages %}
    select
        '{{ age }}' as age_months,
        {{ age }} as month_count
    union all
    {%- endfor %}
    select
        'to_date' as age_months,
        cast(null as integer) as month_count
),

margins as (
    select
        months.account_id,
        ages.age_months,
        sum(months.cm2_amount) as cm2_amount,
        cast(sum(case when months.cm2_amount is null then 1 else 0 end) as integer)
            as unknown_month_count,
        cast(sum(case when months.is_service_cost_missing then 1 else 0 end) as integer)
            as service_gap_count,
        sum(months.unconverted_amount) as unconverted_amount
    from {{ ref('int_new_customer_month') }} as months
    inner join ages
        on ages.month_count is null or months.month_no < ages.month_count
    group by months.account_id, ages.age_months
)

select
    costs.account_id,
    costs.cohort_month,
    ages.age_months,
    case
        when ages.month_count is not null
            then {{ date_plus_days(
                date_plus_months('costs.cohort_month', 'ages.month_count'), -1
            ) }}
    end as mature_on,
    costs.region,
    costs.segment,
    costs.lead_source,
    costs.campaign,
    case when costs.account_id is null then 0 else 1 end as customer_count,
    costs.cost_amount,
    coalesce(margins.cm2_amount, 0.0) as cm2_amount,
    coalesce(margins.unknown_month_count, 0) as unknown_month_count,
    coalesce(margins.service_gap_count, 0) as service_gap_count,
    coalesce(margins.cm2_amount, 0.0) >= costs.cost_amount as is_break_even,
    costs.unconverted_amount + coalesce(margins.unconverted_amount, 0.0) as unconverted_amount
from costs
cross join ages
left join margins
    on
        costs.account_id = margins.account_id
        and ages.age_months = margins.age_months
