//! The look before a load: nothing against a clean schema, and each reason provoked once.

#![allow(clippy::unwrap_used, reason = "a test that cannot reach its server has failed")]

use orgfold::commands::plan;
use orgfold::config::{self, Overrides};
use orgfold::extract::{Source, extract};
use orgfold::load::catalog::Catalog;
use orgfold::load::preflight::{Intent, Level, Planned, Preflight, preflight};
use orgfold::load::transaction::{Strategy, Triggers};
use orgfold::plan::archive::Stored;
use orgfold::progress::Progress;
use orgfold::schema::{Mode, Names, Schema};
use orgfold::transform::Decisions;
use tempfile::TempDir;
use tokio_postgres::{Client, GenericClient};

use crate::support::database::{Database, unique};
use crate::support::sheets;

const SAMPLE: &str = "samples/factory-pulse";

async fn sample() -> (Database, Client) {
    let (database, client) = Database::connected().await;
    let read = |file: &str| std::fs::read_to_string(format!("{SAMPLE}/{file}")).unwrap();
    client.batch_execute(&read("schema.sql")).await.unwrap();
    let rows = read("dump-insert.sql").replace("SET transaction_timeout = 0;", "");
    client.batch_execute(&rows).await.unwrap();
    client.batch_execute("reset all").await.unwrap();
    (database, client)
}

