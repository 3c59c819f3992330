-- The tables whose rows a picture holds, with their columns.
-- Parameters: $1 schemas that are left out, besides those of the system.
-- Columns: schema; table; column; its place in the primary key from 1, or 0.
-- Order: by schema, table and name of the column.
SELECT
    n.nspname::text,
    c.relname::text,
    a.attname::text,
    coalesce(pg_catalog.array_position(k.conkey, a.attnum), 0)::int4
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relkind = 'r'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL ($1::text[])
    AND a.attname IS NOT NULL
ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C", a.attname::text COLLATE "C"
