-- Functions whose text names a table and a column; what they do with it only a person can tell.
--
-- Parameters: $1 table, $2 column. Trigger functions are left out: they are listed with their triggers.
-- Order: name.
select distinct n.nspname::text || '.' || p.proname::text as name
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
where l.lanname not in ('c', 'internal')
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'orgfold')
    and p.prorettype <> 'pg_catalog.trigger'::regtype
    and p.prosrc ~* ('\m' || regexp_replace($1, '([^[:alnum:]_[:space:]])', '\\\1', 'g') || '\M')
    and p.prosrc ~* ('\m' || regexp_replace($2, '([^[:alnum:]_[:space:]])', '\\\1', 'g') || '\M')
order by 1
