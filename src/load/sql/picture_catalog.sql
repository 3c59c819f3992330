-- The definitions of a database as lines, to compare two moments of it.
-- Parameters: $1 schemas that are left out, besides those of the system.
-- Columns: kind; name of the thing; its definition. Order: by all three.
-- Left out: what is no definition (statistics, physical order, the value of a sequence, which no
-- rollback takes back) and what is no name (oids, places of columns).
WITH spaces AS (
    SELECT n.oid, n.nspname, n.nspacl, n.nspowner
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[])
),
relations AS (
    SELECT
        c.oid, c.relkind, c.relacl, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
        c.relreplident, c.reloptions, c.relpersistence,
        pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c
    JOIN spaces s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
),
routines AS (
    SELECT
        p.*,
        pg_catalog.format(
            '%I.%I(%s)', s.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
        ) AS name
    FROM pg_catalog.pg_proc p
    JOIN spaces s ON s.oid = p.pronamespace
),
types AS (
    SELECT t.*, pg_catalog.format('%I.%I', s.nspname, t.typname) AS name
    FROM pg_catalog.pg_type t
    JOIN spaces s ON s.oid = t.typnamespace
),
-- A right given and taken back leaves the default written out: both read the same here.
rights AS (
    SELECT 'schema' AS kind, pg_catalog.quote_ident(s.nspname) AS name,
        coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner)) AS acl
    FROM spaces s
    UNION ALL
    SELECT 'relation', r.name,
        coalesce(r.relacl, pg_catalog.acldefault(
            (CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", r.relowner
        ))
    FROM relations r
    UNION ALL
    SELECT 'column', pg_catalog.format('%s.%I', r.name, a.attname), a.attacl
    FROM relations r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'routine', f.name, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))
    FROM routines f
    UNION ALL
    SELECT 'default', pg_catalog.format(
            '%s %s %s', pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclobjtype,
            coalesce(pg_catalog.quote_ident(s.nspname), '*')
        ), d.defaclacl
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN spaces s ON s.oid = d.defaclnamespace
),
facts (kind, name, definition) AS (
    SELECT 'schema', pg_catalog.quote_ident(s.nspname), pg_catalog.pg_get_userbyid(s.nspowner)::text
    FROM spaces s

    UNION ALL
    SELECT
        CASE r.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'foreign table'
        END,
        r.name,
        pg_catalog.concat_ws(
            ' ',
            'owner ' || pg_catalog.pg_get_userbyid(r.relowner),
            'persistence ' || r.relpersistence::text,
            'identity ' || r.relreplident::text,
            CASE WHEN r.relrowsecurity THEN 'row security' END,
            CASE WHEN r.relforcerowsecurity THEN 'forced' END,
            r.reloptions::text,
            CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid) END
        )
    FROM relations r

    UNION ALL
    SELECT 'sequence', r.name, pg_catalog.concat_ws(
        ' ', pg_catalog.format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin,
        q.seqmax, q.seqcache, q.seqcycle
    )
    FROM pg_catalog.pg_sequence q
    JOIN relations r ON r.oid = q.seqrelid

    UNION ALL
    SELECT 'column', pg_catalog.format('%s.%I', r.name, a.attname), pg_catalog.concat_ws(
        ' ',
        pg_catalog.format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' END,
        CASE WHEN a.attcollation <> t.typcollation
            THEN 'collation ' || a.attcollation::pg_catalog.regcollation::text END,
        'identity ' || nullif(a.attidentity::text, ''),
        'generated ' || nullif(a.attgenerated::text, ''),
        'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
        'options ' || a.attoptions::text,
        'statistics ' || nullif(a.attstattarget, -1)::text
    )
    FROM relations r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    WHERE r.relkind <> 'S'

    UNION ALL
    SELECT 'constraint',
        pg_catalog.format('%s.%I', coalesce(r.name, t.name), k.conname),
        pg_catalog.pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint k
    LEFT JOIN relations r ON r.oid = k.conrelid
    LEFT JOIN types t ON t.oid = k.contypid
    WHERE r.oid IS NOT NULL OR t.oid IS NOT NULL

    UNION ALL
    SELECT 'index', pg_catalog.format('%s.%I', r.name, c.relname), pg_catalog.concat_ws(
        ' ',
        pg_catalog.pg_get_indexdef(i.indexrelid),
        CASE WHEN NOT i.indisvalid THEN 'invalid' END,
        CASE WHEN i.indisclustered THEN 'clustered' END,
        CASE WHEN i.indisreplident THEN 'replica identity' END
    )
    FROM pg_catalog.pg_index i
    JOIN relations r ON r.oid = i.indrelid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid

    UNION ALL
    SELECT 'trigger', pg_catalog.format('%s.%I', r.name, g.tgname),
        pg_catalog.pg_get_triggerdef(g.oid) || ' enabled ' || g.tgenabled::text
    FROM pg_catalog.pg_trigger g
    JOIN relations r ON r.oid = g.tgrelid
    WHERE NOT g.tgisinternal

    -- Those of foreign keys have no name that lasts, but can be switched off all the same.
    UNION ALL
    SELECT 'trigger', pg_catalog.format('%s.%I', r.name, k.conname),
        'of a constraint, enabled ' || pg_catalog.string_agg(g.tgenabled::text, '' ORDER BY g.tgtype)
    FROM pg_catalog.pg_trigger g
    JOIN relations r ON r.oid = g.tgrelid
    JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint
    WHERE g.tgisinternal
    GROUP BY r.name, k.conname, k.oid

    UNION ALL
    SELECT 'rule', pg_catalog.format('%s.%I', r.name, w.rulename),
        pg_catalog.pg_get_ruledef(w.oid) || ' enabled ' || w.ev_enabled::text
    FROM pg_catalog.pg_rewrite w
    JOIN relations r ON r.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'

    UNION ALL
    SELECT 'policy', pg_catalog.format('%s.%I', r.name, o.polname), pg_catalog.concat_ws(
        ' ',
        o.polcmd::text,
        CASE WHEN o.polpermissive THEN 'permissive' ELSE 'restrictive' END,
        'to ' || (
            SELECT pg_catalog.string_agg(coalesce(u.rolname::text, 'public'), ', ' ORDER BY u.rolname)
            FROM pg_catalog.unnest(o.polroles) AS role (oid)
            LEFT JOIN pg_catalog.pg_roles u ON u.oid = role.oid
        ),
        'using (' || pg_catalog.pg_get_expr(o.polqual, o.polrelid) || ')',
        'with check (' || pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid) || ')'
    )
    FROM pg_catalog.pg_policy o
    JOIN relations r ON r.oid = o.polrelid

    UNION ALL
    SELECT 'routine', f.name, pg_catalog.concat_ws(
        ' ',
        'owner ' || pg_catalog.pg_get_userbyid(f.proowner),
        'md5 ' || pg_catalog.md5(
            CASE WHEN f.prokind = 'a' THEN f.prosrc ELSE pg_catalog.pg_get_functiondef(f.oid) END
        )
    )
    FROM routines f

    UNION ALL
    SELECT 'enum', t.name, pg_catalog.string_agg(
        pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder
    )
    FROM pg_catalog.pg_enum e
    JOIN types t ON t.oid = e.enumtypid
    GROUP BY t.name

    UNION ALL
    SELECT 'domain', t.name, pg_catalog.concat_ws(
        ' ', pg_catalog.format_type(t.typbasetype, t.typtypmod),
        CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault
    )
    FROM types t
    WHERE t.typtype = 'd'

    UNION ALL
    SELECT 'right', pg_catalog.format('%s %s', a.kind, a.name), pg_catalog.format(
        '%s to %s by %s%s', x.privilege_type,
        CASE x.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END,
        pg_catalog.pg_get_userbyid(x.grantor),
        CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END
    )
    FROM rights a
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) AS x

    UNION ALL
    SELECT 'comment', pg_catalog.format(
            '%s %s', i.type, pg_catalog.replace(i.identity, ' ', '_')
        ), pg_catalog.md5(d.description)
    FROM pg_catalog.pg_description d
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
    WHERE i.schema IN (SELECT pg_catalog.quote_ident(s.nspname) FROM spaces s)
        OR (i.schema IS NULL AND d.classoid IN (
            'pg_catalog.pg_namespace'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass,
            'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass
        ))

    UNION ALL
    SELECT 'extension', pg_catalog.quote_ident(x.extname), x.extversion
    FROM pg_catalog.pg_extension x

    UNION ALL
    SELECT 'publication', pg_catalog.quote_ident(b.pubname), pg_catalog.concat_ws(
        ' ', CASE WHEN b.puballtables THEN 'all tables' END, (
            SELECT pg_catalog.string_agg(r.name, ', ' ORDER BY r.name)
            FROM pg_catalog.pg_publication_rel l
            JOIN relations r ON r.oid = l.prrelid
            WHERE l.prpubid = b.oid
        )
    )
    FROM pg_catalog.pg_publication b

    UNION ALL
    SELECT 'event trigger', pg_catalog.quote_ident(v.evtname),
        pg_catalog.concat_ws(' ', v.evtevent, v.evtfoid::pg_catalog.regproc, 'enabled', v.evtenabled)
    FROM pg_catalog.pg_event_trigger v
)
SELECT kind, name, definition FROM facts ORDER BY kind COLLATE "C", name COLLATE "C", definition COLLATE "C"
