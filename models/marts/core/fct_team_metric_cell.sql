-- Each team and process KPI over twelve months against the company. Many cells are tested at once,
-- so a difference counts only if it also survives Benjamini–Hochberg at bh_fdr.
with months as (
    select
        compared_metric,
        team,
        {{ month_start('observed_on') }} as month_start,
        max(department) as department,
        count(*) as trial_count,
        sum(case when is_success then 1 else 0 end) as success_count
    from {{ ref('int_team_outcome') }}
    group by compared_metric, team, {{ month_start('observed_on') }}
),

months_by_period as (
    {{ rows_by_period('months', 'month_start', 'excellence_area_count') | indent(4) }}
),

counted as (
    select
        period_start,
        period_end,
        compared_metric,
        team,
        max(department) as department,
        cast(sum(trial_count) as bigint) as trial_count,
        cast(sum(success_count) as bigint) as success_count
    from months_by_period
    group by period_start, period_end, compared_metric, team
),

compared as (
    select
        *,
        sum(trial_count) over (partition by period_start, compared_metric) as company_trial_count,
        sum(success_count) over (partition by period_start, compared_metric)
            as company_success_count
    from counted
),

measured as (
    select
        *,
        success_count / nullif(cast(trial_count as double), 0) as rate,
        company_success_count / nullif(cast(company_trial_count as double), 0) as company_rate,
        {{ wilson('success_count', 'trial_count', 'low') }} as ci_low,
        {{ wilson('success_count', 'trial_count', 'high') }} as ci_high,
        -- A team that is the whole company has nobody to differ from.
        trial_count >= {{ parameter('cell_min_n') }} and trial_count < company_trial_count
            as is_tested
    from compared
),

scored as (
    select
        *,
        case
            when is_tested and company_rate > 0 and company_rate < 1
                then (rate - company_rate) / nullif(sqrt(
                        company_rate * (1 - company_rate) / nullif(cast(trial_count as double), 0)
                    ), 0)
            -- Where the company never or always succeeds, so does every team.
            when is_tested then 0.0
        end as z_score
    from measured
),

tested as (
    select
        *,
        case
            when z_score is not null then least(2 * (1 - ({{ normal_cdf('abs(z_score)') }})), 1.0)
        end as p_value
    from scored
),

ranked as (
    select
        *,
        row_number() over (
            partition by period_start, is_tested order by p_value, compared_metric, team
        ) as p_rank,
        sum(case when is_tested then 1 else 0 end) over (partition by period_start) as test_count
    from tested
),

adjusted as (
    select
        *,
        case
            when is_tested
                then least(min(p_value * test_count / nullif(cast(p_rank as double), 0)) over (
                        partition by period_start, is_tested order by p_rank desc
                        rows between unbounded preceding and current row
                    ), 1.0)
        end as p_adjusted
    from ranked
),

judged as (
    select
        *,
        coalesce(
            is_tested and ci_low > company_rate and p_adjusted <= {{ parameter('bh_fdr') }}, false
        ) as is_excellence,
        coalesce(
            is_tested and ci_high < company_rate and p_adjusted <= {{ parameter('bh_fdr') }}, false
        ) as is_improvement,
        {{ date_plus_days('period_end', parameter('practice_days')) }} as sharing_due_on
    from adjusted
),

first_sharings as (
    select
        judged.period_start,
        judged.compared_metric,
        judged.team,
        min(sharings.shared_on) as shared_on
    from judged
    inner join {{ ref('int_practice_sharing') }} as sharings
        on
            judged.compared_metric = sharings.compared_metric
            and judged.team = sharings.team
            and sharings.is_sharer
            and judged.period_end < sharings.shared_on
            and judged.sharing_due_on >= sharings.shared_on
    where judged.is_excellence
    group by judged.period_start, judged.compared_metric, judged.team
)

select
    judged.period_start,
    judged.period_end,
    judged.compared_metric,
    judged.team,
    judged.department,
    judged.success_count,
    judged.trial_count,
    judged.rate,
    judged.company_rate,
    judged.ci_low,
    judged.ci_high,
    judged.is_tested,
    judged.p_value,
    judged.p_adjusted,
    judged.is_excellence,
    judged.is_improvement,
    case when judged.is_excellence then judged.sharing_due_on end as sharing_due_on,
    first_sharings.shared_on,
    case
        when judged.is_excellence and judged.sharing_due_on <= {{ as_of_date() }}
            then first_sharings.shared_on is not null
    end as is_shared_in_time
from judged
left join first_sharings
    on
        judged.period_start = first_sharings.period_start
        and judged.compared_metric = first_sharings.compared_metric
        and judged.team = first_sharings.team
