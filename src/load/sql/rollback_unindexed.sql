-- Purpose: foreign keys that would look through whole tables, once for each deleted row.
-- Parameters: $1 oid of the table from which rows are deleted, $2 how many, $3 its key column.
-- Columns: schema, table, columns to index. Of a composite key only the column that refers to the
-- key column is, where there is one: it finds few rows. Tables of which all rows, for all deletes,
-- are looked at in a second or two are left alone, and so are those of other owners. Order: name.
with referring as (
  select distinct
    n.nspname::text as schema,
    c.relname::text as name,
    c.oid,
    coalesce(
      (
        select array[k.conkey[u.position]]
        from unnest(k.confkey) with ordinality as u (attnum, position)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
        where a.attname = $3::text
      ),
      k.conkey
    ) as columns
  from pg_constraint as k
  join pg_class as c on c.oid = k.conrelid
  join pg_namespace as n on n.oid = c.relnamespace
  where k.contype = 'f'
    and k.confrelid = $1
    -- Of a partitioned table, each part has the key too.
    and c.relkind = 'r'
    and pg_has_role(c.relowner, 'usage')
    and $2::float8 * greatest(c.reltuples::float8, pg_relation_size(c.oid) / 200.0) > 5e6
)
select
  r.schema,
  r.name,
  array(
    select a.attname::text
    from unnest(r.columns) with ordinality as u (attnum, position)
    join pg_attribute as a on a.attrelid = r.oid and a.attnum = u.attnum
    order by u.position
  ) as columns
from referring as r
where not exists (
  select
  from pg_index as i
  join pg_class as x on x.oid = i.indexrelid
  join pg_am as m on m.oid = x.relam
  where i.indrelid = r.oid
    and i.indisvalid
    and i.indpred is null
    and m.amname in ('btree', 'hash')
    and (i.indkey::int2[])[0:cardinality(r.columns) - 1] @> r.columns
)
order by 1, 2, 3
