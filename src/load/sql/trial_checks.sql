-- Purpose: the checks of a table, to hold planned rows against them.
-- Parameters: $1 oid of the table. Columns: name; expression; columns that it reads. Order: name.
select
  k.conname::text as name,
  pg_catalog.pg_get_expr(k.conbin, k.conrelid) as expression,
  array(
    select a.attname::text
    from pg_catalog.pg_attribute as a
    where a.attrelid = k.conrelid and a.attnum = any (k.conkey)
  ) as reads
from pg_catalog.pg_constraint as k
where k.conrelid = $1 and k.contype = 'c'
order by k.conname::text collate "C"
