-- Customer organizations without a contact.
--
-- Columns: table, id of the organization, detail. Order: id.
-- The document updated from a join with several matches, which takes any one: of organizations of
-- one name one got the contacts and the others stayed empty, which one depended on the plan.
select
    'organizations' as "table",
    o.id::text as id,
    format('owned by %s, no customer contact in it', o.owner_organization_id) as detail
from organization as o
where o.owner_organization_id <> o.id
    and not exists (select from member as m where m.organization_id = o.id)
order by o.id
