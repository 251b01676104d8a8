-- How often a deal that had come as far as a stage was won, on the deals closed in the twelve
-- months to a month end, as it looked then: a deal lost by then and reopened later was lost.
with intervals as (
    select
        opportunity_id,
        opened_on,
        ended_at,
        ended_on,
        ended_as,
        lead(opened_on) over (partition by opportunity_id order by interval_no) as reopened_on
    from {{ ref('int_opp_open_interval') }}
),

-- Entered on the day it was decided, a deal never stood in the pipeline and says nothing about it.
endings as (
    select *
    from intervals
    where ended_on is not null and opened_on < ended_on
),

stages as (
    select
        stage_id,
        pipeline_id,
        default_probability
    from {{ ref('dim_stage') }}
    where is_open
),

endings_by_stage as (
    select
        stages.stage_id,
        {{ month_start('endings.ended_on') }} as ended_month,
        {{ month_start('endings.reopened_on') }} as reopened_month,
        count(*) as decided_count,
        count_if(endings.ended_as = 'won') as won_count
    from endings
    inner join {{ ref('int_opp_reach') }} as reached
        on
            endings.opportunity_id = reached.opportunity_id
            and endings.ended_at >= reached.first_reached_at
    inner join stages
        on reached.stage_id = stages.stage_id
    group by
        stages.stage_id,
        {{ month_start('endings.ended_on') }},
        {{ month_start('endings.reopened_on') }}
),

months as (
    select distinct month_start
    from {{ ref('dim_date') }}
    where has_happened
),

counted as (
    select
        months.month_start,
        endings_by_stage.stage_id,
        sum(endings_by_stage.decided_count) as decided_count,
        sum(endings_by_stage.won_count) as won_count
    from months
    inner join endings_by_stage
        on
            months.month_start >= endings_by_stage.ended_month
            and endings_by_stage.ended_month > {{ date_plus_months('months.month_start', -12) }}
            and (
                endings_by_stage.reopened_month is null
                or months.month_start < endings_by_stage.reopened_month
            )
    group by months.month_start, endings_by_stage.stage_id
)

select
    months.month_start,
    stages.pipeline_id,
    stages.stage_id,
    cast(coalesce(counted.decided_count, 0) as bigint) as decided_count,
    cast(coalesce(counted.won_count, 0) as bigint) as won_count,
    case
        when counted.decided_count >= {{ parameter('min_mature_deals') }}
            then counted.won_count / nullif(cast(counted.decided_count as double), 0)
        else stages.default_probability
    end as win_probability,
    case
        when counted.decided_count >= {{ parameter('min_mature_deals') }} then 'empirical'
        when stages.default_probability is not null then 'default'
    end as probability_basis
from months
cross join stages
left join counted
    on
        months.month_start = counted.month_start
        and stages.stage_id = counted.stage_id
