//! Pictures of a database: what differs is found and named, and nothing else.

use orgfold::load::picture::{Compare, Picture};
use tokio_postgres::Client;

use crate::support::database::Database;

/// What a change looks like, first in the rows, then in the catalog as well.
async fn check(client: &mut Client, change: &str, data: &[&str], all: &[&str]) {
    let before = Picture::take(client, &["orgfold"]).await.expect("a picture");
    client.batch_execute(change).await.expect("the change works");
    let after = Picture::take_like(client, &before).await.expect("a picture");
    let found = |what| Picture::difference(&before, &after, what);
    assert_eq!(found(Compare::Data), data, "{change}");
    let both = found(Compare::DataAndCatalog);
    assert_eq!(both.len(), data.len() + all.len(), "{change}: {both:?}");
    for (line, expected) in both[data.len()..].iter().zip(all) {
        assert!(line.starts_with(expected), "{change}: {line}");
    }
}

const QUIET: &str = "SET session_replication_role = replica";

#[tokio::test]
async fn nothing_differs_where_nothing_changed() {
    let database = Database::sample("factory-pulse").await;
    let mut client = database.connect().await;
    // Rows written anew, another session's settings, a sequence drawn from, a schema of ours.
    client
        .batch_execute(
            "CREATE SEQUENCE public.s; SET session_replication_role = replica; \
             SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'",
        )
        .await
        .unwrap();
    let change = "UPDATE public.contacts SET email = email; SELECT nextval('public.s'); \
                  SET TimeZone = 'UTC'; SET search_path = public, orgfold; \
                  CREATE SCHEMA orgfold; CREATE TABLE orgfold.t (i int); \
                  GRANT SELECT ON public.contacts TO public; \
                  REVOKE SELECT ON public.contacts FROM public";
    check(&mut client, change, &[], &[]).await;
}

#[tokio::test]
async fn changed_rows_are_named_by_key_and_column_and_never_by_value() {
    let database = Database::sample("factory-pulse").await;
    let mut client = database.connect().await;
    client.batch_execute(QUIET).await.unwrap();
    let row = client.query_one("SELECT min(id::text) FROM public.contacts", &[]).await.unwrap();
    let id: String = row.get(0);
    let row = |what: &str| format!("table public.contacts: row id={id} {what}");
    check(
        &mut client,
        &format!("UPDATE public.contacts SET notes = 'secret', city = 'x' WHERE id = '{id}'"),
        &[&row("has changed"), "table public.contacts: columns that differ: city, notes"],
        &[],
    )
    .await;
    let change = format!("DELETE FROM public.contacts WHERE id = '{id}'");
    check(&mut client, &change, &[&row("is gone")], &[]).await;
    let new = "11111111-2222-4333-8444-555555555555";
    let change = format!(
        "INSERT INTO public.organizations (id, name, slug) VALUES ('{new}', 'secret', 'secret')"
    );
    let line = format!("table public.organizations: row id={new} is new");
    check(&mut client, &change, &[&line], &[]).await;
}

#[tokio::test]
async fn tables_without_a_key_and_strange_names_are_compared_too() {
    let database = Database::empty().await;
    let mut client = database.connect().await;
    client
        .batch_execute(
            "CREATE SCHEMA \"S p\"; CREATE TABLE \"S p\".\"T\" (\"a b\" json, c int); \
             INSERT INTO \"S p\".\"T\" VALUES ('{}', 1), ('{}', 1), (NULL, NULL); \
             CREATE TABLE public.two (a int, b text, v text, PRIMARY KEY (b, a)); \
             INSERT INTO public.two VALUES (1, 'x', 'y'), (2, 'x', 'z')",
        )
        .await
        .unwrap();
    check(&mut client, "UPDATE \"S p\".\"T\" SET c = c", &[], &[]).await;
    let before = Picture::take(&mut client, &[]).await.unwrap();
    let digest = before.digest();
    assert_eq!(before.size(), (5, 2));
    let change = "DELETE FROM \"S p\".\"T\" WHERE ctid = (SELECT min(ctid) FROM \"S p\".\"T\" \
                  WHERE c = 1)";
    client.batch_execute(change).await.unwrap();
    let after = Picture::take_like(&mut client, &before).await.unwrap();
    let lines = Picture::difference(&before, &after, Compare::DataAndCatalog);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("table S p.T: row without a key, hash "), "{lines:?}");
    assert_ne!(after.digest(), digest);
    // Two rows that swap a value.
    let swap = "UPDATE public.two SET v = CASE v WHEN 'y' THEN 'z' ELSE 'y' END";
    let lines = [
        "table public.two: row b,a=x,1 has changed",
        "table public.two: row b,a=x,2 has changed",
        "table public.two: columns that differ: v",
    ];
    check(&mut client, swap, &lines, &[]).await;
}

#[tokio::test]
async fn changed_definitions_are_named() {
    let database = Database::sample("factory-pulse").await;
    let mut client = database.connect().await;
    let role = database.role("reader");
    client.batch_execute(&format!("CREATE ROLE {role}")).await.unwrap();
    let both = |kind: &str, name: &str| {
        [format!("{kind} {name}: is gone"), format!("{kind} {name}: is new")]
    };
    let trigger = both("trigger", "public.contacts.log_contacts_activity");
    for (change, lines) in [
        (
            "ALTER TABLE public.contacts DISABLE TRIGGER log_contacts_activity",
            &[trigger[0].as_str(), &trigger[1]][..],
        ),
        (
            "DROP INDEX public.idx_contacts_type",
            &["index public.contacts.idx_contacts_type: is gone"],
        ),
        (
            "ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY",
            &["table public.contacts: is gone", "table public.contacts: is new"],
        ),
        (
            "CREATE POLICY p ON public.contacts USING (is_active)",
            &["policy public.contacts.p: is new: * permissive to public using (is_active)"],
        ),
        (
            "ALTER TABLE public.projects ALTER source SET DEFAULT 'x'",
            &["column public.projects.source: is gone", "column public.projects.source: is new"],
        ),
        (
            "ALTER TYPE public.contact_type ADD VALUE 'other'",
            &["enum public.contact_type: is gone", "enum public.contact_type: is new"],
        ),
        (
            "ALTER TABLE public.projects DROP CONSTRAINT projects_customer_id_fkey",
            &[
                "constraint public.projects.projects_customer_id_fkey: is gone",
                "trigger public.contacts.projects_customer_id_fkey: is gone",
                "trigger public.projects.projects_customer_id_fkey: is gone",
            ],
        ),
        (
            &format!("GRANT SELECT (email) ON public.contacts TO {role}"),
            &["right column public.contacts.email: is new: SELECT to "],
        ),
        (
            "CREATE OR REPLACE FUNCTION public.generate_project_id() RETURNS trigger \
             LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            &["routine public.generate_project_id()", "routine public.generate_project_id()"],
        ),
        ("COMMENT ON TABLE public.users IS 'x'", &["comment table public.users: is new"]),
        // What comes on top is no difference of the data.
        (
            "ALTER TABLE public.contacts ADD COLUMN extra uuid",
            &["column public.contacts.extra: is new: uuid"],
        ),
    ] {
        check(&mut client, change, &[], lines).await;
    }
    let change = "ALTER TABLE public.contacts DROP COLUMN notes";
    let lines = ["table public.contacts: gone columns: notes"];
    check(&mut client, change, &lines, &["column public.contacts.notes: is gone: text"]).await;
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}
