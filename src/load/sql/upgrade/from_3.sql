-- Purpose: a ledger of version 3 becomes one of version 4: a run keeps what the checks found in its own
-- rows. The first ledgers of version 3 did not know of emptied journals either.
-- Parameters: none.
alter table orgfold.run add column if not exists purged_at timestamptz;
alter table orgfold.run add column promised jsonb;
-- The server would look the run up for each image.
alter table orgfold.image_organizations drop constraint if exists image_organizations_run_id_fkey;
alter table orgfold.image_contacts drop constraint if exists image_contacts_run_id_fkey;
alter table orgfold.image_projects drop constraint if exists image_projects_run_id_fkey;
alter table orgfold.image_project_contact_points
  drop constraint if exists image_project_contact_points_run_id_fkey,
  drop constraint if exists image_contact_points_run_id_fkey;
