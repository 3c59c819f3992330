-- Contact points that repeat a project, contact and role: all but the first, by id.
--
-- Columns: table, id of the contact point, detail. Order: id.
-- The document's last step had no guard and its table no key: run twice it inserted every row again,
-- and its check for missing rows stayed at zero. Nulls are equal here, as in a person's eyes.
select
    'project_contact_points' as "table",
    r.id::text as id,
    format('repeats contact point %s', r.first_id) as detail
from (
    select q.id, first_value(q.id) over same as first_id, row_number() over same as position
    from contact_point as q
    window same as (partition by q.project_id, q.contact_id, q.role order by q.id)
) as r
where r.position > 1
order by r.id
