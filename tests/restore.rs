//! Sources come back as databases: the same rows from each form of a sample.

use std::io::Write as _;
use std::path::Path;

use orgfold::load::Error;
use orgfold::load::picture::{Compare, Picture};
use orgfold::load::restore::{
    Beyond, Options, Restored, Tolerance, has_schema, reference_schema, restore_csv, restore_dump,
};
use orgfold::schema::{Names, Schema};
use tokio_postgres::Client;

use crate::support::database::{Database, options, public, sample};

const SAMPLES: [&str; 2] = ["factory-pulse", "two-tenants"];

fn add() -> Options<'static> {
    Options { beyond: Beyond::Add, ..options() }
}

fn names(restored: &Restored, kind: Tolerance) -> Vec<&str> {
    let found = restored.tolerated.iter().filter(|tolerated| tolerated.kind == kind);
    found.map(|tolerated| tolerated.name.as_str()).collect()
}

/// Restores a text as a dump.
async fn restore(client: &Client, text: &str, options: Options<'_>) -> Result<Restored, Error> {
    let mut file = tempfile::Builder::new().suffix(".sql").tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("it is written");
    restore_dump(client, file.path(), options).await
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.expect("the query runs").get(0)
}

#[tokio::test]
async fn both_forms_of_a_dump_give_the_same_database() {
    for name in SAMPLES {
        let first = Database::sample(name).await;
        let before = Picture::take(&mut first.connect().await, &[]).await.unwrap();
        assert!(before.size().0 > 50, "{:?}", before.size());
        let second = Database::empty().await;
        let mut client = second.connect().await;
        assert!(has_schema(&sample(name, "schema.sql"), public()).unwrap());
        assert!(!has_schema(&sample(name, "schema.sql"), &Names::in_schema("other")).unwrap());
        assert!(!has_schema(&sample(name, "dump-insert.sql"), public()).unwrap());
        for file in ["schema.sql", "dump-insert.sql"] {
            restore_dump(&client, &sample(name, file), options()).await.unwrap();
        }
        let after = Picture::take_like(&mut client, &before).await.unwrap();
        let lines = Picture::difference(&before, &after, Compare::DataAndCatalog);
        assert_eq!(lines, [""; 0], "{name}");
        assert_eq!(before.digest(), after.digest());
    }
}

