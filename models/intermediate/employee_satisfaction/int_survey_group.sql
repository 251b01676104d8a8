-- Which groups of a wave may be shown. Groups below suppress_n answers are hidden, and with them
-- the next smallest until those hidden are at least two and hold at least suppress_n answers
-- together: otherwise the total minus the others would tell. Group sizes are those of the question
-- answered least, so that one decision holds for every question.
with counted as (
    select
        period_start,
        case
            when grouping(department) = 0 then 'department'
            when grouping(region) = 0 then 'region'
            when grouping(question) = 0 and grouping(department) = 1 and grouping(region) = 1
                then 'question'
        end as dimension,
        case
            when grouping(department) = 0 then department
            when grouping(region) = 0 then region
            else question
        end as member,
        question,
        sum(case when is_valid then 1 else 0 end) as answer_count,
        sum(case when question = 'ENPS' then 1 else 0 end) as invited_count
    from {{ ref('int_survey_answer') }}
    group by grouping sets (
        (period_start, department, question), (period_start, region, question),
        (period_start, question)
    )
),

groups as (
    select
        period_start,
        dimension,
        member,
        min(answer_count) as answer_count,
        max(invited_count) as invited_count
    from counted
    group by period_start, dimension, member
    union all
    select
        period_start,
        'total' as dimension,
        'total' as member,
        min(answer_count) as answer_count,
        max(invited_count) as invited_count
    from counted
    where dimension = 'question'
    group by period_start
),

ranked as (
    select
        {%- for count in ['answer', 'invited'] %}
        sum(
            case
                when {{ count }}_count between 1 and {{ parameter('suppress_n') }} - 1 then 1
                else 0
            end
        ) over (partition by period_start, dimension) as small_{{ count }}_groups,
        sum(
            case
                when {{ count }}_count < {{ parameter('suppress_n') }} then {{ count }}_count
                else 0
            end
        ) over (partition by period_start, dimension) as small_{{ count }}_total,
        row_number() over (
            partition by period_start, dimension, {{ count }}_count < {{ parameter('suppress_n') }}
            order by {{ count }}_count asc, member asc
        ) as {{ count }}_rank,
        {%- endfor %}
        *
    from groups
),

hidden as (
    select
        {%- for count in ['answer', 'invited'] %}
        {{ count }}_count < {{ parameter('suppress_n') }}
        or (
            {{ count }}_rank = 1
            and small_{{ count }}_groups > 0
            and (
                small_{{ count }}_groups = 1
                or small_{{ count }}_total < {{ parameter('suppress_n') }}
            )
        ) as is_{{ count }}_hidden,
        {%- endfor %}
        *
    from ranked
),

-- Departments and regions cut the same people twice. What can be computed from both are the people
-- of some departments without those of the regions that lie wholly inside them. Every such rest of
-- every choice of departments must be nobody or at least suppress_n; otherwise no region is shown.
department_blocks as (
    select
        period_start,
        case when is_answer_hidden then '(hidden)' else member end as block,
        dense_rank() over (
            partition by period_start
            order by case when is_answer_hidden then '(hidden)' else member end
        ) as block_no,
        member
    from hidden
    where dimension = 'department'
),

region_blocks as (
    select
        period_start,
        member,
        case when is_answer_hidden then '(hidden)' else member end as block
    from hidden
    where dimension = 'region'
),

cells as (
    select
        answers.period_start,
        department_blocks.block_no,
        region_blocks.block as region_block,
        count(*) as answer_count
    from {{ ref('int_survey_answer') }} as answers
    inner join department_blocks
        on
            answers.period_start = department_blocks.period_start
            and answers.department = department_blocks.member
    inner join region_blocks
        on
            answers.period_start = region_blocks.period_start
            and answers.region = region_blocks.member
    where answers.question = 'ENPS' and answers.is_valid
    group by answers.period_start, department_blocks.block_no, region_blocks.block
),

block_counts as (
    select
        period_start,
        max(block_no) as block_count
    from department_blocks
    group by period_start
),

numbers as (
    select row_number() over (order by date_day) as choice
    from {{ ref('dim_date') }}
),

-- Every choice of departments as the bits of a number; more than ten cannot be tried.
choices as (
    select
        block_counts.period_start,
        numbers.choice
    from block_counts
    inner join numbers
        on power(2, least(block_counts.block_count, 10)) > numbers.choice
),

bits as (
    select
        choices.period_start,
        choices.choice,
        cells.region_block,
        cells.answer_count,
        floor(choices.choice / nullif(power(2, cells.block_no - 1), 0)) % 2 = 1 as is_chosen
    from choices
    inner join cells
        on choices.period_start = cells.period_start
),

chosen as (
    select
        period_start,
        choice,
        region_block,
        sum(case when is_chosen then answer_count else 0 end) as inside_count,
        sum(case when is_chosen then 0 else answer_count end) as outside_count
    from bits
    group by period_start, choice, region_block
),

rests as (
    select
        period_start,
        choice,
        sum(case when outside_count > 0 then inside_count else 0 end) as rest_count
    from chosen
    group by period_start, choice
),

unsafe_waves as (
    select distinct period_start
    from rests
    where rest_count between 1 and {{ parameter('suppress_n') }} - 1
    union
    select period_start
    from block_counts
    where block_count > 10
)

select
    hidden.period_start,
    hidden.dimension,
    hidden.member,
    hidden.answer_count,
    hidden.invited_count,
    hidden.is_answer_hidden
    or (hidden.dimension = 'region' and unsafe_waves.period_start is not null)
        as is_answer_hidden,
    hidden.is_invited_hidden
from hidden
left join unsafe_waves
    on hidden.period_start = unsafe_waves.period_start
