-- What verifications found, over time: one row for each check of each verification.
--
-- No parameters. Run twice without harm. The schema is the ledger's, and has to be there. Holds counts,
-- no values. Rows of one verification have one time.
create table if not exists orgfold.verification (
    id bigint generated always as identity primary key,
    at timestamptz not null default statement_timestamp(),
    -- The plan whose promise was compared; null where none was.
    plan_id text,
    code text not null,
    -- Offending rows that were promised; null where nothing was.
    expected bigint,
    -- Offending rows that were found.
    found bigint not null
)
