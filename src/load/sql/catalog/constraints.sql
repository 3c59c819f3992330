-- The names of the constraints of some tables.
--
-- Parameters: $1 oids of tables. Order: table, name.
select k.conrelid as table_oid, k.conname::text as name
from pg_catalog.pg_constraint as k
where k.conrelid = any ($1)
order by k.conrelid, k.conname::text collate "C"
