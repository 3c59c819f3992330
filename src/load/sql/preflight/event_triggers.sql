-- Event triggers that watch definitions of tables: they may veto the expand step.
--
-- No parameters. Order: name.
select e.evtname::text as name, e.evtevent::text as event
from pg_catalog.pg_event_trigger as e
where e.evtenabled <> 'D'
order by e.evtname::text collate "C"
