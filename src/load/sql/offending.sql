-- Runs one check: its offending rows, at most :limit of them, each with the exact number of all.
--
-- Placeholders: :prelude and :check (files of the folder checks), :limit. One statement, so that rows
-- and number are of one moment. Columns: table, id, detail, total; without an offence one row whose
-- first three are null. Order: id.
:prelude,
offending as materialized (
:check
)
select shown."table", shown.id, shown.detail, counted.total
from (select count(*) as total from offending) as counted
left join (
    select o."table", o.id, o.detail
    from offending as o
    order by o.id collate "C"
    limit :limit
) as shown on true
order by shown.id collate "C"
