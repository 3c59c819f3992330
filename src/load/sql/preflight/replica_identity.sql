-- The publications that publish updates of a table whose rows their subscribers cannot tell.
--
-- Parameters: $1 oid of the table, $2 publications that it is in. Columns: publication. Order: name.
select p.pubname::text as publication
from pg_catalog.pg_publication as p
join pg_catalog.pg_class as c on c.oid = $1
where p.pubname::text = any ($2)
    and p.pubupdate
    and c.relreplident = 'n'
order by p.pubname::text collate "C"
