-- Purpose: whether nothing was ever entered in the ledger, and nothing stands beside it.
-- Parameters: none. One row. Columns: unused.
select
  not exists (select from orgfold.run)
  and not exists (select from orgfold.addition)
  and pg_catalog.to_regclass('orgfold.verification') is null
