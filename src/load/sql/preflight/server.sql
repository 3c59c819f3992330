-- What the server, the database and the connected role are.
--
-- Parameters: $1 schema of the application's tables. One row. pool_mode is null on a server of its own.
select
    current_setting('server_version_num')::integer as version_number,
    current_setting('server_version') as version,
    version() as version_text,
    current_user::text as role,
    r.rolsuper as is_superuser,
    r.rolbypassrls as bypasses_row_security,
    current_database()::text as database,
    pg_encoding_to_char(d.encoding)::text as encoding,
    pg_is_in_recovery() as in_recovery,
    current_setting('default_transaction_read_only') = 'on' as read_only,
    to_regnamespace(quote_ident($1)) is not null as has_schema,
    coalesce(has_schema_privilege(to_regnamespace(quote_ident($1)), 'CREATE'), false)
        as creates_in_schema,
    coalesce(
        pg_has_role(o.nspowner, 'USAGE'), has_database_privilege(d.oid, 'CREATE')
    ) as keeps_a_journal,
    has_database_privilege(d.oid, 'TEMPORARY') as creates_temporary,
    current_setting('pool_mode', true) as pool_mode,
    current_setting('application_name') as application_name,
    current_setting('session_replication_role') as replication_role,
    pg_backend_pid() as backend
from pg_catalog.pg_database as d
join pg_catalog.pg_roles as r on r.rolname = current_user
left join pg_catalog.pg_namespace as o on o.nspname = 'orgfold'
where d.datname = current_database()
