-- The triggers that people made on some tables; those behind keys are left out.
--
-- Parameters: $1 oids of tables. state is tgenabled: O, D, R or A. source is the text of the function,
-- null where it is not in an interpreted language. Order: table, name.
select
    t.tgrelid as table_oid,
    t.tgname::text as name,
    t.tgenabled::text as state,
    case when t.tgtype & 66 = 2 then 'before' when t.tgtype & 66 = 64 then 'instead of' else 'after' end
        as timing,
    array_remove(
        array[
            case when t.tgtype & 4 > 0 then 'insert' end,
            case when t.tgtype & 8 > 0 then 'delete' end,
            case when t.tgtype & 16 > 0 then 'update' end,
            case when t.tgtype & 32 > 0 then 'truncate' end
        ],
        null
    ) as events,
    t.tgtype & 1 > 0 as for_each_row,
    n.nspname::text || '.' || p.proname::text as function,
    case when l.lanname not in ('c', 'internal') then p.prosrc end as source
from pg_catalog.pg_trigger as t
join pg_catalog.pg_proc as p on p.oid = t.tgfoid
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where t.tgrelid = any ($1)
    and not t.tgisinternal
order by t.tgrelid, t.tgname::text collate "C"
