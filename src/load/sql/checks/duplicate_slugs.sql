-- Organizations that repeat a slug: all but the first, by id.
--
-- Columns: table, id of the organization, detail. Order: id.
-- The document made slugs by dropping every letter that is not ASCII, so that different names got one
-- slug; where a unique key stood in the way it lost all organizations, where none did it went on.
select
    'organizations' as "table",
    r.id::text as id,
    format('has the slug of organization %s', r.first_id) as detail
from (
    select o.id, first_value(o.id) over same as first_id, row_number() over same as position
    from organization as o
    where o.slug is not null
    window same as (partition by o.slug order by o.id)
) as r
where r.position > 1
order by r.id
