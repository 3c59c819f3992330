-- The policies of some tables, and every policy on any table that depends on a column of theirs.
--
-- Parameters: $1 oids of tables. reads lists, as table.column, the columns of these tables that the
-- policy depends on; enforced says whether its table has row-level security on, owned whether this role
-- has its owner's rights. Expressions are printed with nothing but pg_catalog in the search path, so that
-- they say the same wherever they are run; the path is as it was when the answer comes. Without any there
-- is one row of nulls. Order: schema, table, name.
with path as materialized (
    select pg_catalog.current_setting('search_path') as before
),
bare as materialized (
    select pg_catalog.set_config('search_path', 'pg_catalog', true) as set from path
),
printed as materialized (
    select
        n.nspname::text as schema,
        c.relname::text as "table",
        c.oid = any ($1) as own,
        c.relrowsecurity as enforced,
        pg_has_role(c.relowner, 'USAGE') as owned,
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
    from bare
    cross join pg_catalog.pg_policy as p
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
),
-- Counting is what makes sure that all of them are printed before.
back as materialized (
    select pg_catalog.set_config('search_path', path.before, true) as set
    from path
    cross join (select pg_catalog.count(*) from printed) as whole
)
select printed.*
from back
left join printed on true
order by printed.schema collate "C", printed."table" collate "C", printed.name collate "C"
