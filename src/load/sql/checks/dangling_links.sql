-- Projects whose customer_organization_id names no organization.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document trusted its foreign key, which its own second statement made fail; and its rollback
-- deletes organizations by name without looking at who refers to them.
select
    'projects' as "table",
    p.id::text as id,
    format('customer_organization_id %s names no organization', p.customer_organization_id) as detail
from project as p
where p.customer_organization_id is not null
    and not exists (select from organization as o where o.id = p.customer_organization_id)
order by p.id
