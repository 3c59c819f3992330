-- Purpose: the unique indexes of a table but that of its primary key, to hold planned rows against
-- them.
-- Parameters: $1 oid of the table. Columns: name; what is unique, a column or expression each; the
-- filter, null without one; plain columns; whether there are expressions. Order: name.
select
  c.relname::text as name,
  array(
    select pg_catalog.pg_get_indexdef(i.indexrelid, k, true)
    from pg_catalog.generate_series(1, i.indnkeyatts::integer) as k
    order by k
  ) as keys,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) as filter,
  array(
    select a.attname::text
    from pg_catalog.pg_attribute as a
    where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[]) and a.attnum > 0
  ) as reads,
  i.indexprs is not null as has_expressions
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where i.indrelid = $1 and i.indisunique and not i.indisprimary and i.indislive
order by c.relname::text collate "C"
