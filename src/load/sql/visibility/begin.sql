-- Purpose: what a proof of visibility is made of, for one transaction: who looks, at what, at which
-- rows, and what each saw. Parameters: none. Granted to nobody: those who look never see it.
create temporary table orgfold_probe (
  who integer primary key,
  label text not null,
  role text not null,
  settings jsonb not null,
  tenant uuid,
  moved text,
  moves_to uuid
) on commit drop;
create temporary table orgfold_target (
  nr integer primary key,
  rel text not null,
  command text not null,
  statement text not null
) on commit drop;
create temporary table orgfold_sample (
  rel text not null,
  id text not null,
  tenant uuid,
  nr bigint not null,
  changes boolean not null
) on commit drop;
create temporary table orgfold_row (
  rel text not null,
  tenant uuid not null,
  content jsonb not null
) on commit drop;
create temporary table orgfold_seen (
  phase text not null,
  who integer not null,
  rel text not null,
  command text not null,
  ids text[] not null,
  code text,
  place text,
  primary key (phase, who, rel, command)
) on commit drop;
