-- The publications that some tables are in, by name, by schema or because everything is.
--
-- Parameters: $1 oids of tables. Order: table, publication.
select c.oid as table_oid, p.pubname::text as name
from pg_catalog.pg_publication_tables as p
join pg_catalog.pg_namespace as n on n.nspname = p.schemaname
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = p.tablename
where c.oid = any ($1)
order by c.oid, p.pubname::text collate "C"
