-- Purpose: the names of constraints and indexes of one table.
-- Parameters: $1 schema, $2 table.
-- Columns: name. Order: name.
select con.conname::text from pg_constraint con
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2
union
select i.relname::text from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2
order by 1
