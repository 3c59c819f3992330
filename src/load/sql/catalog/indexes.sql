-- The indexes of some tables.
--
-- Parameters: $1 oids of tables. columns are the key columns, null for an expression. Order: table, name.
select
    i.indrelid as table_oid,
    c.relname::text as name,
    i.indisprimary as is_primary,
    i.indisunique as is_unique,
    i.indisvalid as is_valid,
    i.indpred is not null as is_partial,
    i.indisreplident as is_replica_identity,
    i.indisclustered as is_clustered,
    array(
        select a.attname::text
        from unnest(i.indkey::int2[]) with ordinality as u (attnum, position)
        left join pg_catalog.pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = u.attnum and u.attnum > 0
        where u.position <= i.indnkeyatts
        order by u.position
    ) as columns
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where i.indrelid = any ($1)
order by i.indrelid, c.relname::text collate "C"