#[tokio::test]
async fn csv_files_and_the_reference_schema_give_the_same_rows() {
    for name in SAMPLES {
        let dump = Database::empty().await;
        let mut dump_client = dump.connect().await;
        reference_schema(&dump_client, public(), Schema::shipped()).await.unwrap();
        let file = sample(name, "dump-copy.sql");
        let restored = restore_dump(&dump_client, &file, add()).await.unwrap();
        assert_eq!(names(&restored, Tolerance::Rows), ["auth.users"], "no such table");
        let csv = Database::empty().await;
        let mut csv_client = csv.connect().await;
        reference_schema(&csv_client, public(), Schema::shipped()).await.unwrap();
        let directory = Path::new("samples").join(name);
        let loaded = restore_csv(&csv_client, &directory, add()).await.unwrap();
        assert_eq!(names(&loaded, Tolerance::ColumnLeftOut), [""; 0]);
        // What the files do not hold is left aside.
        for client in [&dump_client, &csv_client] {
            let drop = "DROP TABLE public.activity_log, public.workflow_stages CASCADE";
            client.batch_execute(drop).await.unwrap();
        }
        let before = Picture::take(&mut dump_client, &[]).await.unwrap();
        let after = Picture::take_like(&mut csv_client, &before).await.unwrap();
        assert_eq!(Picture::difference(&before, &after, Compare::Data), [""; 0], "{name}");
        let original = Database::sample(name).await;
        let original = Picture::take_like(&mut original.connect().await, &before).await.unwrap();
        assert_eq!(Picture::difference(&before, &original, Compare::Data), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn columns_beyond_the_schema_are_added_or_reported() {
    let directory = Path::new("samples/two-tenants");
    let database = Database::empty().await;
    let client = database.connect().await;
    reference_schema(&client, public(), Schema::shipped()).await.unwrap();
    let reported = restore_csv(&client, directory, options()).await.unwrap();
    let left_out = names(&reported, Tolerance::ColumnLeftOut);
    assert!(left_out.contains(&"contacts.owner_organization_id"), "{left_out:?}");
    assert_eq!(names(&reported, Tolerance::Rows), ["decisions", "project_contact_points"]);
    let broken = names(&reported, Tolerance::KeyBroken);
    assert!(broken.contains(&"projects_customer_id_fkey"), "{broken:?}");

    let database = Database::empty().await;
    let client = database.connect().await;
    reference_schema(&client, public(), Schema::shipped()).await.unwrap();
    let added = restore_csv(&client, directory, add()).await.unwrap();
    assert_eq!(names(&added, Tolerance::TableAdded), ["project_contact_points"]);
    let columns = names(&added, Tolerance::ColumnAdded);
    assert!(columns.contains(&"projects.customer_organization_id"), "{columns:?}");
    assert_eq!(added.rows, 20 + 8 + 76 + 44 + 11);
    assert_eq!(count(&client, "SELECT count(*) FROM activity_log").await, 0, "no trigger fired");
    let role = client.query_one("SELECT current_setting('session_replication_role')", &[]).await;
    assert_eq!(role.unwrap().get::<_, String>(0), "origin", "the session is as it was");

    let database = Database::empty().await;
    let client = database.connect().await;
    reference_schema(&client, public(), Schema::shipped()).await.unwrap();
    let file = sample("two-tenants", "dump-copy.sql");
    let error = restore_dump(&client, &file, options()).await.unwrap_err().to_string();
    assert!(error.contains("42703"), "{error}");
}

#[tokio::test]
async fn foreign_csv_files_are_typed_by_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("organizations.csv", "\u{feff}id,name,slug\n7a1b0000-5a16-4000-8000-000000000001,A,a\n");
    write(
        "contacts.csv",
        "id,organization_id,type,company_name,tax_id,is_active,created_at,notes,email,credit_limit\r\n\
         7A1B0000-5A16-4000-8000-000000000002,7a1b0000-5a16-4000-8000-000000000001,customer,\
         \"x\ty\\N\n'z\",0123,TRUE,2025-01-02 03:04:05,,\"\",\"\"\r\n",
    );
    let database = Database::empty().await;
    let client = database.connect().await;
    reference_schema(&client, public(), Schema::shipped()).await.unwrap();
    restore_csv(&client, directory.path(), options()).await.unwrap();
    let row = client
        .query_one(
            "SELECT company_name, tax_id, c.is_active, c.created_at = '2025-01-02 03:04:05Z', \
             notes IS NULL, settings = '{}', email = '', credit_limit IS NULL FROM contacts c \
             JOIN organizations o ON o.id = c.organization_id",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "x\ty\\N\n'z");
    assert_eq!(row.get::<_, &str>(1), "0123");
    assert!((2..8).all(|position| row.get(position)), "{row:?}");

    write("projects.csv", "id,organization_id,title\n7a1b,secret,\n");
    let error = restore_csv(&client, directory.path(), options()).await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    write("projects.parquet", "");
    let error = restore_csv(&client, directory.path(), options()).await.unwrap_err();
    assert!(error.to_string().contains("Parquet"), "{error}");
}

#[tokio::test]
async fn what_a_newer_server_or_a_platform_adds_is_passed_over_and_listed() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let role = database.role("authenticated");
    let text = format!(
        "SET transaction_timeout_of_tomorrow = 0;\n\
         SET default_table_access_method = tomorrow;\n\
         CREATE SCHEMA public;\n\
         CREATE EXTENSION IF NOT EXISTS \"supabase_vault\" WITH SCHEMA \"vault\";\n\
         COMMENT ON EXTENSION supabase_vault IS 'x';\n\
         CREATE PUBLICATION p;\n\
         CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p;\n\
         CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION nothing.here();\n\
         CREATE TABLE public.t (id int);\n\
         ALTER TABLE public.t OWNER TO {role};\n\
         ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;\n\
         CREATE POLICY mine ON public.t TO {role} USING (true);\n\
         GRANT ALL ON TABLE public.t TO {role};\n\
         GRANT ALL ON FUNCTION vault.f() TO {role};\n\
         ALTER DEFAULT PRIVILEGES FOR ROLE {role} IN SCHEMA nowhere GRANT ALL ON TABLES TO {role};\n\
         COPY public.t FROM '/etc/passwd';\n\
         COPY vault.secrets (a, b) FROM stdin;\n1\t2\n3\t4\n\\.\n\
         INSERT INTO vault.more VALUES (1);\n\
         \\unrestrict token\n\
         INSERT INTO public.t VALUES (1);\nINSERT INTO public.t VALUES (2);\n"
    );
    let restored = restore(&client, &text, options()).await.unwrap();
    assert_eq!(count(&client, "SELECT count(*) FROM public.t").await, 2);
    let lines: Vec<String> = restored.tolerated.iter().map(ToString::to_string).collect();
    for (kind, expected) in [
        (
            Tolerance::Setting,
            &["default_table_access_method", "transaction_timeout_of_tomorrow"][..],
        ),
        (Tolerance::Role, &[&role]),
        (Tolerance::Extension, &["supabase_vault"]),
        (Tolerance::Rows, &["vault.more", "vault.secrets"]),
        (Tolerance::Server, &["COPY with a file or program", "EVENT TRIGGER", "SUBSCRIPTION"]),
        (Tolerance::Present, &["CREATE SCHEMA"]),
        (Tolerance::Privilege, &["ALTER DEFAULT PRIVILEGES", "GRANT"]),
    ] {
        assert_eq!(names(&restored, kind), expected, "{lines:?}");
    }
    let rows = restored.tolerated.iter().find(|tolerated| tolerated.name == "vault.secrets");
    assert_eq!(rows.unwrap().count, 2);
    let owner = "SELECT count(*) FROM pg_policies WHERE roles::text = '{' || $1 || '}'";
    assert_eq!(client.query_one(owner, &[&role]).await.unwrap().get::<_, i64>(0), 1);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_fails_is_named_by_its_line_and_not_by_its_values() {
    let database = Database::empty().await;
    let client = database.connect().await;
    client.batch_execute("CREATE TABLE public.t (id int PRIMARY KEY, u uuid)").await.unwrap();
    let long = "1\t\\N\n".repeat(200_000);
    let many = "2\t\\N\n".to_owned() + &"x\ty\n".repeat(200_000);
    for (text, expected) in [
        ("SELECT 1;\n\nCREATE TABLE public.t (id int);".to_owned(), ["line 3", "42P07", "\"t\""]),
        ("\n-- x\nCREATE secret;".to_owned(), ["line 3", "42601", "CREATE"]),
        (
            "INSERT INTO public.t VALUES (1, NULL);\nINSERT INTO public.t VALUES (2, 'secret');"
                .to_owned(),
            ["line 2", "22P02", "INSERT"],
        ),
        (
            "COPY public.t (id, u) FROM stdin;\n7\t\\N\n8\tsecret\n\\.\n".to_owned(),
            ["line 3", "22P02", "column `u`"],
        ),
        (
            format!("\nCOPY public.t (id, u) FROM stdin;\n{long}\\.\n"),
            ["line 3", "23505", "t_pkey"],
        ),
        (format!("COPY public.t (id, u) FROM stdin;\n{many}\\.\n"), ["line 3", "22P02", "`id`"]),
        ("COPY public.t (id) FROM stdin;\n9\n".to_owned(), ["COPY block", "truncated", ":2"]),
        ("SET client_encoding = 'LATIN1';".to_owned(), ["client_encoding", "not support", ":1"]),
    ] {
        let error = restore(&client, &text, options()).await.unwrap_err().to_string();
        for part in expected {
            assert!(error.contains(part), "{error}: {part}");
        }
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn functions_of_every_form_survive() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let text = "SELECT pg_catalog.set_config('search_path', '', false);\n\
        CREATE FUNCTION public.atomic(a int) RETURNS int LANGUAGE sql\n\
        BEGIN ATOMIC\n SELECT 1;\n SELECT CASE WHEN a > 0 THEN a ELSE length(';') END;\nEND;\n\
        CREATE FUNCTION public.quoted() RETURNS text LANGUAGE plpgsql AS $x$\n\
        DECLARE t text := $$;'$$; BEGIN RETURN t; END;\n$x$;\n\
        CREATE FUNCTION public.old() RETURNS text LANGUAGE sql AS E'SELECT \\'a;\\\\\\\\b\\'';\n";
    restore(&client, text, options()).await.unwrap();
    let row = client.query_one("SELECT atomic(7), quoted(), old()", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    assert_eq!((row.get::<_, &str>(1), row.get::<_, &str>(2)), (";'", r"a;\\b"));
}

#[tokio::test]
async fn a_gzipped_dump_is_restored_as_it_is() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let mut file = tempfile::Builder::new().suffix(".sql.gz").tempfile().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
    gzip.write_all(b"CREATE TABLE t (i int);\nCOPY t FROM stdin;\n1\n2\n\\.\n").unwrap();
    gzip.finish().unwrap();
    let restored = restore_dump(&client, file.path(), options()).await.unwrap();
    assert_eq!((restored.statements, restored.rows), (2, 2));
}
