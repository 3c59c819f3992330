-- Tables whose rows row-level security hides from this role in this session.
--
-- Parameters: $1 oids of tables. Columns: name. Order: name.
select c.relname::text as name
from pg_catalog.pg_class as c
where c.oid = any ($1)
    and row_security_active(c.oid)
order by c.relname::text collate "C"
