-- Organizations without a name or a slug: null, empty or nothing but blanks.
--
-- Columns: table, id of the organization, detail. Order: id.
-- The document made an organization with the name '' and the slug '' of contacts whose company is an
-- empty text, since it left out nulls only.
select
    'organizations' as "table",
    o.id::text as id,
    case
        when o.name = '' and o.trimmed_slug = '' then 'neither name nor slug'
        when o.name = '' then 'no name'
        else 'no slug'
    end as detail
from organization as o
where o.name = '' or o.trimmed_slug = ''
order by o.id
