//! Sources that were made by other tools, on other servers, beside other services: what of them a
//! rehearsal needs is there, and what is not is named.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::case::{path, refused, run, success};

/// The tables of the application, in a dump, with something before and behind them.
fn dump(before: &str, contacts: &str, behind: &str) -> String {
    format!(
        "{before}
CREATE TABLE public.organizations (id uuid PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE, created_at timestamptz);
CREATE TABLE public.users (id uuid PRIMARY KEY, organization_id uuid, email text);
CREATE TABLE public.contacts (id uuid PRIMARY KEY, organization_id uuid, type text, company_name text, contact_name text, created_at timestamptz{contacts});
CREATE TABLE public.projects (id uuid PRIMARY KEY, organization_id uuid, customer_id uuid, created_at timestamptz);
INSERT INTO public.organizations (id, name, slug) VALUES ('5b000000-0000-4000-8000-000000000001', 'Harbour Tools', 'harbour-tools');
INSERT INTO public.users (id, organization_id) VALUES ('5b000000-0000-4000-8000-000000000011', '5b000000-0000-4000-8000-000000000001');
INSERT INTO public.contacts (id, organization_id, type, company_name) VALUES ('5b000000-0000-4000-8000-000000000021', '5b000000-0000-4000-8000-000000000001', 'customer', 'Northlight Foundry');
INSERT INTO public.projects (id, organization_id, customer_id) VALUES ('5b000000-0000-4000-8000-000000000031', '5b000000-0000-4000-8000-000000000001', '5b000000-0000-4000-8000-000000000021');
{behind}
"
    )
}

/// A folder with a source, and the plan made from it.
fn planned(name: &str, text: &str, more: &[&str]) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join(name);
    std::fs::write(&source, text).expect("writable");
    let plan = plan(folder.path(), &source, more);
    (folder, source, plan)
}

fn plan(folder: &Path, source: &Path, more: &[&str]) -> PathBuf {
    let out = folder.join("out");
    let args = ["plan", path(source), "--mode", "link", "--out", path(&out), "--quiet"];
    success(&run(&[&args[..], more].concat(), &[]));
    std::fs::read_dir(&out).expect("plans").flatten().next().expect("one plan").path()
}

#[track_caller]
fn rehearse(plan: &Path, source: &Path, more: &[&str]) -> String {
    let args = ["rehearse", path(plan), "--source", path(source), "--quiet"];
    let said = success(&run(&[&args[..], more].concat(), &[]));
    assert!(said.contains("rollback verified"), "{said}");
    said
}

#[test]
fn what_is_passed_over_does_not_end_the_transaction_of_a_dump() {
    let text = dump(
        "START TRANSACTION;\nSET some_newer_setting = 0;\nSET another.one TO 1;\nSAVEPOINT a;\nCOMMENT ON EXTENSION nowhere IS 'x';\nRELEASE a;",
        "",
        "COMMIT;\nBEGIN;\nSET idle_replication_slot_timeout = 1;\nEND;",
    );
    let (_folder, source, plan) = planned("navigator.sql", &text, &[]);
    let said = rehearse(&plan, &source, &[]);
    assert!(said.contains("setting `some_newer_setting` is not known"), "{said}");
}

