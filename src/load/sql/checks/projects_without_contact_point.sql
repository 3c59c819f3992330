-- Projects whose customer contact, of their own tenant, is not among their contact points.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document counted projects without any contact point: one of another contact, or of another
-- tenant's, satisfied it.
select
    'projects' as "table",
    p.id::text as id,
    format('contact %s is no contact point of it', c.id) as detail
from project as p
join contact as c on c.id = p.customer_id
where c.is_customer
    and c.tenant_id is not distinct from p.organization_id
    and not exists (
        select from contact_point as q where q.project_id = p.id and q.contact_id = c.id
    )
order by p.id
