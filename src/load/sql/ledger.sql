-- Purpose: our own schema: which plans were applied, what was there before, who approved.
-- Parameters: none. Run twice without harm. Holds personal data of all tenants: granted to nobody.
create schema if not exists orgfold;
revoke all on schema orgfold from public;

create table if not exists orgfold.run (
  id bigint generated always as identity primary key,
  plan_id text not null,
  mode text not null,
  state text not null check (state in ('applied', 'rolled_back')),
  applied_by text not null default current_user,
  applied_at timestamptz not null default clock_timestamp(),
  rolled_back_at timestamptz,
  -- The columns over which each table's rows were hashed, so that a column added later does not
  -- make every row look edited.
  hash_columns jsonb not null,
  counts jsonb not null,
  approvals jsonb not null
);
create unique index if not exists run_applied_key on orgfold.run (plan_id) where state = 'applied';

-- Before-images: one typed row for each row that a run inserted (action i, images null) or changed
-- (action u); after_hash tells whether somebody edited the row since.
create table if not exists orgfold.image_organizations (
  run_id bigint not null references orgfold.run,
  pk uuid not null,
  action "char" not null,
  owner_organization_id uuid,
  after_hash bigint not null,
  primary key (run_id, pk)
);
create table if not exists orgfold.image_contacts (
  run_id bigint not null references orgfold.run,
  pk uuid not null,
  action "char" not null,
  organization_id uuid,
  owner_organization_id uuid,
  customer_organization_id uuid,
  is_primary_contact boolean,
  after_hash bigint not null,
  primary key (run_id, pk)
);
create table if not exists orgfold.image_projects (
  run_id bigint not null references orgfold.run,
  pk uuid not null,
  action "char" not null,
  customer_organization_id uuid,
  after_hash bigint not null,
  primary key (run_id, pk)
);
create table if not exists orgfold.image_contact_points (
  run_id bigint not null references orgfold.run,
  pk uuid not null,
  action "char" not null,
  after_hash bigint not null,
  primary key (run_id, pk)
);

-- What undoes the DDL, to be run in reverse order; statements of the expand step have no run.
create table if not exists orgfold.catalog_undo (
  seq bigint generated always as identity primary key,
  run_id bigint references orgfold.run,
  what text not null,
  statement text not null
);
