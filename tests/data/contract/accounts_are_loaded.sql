-- Every fact is keyed to an account: without that table nothing works, and the build says so here.
select 'no source brings the table account' as problem
from {{ ref('meta_table_coverage') }}
where table_name = 'account'
having max(case when is_present then 1 else 0 end) = 0
