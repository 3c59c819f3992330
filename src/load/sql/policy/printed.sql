-- Every policy of this database as the server prints it, under the search path of the session.
--
-- No parameters. Columns: schema, table, name, using, with check. Order: those.
select
    n.nspname::text,
    c.relname::text,
    p.polname::text,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by n.nspname::text collate "C", c.relname::text collate "C", p.polname::text collate "C"
