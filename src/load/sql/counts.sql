-- Counts the offending rows of every check in one pass over each join.
--
-- Placeholder: :prelude (a file of the folder checks). One row, one column for each check, named after
-- it. Says what the files of that folder say, which return the rows: asked one by one they join the same
-- million rows again and again. A test holds both against the forecast.
:prelude,
project_count as (
    select
        count(*) filter (where p.customer_id is not null and c.id is null) as orphaned_projects,
        count(*) filter (where c.is_customer and p.customer_organization_id is null)
            as projects_without_organization,
        count(*) filter (where p.customer_organization_id = p.organization_id)
            as customer_is_own_tenant,
        count(*) filter (where p.customer_organization_id is not null and o.id is null)
            as dangling_links,
        count(*) filter (
            where o.owner_organization_id is not null
                and o.owner_organization_id is distinct from p.organization_id
        ) as links_across_tenants,
        count(*) filter (where p.customer_organization_id <> c.employer_id)
            as links_differ_from_contact,
        count(*) filter (where c.is_customer and c.tenant_id is not distinct from p.organization_id)
            as with_own_customer
    from project as p
    left join contact as c on c.id = p.customer_id
    left join organization as o on o.id = p.customer_organization_id
),
project_points as (
    select
        q.project_id,
        count(*) filter (where q.is_primary) as primaries,
        count(*) filter (where p.id is null or c.id is null) as dangling,
        count(*) filter (
            where p.id is not null
                and c.tenant_id is distinct from p.organization_id
                and c.tenant_id in (select t.id from tenant as t)
        ) as across_tenants,
        bool_or(
            c.id = p.customer_id
            and c.is_customer
            and c.tenant_id is not distinct from p.organization_id
        ) as has_own_customer
    from contact_point as q
    left join project as p on p.id = q.project_id
    left join contact as c on c.id = q.contact_id
    group by q.project_id
),
point_count as (
    select
        count(*) filter (where q.has_own_customer) as with_own_customer,
        coalesce(sum(q.across_tenants), 0)::bigint as contact_points_across_tenants,
        coalesce(sum(q.dangling), 0)::bigint as dangling_contact_points,
        count(*) filter (where q.project_id is not null and q.primaries <> 1)
            as projects_without_one_primary
    from project_points as q
),
repetition_count as (
    select coalesce(sum(r.points - 1), 0)::bigint as duplicate_contact_points
    from (
        select count(*) as points
        from contact_point as q
        group by q.project_id, q.contact_id, q.role
    ) as r
),
contact_count as (
    select
        count(*) filter (where c.is_customer and c.employer_id is null)
            as contacts_without_organization,
        count(*) filter (where o.owner_organization_id <> c.tenant_id) as contacts_across_tenants
    from contact as c
    left join organization as o on o.id = c.employer_id
),
members as (
    select m.organization_id, count(*) filter (where m.is_primary) as primaries
    from member as m
    group by m.organization_id
),
member_count as (
    select count(*) filter (where m.primaries <> 1) as organizations_without_one_primary
    from members as m
),
organization_count as (
    select
        count(*) filter (where o.owner_organization_id <> o.id and m.organization_id is null)
            as organizations_without_contacts,
        count(*) filter (where o.name = '' or o.trimmed_slug = '') as organizations_without_slug,
        count(o.slug) - count(distinct o.slug) as duplicate_slugs
    from organization as o
    left join members as m on m.organization_id = o.id
)
select
    p.orphaned_projects,
    p.projects_without_organization,
    c.contacts_without_organization,
    p.with_own_customer - q.with_own_customer as projects_without_contact_point,
    p.customer_is_own_tenant,
    p.dangling_links,
    p.links_across_tenants,
    p.links_differ_from_contact,
    c.contacts_across_tenants,
    q.contact_points_across_tenants,
    q.dangling_contact_points,
    r.duplicate_contact_points,
    q.projects_without_one_primary,
    m.organizations_without_one_primary,
    o.organizations_without_contacts,
    o.organizations_without_slug,
    o.duplicate_slugs
from project_count as p
cross join point_count as q
cross join repetition_count as r
cross join contact_count as c
cross join member_count as m
cross join organization_count as o
