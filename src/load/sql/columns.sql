-- Purpose: the columns of one table.
-- Parameters: $1 schema, $2 table.
-- Columns: name, type as the server writes it, whether NULL is allowed, whether it has a default.
-- Order: as in the table.
select a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull,
       a.atthasdef or a.attidentity <> ''
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')
  and a.attnum > 0 and not a.attisdropped
order by a.attnum
