-- Purpose: every foreign key that refers to a table by one column.
-- Parameters: $1 schema, $2 table.
-- Columns: schema, table, column that refers, column referred to, whether the referring table has
-- a column id. Order: schema, table, column.
select n.nspname::text, c.relname::text, a.attname::text, f.attname::text,
       exists (select 1 from pg_attribute i
               where i.attrelid = c.oid and i.attname = 'id' and not i.attisdropped)
from pg_constraint con
join pg_class target on target.oid = con.confrelid
join pg_namespace tn on tn.oid = target.relnamespace
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = con.conrelid and a.attnum = con.conkey[1]
join pg_attribute f on f.attrelid = con.confrelid and f.attnum = con.confkey[1]
where con.contype = 'f' and array_length(con.conkey, 1) = 1
  and tn.nspname = $1 and target.relname = $2
order by 1, 2, 3
