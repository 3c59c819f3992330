-- Purpose: what each who looked saw and might do before and after, with what was lost, and what was
-- gained beyond the forecast: each tenant's own customer organizations, and new contact points whose
-- both ends are seen.
-- Placeholders: :organizations, :id, :owner; :points, the planned ones, with their columns :project
-- and :contact; :contacts_rel, :projects_rel, :organizations_rel, :points_rel, names as literals;
-- :contacts_open, :projects_open, whether everybody sees those tables. Order: who, table, command.
with pair as (
  select
    coalesce(b.who, a.who) as who,
    coalesce(b.rel, a.rel) as rel,
    coalesce(b.command, a.command) as command,
    coalesce(b.ids, '{}') as before,
    coalesce(a.ids, '{}') as after,
    b.code as code_before,
    a.code as code_after,
    coalesce(a.place, b.place) as place
  from (select * from pg_temp.orgfold_seen where phase = 'before') as b
  full join (select * from pg_temp.orgfold_seen where phase = 'after') as a
    using (who, rel, command)
),
gained as (
  select
    p.*,
    array(select unnest(p.before) except select unnest(p.after) order by 1) as lost,
    array(select unnest(p.after) except select unnest(p.before) order by 1) as more
  from pair as p
),
forecast as (
  select
    g.*,
    case
      when g.rel = :organizations_rel and g.command in ('select', 'select own') then array(
        select o.:id::text from :organizations as o
        where o.:owner = (select q.tenant from pg_temp.orgfold_probe as q where q.who = g.who)
          and o.:id::text = any (g.more)
      )
      when g.rel = :points_rel then array(
        select s.id::text from :points as s
        where s.id::text = any (g.more)
          and (:contacts_open or s.:contact::text = any (
            select unnest(v.ids) from pg_temp.orgfold_seen as v
            where v.phase = 'after' and v.who = g.who and v.rel = :contacts_rel and v.command = 'select'))
          and (:projects_open or s.:project::text = any (
            select unnest(v.ids) from pg_temp.orgfold_seen as v
            where v.phase = 'after' and v.who = g.who and v.rel = :projects_rel and v.command = 'select'))
      )
      else '{}'
    end as foreseen
  from gained as g
)
select
  q.label,
  q.role,
  q.tenant::text as tenant,
  f.rel,
  f.command,
  cardinality(f.before) as before,
  cardinality(f.after) as after,
  cardinality(f.foreseen) as foreseen,
  f.lost,
  array(select unnest(f.more) except select unnest(f.foreseen) order by 1) as beyond,
  f.code_before,
  f.code_after,
  f.place
from forecast as f
join pg_temp.orgfold_probe as q using (who)
order by f.who, f.rel collate "C", f.command collate "C"
