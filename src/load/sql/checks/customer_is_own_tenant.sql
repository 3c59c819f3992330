-- Projects whose customer organization is their own tenant.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document copied the organization of a contact without asking whether that contact had been
-- moved: the customer of a walk-in became the tenant itself, and a check for nulls was content.
select
    'projects' as "table",
    p.id::text as id,
    format('customer_organization_id %s is its own tenant', p.customer_organization_id) as detail
from project as p
where p.customer_organization_id = p.organization_id
order by p.id
