-- Purpose: a table that was just made is open to nobody to whom its neighbours are not: default
-- privileges may have opened it. Each role gets what it holds on both neighbours, and no more.
-- Placeholders: :table, :first, :second, qualified and quoted, as literals. Run once, in the
-- transaction that makes the table.
do $orgfold$
declare
  made constant oid := :table::regclass;
  holder record;
begin
  for holder in
    select distinct
      case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as name
    from pg_class as c, aclexplode(c.relacl) as a
    where c.oid = made and a.grantee <> c.relowner
  loop
    execute format('revoke all on table %s from %s', made::regclass, holder.name);
  end loop;
  for holder in
    select
      case when h.grantee = 0 then 'public' else h.grantee::regrole::text end as name,
      string_agg(h.privilege_type, ', ' order by h.privilege_type) as rights
    from (
      select a.grantee, a.privilege_type
      from pg_class as c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
      where c.oid = :first::regclass
      intersect
      select a.grantee, a.privilege_type
      from pg_class as c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
      where c.oid = :second::regclass
    ) as h
    where h.grantee <> (select c.relowner from pg_class as c where c.oid = made)
    group by h.grantee
  loop
    execute format('grant %s on table %s to %s', holder.rights, made::regclass, holder.name);
  end loop;
end
$orgfold$
