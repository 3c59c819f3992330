-- The tables of one schema among the names asked for, with what decides who may do what to them.
--
-- Parameters: $1 schema, $2 names (text[]). Columns as listed; filtered says whether row-level security
-- hides rows from this role in this session. Order: name.
select
    c.oid,
    c.relname::text as name,
    c.relkind::text as kind,
    pg_get_userbyid(c.relowner)::text as owner,
    pg_has_role(c.relowner, 'USAGE') as owned,
    has_table_privilege(c.oid, 'SELECT') as readable,
    c.relrowsecurity as row_security,
    c.relforcerowsecurity as row_security_forced,
    row_security_active(c.oid) as filtered,
    c.relpersistence::text as persistence,
    c.relispartition as is_partition,
    exists (
        select from pg_catalog.pg_inherits as i where c.oid in (i.inhrelid, i.inhparent)
    ) as inherits,
    c.reltuples::bigint as estimate,
    pg_total_relation_size(c.oid) as bytes
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = $1
    and c.relname::text = any ($2)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname::text collate "C"
