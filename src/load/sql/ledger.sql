-- Purpose: our own schema: which plans were applied, what was there before, who approved.
-- Parameters: none. Run twice without harm. Holds personal data of all tenants: granted to nobody.
-- The tables of before-images follow from the declaration of columns: see merge.rs.
create schema if not exists orgfold;
revoke all on schema orgfold from public;

-- What the tables of this schema look like; a program that knows another number keeps away.
create table if not exists orgfold.ledger (
  version integer not null
);

create table if not exists orgfold.run (
  id bigint generated always as identity primary key,
  plan_id text not null,
  -- The schema of the application's tables: one plan may be applied to copies of them.
  application text not null,
  mode text not null,
  state text not null check (state in ('applied', 'partly_rolled_back', 'rolled_back')),
  applied_by text not null default current_user,
  applied_at timestamptz not null default clock_timestamp(),
  rolled_back_at timestamptz,
  -- Since then the journal holds no images of it: it cannot be rolled back.
  purged_at timestamptz,
  -- The columns of each table whose values the images of inserted rows hold, in their order.
  inserted jsonb not null,
  counts jsonb not null,
  approvals jsonb not null,
  -- How many of its own rows each check found when it was verified; null where that was not asked.
  promised jsonb
);
create unique index if not exists run_applied_key on orgfold.run (plan_id, application)
  where state <> 'rolled_back';

-- What was added to the catalog, to be undone in reverse order; what came with the expand step has
-- no run.
create table if not exists orgfold.addition (
  seq bigint generated always as identity primary key,
  run_id bigint references orgfold.run,
  application text not null,
  added jsonb not null
);
