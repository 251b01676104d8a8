-- What would one more rep bring in a year? Per team: what a rep closed in the last twelve months
-- (won deals, contribution margin I before acquisition cost), against what a rep costs. An upper
-- bound, since it takes for granted that there are enough leads: `open_deals_per_rep` beside the
-- deals a rep decides in a year says whether there are.
with deals as (
    select
        team,
        owner_user_id,
        is_won,
        is_lost,
        net_amount
    from {{ ref('fct_opportunity') }}
    where
        closed_on > {{ date_plus_months(as_of_date(), -12) }}
        and closed_on <= {{ as_of_date() }}
        and team is not null
),

open_deals as (
    select
        team,
        count(*) as open_count
    from {{ ref('fct_opportunity') }}
    where is_open and team is not null
    group by team
),

costs as (
    select
        team,
        -- 1,720 paid hours a year.
        avg(cast(hourly_cost_amount as double)) * 1720 as rep_cost_amount
    from {{ ref('crm_app_user') }}
    where hourly_cost_amount is not null
    group by team
),

margins as (
    select
        sales.team,
        sum(sales.net_amount - coalesce(sales.direct_cost_amount, 0))
        / nullif(sum(sales.net_amount), 0) as cm1_rate
    from {{ ref('fct_sale_line') }} as sales
    where
        sales.closed_on > {{ date_plus_months(as_of_date(), -12) }}
        and sales.closed_on <= {{ as_of_date() }}
    group by sales.team
),

teams as (
    select
        team,
        count(distinct owner_user_id) as rep_count,
        count_if(is_won or is_lost) as decided_count,
        count_if(is_won) as won_count,
        sum(case when is_won then net_amount end) as won_amount
    from deals
    group by team
)

select
    teams.team,
    teams.rep_count,
    1.0 * teams.decided_count / nullif(teams.rep_count, 0) as decided_deals_per_rep,
    1.0 * coalesce(open_deals.open_count, 0) / nullif(teams.rep_count, 0) as open_deals_per_rep,
    1.0 * teams.won_count / nullif(teams.decided_count, 0) as win_rate,
    teams.won_amount / nullif(teams.rep_count, 0) as won_amount_per_rep,
    margins.cm1_rate,
    teams.won_amount * margins.cm1_rate / nullif(teams.rep_count, 0) as cm1_amount_per_rep,
    costs.rep_cost_amount,
    teams.won_amount * margins.cm1_rate / nullif(teams.rep_count, 0) - costs.rep_cost_amount
        as left_over_amount
from teams
left join open_deals
    on teams.team = open_deals.team
left join costs
    on teams.team = costs.team
left join margins
    on teams.team = margins.team
order by left_over_amount desc
