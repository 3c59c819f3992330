//! A rollback on a database that people went on working with: what is theirs stays theirs, and
//! nobody is shut out meanwhile.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};

/// An organization that the run inserted.
const MINTED: &str =
    "(select pk from orgfold.image_organizations where action = 'i' order by pk limit 1)";

/// A contact that the run changed.
const MOVED: &str = "(select pk from orgfold.image_contacts order by pk limit 1)";

async fn loaded(mode: &'static str) -> (Case, std::path::PathBuf) {
    let case = Case::new("factory-pulse", mode).await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    (case, plan)
}

/// A number that a query gives.
async fn number(case: &Case, query: &str) -> i64 {
    case.client.query_one(query, &[]).await.expect("a count").get(0)
}

/// What stands in the file of rows that was written last.
fn rows_file(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("rows and values: "));
    std::fs::read_to_string(line.expect("the file is named")).expect("it can be read")
}

impl Case {
    /// A rollback that writes beside the plans of the case.
    fn undo(&self, plan: &std::path::Path, more: &[&str]) -> std::process::Output {
        let out = self.out();
        self.rollback(plan, &[&["--out", path(&out)], more].concat())
    }

    /// A look that writes beside them.
    fn undo_look(&self, plan: &std::path::Path) -> std::process::Output {
        let (url, out) = (self.database.url(), self.out());
        let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
        run(&["rollback", id, "--database", &url, "--out", path(&out), "--look"], &[])
    }
}

#[tokio::test]
async fn a_reference_in_a_column_that_is_not_written_outlives_the_rollback() {
    // The run changed the row that refers, but not the column by which it does.
    let (case, plan) = loaded("link").await;
    case.execute(&format!(
        "alter table public.contacts drop constraint contacts_client_organization_id_fkey; \
         alter table public.contacts add constraint former_client_fkey foreign key (client_organization_id) \
           references public.organizations (id) on delete set null; \
         update public.contacts set client_organization_id = {MINTED} where id = {MOVED}"
    ))
    .await;
    let there = case.picture().await;
    refused(&case.undo(&plan, &[]), 4, "by client_organization_id (key former_client_fkey)");
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
    let said = success(&case.undo(&plan, &["--keep-edited"]));
    assert!(said.contains("rolled back in part"), "{said}");
    let kept =
        format!("select count(*) from public.contacts where client_organization_id = {MINTED}");
    assert_eq!(number(&case, &kept).await, 1);
}

#[tokio::test]
async fn references_from_other_schemas_partitions_and_to_changed_keys_are_found() {
    let (case, plan) = loaded("rehome").await;
    case.execute(
        "create schema billing; \
         create table billing.ledger_lines (line bigint, year int, buyer uuid, primary key (line, year), \
           foreign key (buyer) references public.organizations (id) on delete cascade) partition by list (year); \
         create table billing.ledger_lines_2031 partition of billing.ledger_lines for values in (2031); \
         create table billing.badges (badge text primary key, holder uuid, place uuid, \
           foreign key (holder, place) references public.organizations (owner_organization_id, id) \
           on update cascade on delete cascade)",
    )
    .await;
    case.execute(&format!("insert into billing.ledger_lines values (5, 2031, {MINTED})")).await;
    // An organization that was there keeps its row, but not what this key refers to.
    case.execute(
        "insert into billing.badges select 'b-1', o.owner_organization_id, o.id from public.organizations o \
         join orgfold.image_organizations i on i.pk = o.id and i.action = 'u' order by o.id limit 1",
    )
    .await;
    let there = case.picture().await;
    let output = case.undo(&plan, &[]);
    refused(&output, 4, "billing.ledger_lines 5,2031: refers to organizations");
    refused(&output, 4, "billing.badges b-1: refers to organizations");
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
    let said = success(&case.undo(&plan, &["--keep-edited"]));
    let file = rows_file(&said);
    assert!(file.contains("billing.badges,b-1,refers,\"holder, place\""), "{file}");
    for query in [
        "select count(*) from billing.ledger_lines l join public.organizations o on o.id = l.buyer",
        "select count(*) from billing.badges b join public.organizations o \
         on (o.owner_organization_id, o.id) = (b.holder, b.place)",
    ] {
        assert_eq!(number(&case, query).await, 1, "{query}");
    }
}

