-- A board holds at most ten KPIs, each once and each defined, and looks at it by a partition the
-- registry declares.
with boards as (
    select * from {{ ref('scorecard_board') }}
),

problems as (
    select
        'more than ten KPIs' as problem,
        board,
        cast(null as varchar) as metric_name
    from boards
    group by board
    having count(*) > 10
    union all
    select
        'twice on a board' as problem,
        board,
        metric_name
    from boards
    group by board, metric_name
    having count(*) > 1
    union all
    select
        'not in the registry' as problem,
        boards.board,
        boards.metric_name
    from boards
    left join {{ ref('kpi_definition') }} as definitions
        on boards.metric_name = definitions.metric_name
    where definitions.metric_name is null
    union all
    select
        'no such partition' as problem,
        boards.board,
        boards.metric_name
    from boards
    left join {{ ref('int_metric_dimension') }} as dimensions
        on
            boards.metric_name = dimensions.metric_name
            and boards.dimension = dimensions.dimension
            and dimensions.dimension_kind = 'partition'
    where boards.dimension <> '' and dimensions.dimension is null
    union all
    -- The headline KPIs are what the scorecard is for: none is forgotten.
    select
        'headline on no board' as problem,
        cast(null as varchar) as board,
        definitions.metric_name
    from {{ ref('kpi_definition') }} as definitions
    left join boards
        on definitions.metric_name = boards.metric_name
    where definitions.level = 'H' and boards.metric_name is null
)

select * from problems