#[test]
fn types_of_an_extension_are_texts_and_what_rests_on_them_is_left_out() {
    let text = dump(
        "CREATE EXTENSION IF NOT EXISTS sounds WITH SCHEMA extensions;\n\
         CREATE TABLE public.tunes (id int, what extensions.melody(12,3));",
        ", shape \"extensions\".\"melody\"(3), shapes extensions.melody[]",
        "INSERT INTO public.tunes VALUES (1, 'do re mi');\n\
         CREATE INDEX tunes_what ON public.tunes USING chords (what extensions.melody_ops);\n\
         CREATE VIEW public.loud AS SELECT extensions.volume(what) FROM public.tunes;",
    );
    let (_folder, source, plan) = planned("tunes.sql", &text, &[]);
    let said = rehearse(&plan, &source, &[]);
    for words in [
        "extension `sounds` is not available",
        "type `extensions.melody`, of an extension, is not available",
        "`INDEX` that asks for what is not there was left out",
    ] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn schema_and_data_of_a_hosted_database_come_as_their_tools_write_them() {
    let schema = dump("", "", "").lines().filter(|line| !line.starts_with("INSERT")).fold(
        "-- Dumped from database version 15.8\nCREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA \"extensions\";\n".to_owned(),
        |text, line| text + line + "\n",
    ) + "
ALTER TABLE ONLY public.users ADD CONSTRAINT users_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE;
CREATE OR REPLACE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$;
CREATE TRIGGER on_signup AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.tell();
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.users FOR SELECT TO authenticated USING (id = auth.uid() AND auth.role() = 'authenticated');
CREATE POLICY files ON storage.objects FOR SELECT USING (bucket_id = 'files');
GRANT ALL ON TABLE public.users TO anon;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public GRANT ALL ON TABLES TO service_role;
";
    let data = dump("SET session_replication_role = replica;", "", "")
        .lines()
        .filter(|line| !line.starts_with("CREATE"))
        .fold(String::new(), |text, line| text + line + "\n")
        + "INSERT INTO auth.users (id, email, encrypted_password) VALUES ('5b000000-0000-4000-8000-000000000011', 'a@b.example', 'x');\n\
           COPY auth.sessions (id, user_id) FROM stdin;\n5b000000-0000-4000-8000-000000000077\t5b000000-0000-4000-8000-000000000011\n\\.\n\
           INSERT INTO storage.buckets (id, name) VALUES ('files', 'files');\n";
    let (folder, source, plan) = planned("data.sql", &data, &[]);
    let file = folder.path().join("schema.sql");
    std::fs::write(&file, schema).expect("writable");
    for option in ["--schema-file", "--schema"] {
        let said = rehearse(&plan, &source, &[option, path(&file)]);
        for words in [
            "schema `auth` was missing and was made",
            "table `auth.users` was missing and was made",
            "function `auth.uid` was missing and was made",
            "rows of `auth.users`",
        ] {
            assert!(said.contains(words), "`{words}` is not in: {said}");
        }
    }
}

#[test]
fn a_dump_of_a_newer_server_is_named_as_that() {
    let text = dump(
        "-- Dumped from database version 99.1\n-- Dumped by pg_dump version 99.1",
        "",
        "CREATE TABLE public.later (a int, b int GENERATED SOMEHOW (a + 1));",
    );
    let (_folder, source, plan) = planned("later.sql", &text, &[]);
    let said = run(&["rehearse", path(&plan), "--source", path(&source), "--quiet"], &[]);
    refused(&said, 1, "the dump is of PostgreSQL 99.1, and the private server, of 1");
    // An error of the dump's own is none of its version.
    let text = text.replace("99.1", "9.6");
    let (_folder, source, plan) = planned("later.sql", &text, &[]);
    let said = run(&["rehearse", path(&plan), "--source", path(&source), "--quiet"], &[]);
    refused(&said, 1, "SQLSTATE 42601");
}

#[test]
fn a_schema_is_named_the_same_way_everywhere() {
    let text = dump("CREATE SCHEMA crm;", "", "").replace("public.", "crm.");
    let (_folder, source, plan) = planned("crm.sql", &text, &["--schema", "crm"]);
    rehearse(&plan, &source, &["--schema", "crm"]);
    let args = ["rehearse", path(&plan), "--source", path(&source), "--quiet"];
    success(&run(&args, &[("ORGFOLD_SCHEMA", "crm")]));
}

#[test]
fn the_built_in_schema_demands_no_more_than_a_plan_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("source");
    std::fs::create_dir(&source).expect("writable");
    for (file, text) in [
        (
            "organizations",
            "id,name,slug\n5b000000-0000-4000-8000-000000000001,Harbour Tools,harbour-tools\n5b000000-0000-4000-8000-000000000002,Meadow Tools,meadow-tools\n",
        ),
        (
            "users",
            "id,organization_id\n5b000000-0000-4000-8000-000000000011,5b000000-0000-4000-8000-000000000001\n",
        ),
        (
            "contacts",
            "id,organization_id,type,company_name\n5b000000-0000-4000-8000-000000000021,5b000000-0000-4000-8000-000000000001,customer,Northlight Foundry\n5b000000-0000-4000-8000-000000000022,5b000000-0000-4000-8000-000000000001,lead,Southlight Foundry\n",
        ),
        (
            "projects",
            "id,organization_id,project_id,customer_id,status\n5b000000-0000-4000-8000-000000000031,5b000000-0000-4000-8000-000000000001,P-1,5b000000-0000-4000-8000-000000000021,somewhere\n5b000000-0000-4000-8000-000000000032,5b000000-0000-4000-8000-000000000002,P-1,,\n",
        ),
    ] {
        std::fs::write(source.join(format!("{file}.csv")), text).expect("writable");
    }
    let plan = plan(folder.path(), &source, &[]);
    rehearse(&plan, &source, &[]);
}
