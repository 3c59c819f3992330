-- Triggers of a table that write, with the rights of whoever changes a row, into a table on which
-- row-level security is on, and that speak of a column.
--
-- Parameters: $1 oid of the table, $2 column. Told by the text of the function. Columns: trigger,
-- function, written. Order: trigger.
select
    t.tgname::text as trigger,
    p.proname::text as function,
    pg_catalog.min(c.relname::text) as written
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
group by t.tgname, p.proname
order by t.tgname::text collate "C"
