-- Columns that look as if they held ids, and that no foreign key guards.
--
-- No parameters. kind says why it is listed. Guessed by type and name: a report, never a reason to refuse.
-- Order: schema, table, column.
select n.nspname::text as schema, c.relname::text as "table", a.attname::text as column, g.kind
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
    select case
        when a.atttypid = 'pg_catalog.uuid[]'::regtype then 'array of ids'
        when a.atttypid in ('pg_catalog.json'::regtype, 'pg_catalog.jsonb'::regtype)
            and a.attname::text ~* '(^|_)(old|new|before|after|previous|row|record|snapshot|payload)(_|$)'
            then 'snapshot of rows'
        when a.atttypid = 'pg_catalog.uuid'::regtype
            and a.attname::text ~* '(^|_)(organization|contact|customer|project|entity|tenant)_id$'
            then 'id without a key'
    end as kind
) as g
where g.kind is not null
    and c.relkind in ('r', 'p')
    and a.attnum > 0
    and not a.attisdropped
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'orgfold')
    and not exists (
        select
        from pg_catalog.pg_constraint as k
        where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)
    )
order by n.nspname::text collate "C", c.relname::text collate "C", a.attnum
