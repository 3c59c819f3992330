-- Purpose: a ledger of version 3 becomes one of version 4: a run keeps what the checks found in its own
-- rows. The first ledgers of version 3 did not know of emptied journals either.
-- Parameters: none.
alter table orgfold.run add column if not exists purged_at timestamptz;
alter table orgfold.run add column promised jsonb;
