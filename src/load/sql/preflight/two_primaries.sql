-- Projects with more than one primary contact point.
--
-- Placeholders: :points, the table; :project and :is_primary, its columns. Columns: id, points. Order: id.
select q.:project::text as id, count(*) as points
from :points as q
where q.:is_primary and q.:project is not null
group by q.:project
having count(*) > 1
order by q.:project
