-- Purpose: a ledger of version 1 becomes one of version 2: it knows the schema of a run, and what was
-- added is data.
-- Placeholder: :schema, the schema of runs that added nothing by which it could be told, as a literal.
alter table orgfold.image_contact_points rename to image_project_contact_points;
alter index orgfold.image_contact_points_pkey rename to image_project_contact_points_pkey;

alter table orgfold.run add column application text;
update orgfold.run as r
set application = coalesce(
  (
    select replace((regexp_match(u.statement, '"((?:[^"]|"")*)"\.'))[1], '""', '"')
    from orgfold.catalog_undo as u
    order by (u.run_id = r.id) is true desc, u.seq
    limit 1
  ),
  :schema
),
hash_columns = (r.hash_columns - 'contact_points')
  || jsonb_build_object('project_contact_points', r.hash_columns -> 'contact_points');
alter table orgfold.run alter column application set not null;
drop index orgfold.run_applied_key;
create unique index run_applied_key on orgfold.run (plan_id, application) where state = 'applied';

create table orgfold.addition (
  seq bigint generated always as identity primary key,
  run_id bigint references orgfold.run,
  application text not null,
  added jsonb not null
);
-- What somebody has dropped since and cannot be told any more is forgotten.
insert into orgfold.addition (run_id, application, added)
select d.run_id, d.schema, d.added
from (
  select
    u.seq,
    u.run_id,
    w.schema,
    case
      when w.part = 'column' then jsonb_build_object(
        'adds', 'column', 'table', t.named, 'name', w.name,
        'sql', coalesce(
          (
            select format_type(a.atttypid, a.atttypmod)
            from pg_attribute as a
            where a.attrelid = to_regclass(format('%I.%I', w.schema, w.relation))
              and a.attname = w.name
          ),
          'text'
        )
      )
      when w.part = 'constraint' then jsonb_build_object(
        'adds', 'constraint', 'table', t.named, 'name', w.name,
        'rows', case when u.what like 'primary key %' then 'all' else 'new_then_all' end,
        'definition', coalesce(
          (
            select pg_get_constraintdef(k.oid)
            from pg_constraint as k
            where k.conrelid = to_regclass(format('%I.%I', w.schema, w.relation))
              and k.conname = w.name
          ),
          ''
        )
      )
      when w.verb = 'drop table' then jsonb_build_object(
        'adds', 'table', 'table', t.named, 'columns', '[]'::jsonb
      )
      else (
        select jsonb_build_object(
          'adds', 'index',
          'table', jsonb_build_object('schema', w.schema, 'name', c.relname),
          'name', w.relation,
          'uniqueness', case when i.indisunique then 'unique' else 'plain' end,
          'on', substring(pg_get_indexdef(i.indexrelid) from '\(.*$')
        )
        from pg_index as i
        join pg_class as c on c.oid = i.indrelid
        where i.indexrelid = to_regclass(format('%I.%I', w.schema, w.relation))
      )
    end as added
  from orgfold.catalog_undo as u
  cross join lateral regexp_match(
    u.statement,
    '^(alter table|drop table|drop index) "((?:[^"]|"")*)"\.(?:"((?:[^"]|"")*)"|([^ "]+))(?: drop (column|constraint) (.+))?$'
  ) as m (found)
  cross join lateral (
    select
      m.found[1] as verb,
      replace(m.found[2], '""', '"') as schema,
      replace(coalesce(m.found[3], m.found[4]), '""', '"') as relation,
      m.found[5] as part,
      m.found[6] as name
  ) as w
  cross join lateral (
    select jsonb_build_object('schema', w.schema, 'name', w.relation) as named
  ) as t
) as d
where d.added is not null
order by d.seq;
drop table orgfold.catalog_undo;

create table orgfold.ledger (
  version integer not null
);
insert into orgfold.ledger (version) values (2);
