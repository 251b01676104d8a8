select
    reviews.kpi,
    reviews.due_on,
    definitions.name_de as kpi_name_de,
    definitions.name_en as kpi_name_en,
    definitions.area as kpi_area,
    reviews.owner_user_id,
    users.rep as owner,
    cast(reviews.review_cadence_days as integer) as review_cadence_days,
    reviews.previous_review_on,
    reviews.reviewed_on,
    reviews.is_on_time,
    cast(reviews.late_days as integer) as late_days
from {{ ref('int_kpi_review_due') }} as reviews
left join {{ ref('kpi_definition') }} as definitions
    on reviews.kpi = definitions.metric_name
left join {{ ref('dim_user') }} as users
    on reviews.owner_user_id = users.user_id
