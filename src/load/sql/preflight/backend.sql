-- The process that serves this statement: another one each time where a pooler stands between.
--
-- No parameters. One row. Columns: backend.
select pg_backend_pid() as backend
