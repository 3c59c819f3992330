-- Purpose: our schema is granted to nobody, whatever the default privileges of this database are.
-- Parameters: none. Run twice without harm.
do $orgfold$
declare
  holder record;
begin
  for holder in
    select distinct
      case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as name
    from pg_namespace as n, aclexplode(n.nspacl) as a
    where n.nspname = 'orgfold' and a.grantee <> n.nspowner
  loop
    execute format('revoke all on schema orgfold from %s', holder.name);
  end loop;
  for holder in
    select distinct
      c.oid::regclass as relation,
      case when c.relkind = 'S' then 'sequence' else 'table' end as kind,
      case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as name
    from pg_namespace as n
    join pg_class as c on c.relnamespace = n.oid, aclexplode(c.relacl) as a
    where n.nspname = 'orgfold' and a.grantee <> c.relowner
  loop
    execute format('revoke all on %s %s from %s', holder.kind, holder.relation, holder.name);
  end loop;
end
$orgfold$
