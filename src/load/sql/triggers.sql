-- Purpose: the user triggers of the tables that a load touches, with the state to restore.
-- Parameters: $1 schema, $2 tables.
-- Columns: table, trigger, tgenabled. Order: table, trigger.
select c.relname::text, t.tgname::text, t.tgenabled::text
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = any ($2) and not t.tgisinternal and t.tgenabled <> 'D'
order by 1, 2
