-- The columns of some tables.
--
-- Parameters: $1 oids of tables. A domain is followed to the type under it (base); max_length is that of
-- varchar(n) and char(n), of a domain's base too; stored_as is the type under it with its modifier. Order:
-- table, position.
with recursive step as (
    select t.oid as type, t.oid as base, t.typtype, t.typbasetype, -1 as typmod
    from pg_catalog.pg_type as t
    union all
    select s.type, b.oid, b.typtype, b.typbasetype,
        case when s.typmod <> -1 then s.typmod else d.typtypmod end
    from step as s
    join pg_catalog.pg_type as d on d.oid = s.base
    join pg_catalog.pg_type as b on b.oid = d.typbasetype
    where d.typtype = 'd'
)
select
    a.attrelid as table_oid,
    a.attnum as position,
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as declared,
    t.typtype::text as category,
    b.typname::text as base,
    b.typtype::text as base_category,
    format_type(b.oid, case when a.atttypmod <> -1 then a.atttypmod else s.typmod end) as stored_as,
    bn.nspname = 'pg_catalog' as base_is_builtin,
    case
        when b.typname not in ('varchar', 'bpchar') then null
        when a.atttypmod > 4 then a.atttypmod - 4
        when s.typmod > 4 then s.typmod - 4
    end as max_length,
    a.attnotnull or (t.typtype = 'd' and t.typnotnull) as not_null,
    a.atthasdef or t.typdefault is not null as has_default,
    a.attgenerated::text as generated,
    a.attidentity::text as identity
from pg_catalog.pg_attribute as a
join pg_catalog.pg_type as t on t.oid = a.atttypid
join step as s on s.type = t.oid and s.typtype <> 'd'
join pg_catalog.pg_type as b on b.oid = s.base
join pg_catalog.pg_namespace as bn on bn.oid = b.typnamespace
where a.attrelid = any ($1)
    and a.attnum > 0
    and not a.attisdropped
order by a.attrelid, a.attnum
