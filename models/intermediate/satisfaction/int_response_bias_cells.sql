-- Do those who answer stand for those who were asked? The mean CM2 of the twelve months before of
-- the accounts that answered, over that of all accounts invited; 1 is no bias.
with invitations as (
    select
        feedback.account_id,
        feedback.invited_on,
        feedback.is_answered_in_time,
        months.cm2_r12_amount
    from {{ ref('fct_feedback') }} as feedback
    inner join {{ ref('fct_customer_month') }} as months
        on
            feedback.account_id = months.account_id
            and {{ month_start('feedback.invited_on') }} = months.month_start
    where
        feedback.is_invitation
        and feedback.is_answered_in_time is not null
        and months.cm2_r12_amount is not null
),

invitations_by_period as (
    {{ rows_by_period('invitations', 'invited_on', 'survey_response_rate') | indent(4) }}
),

-- An account that was asked several times counts once.
accounts as (
    select
        grain,
        period_start,
        account_id,
        avg(cm2_r12_amount) as cm2_r12_amount,
        max(case when is_answered_in_time then 1 else 0 end) as has_answered
    from invitations_by_period
    group by grain, period_start, account_id
),

means as (
    select
        grain,
        period_start,
        avg(case when has_answered = 1 then cm2_r12_amount end) as respondent_amount,
        avg(cm2_r12_amount) as invited_amount,
        count(*) as n
    from accounts
    group by grain, period_start
),

cells as (
    select
        'survey_response_rate' as metric_name,
        'respondent_cm2_ratio' as variant,
        grain,
        period_start,
        'variant' as dimension,
        'respondent_cm2_ratio' as dimension_value,
        respondent_amount as numerator,
        invited_amount as denominator,
        case when invited_amount > 0 then respondent_amount / nullif(invited_amount, 0) end
            as value,
        n,
        case
            when respondent_amount is null then 'nobody answered'
            when invited_amount <= 0 then 'mean CM2 not above 0'
        end as status_reason
    from means
)

{{ select_cells('cells', [
    'metric_name', 'variant', 'grain', 'period_start', 'dimension', 'dimension_value', 'numerator',
    'denominator', 'value', 'n', 'status_reason',
]) }}
