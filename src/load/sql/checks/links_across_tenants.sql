-- Projects whose customer organization belongs to another tenant.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document matched names over all tenants, so that two tenants' customer of one name became one
-- organization, and a project of either pointed at it. An organization without an owner is no
-- offence here: nothing says whose it is.
select
    'projects' as "table",
    p.id::text as id,
    format(
        'its tenant is %s, the owner of organization %s is %s',
        coalesce(p.organization_id::text, 'none'), o.id, o.owner_organization_id
    ) as detail
from project as p
join organization as o on o.id = p.customer_organization_id
where o.owner_organization_id is not null
    and o.owner_organization_id is distinct from p.organization_id
order by p.id
