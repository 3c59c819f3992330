-- Triggers of a table that write, with the rights of whoever changes a row, into a table on which
-- row-level security is on, and that speak of a column.
--
-- Parameters: $1 oid of the table, $2 column, $3 name of our trigger. Told by the text of the function.
-- snapshots are columns of the written table that may hold the whole row; is_filed says whether our
-- trigger is there. Order: trigger, written schema, written table.
select
    t.tgname::text as trigger,
    p.proname::text as function,
    n.nspname::text as schema,
    c.relname::text as written,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as owned,
    exists (
        select from pg_catalog.pg_attribute as a
        where a.attrelid = c.oid and a.attname::text = $2 and a.atttypid = 'uuid'::pg_catalog.regtype
            and not a.attisdropped
    ) as has_tenant,
    array(
        select a.attname::text from pg_catalog.pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('jsonb'::pg_catalog.regtype, 'json'::pg_catalog.regtype)
        order by a.attnum
    ) as snapshots,
    exists (
        select from pg_catalog.pg_trigger as f
        where f.tgrelid = c.oid and f.tgname::text = $3 and f.tgenabled in ('O', 'A')
    ) as is_filed
from pg_catalog.pg_trigger as t
join pg_catalog.pg_proc as p on p.oid = t.tgfoid
join pg_catalog.pg_language as l on l.oid = p.prolang
join pg_catalog.pg_class as c
    on c.relkind in ('r', 'p')
        and c.relrowsecurity
        and p.prosrc ~* (
            '\minsert\s+into\s+([[:alnum:]_"]+\s*\.\s*)?"?'
            || pg_catalog.regexp_replace(c.relname::text, '([^[:alnum:]_[:space:]])', '\\\1', 'g')
            || '\M'
        )
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where t.tgrelid = $1
    and not t.tgisinternal
    and t.tgenabled <> 'D'
    and t.tgtype & 16 > 0
    and not p.prosecdef
    and l.lanname not in ('c', 'internal')
    and p.prosrc ~* (
        '\m'
        || pg_catalog.regexp_replace($2, '([^[:alnum:]_[:space:]])', '\\\1', 'g')
        || '\M'
    )
order by t.tgname::text collate "C", n.nspname::text collate "C", c.relname::text collate "C"
