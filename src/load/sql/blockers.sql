-- Purpose: who else holds or awaits a lock on the tables of a load, or the load's advisory lock.
-- Parameters: $1 schema, $2 tables. Columns: process, role, application. Order: process.
select distinct l.pid, coalesce(a.usename, '?')::text, coalesce(nullif(a.application_name, ''), '?')
from pg_locks l
join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_activity a on a.pid = l.pid
where n.nspname = $1 and c.relname = any ($2) and l.granted and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
order by 1
