-- Purpose: the runs of the plans whose id begins so.
-- Parameters: $1 beginning of the plan id. Order: as they were applied.
select id, plan_id, application, mode, state, applied_by, applied_at::text, rolled_back_at::text,
  purged_at::text
from orgfold.run
where starts_with(plan_id, $1)
order by id
