-- Foreign keys from or to some tables, in whatever schema the other end is.
--
-- Parameters: $1 oids of tables. indexed says whether a whole, valid index of the referring table begins
-- with the referring columns. from_key is the primary key of the referring table. Actions are spelled
-- out. Order: referring schema, table, name.
select
    k.conname::text as name,
    k.conrelid as from_oid,
    fn.nspname::text as from_schema,
    f.relname::text as from_table,
    array(
        select a.attname::text
        from unnest(k.conkey) with ordinality as u (attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
        order by u.position
    ) as from_columns,
    array(
        select a.attname::text
        from pg_catalog.pg_constraint as p
        cross join unnest(p.conkey) with ordinality as u (attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
        where p.conrelid = k.conrelid and p.contype = 'p'
        order by u.position
    ) as from_key,
    k.confrelid as to_oid,
    tn.nspname::text as to_schema,
    t.relname::text as to_table,
    array(
        select a.attname::text
        from unnest(k.confkey) with ordinality as u (attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
        order by u.position
    ) as to_columns,
    case k.confdeltype
        when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default'
        when 'r' then 'restrict' else 'no action'
    end as on_delete,
    case k.confupdtype
        when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default'
        when 'r' then 'restrict' else 'no action'
    end as on_update,
    k.convalidated as validated,
    k.condeferrable as deferrable,
    exists (
        select
        from pg_catalog.pg_index as i
        where i.indrelid = k.conrelid
            and i.indpred is null
            and i.indisvalid
            and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
    ) as indexed
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as f on f.oid = k.conrelid
join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace
join pg_catalog.pg_class as t on t.oid = k.confrelid
join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
where k.contype = 'f'
    and k.conparentid = 0
    and (k.conrelid = any ($1) or k.confrelid = any ($1))
order by fn.nspname::text collate "C", f.relname::text collate "C", k.conname::text collate "C"
