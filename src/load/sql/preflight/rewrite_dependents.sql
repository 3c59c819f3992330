-- What keeps the server from writing columns of a table anew in place: what is made of one of them, but
-- indexes, constraints and statistics, which are written anew too; and columns of the table's row type.
--
-- Parameters: $1 oid of the table, $2 names of columns (text[]). Columns: column, null for the whole row;
-- what is made of it, as the server describes it. Order: that text.
select
    a.attname::text as "column",
    pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) as what
from pg_catalog.pg_depend as d
join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
left join pg_catalog.pg_attrdef as f
    on f.oid = d.objid and d.classid = 'pg_catalog.pg_attrdef'::regclass
where d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = $1
    and a.attname = any ($2)
    -- An index has no number of a column; up to version 14 a generated column has.
    and (d.classid <> 'pg_catalog.pg_class'::regclass or d.objsubid <> 0)
    and d.classid not in (
        'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_statistic_ext'::regclass
    )
    -- The default of the column itself.
    and not coalesce(f.adrelid = a.attrelid and f.adnum = a.attnum, false)
union
select null, pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, a.attrelid, a.attnum)
from pg_catalog.pg_class as c
join pg_catalog.pg_type as t on t.oid = c.reltype
join pg_catalog.pg_attribute as a on a.atttypid in (t.oid, t.typarray) and not a.attisdropped
join pg_catalog.pg_class as r on r.oid = a.attrelid and r.relkind in ('r', 'm', 'p')
where c.oid = $1
order by 2
