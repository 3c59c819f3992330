-- What every check reads: the five tables with the columns that checks speak of, as they stand.
--
-- Put before each file of this folder; never run alone. Placeholders, filled from the catalog:
-- :organizations, :contacts, :projects, :points, :users  a select list and its table; a column that
--   does not exist yet is null there, a table that does not exist has no rows. Ids are uuid; text is
--   cast to text and compared byte by byte, whatever its type and collation.
-- :blanks  every character that Unicode calls white space: what "empty" is trimmed of.
-- :employer  the organization that a contact names as its customer organization. rehome: its
--   organization_id; link: its customer_organization_id. It is one only where it has an owner that is
--   another, or where there is no tenant at all.
with organization as not materialized (
    select
        o.id,
        o.owner_organization_id,
        coalesce(btrim(o.name, :blanks), '') as name,
        o.slug,
        coalesce(btrim(o.slug, :blanks), '') as trimmed_slug
    from :organizations as o
),
project as not materialized (
    select p.id, p.organization_id, p.customer_id, p.customer_organization_id
    from :projects as p
),
contact_point as not materialized (
    select q.id, q.project_id, q.contact_id, q.role, q.is_primary is true as is_primary
    from :points as q
),
app_user as not materialized (
    select u.organization_id
    from :users as u
),
tenant as materialized (
    select o.id
    from organization as o
    where o.id in (
        select u.organization_id from app_user as u
        union all
        select p.organization_id from project as p
    )
),
customer_organization as not materialized (
    select o.id
    from organization as o
    where o.owner_organization_id <> o.id or not exists (select from tenant)
),
-- Read by several counts: joined once.
contact as materialized (
    select
        c.id,
        coalesce(lower(btrim(c.type, :blanks)) = 'customer', false) as is_customer,
        -- Its owner, else the owner of its organization, else that organization, if it is a tenant.
        coalesce(c.owner_organization_id, o.owner_organization_id, t.id) as tenant_id,
        e.id as employer_id,
        c.is_primary_contact is true as is_primary
    from :contacts as c
    left join organization as o on o.id = c.organization_id
    left join tenant as t on t.id = c.organization_id
    left join customer_organization as e on e.id = :employer
),
-- Customer contacts of each customer organization.
member as not materialized (
    select c.employer_id as organization_id, c.id, c.is_primary
    from contact as c
    where c.is_customer and c.employer_id is not null
)
