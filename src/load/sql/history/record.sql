-- Files one verification.
--
-- Parameters: $1 plan or null, $2 codes, $3 expected counts (null where nothing was promised), $4 found
-- counts; the arrays in one order, which the ids keep.
insert into orgfold.verification (plan_id, code, expected, found)
select $1, u.code, u.expected, u.found
from unnest($2::text[], $3::bigint[], $4::bigint[]) with ordinality as u (code, expected, found, position)
order by u.position
