-- Purpose: a ledger of version 2 becomes one of version 3, but for the images: a run may be rolled back
-- in part, and keeps what it inserted. `hash_columns` goes once the images are done.
-- Parameters: none.
alter table orgfold.run drop constraint run_state_check;
alter table orgfold.run add constraint run_state_check
  check (state in ('applied', 'partly_rolled_back', 'rolled_back'));
drop index orgfold.run_applied_key;
create unique index run_applied_key on orgfold.run (plan_id, application)
  where state <> 'rolled_back';
alter table orgfold.run add column inserted jsonb not null default '{}';
alter table orgfold.run alter column inserted drop default;

-- How a table was protected was not kept at first: what undoes it does not need it.
update orgfold.addition
set added = added || jsonb_build_object(
  'protection',
  jsonb_build_object(
    'rights_of', jsonb_build_array(added -> 'table', added -> 'table'), 'visible', null
  )
)
where added ->> 'adds' = 'table' and not added ? 'protection';