#[tokio::test]
async fn what_people_wrote_beside_the_run_stays_and_is_no_edit() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    // The trigger moves `updated_at`; a title, a note and a new row are people's.
    case.execute(
        "update public.projects set priority_level = priority_level; \
         update public.contacts set notes = 'call back'; \
         update public.organizations set updated_at = now(); \
         insert into public.projects (organization_id, project_id, title) \
           select organization_id, 'P-OWN-1', 'Own' from public.projects limit 1",
    )
    .await;
    let looked = success(&case.undo_look(&plan));
    assert!(looked.contains("no row was edited since"), "{looked}");
    let touched = number(
        &case,
        "select sum(extract(epoch from updated_at) * 1000)::bigint from public.contacts",
    )
    .await;
    success(&case.undo(&plan, &[]));
    assert_eq!(
        number(&case, "select count(*) from public.contacts where notes = 'call back'").await,
        12
    );
    assert_eq!(number(&case, "select count(*) from public.projects where title = 'Own'").await, 1);
    let after = number(
        &case,
        "select sum(extract(epoch from updated_at) * 1000)::bigint from public.contacts",
    )
    .await;
    assert_eq!(touched, after);
    // Nothing of the run is left.
    for query in [
        "select count(*) from public.contacts where customer_organization_id is not null",
        "select count(*) from public.projects where customer_organization_id is not null",
        "select count(*) from public.project_contact_points",
        "select count(*) from public.organizations where owner_organization_id is not null",
    ] {
        assert_eq!(number(&case, query).await, 0, "{query}");
    }
}

