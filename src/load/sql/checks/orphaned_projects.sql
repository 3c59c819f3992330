-- Projects whose customer_id names no contact.
--
-- Columns: table, id of the project, detail. Order: id.
-- The document's query left-joined and asked for a missing contact, so it counted every project that
-- simply has no customer, and with a foreign key in place nothing else. Here a project without a
-- customer is no offence, and one real orphan among them is seen.
select
    'projects' as "table",
    p.id::text as id,
    format('customer_id %s names no contact', p.customer_id) as detail
from project as p
where p.customer_id is not null
    and not exists (select from contact as c where c.id = p.customer_id)
order by p.id
