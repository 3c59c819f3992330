-- Purpose: runs of which images are kept that nobody needs: rolled back, or applied long ago.
-- Parameters: $1 days since a run was applied, or null for no run that stands. Columns: number of the
-- run. Order: that number.
select id
from orgfold.run
where purged_at is null
  and (state = 'rolled_back' or applied_at <= pg_catalog.clock_timestamp() - $1::bigint * interval '1 day')
order by id
