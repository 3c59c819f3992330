-- Views, rules and generated columns that depend on some tables, with the columns they depend on.
--
-- Parameters: $1 oids of tables. kind is view, materialized view, rule or generated column; subject is
-- its name. A rule of the table itself is listed whatever it reads, with no columns. Order: table,
-- subject.
select
    d.refobjid as table_oid,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'rule' end as kind,
    n.nspname::text || '.' || c.relname::text
        || case when c.relkind in ('v', 'm') then '' else '.' || r.rulename::text end as subject,
    array_agg(distinct a.attname::text order by a.attname::text)
        filter (where a.attname is not null) as columns
from pg_catalog.pg_depend as d
join pg_catalog.pg_rewrite as r on r.oid = d.objid
join pg_catalog.pg_class as c on c.oid = r.ev_class
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    and d.refobjsubid > 0
where d.classid = 'pg_catalog.pg_rewrite'::regclass
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = any ($1)
group by d.refobjid, c.relkind, n.nspname, c.relname, r.rulename
union all
-- Up to version 14 the column itself depends on what it is computed from, later its expression does.
select
    d.refobjid,
    'generated column',
    c.relname::text || '.' || g.attname::text,
    array_agg(distinct a.attname::text order by a.attname::text)
from pg_catalog.pg_depend as d
left join pg_catalog.pg_attrdef as f
    on f.oid = d.objid and d.classid = 'pg_catalog.pg_attrdef'::regclass
join pg_catalog.pg_attribute as g
    on g.attrelid = coalesce(f.adrelid, d.objid) and g.attnum = coalesce(f.adnum, d.objsubid)
join pg_catalog.pg_class as c on c.oid = g.attrelid
join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid in ('pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_class'::regclass)
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = any ($1)
    and g.attgenerated <> ''
    and a.attnum <> g.attnum
group by d.refobjid, c.relname, g.attname
order by 1, 3
