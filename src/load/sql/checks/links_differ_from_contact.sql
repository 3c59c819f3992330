-- Projects whose customer organization is not that of their customer contact.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document only asked whether a link is there, so a link to the wrong company passed; and its
-- second run overwrote links that a person had set, without saying so.
select
    'projects' as "table",
    p.id::text as id,
    format(
        'customer_organization_id %s, its contact %s is in %s',
        p.customer_organization_id, c.id, c.employer_id
    ) as detail
from project as p
join contact as c on c.id = p.customer_id
where p.customer_organization_id <> c.employer_id
order by p.id
