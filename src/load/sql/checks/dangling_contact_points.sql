-- Contact points without their project or contact.
--
-- Columns: table, id of the contact point, detail. Order: id.
-- The document's table allows null in both columns, and no check of it looks there.
select
    'project_contact_points' as "table",
    q.id::text as id,
    case
        when p.id is null and c.id is null then
            format(
                'project_id %s names no project, contact_id %s no contact',
                coalesce(q.project_id::text, 'null'), coalesce(q.contact_id::text, 'null')
            )
        when p.id is null then
            format('project_id %s names no project', coalesce(q.project_id::text, 'null'))
        else format('contact_id %s names no contact', coalesce(q.contact_id::text, 'null'))
    end as detail
from contact_point as q
left join project as p on p.id = q.project_id
left join contact as c on c.id = q.contact_id
where p.id is null or c.id is null
order by q.id
