-- What the NPS of a country is compared with: a target row of that country, else its own NPS of the
-- four quarters before.
with countries as (
    select
        period_start,
        period_end,
        country
    from {{ ref('int_nps_country') }}
    where grain = 'quarter' and country <> '(unknown)'
),

references_set as (
    select
        upper(dim_value) as country,
        period_start as valid_from,
        coalesce(period_end, date '9999-12-31') as valid_to,
        cast(baseline_value as double) as reference_nps
    from {{ ref('crm_kpi_target') }}
    where metric_name = 'nps_reference' and dim_name = 'country' and baseline_value is not null
),

chosen_references as (
    select
        countries.country,
        countries.period_start,
        references_set.reference_nps
    from countries
    inner join references_set
        on
            countries.country = references_set.country
            and countries.period_end between references_set.valid_from and references_set.valid_to
    qualify
        row_number() over (
            partition by countries.country, countries.period_start
            order by
                {{ days_between('references_set.valid_from', 'references_set.valid_to') }} asc,
                references_set.valid_from desc
        ) = 1
),

-- Four whole quarters: a year that reaches back before the first answers is none.
loaded as (
    select {{ month_start('min(first_event_date)') }} as first_month
    from {{ ref('int_table_coverage') }}
    where table_name = 'feedback' and is_present
),

trailing_years as (
    select
        answers.country,
        {{ date_plus_days('answers.period_end', 1) }} as next_start,
        answers.nps,
        answers.variance
    from {{ ref('int_nps_country') }} as answers
    inner join loaded
        on answers.period_start >= loaded.first_month
    where answers.grain = 'r12m'
)

select
    countries.country,
    countries.period_start,
    coalesce(chosen_references.reference_nps, trailing_years.nps) as reference_nps,
    case
        when chosen_references.reference_nps is not null then 'kpi_target'
        when trailing_years.nps is not null then 'trailing four quarters'
    end as reference_source,
    case
        when chosen_references.reference_nps is not null then 0.0
        else trailing_years.variance
    end as reference_variance
from countries
left join chosen_references
    on
        countries.country = chosen_references.country
        and countries.period_start = chosen_references.period_start
left join trailing_years
    on
        countries.country = trailing_years.country
        and countries.period_start = trailing_years.next_start
