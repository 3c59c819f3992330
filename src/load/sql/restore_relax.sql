-- Purpose: the tables of the reference schema demand no more of their rows than a plan does: whoever has a
-- small export can rehearse it.
-- Placeholders: :schema as a literal; :demanded, literals `table.column` of what a plan demands.
do $orgfold$
declare
  it record;
begin
  -- One number for two tenants, or one address for two users, is nothing that a plan refuses.
  for it in
    select c.oid::regclass as relation, k.conname as name
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_constraint as k on k.conrelid = c.oid
    where n.nspname = :schema and k.contype = 'u' and c.relname in ('users', 'projects')
  loop
    execute format('alter table %s drop constraint %I', it.relation, it.name);
  end loop;
  for it in
    select
      c.oid::regclass as relation, a.attname as name, t.typtype = 'e' as is_listed,
      a.attnotnull and c.relname || '.' || a.attname not in (:demanded) and not exists (
        select from pg_catalog.pg_index as i
        where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)
      ) as is_loose
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    where n.nspname = :schema and c.relkind = 'r'
  loop
    if it.is_loose then
      execute format('alter table %s alter column %I drop not null', it.relation, it.name);
    end if;
    -- A kind of contact, or a status, is whatever the source calls it.
    if it.is_listed then
      execute format(
        'alter table %1$s alter column %2$I drop default, alter column %2$I type text', it.relation, it.name
      );
    end if;
  end loop;
end
$orgfold$
