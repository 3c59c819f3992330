-- Purpose: the runs of the plans whose id begins so.
-- Parameters: $1 beginning of the plan id. Order: as they were applied.
-- Older ledgers have no purged_at, which therefore is no name here.
select r.id, r.plan_id, r.application, r.mode, r.state, r.applied_by, r.applied_at::text,
  r.rolled_back_at::text, (to_jsonb(r) ->> 'purged_at')::timestamptz::text
from orgfold.run as r
where starts_with(r.plan_id, $1)
order by r.id
