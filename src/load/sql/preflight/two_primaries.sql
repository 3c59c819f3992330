-- Projects with more than one primary contact point.
--
-- Placeholders: :points, the table. Columns: id, points. Order: id.
select q.project_id::text as id, count(*) as points
from :points as q
where q.is_primary and q.project_id is not null
group by q.project_id
having count(*) > 1
order by q.project_id