/// A plan made from a directory, and the folder in which it lies.
fn planned(source: &str) -> (Stored, TempDir) {
    let source = Source::in_schema(source, "public");
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    let config = config::load(None, &Overrides::default()).unwrap();
    let plan = plan(&snapshot, &config, &Decisions::default()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let written = sheets::write(&plan, b"<p>", out.path()).unwrap();
    (Stored::open(written.directory()).unwrap(), out)
}

async fn looked(client: &impl GenericClient, mode: Mode, plan: Option<&Stored>) -> Preflight {
    let names = Names::in_schema("public");
    let catalog = Catalog::read(client, &names, Schema::shipped()).await.unwrap();
    let planned = plan.map(|plan| Planned::of(plan, &catalog).unwrap());
    let config = config::load(None, &Overrides::default()).unwrap();
    let intent = Intent {
        mode,
        triggers: Triggers::Disable,
        strategy: Strategy::Update,
        planned: planned.as_ref(),
        audit: config.audit,
        visibility: &config.visibility,
    };
    preflight(client, &catalog, intent).await.unwrap()
}

fn codes(look: &Preflight, level: Level) -> Vec<String> {
    look.of(level).map(|item| format!("{} {}", item.code, item.subject)).collect()
}

#[tokio::test]
async fn a_clean_schema_is_not_refused() {
    let (_database, client) = sample().await;
    let (plan, _folder) = planned(SAMPLE);
    for (mode, plan) in [(Mode::Rehome, None), (Mode::Rehome, Some(&plan)), (Mode::Link, None)] {
        let look = looked(&client, mode, plan).await;
        assert!(look.refuse().is_ok(), "{look}");
        let expected: &[&str] = match mode {
            Mode::Rehome => &[
                "delete_cascades contacts_organization_id_fkey",
                "owner_unguarded organizations.owner_organization_id",
                "trigger_reads_tenant_key contacts.log_contacts_activity",
            ],
            Mode::Link => &["owner_unguarded organizations.owner_organization_id"],
        };
        assert_eq!(codes(&look, Level::Warning), expected, "{look}");
        assert_eq!(look.warnings(), expected.len());
        let infos = codes(&look, Level::Info);
        for info in [
            "table_added project_contact_points",
            "column_added organizations.owner_organization_id",
            "column_left_out organizations.tax_id",
            "trigger_disabled contacts.update_contacts_updated_at",
            "foreign_key contacts_organization_id_fkey",
            "reference_without_index contacts_client_organization_id_fkey",
            "ids_without_key public.users.direct_reports",
            "ids_without_key public.activity_log.entity_id",
            "ids_without_key public.activity_log.old_values",
        ] {
            assert!(infos.contains(&info.to_owned()), "{info}: {look}");
        }
        let json = serde_json::to_value(&look).unwrap();
        assert_eq!(json["server"]["role"], "postgres");
        assert_eq!(json["tables"][0]["name"], "contacts");
        assert_eq!(json["items"][look.items.len() - 1]["level"], "info");
        let text = look.to_string();
        assert!(text.ends_with(&format!(
            "0 refused, {} warnings, {} infos",
            expected.len(),
            infos.len()
        )));
    }
}

use Level::{Info, Refused, Warning};
use Mode::{Link, Rehome};

type Provoked = (Mode, &'static str, Level, &'static str, &'static str);

/// What is done to a clean database, and what is seen then.
const PROVOKED: &[Provoked] = &[
    // Server, role.
    (Link, "set local default_transaction_read_only = on", Refused, "read_only", "database `"),
    (Link, "set local session_replication_role = replica", Refused, "replication_role", "database `"),
    (Link, "set local application_name = 'Supavisor'", Warning, "pooler_sign", "connection"),
    (
        Link,
        "create role pf_stranger; grant select on all tables in schema public to pf_stranger; set local role pf_stranger",
        Refused,
        "not_owner",
        "contacts",
    ),
    (
        Link,
        "create role pf_stranger; set local role pf_stranger",
        Refused,
        "not_readable",
        "users",
    ),
    (
        Link,
        "create role pf_stranger; set local role pf_stranger",
        Refused,
        "no_journal",
        "role `pf_stranger`",
    ),
    (
        Link,
        "create role pf_stranger; revoke create on schema public from public; set local role pf_stranger",
        Refused,
        "no_create",
        "role `pf_stranger`",
    ),
    (
        Link,
        "create role pf_stranger; do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$; set local role pf_stranger",
        Refused,
        "no_temporary",
        "database `",
    ),
    (
        Link,
        "create role pf_stranger; grant select on all tables in schema public to pf_stranger; alter table users enable row level security; set local role pf_stranger",
        Refused,
        "rows_hidden",
        "users",
    ),
    (
        Link,
        "create role pf_owner; grant usage, create on schema public to pf_owner; alter table users owner to pf_owner; alter table users enable row level security; alter table users force row level security; set local role pf_owner",
        Refused,
        "rows_hidden",
        "users",
    ),
    (Link, "alter table contacts enable row level security", Info, "row_security", "contacts"),
    // Tables.
    (Link, "alter schema public rename to elsewhere", Refused, "schema_missing", "database `"),
    (Link, "alter table projects rename to p", Refused, "table_missing", "projects"),
    (Link, "alter table users rename to u", Warning, "users_missing", "users"),
    (Link, "alter table projects rename to p; create view projects as select * from p", Refused, "table_kind", "projects"),
    (Link, "create table c2 () inherits (contacts)", Refused, "table_kind", "contacts"),
    (
        Link,
        "create table project_contact_points (id uuid primary key, project_id uuid, contact_id uuid, role text, is_primary boolean) partition by hash (id)",
        Refused,
        "table_kind",
        "project_contact_points",
    ),
    (Link, "create unlogged table project_contact_points (id uuid primary key, project_id uuid, contact_id uuid, role text, is_primary boolean)", Warning, "table_unlogged", "project_contact_points"),
    (Link, "alter table activity_log drop constraint activity_log_project_id_fkey; alter table projects drop constraint projects_pkey", Refused, "primary_key", "projects"),
    (Link, "alter table organizations drop constraint organizations_slug_key", Warning, "slug_not_unique", "organizations.slug"),
    (Link, "alter table contacts disable trigger log_contacts_activity", Info, "trigger_off", "contacts.log_contacts_activity"),
    (Link, "alter table contacts enable always trigger log_contacts_activity", Info, "trigger_disabled", "contacts.log_contacts_activity"),
    (Link, "create publication pf for table projects", Info, "publication", "projects"),
    (
        Link,
        "create function veto() returns event_trigger language plpgsql as 'begin end'; create event trigger pf_veto on table_rewrite execute function veto()",
        Info,
        "event_trigger",
        "pf_veto",
    ),
    (
        Link,
        "create table project_contact_points (id uuid primary key, project_id uuid, contact_id uuid, role text, is_primary boolean);
         insert into project_contact_points select gen_random_uuid(), p.id, null, null, true from projects p, generate_series(1, 2) where p.project_id is not null",
        Refused,
        "two_primaries",
        "project_contact_points",
    ),
    // Columns.
    (Link, "alter table projects drop column customer_id", Refused, "column_missing", "projects.customer_id"),
    (Link, "create table project_contact_points (id uuid primary key, project_id uuid, contact_id uuid, role text)", Refused, "column_missing", "project_contact_points.is_primary"),
    (Link, "alter table contacts alter is_active drop default, alter is_active type integer using 1", Refused, "column_type", "contacts.is_active"),
    (Link, "alter table projects add customer_organization_id text", Refused, "column_type", "projects.customer_organization_id"),
    (Link, "create domain ident as uuid; alter table projects add customer_organization_id ident", Refused, "column_type", "projects.customer_organization_id"),
    (Link, "create type trade as enum ('Manufacturing'); alter table organizations alter industry type trade using null", Refused, "column_type", "organizations.industry"),
    (Link, "alter table organizations add tax_id char(9)", Refused, "column_type", "organizations.tax_id"),
    (Link, "alter table organizations add city text generated always as (name) stored", Refused, "column_generated", "organizations.city"),
    (Link, "alter table organizations add region text not null default ''; alter table organizations alter region drop default", Refused, "column_not_filled", "organizations.region"),
    (Link, "create domain strict as text not null; create table project_contact_points (id uuid primary key, project_id uuid, contact_id uuid, role text, is_primary boolean, kind strict)", Refused, "column_not_filled", "project_contact_points.kind"),
    (Link, "alter table organizations add city text not null default ''", Warning, "null_possible", "organizations.city"),
    (Link, "alter table organizations alter slug type varchar(60)", Warning, "column_short", "organizations.slug"),
    // Keys, views, policies.
    (
        Rehome,
        "alter table contacts add unique (id, organization_id); create table notes (contact_id uuid, organization_id uuid, constraint notes_key foreign key (contact_id, organization_id) references contacts (id, organization_id))",
        Refused,
        "key_on_changed_column",
        "notes_key",
    ),
    (Rehome, "create table tenants (id uuid primary key); alter table contacts add constraint pf_tenant foreign key (organization_id) references tenants (id) not valid", Refused, "key_elsewhere", "pf_tenant"),
    (Rehome, "create unique index pf_mail on contacts (organization_id, email)", Warning, "unique_key", "pf_mail"),
    (Link, "create unique index pf_name on organizations (name)", Warning, "unique_key", "pf_name"),
    (Link, "create table projects_customer_organization_id_idx (a int)", Refused, "name_taken", "projects_customer_organization_id_idx"),
    (Rehome, "create index project_contact_points_contact_id_idx on users (id)", Refused, "name_taken", "project_contact_points_contact_id_idx"),
    (Link, "create type project_contact_points as enum ('a')", Refused, "name_taken", "project_contact_points"),
    (Link, "create sequence project_contact_points_pkey", Refused, "name_taken", "project_contact_points_pkey"),
    (Link, "create index organizations_owner_id_key on organizations (id)", Refused, "name_taken", "organizations_owner_id_key"),
    (Link, "alter table projects replica identity nothing; create publication pf_all for all tables", Refused, "replica_identity", "projects"),
    (Rehome, "alter table contacts add constraint contacts_own_customer_fkey check (true)", Refused, "other_mode", "contacts_own_customer_fkey"),
    (Link, "alter table contacts add constraint contacts_owner_organization_fkey check (true)", Refused, "other_mode", "contacts_owner_organization_fkey"),
    (
        Rehome,
        "create table events (tenant uuid); alter table events enable row level security;
         create function pf_filed() returns trigger language plpgsql as $$ begin insert into events values (new.organization_id); return new; end $$;
         create trigger pf_filed after update on contacts for each row execute function pf_filed()",
        Refused,
        "audit_refuses",
        "contacts.pf_filed",
    ),
    (Link, "create rule pf_rule as on update to contacts do nothing", Refused, "rule", "public.contacts.pf_rule"),
    (Rehome, "create view mine as select id, organization_id from contacts", Refused, "view_reads_tenant_key", "public.mine"),
    (Link, "alter table projects add customer_organization_id uuid; create materialized view held as select customer_organization_id from projects", Info, "materialized_view", "public.held"),
    (Rehome, "alter table contacts add of_tenant boolean generated always as (organization_id is not null) stored", Warning, "generated_column", "contacts.of_tenant"),
    (
        Rehome,
        "create table notes (contact_id uuid); alter table notes enable row level security;
         create policy pf_notes on notes using (exists (select from contacts c where c.id = contact_id and c.organization_id is not null))",
        Info,
        "policy_rewritten",
        "public.notes.pf_notes",
    ),
    (Rehome, "create policy pf_mine on contacts using (organization_id is not null)", Info, "policy_rewritten", "public.contacts.pf_mine"),
    (Rehome, "create policy pf_row on contacts using (contacts.* is not null)", Warning, "policy_not_rewritten", "public.contacts.pf_row"),
    (
        Rehome,
        "alter table contacts enable row level security; create policy pf_row on contacts using (contacts.* is not null)",
        Refused,
        "policy_not_rewritten",
        "public.contacts.pf_row",
    ),
    (Link, "alter table organizations enable row level security", Warning, "customers_unseen", "organizations"),
    (Link, "alter table organizations enable row level security", Info, "policy_added", "public.organizations.orgfold_owner_guard"),
    (Link, "select", Warning, "owner_unguarded", "organizations.owner_organization_id"),
    (
        Rehome,
        "create function mine(uuid) returns bigint language sql as 'select count(*) from contacts where organization_id = $1'",
        Warning,
        "function_reads_tenant_key",
        "public.mine",
    ),
];

async fn provoke(client: &mut Client, plan: Option<&Stored>, provoked: &Provoked) {
    let (mode, script, level, code, subject) = provoked;
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute(script).await.unwrap_or_else(|error| panic!("{script}: {error:?}"));
    let look = looked(&transaction, *mode, plan).await;
    let seen = |item: &&orgfold::load::preflight::Item| {
        item.level == *level && item.code == *code && item.subject.starts_with(subject)
    };
    let item = look.items.iter().find(seen);
    let item = item.unwrap_or_else(|| panic!("{code} of {subject} is not seen: {look}"));
    assert!(!item.remedy.is_empty() || item.level == Info, "{code} has no remedy");
    if *level == Refused {
        let error = look.refuse().unwrap_err();
        assert_eq!(error.exit() as u8, 8);
        assert!(error.to_string().contains(code), "{error}");
    }
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn each_reason_is_seen_where_it_is_provoked() {
    let (_database, mut client) = sample().await;
    for provoked in PROVOKED {
        provoke(&mut client, None, provoked).await;
    }
    let look = looked(&client, Mode::Rehome, None).await;
    assert!(look.refuse().is_ok(), "everything was rolled back: {look}");
    let look = look.connected_to(Some(6543));
    assert!(codes(&look, Warning).contains(&"pooler_sign connection".to_owned()));
}

#[tokio::test]
async fn a_plan_that_does_not_fit_is_refused() {
    let (_database, mut client) = sample().await;
    // One of the new organizations has no state.
    let source = tempfile::tempdir().unwrap();
    for file in ["organizations.csv", "contacts.csv", "projects.csv", "users.csv", "snapshot.json"]
    {
        let text = std::fs::read_to_string(format!("{SAMPLE}/{file}")).unwrap();
        let text = text.replace(",Da Nang,Da Nang,", ",Da Nang,\\N,");
        std::fs::write(source.path().join(file), text).unwrap();
    }
    let (plan, _folder) = planned(source.path().to_str().unwrap());
    for provoked in [
        (
            Rehome,
            "alter table organizations alter industry type varchar(3) using 'x'",
            Refused,
            "column_too_short",
            "organizations.industry",
        ),
        (
            Rehome,
            "alter table organizations add state text not null default ''",
            Refused,
            "null_planned",
            "organizations.state",
        ),
        (
            Rehome,
            "alter table organizations add region text not null default ''; alter table organizations alter region drop default",
            Refused,
            "column_not_filled",
            "organizations.region",
        ),
        (Rehome, "alter table users rename to u", Refused, "users_missing", "users"),
    ] {
        provoke(&mut client, Some(&plan), &provoked).await;
    }
}

#[tokio::test]
async fn locks_slots_and_encodings_of_others_are_seen() {
    let (database, client) = sample().await;
    let mut other = database.connect().await;
    let writing = other.transaction().await.unwrap();
    writing.batch_execute("update contacts set notes = notes; select from projects").await.unwrap();
    let look = looked(&client, Mode::Link, None).await;
    let held = look.items.iter().find(|item| item.code == "lock_held" && item.level == Warning);
    let held = held.unwrap_or_else(|| panic!("{look}"));
    assert_eq!(held.subject, "contacts");
    assert!(
        held.message.contains("RowExclusiveLock") && !held.message.contains("notes"),
        "{held:?}"
    );
    assert!(codes(&look, Info).contains(&"lock_held projects".to_owned()), "{look}");
    writing.rollback().await.unwrap();

    client.batch_execute("create publication pf for table projects").await.unwrap();
    let slot = "select pg_create_logical_replication_slot('pf_slot', 'pgoutput')";
    client.batch_execute(slot).await.unwrap();
    let look = looked(&client, Mode::Link, None).await;
    assert!(codes(&look, Warning).contains(&"publication projects".to_owned()), "{look}");
    client.batch_execute("select pg_drop_replication_slot('pf_slot')").await.unwrap();

    let name = unique("latin");
    let create = format!("create database {name} template template0 encoding 'LATIN1' locale 'C'");
    client.batch_execute(&create).await.unwrap();
    let latin = database.target().database(&name).connect().await.unwrap();
    let look = looked(&latin, Mode::Link, None).await;
    assert!(codes(&look, Refused).contains(&format!("encoding database `{name}`")), "{look}");
    drop(latin);
    client.batch_execute(&format!("drop database {name} with (force)")).await.unwrap();
}
