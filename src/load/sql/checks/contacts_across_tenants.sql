-- Contacts in a customer organization of another tenant.
--
-- Columns: table, id of the contact, detail. Order: id.
-- The document put the contacts of two tenants into one organization by name, and handed one
-- tenant's contact to the other tenant itself; no check of it knows a tenant.
select
    'contacts' as "table",
    c.id::text as id,
    format(
        'filed under tenant %s, the owner of its organization %s is %s',
        c.tenant_id, o.id, o.owner_organization_id
    ) as detail
from contact as c
join organization as o on o.id = c.employer_id
where o.owner_organization_id <> c.tenant_id
order by c.id