#[tokio::test]
async fn values_are_compared_whatever_the_session_prefers() {
    let case = Case::new("factory-pulse", "rehome").await;
    case.execute(
        "alter table public.organizations add pause interval default '1 day 02:00', \
           add ratio double precision default 1.0/3, add raw bytea default '\\xdeadbeef', \
           add price money default 12.5, add seen timestamptz default '2031-02-03 04:05:06.7+07', \
           add day date default '2031-02-03'",
    )
    .await;
    let before = case.picture().await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    case.execute(
        "do $$ begin execute format('alter database %I set intervalstyle = iso_8601', current_database()); \
         execute format('alter database %I set extra_float_digits = -5', current_database()); \
         execute format('alter database %I set bytea_output = escape', current_database()); \
         execute format('alter database %I set datestyle = german', current_database()); \
         execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$",
    )
    .await;
    success(&case.undo(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture_like(&before).await, Compare::Data);
}

#[tokio::test]
async fn edits_are_named_by_column_and_kept_on_demand() {
    let (case, plan) = loaded("link").await;
    case.execute(&format!(
        "update public.organizations set name = '=Secret Name' where id = {MINTED}; \
         update public.contacts set customer_organization_id = null where customer_organization_id = {MINTED}; \
         delete from public.project_contact_points where id = (select pk from orgfold.image_project_contact_points order by pk limit 1)"
    ))
    .await;
    let there = case.picture().await;
    let output = case.undo(&plan, &[]);
    for words in [": was edited (name)", ": was edited (customer_organization_id)", ": was deleted"]
    {
        refused(&output, 4, words);
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(!String::from_utf8_lossy(&all).contains("Secret"), "a value is printed");
    let file = rows_file(&said);
    assert!(file.starts_with("table,id,what,column,left,now\n"), "{file}");
    assert!(file.contains(",edited,name,") && file.contains(",'=Secret Name\n"), "{file}");
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);

    let said = success(&case.undo(&plan, &["--keep-edited"]));
    assert!(
        said.contains("rolled back in part") && said.contains("are left as they are"),
        "{said}"
    );
    let renamed = "select count(*) from public.organizations where name = '=Secret Name'";
    assert_eq!(number(&case, renamed).await, 1);
    let linked = "select count(*) from public.contacts where customer_organization_id is not null";
    assert_eq!(number(&case, linked).await, 0);
    refused(&case.apply(&plan, &[]), 1, "a part of this plan was rolled back");
    let url = case.database.url();
    let status = success(&run(&["status", "--database", &url, "--out", path(&case.out())], &[]));
    assert!(status.contains("rolled back in part"), "{status}");
    // What people changed is changed back: now the rest goes too.
    case.execute(
        "update public.organizations o set name = i.inserted[2] from orgfold.image_organizations i \
         where i.pk = o.id and o.name = '=Secret Name'; \
         update public.contacts c set customer_organization_id = i.customer_organization_id_after \
         from orgfold.image_contacts i where i.pk = c.id",
    )
    .await;
    let said = success(&case.undo(&plan, &["--drop-schema-changes"]));
    assert!(said.contains("\nrolled back; "), "{said}");
    success(&case.apply(&plan, &[]));
}

#[tokio::test]
async fn one_tenant_can_be_undone_alone() {
    let case = Case::two_tenants("rehome").await;
    let before = case.picture().await;
    let plan = case.approved();
    let owned = |slug: &str| {
        format!(
            "select count(*) from public.organizations where owner_organization_id = \
             (select id from public.organizations where slug = '{slug}')"
        )
    };
    let own = number(&case, &owned("lac-hong")).await;
    success(&case.apply(&plan, &[]));
    refused(&case.undo(&plan, &["--only", "nobody-here"]), 1, "no organization has the slug or id");
    let others = number(&case, &owned("cuu-long")).await;
    assert!(others > 0 && number(&case, &owned("lac-hong")).await > own);
    let said = success(&case.undo(&plan, &["--only", "lac-hong"]));
    assert!(said.contains("rows stay: not of `lac-hong`"), "{said}");
    assert_eq!(number(&case, &owned("lac-hong")).await, own);
    assert_eq!(number(&case, &owned("cuu-long")).await, others);
    success(&case.undo(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn without_the_schema_every_key_stays_and_readers_are_never_in_the_way() {
    let case = Case::new("factory-pulse", "link").await;
    let constraints = "select count(*) from (select conname from pg_constraint where connamespace = 'public'::regnamespace \
        union all select relname from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace) named";
    let before = number(&case, constraints).await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let with = number(&case, constraints).await;
    assert!(with > before);
    case.execute(
        "insert into public.project_contact_points (project_id, contact_id) \
         select p.id, c.id from public.projects p, public.contacts c \
         where not exists (select from public.project_contact_points x where x.project_id = p.id) limit 1",
    )
    .await;
    // A long reader, as a report or a backup is.
    let reader = case.database.connect().await;
    reader
        .batch_execute("begin; select count(*) from public.contacts, public.projects, public.organizations, public.project_contact_points")
        .await
        .expect("a reader");
    success(&case.undo(&plan, &[]));
    assert_eq!(number(&case, constraints).await, with);
    assert_eq!(number(&case, "select count(*) from public.project_contact_points").await, 1);
    let invented = "insert into public.project_contact_points (project_id, contact_id) values (gen_random_uuid(), gen_random_uuid())";
    let error = case.client.batch_execute(invented).await.expect_err("a key refuses it");
    assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("23503"));
    reader.batch_execute("rollback").await.expect("a reader");
    // Said again, it is done already; and the schema can follow, as by `schema expand --undo`.
    let said = success(&case.undo(&plan, &[]));
    assert!(said.contains("rolled back already"), "{said}");
    refused(
        &case.undo(&plan, &["--drop-schema-changes"]),
        1,
        "hold values that no plan wrote: table",
    );
    case.execute("delete from public.project_contact_points").await;
    let said = success(&case.undo(&plan, &["--drop-schema-changes"]));
    assert!(said.contains("additions to the schema undone"), "{said}");
    assert_eq!(number(&case, constraints).await, before);
}

#[tokio::test]
async fn the_schema_waits_for_readers_and_gives_way_to_them() {
    let (case, plan) = loaded("link").await;
    let there = case.picture().await;
    let reader = case.database.connect().await;
    let reads =
        "begin; set application_name = 'monthly report'; select count(*) from public.contacts";
    reader.batch_execute(reads).await.expect("a reader");
    let (url, out) = (case.database.url(), case.out());
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let args = ["rollback", id, "--database", &url, "--out", path(&out), "--yes"];
    let args = [&args[..], &["--drop-schema-changes", "--lock-wait", "1"]].concat();
    let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    let undo =
        std::thread::spawn(move || run(&args.iter().map(String::as_str).collect::<Vec<_>>(), &[]));
    // Whoever comes meanwhile never waits for a second.
    let mut longest = std::time::Duration::ZERO;
    while !undo.is_finished() {
        let begun = std::time::Instant::now();
        number(&case, "select count(*) from public.contacts").await;
        longest = longest.max(begun.elapsed());
    }
    let output = undo.join().expect("it ends");
    refused(&output, 7, "(monthly report)");
    assert!(longest < std::time::Duration::from_millis(1500), "{longest:?}");
    reader.batch_execute("rollback").await.expect("a reader");
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
    success(&case.undo(&plan, &["--drop-schema-changes"]));
}

#[tokio::test]
async fn what_a_dba_dropped_or_renamed_is_no_obstacle() {
    let (case, plan) = loaded("link").await;
    case.execute(
        "drop index public.project_contact_points_contact_id_idx; \
         alter index public.projects_customer_organization_id_idx rename to customer_idx; \
         alter table public.contacts drop constraint contacts_own_customer_fkey",
    )
    .await;
    success(&case.undo(&plan, &[]));
    success(&case.apply(&plan, &[]));
    success(&case.undo(&plan, &["--drop-schema-changes"]));
    let left = "select count(*) from information_schema.columns where table_schema = 'public' \
                and column_name in ('owner_organization_id', 'customer_organization_id')";
    assert_eq!(number(&case, left).await, 0);
}

#[tokio::test]
async fn what_was_there_before_and_is_gone_is_named() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    // A third tenant: contacts came from it, and it is gone since.
    let former =
        "(select i.organization_id_before from orgfold.image_contacts i order by i.pk limit 1)";
    case.execute(&format!(
        "alter table public.contacts disable trigger user; \
         insert into public.organizations (id, name, slug) values ('0f000000-0000-4000-8000-000000000001', 'Gone', 'gone-soon'); \
         update orgfold.image_contacts set organization_id_before = '0f000000-0000-4000-8000-000000000001' where pk = {MOVED}; \
         delete from public.organizations where slug = 'gone-soon'"
    ))
    .await;
    assert_eq!(
        number(&case, &format!("select count(*) from public.organizations where id = {former}"))
            .await,
        0
    );
    let there = case.picture().await;
    refused(
        &case.undo(&plan, &[]),
        4,
        "its organization_id before referred to a row of organizations that is gone",
    );
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
    let said = success(&case.undo(&plan, &["--keep-edited"]));
    assert!(said.contains("rolled back in part"), "{said}");
}

#[tokio::test]
async fn a_time_that_triggers_moved_goes_back_unless_somebody_moved_it_again() {
    let case = Case::new("factory-pulse", "link").await;
    case.execute("drop trigger log_contacts_activity on public.contacts; drop trigger log_projects_activity on public.projects").await;
    let plan = case.approved();
    let config = case.with_triggers("fire");
    success(&case.apply_under(&config, &plan));
    let moved = "select count(*) from public.contacts where updated_at > now() - interval '1 hour'";
    assert_eq!(number(&case, moved).await, 7);
    case.execute(&format!("update public.contacts set notes = 'later' where id = {MOVED}")).await;
    success(&case.undo(&plan, &["--drop-schema-changes", "--config", path(&config)]));
    assert_eq!(number(&case, moved).await, 1);
}

#[tokio::test]
async fn a_large_table_that_refers_without_an_index_gets_one_for_the_time() {
    let (case, plan) = loaded("rehome").await;
    case.execute(
        "create table public.remarks (id int primary key, about uuid references public.organizations (id)); \
         update pg_class set reltuples = 9e8 where relname in ('remarks', 'contacts'); \
         create table public.made (what text); \
         create function public.note_made() returns event_trigger language plpgsql as $$ begin \
           insert into public.made select object_identity from pg_event_trigger_ddl_commands(); end $$; \
         create event trigger note_made on ddl_command_end when tag in ('CREATE INDEX') \
           execute function public.note_made()",
    )
    .await;
    success(&case.undo(&plan, &[]));
    let made = "select count(*) from public.made where what like 'public.orgfold\\_undo\\_%'";
    assert_eq!(number(&case, made).await, 2);
    case.execute("drop event trigger note_made; delete from public.made").await;
    assert_eq!(
        number(&case, "select count(*) from pg_class where relname like 'orgfold\\_undo\\_%'")
            .await,
        0
    );
    success(&case.apply(&plan, &[]));
    let rows = "select count(*) from public.organizations where owner_organization_id is not null";
    assert_eq!(number(&case, rows).await, 5);
}

#[tokio::test]
async fn a_receipt_is_there_before_and_complete_after() {
    let (case, plan) = loaded("rehome").await;
    let receipt = |number: u32| plan.join("receipts").join(format!("rollback-{number}.json"));
    let out = case.out();
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let url = case.database.url();
    let args = ["rollback", id, "--database", &url, "--yes", "--out", path(&out)];
    let output = run(&args, &[("ORGFOLD_FAIL_AT", "rollback after commit")]);
    assert_eq!(output.status.code(), None, "it is not killed");
    let text = std::fs::read_to_string(receipt(1)).expect("a receipt");
    assert!(text.contains("\"state\": \"begun\""), "{text}");
    let said = success(&run(&args, &[]));
    assert!(said.contains("rolled back already"), "{said}");
    let text = std::fs::read_to_string(receipt(1)).expect("a receipt");
    assert!(text.contains("\"state\": \"rolled back\""), "{text}");
    case.approve(&plan);
    success(&case.apply(&plan, &[]));
    // A folder that cannot be written is found out before anything is done.
    let file = case.folder.path().join("file");
    std::fs::write(&file, "").expect("writable");
    let args = ["rollback", id, "--database", &url, "--yes", "--out", path(&file)];
    refused(&run(&args, &[]), 1, "cannot write");
    assert_eq!(number(&case, "select count(*) from orgfold.run where state = 'applied'").await, 1);
    let said = success(&case.undo(&plan, &[]));
    assert!(said.contains("receipt: ") && said.contains("rollback-2.json"), "{said}");
}

#[tokio::test]
async fn the_journal_is_emptied_and_our_schema_goes_and_nothing_else_does() {
    let (case, plan) = loaded("rehome").await;
    let url = case.database.url();
    let purge =
        |more: &[&str]| run(&[&["journal", "purge", "--database", &url], more].concat(), &[]);
    let said = success(&purge(&[]));
    assert!(said.contains("  no run\n"), "{said}");
    success(&case.undo(&plan, &[]));
    success(&case.apply(&plan, &[]));
    // Without a terminal and without --yes it says what it would do.
    let asked = purge(&[]);
    assert_eq!(asked.status.code(), Some(2), "{asked:?}");
    let images = "select count(*) from orgfold.image_contacts";
    assert_eq!(number(&case, images).await, 14);
    let said = success(&purge(&["--yes"]));
    assert!(said.contains("run 1 plan") && !said.contains("run 2 plan"), "{said}");
    assert_eq!(number(&case, images).await, 7);
    success(&purge(&["--yes", "--older-than", "1"]));
    assert_eq!(number(&case, images).await, 7);
    success(&purge(&["--yes", "--older-than", "0"]));
    assert_eq!(number(&case, images).await, 0);
    refused(&case.undo(&plan, &[]), 1, "cannot be rolled back");

    let uninstall = || run(&["uninstall", "--database", &url, "--yes"], &[]);
    case.execute("create table orgfold.theirs (id int)").await;
    refused(&uninstall(), 1, "not ours");
    case.execute("drop table orgfold.theirs").await;
    let before = case.picture().await;
    let said = success(&uninstall());
    assert!(said.contains("can be rolled back no longer"), "{said}");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    assert_eq!(
        number(&case, "select count(*) from pg_namespace where nspname = 'orgfold'").await,
        0
    );
    let said = success(&uninstall());
    assert!(said.contains("nothing to do"), "{said}");
}
