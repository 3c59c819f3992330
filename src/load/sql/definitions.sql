-- Purpose: one hash over the definitions of the tables and of everything that hangs on them, to tell
-- whether they are still what they were.
-- Placeholders: :schema and :tables, as literals. One row. Columns: the hash.
select pg_catalog.md5(coalesce(pg_catalog.string_agg(d.line, e'\n' order by d.line collate "C"), '')) as hash
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
  select pg_catalog.format('%s: %s %s %s', c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity)
  union all
  select pg_catalog.format(
    '%s.%s: %s %s %s %s %s', c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.attnotnull, a.attgenerated, a.attidentity, pg_catalog.pg_get_expr(e.adbin, e.adrelid)
  )
  from pg_catalog.pg_attribute as a
  left join pg_catalog.pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  union all
  select pg_catalog.format('%s %s: %s', c.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid))
  from pg_catalog.pg_constraint as k
  where k.conrelid = c.oid and k.contype <> 'n'
  union all
  select pg_catalog.format('%s: %s', c.relname, pg_catalog.pg_get_indexdef(i.indexrelid))
  from pg_catalog.pg_index as i
  where i.indrelid = c.oid
  union all
  select pg_catalog.format('%s: %s %s', c.relname, pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled)
  from pg_catalog.pg_trigger as t
  where t.tgrelid = c.oid and not t.tgisinternal
  union all
  select pg_catalog.format(
    '%s %s: %s %s %s %s %s', c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
  )
  from pg_catalog.pg_policy as p
  where p.polrelid = c.oid
) as d (line)
where n.nspname = :schema and c.relname in (:tables)
