-- Whether a name is taken by a relation or a type of a schema.
--
-- Parameters: $1 schema, $2 name, $3 whether a table is to have it, which needs it as a type too.
-- One row. Columns: taken.
select
    exists (
        select
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2
    )
    or $3 and exists (
        select
        from pg_catalog.pg_type as t
        join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
        where n.nspname = $1 and t.typname = $2
    ) as taken
