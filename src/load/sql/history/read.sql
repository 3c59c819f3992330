-- The latest verifications, newest first, each with its checks in their order.
--
-- Parameters: $1 beginning of a plan's id, null for all; $2 how many verifications.
-- Columns: at, plan_id, code, expected, found. Order: time downwards, id.
select
    to_char(v.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
    v.plan_id,
    v.code,
    v.expected,
    v.found
from orgfold.verification as v
where v.at in (
    select w.at
    from orgfold.verification as w
    where $1::text is null or starts_with(w.plan_id, $1)
    group by w.at
    order by w.at desc
    limit $2
)
    and ($1::text is null or starts_with(v.plan_id, $1))
order by v.at desc, v.id
