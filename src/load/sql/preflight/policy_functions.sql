-- The functions that policies call by themselves, with their text.
--
-- No parameters. Columns: schema, table and name of the policy, text. Order: those.
select n.nspname::text, c.relname::text, p.polname::text, f.prosrc
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
        and d.refclassid = 'pg_catalog.pg_proc'::regclass
join pg_catalog.pg_proc as f on f.oid = d.refobjid
join pg_catalog.pg_language as l on l.oid = f.prolang
where l.lanname not in ('c', 'internal')
order by n.nspname::text collate "C", c.relname::text collate "C", p.polname::text collate "C", f.oid
