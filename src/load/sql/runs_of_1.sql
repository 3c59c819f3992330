-- Purpose: the same as runs.sql, of a ledger of version 1: it does not know the schema of a run, which
-- what undoes its DDL tells.
-- Parameters: $1 beginning of the plan id. Order: as they were applied.
select
  r.id,
  r.plan_id,
  coalesce(
    (
      select replace((regexp_match(u.statement, '"((?:[^"]|"")*)"\.'))[1], '""', '"')
      from orgfold.catalog_undo as u
      order by (u.run_id = r.id) is true desc, u.seq
      limit 1
    ),
    ''
  ),
  r.mode,
  r.state,
  r.applied_by,
  r.applied_at::text,
  r.rolled_back_at::text,
  null::text
from orgfold.run as r
where starts_with(r.plan_id, $1)
order by r.id
