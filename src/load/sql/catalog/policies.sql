-- The policies of some tables, and every policy on any table that depends on a column of theirs.
--
-- Parameters: $1 oids of tables. reads lists, as table.column, the columns of these tables that the
-- policy depends on; enforced says whether its table has row-level security on. Order: schema, table, name.
select
    n.nspname::text as schema,
    c.relname::text as "table",
    c.oid = any ($1) as own,
    c.relrowsecurity as enforced,
    p.polname::text as name,
    case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
        else 'all'
    end as command,
    p.polpermissive as permissive,
    array(
        select coalesce(r.rolname::text, 'public')
        from unnest(p.polroles) as u (oid)
        left join pg_catalog.pg_roles as r on r.oid = u.oid
        order by 1
    ) as roles,
    pg_get_expr(p.polqual, p.polrelid) as using,
    pg_get_expr(p.polwithcheck, p.polrelid) as with_check,
    array(
        select distinct f.relname::text || '.' || a.attname::text
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_class as f on f.oid = d.refobjid
        join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_policy'::regclass
            and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass
            and d.refobjsubid > 0
            and d.refobjid = any ($1)
        order by 1
    ) as reads
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.oid = any ($1)
    or exists (
        select
        from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_policy'::regclass
            and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass
            and d.refobjid = any ($1)
    )
order by n.nspname::text collate "C", c.relname::text collate "C", p.polname::text collate "C"
