-- Locks that others hold on some tables, or wait for, strong enough to matter.
--
-- Parameters: $1 oids of tables. blocks says whether the lock conflicts with SHARE ROW EXCLUSIVE, which
-- the load takes; a reader's lock stands only in the way of the expand step. No text of a query, since
-- it may hold values. Order: table, process, mode.
select
    c.relname::text as "table",
    coalesce(l.pid::text, 'a prepared transaction') as process,
    l.mode,
    l.granted,
    l.mode not in ('AccessShareLock', 'RowShareLock') as blocks,
    a.usename::text as role,
    a.application_name as application,
    a.state,
    extract(epoch from clock_timestamp() - a.xact_start)::bigint as seconds
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c on c.oid = l.relation
left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'relation'
    and l.database = (
        select d.oid from pg_catalog.pg_database as d where d.datname = current_database()
    )
    and l.relation = any ($1)
    and l.pid is distinct from pg_backend_pid()
order by c.relname::text collate "C", l.pid, l.mode collate "C"
