select * from {{ ref('int_kpi_status') }}
union all
select * from {{ ref('int_governance_status') }}
