-- The foreign keys of the database, each with a statement that tells whether a row breaks it:
-- rows are restored without any check.
-- Parameters: none.
-- Columns: schema, table, name of the key; the statement, whose one row is true if it is broken.
-- Order: by name.
SELECT
    n.nspname::text,
    c.relname::text,
    k.conname::text,
    pg_catalog.format(
        'SELECT EXISTS (SELECT FROM %I.%I c WHERE NOT EXISTS (SELECT FROM %I.%I p WHERE %s) AND %s)',
        n.nspname, c.relname, pn.nspname, p.relname, columns.equal, columns.filled
    )
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.string_agg(pg_catalog.format('p.%I = c.%I', pa.attname, ca.attname), ' AND ') AS equal,
        pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', ca.attname), ' AND ') AS filled
    FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS pair (child, parent)
    JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = pair.child
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.parent
) AS columns
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY 1, 2, 3
