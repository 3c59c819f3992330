-- Logical replication slots of this database: somebody reads what publications say.
--
-- No parameters. Order: name.
select s.slot_name::text as name, s.active
from pg_catalog.pg_replication_slots as s
where s.slot_type = 'logical' and s.database = current_database()
order by s.slot_name::text collate "C"
