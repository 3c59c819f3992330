-- Customer organizations with contacts of which not exactly one is primary.
--
-- Columns: table, id of the organization, detail. Order: id.
-- The document adds is_primary_contact to contacts, fills it nowhere and checks it nowhere.
select
    'organizations' as "table",
    m.organization_id::text as id,
    format(
        '%s primary of %s customer contacts', count(*) filter (where m.is_primary), count(*)
    ) as detail
from member as m
group by m.organization_id
having count(*) filter (where m.is_primary) <> 1
order by m.organization_id
