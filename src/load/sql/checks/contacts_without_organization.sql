-- Customer contacts that belong to no customer organization.
--
-- Columns: table, id of the contact, detail. Order: id.
-- The document asked whether organization_id is null, in a column that cannot be: zero before the
-- migration, zero after it. What belongs to a customer organization depends on the mode, and so
-- does this answer: a contact that names its own tenant, or nobody's organization, is in none.
select
    'contacts' as "table",
    c.id::text as id,
    format('filed under tenant %s, in no customer organization', coalesce(c.tenant_id::text, 'none'))
        as detail
from contact as c
where c.is_customer
    and c.employer_id is null
order by c.id
