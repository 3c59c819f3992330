//! The edges of undoing and of second runs: rows that others hung on ours, other schemas, prompts,
//! tenants that own themselves.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};
use crate::support::database::sample;

#[tokio::test]
async fn rows_that_refer_by_any_key_stop_a_rollback() {
    for (table, key) in [
        (
            "create table public.invoices (number int, tenant uuid, customer uuid, primary key (tenant, number), \
             foreign key (tenant, customer) references public.organizations (owner_organization_id, id) on delete cascade)",
            "tenant, customer",
        ),
        (
            "create table public.invoices (number int primary key, tenant uuid, customer varchar(100) \
             references public.organizations (slug) on delete set null)",
            "customer",
        ),
    ] {
        let case = Case::new("factory-pulse", "rehome").await;
        let plan = case.approved();
        success(&case.apply(&plan, &[]));
        case.execute(table).await;
        let column = if key == "customer" { "slug" } else { "id" };
        case.execute(&format!(
            "insert into public.invoices (number, tenant, customer) \
             select 7, owner_organization_id, {column} from public.organizations \
             where id in (select pk from orgfold.image_organizations where action = 'i') order by id limit 1"
        ))
        .await;
        let there = case.picture().await;
        refused(&case.rollback(&plan, &[]), 4, &format!("of the run by {key} (key invoices_"));
        equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
        // Without rows the table may stay, unless it lives by an index of ours that is to go.
        case.execute("delete from public.invoices").await;
        if key != "customer" {
            refused(
                &case.rollback(&plan, &["--drop-schema-changes"]),
                1,
                "depends on unique index organizations_owner_id_key",
            );
        }
        success(&case.rollback(&plan, &[]));
    }
}

#[tokio::test]
async fn a_look_shuts_nobody_out_and_waits_for_no_writer() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let writer = case.database.connect().await;
    let lock = "begin; lock table public.contacts in row exclusive mode";
    writer.batch_execute(lock).await.expect("a writer at work");
    let url = case.database.url();
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let looked = success(&run(&["rollback", id, "--database", &url, "--look"], &[]));
    assert!(looked.contains("no row was edited since"), "{looked}");
    // Nobody can be asked: it says so, and does nothing.
    let asked = run(&["rollback", id, "--database", &url], &[]);
    assert_eq!(asked.status.code(), Some(2), "{asked:?}");
    let state = case.client.query_one("select state from orgfold.run", &[]).await.expect("a run");
    assert_eq!(state.get::<_, &str>(0), "applied");
}

#[tokio::test]
async fn a_plan_that_is_applied_to_one_schema_is_not_to_another() {
    let case = Case::new("factory-pulse", "rehome").await;
    case.execute("create schema copy").await;
    for table in ["organizations", "users", "contacts", "projects"] {
        case.execute(&format!(
            "create table copy.{table} (like public.{table} including all); \
             insert into copy.{table} select * from public.{table}"
        ))
        .await;
    }
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let url = case.database.url();
    let other = ["--database", &url, "--schema", "copy", "--quiet"];
    // Who answers for the database has approved for the other schema.
    let args = [&["apply", path(&plan), "--yes"], &other[..]].concat();
    refused(&run(&args, &[]), 6, "approved for schema `public`");
    success(&run(&[&["preflight", path(&plan)], &other[..]].concat(), &[]));
    success(&run(&["approve", path(&plan), "--role", "dba", "--by", "A. Keeper"], &[]));
    let said = success(&run(&[&["apply", path(&plan), "--yes"], &other[..]].concat(), &[]));
    assert!(said.contains("is applied to"), "{said}");
    let said = success(&run(&["status", "--out", path(&case.out()), "--database", &url], &[]));
    assert!(said.contains("schema public") && said.contains("schema copy"), "{said}");
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    success(&run(
        &[&["rollback", id, "--yes", "--drop-schema-changes"], &other[..4]].concat(),
        &[],
    ));
    let left = "select count(*) from information_schema.columns \
                where table_schema = 'copy' and column_name = 'owner_organization_id'";
    assert_eq!(case.client.query_one(left, &[]).await.expect("a count").get::<_, i64>(0), 0);
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
}

#[tokio::test]
async fn a_tenant_that_owns_itself_can_still_be_changed() {
    let mut case = Case::new("factory-pulse", "rehome").await;
    case.execute(
        "alter table public.organizations add owner_organization_id uuid; \
         update public.organizations set owner_organization_id = id where id in (select organization_id from public.users)",
    )
    .await;
    case.source = case.export().await;
    let plan = case.approved();
    let said = success(&case.apply(&plan, &[]));
    assert!(said.contains("organizations_owner_not_self: left out"), "{said}");
    case.execute(
        "update public.organizations set name = name || '!' where owner_organization_id = id",
    )
    .await;
}

#[tokio::test]
async fn a_damaged_plan_directory_does_not_silence_the_others() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.plan();
    let damaged = case.out().join("damaged");
    std::fs::create_dir(&damaged).expect("writable");
    std::fs::write(damaged.join("plan.json"), "{\"format\": 1}\n").expect("writable");
    let url = case.database.url();
    let said = success(&run(&["status", "--out", path(&case.out()), "--database", &url], &[]));
    assert!(said.contains("damaged: ") && said.contains("waits for technical-lead"), "{said}");
    // Approvals that cannot be read are not approvals that were never given.
    std::fs::write(plan.join("receipts"), "").expect("writable");
    refused(&case.apply(&plan, &[]), 1, "cannot read");
}

#[tokio::test]
async fn a_dump_of_a_database_with_a_ledger_can_be_rehearsed() {
    let mut case = Case::new("factory-pulse", "rehome").await;
    let read = |file| std::fs::read_to_string(sample("factory-pulse", file)).expect("the sample");
    let mut dump = read("schema.sql") + &read("dump-copy.sql");
    dump += include_str!("../src/load/sql/ledger.sql");
    case.source = case.folder.path().join("full.sql");
    std::fs::write(&case.source, &dump).expect("writable");
    let plan = case.plan();
    // The very plan is applied there, and another one, which would need what was added.
    let id = std::fs::read_to_string(plan.join("plan.json")).expect("a manifest");
    let id = id.split('"').nth(3).expect("the id comes first").to_owned();
    let row = |id| format!("('{id}', 'public', 'rehome', 'applied', '{{}}', '{{}}', '[]')");
    let runs = format!(
        "insert into orgfold.ledger values (3);\n\
         insert into orgfold.run (plan_id, application, mode, state, inserted, counts, approvals) \
         values {}, {};\n",
        row(id),
        row("0".repeat(64))
    );
    dump += &runs;
    std::fs::write(&case.source, &dump).expect("writable");
    let said = success(&run(&["rehearse", path(&plan), "--source", path(&case.source)], &[]));
    assert!(said.contains("rollback verified: rows and catalog identical"), "{said}");
}
