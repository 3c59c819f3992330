-- Projects with a customer contact but without a customer organization.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document's query asked for a customer of any type, so that it counted a project whose customer
-- is a supplier for ever; and it never looked whether the contact exists.
select
    'projects' as "table",
    p.id::text as id,
    format('customer contact %s, no customer_organization_id', p.customer_id) as detail
from project as p
join contact as c on c.id = p.customer_id
where c.is_customer
    and p.customer_organization_id is null
order by p.id
