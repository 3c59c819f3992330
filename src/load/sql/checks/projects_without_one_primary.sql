-- Projects with contact points of which not exactly one is primary.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document's last step run again gave every project a second primary contact point; its check
-- asked only whether there is one.
select
    'projects' as "table",
    q.project_id::text as id,
    format(
        '%s primary of %s contact points', count(*) filter (where q.is_primary), count(*)
    ) as detail
from contact_point as q
where q.project_id is not null
group by q.project_id
having count(*) filter (where q.is_primary) <> 1
order by q.project_id
