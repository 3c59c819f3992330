-- Purpose: what in the schema orgfold is not ours: whoever may make a schema could have laid it out
-- before us, with code that would run with the rights of who loads.
-- Parameters: none. Columns: what it is, by name. Order: that text. No row: the schema is ours, or
-- is not there.
with ledger as (
  select n.oid, n.nspowner from pg_namespace as n where n.nspname = 'orgfold'
)
select format('the schema belongs to the role %s', l.nspowner::regrole) as what
from ledger as l
join pg_roles as r on r.oid = l.nspowner
where r.rolname <> current_user and not r.rolsuper
union all
select format('%s belongs to the role %s', c.oid::regclass, c.relowner::regrole)
from ledger as l
join pg_class as c on c.relnamespace = l.oid
where c.relowner <> l.nspowner and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
union all
select format('%s has the trigger %I', t.tgrelid::regclass, t.tgname)
from ledger as l
join pg_class as c on c.relnamespace = l.oid
join pg_trigger as t on t.tgrelid = c.oid
where not t.tgisinternal
union all
select format('%s has the rule %I', w.ev_class::regclass, w.rulename)
from ledger as l
join pg_class as c on c.relnamespace = l.oid
join pg_rewrite as w on w.ev_class = c.oid
order by 1
