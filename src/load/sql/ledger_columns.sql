-- Purpose: the columns of the tables of our schema, to find those that we did not make.
-- Parameters: none. Columns: table, column. Order: both.
select c.relname::text, a.attname::text
from pg_catalog.pg_namespace as n
join pg_catalog.pg_class as c on c.relnamespace = n.oid
join pg_catalog.pg_attribute as a on a.attrelid = c.oid
where n.nspname = 'orgfold' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attname
