-- Contact points whose contact belongs to another tenant than the project.
--
-- Columns: table, id of the contact point, detail. Order: id.
-- The document's new table and its policy took any pair: a user of one tenant could attach a contact
-- of another. A contact filed under what is no tenant (it has neither users nor projects) is not
-- counted: nobody can tell whose it is.
select
    'project_contact_points' as "table",
    q.id::text as id,
    format(
        'contact %s is of tenant %s, project %s of %s',
        c.id, c.tenant_id, p.id, coalesce(p.organization_id::text, 'none')
    ) as detail
from contact_point as q
join project as p on p.id = q.project_id
join contact as c on c.id = q.contact_id
where c.tenant_id is distinct from p.organization_id
    and c.tenant_id in (select t.id from tenant as t)
order by q.id
