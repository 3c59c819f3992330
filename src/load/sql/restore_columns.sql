-- The columns of a table, to know which of a source's it has.
-- Parameters: $1 schema, or NULL for the search path; $2 table. No row: there is no such table.
-- Columns: name; whether the server computes it; whether it holds text, which may be empty.
-- Order: as in the table.
SELECT a.attname::text, a.attgenerated <> '', t.typcategory = 'S'
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = pg_catalog.to_regclass(
        CASE WHEN $1::text IS NULL THEN '' ELSE pg_catalog.quote_ident($1::text) || '.' END
        || pg_catalog.quote_ident($2::text)
    )
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY a.attnum
