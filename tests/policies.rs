//! Row-level security: whoever saw or might do something before a load sees and may do the very
//! same after it, and each tenant sees its own customers.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, refused, run, success};
use crate::support::portal::{USERS, seen};

/// What the audit trigger of the application writes would be refused to tenants.
const NO_AUDIT: &str = "drop trigger log_contacts on contacts";

const TABLES: [&str; 4] = ["contacts", "projects", "documents", "activity_log"];

#[tokio::test]
async fn what_everybody_sees_stays_and_customers_come() {
    for mode in ["rehome", "link"] {
        let case = Case::portal(mode).await;
        case.execute(NO_AUDIT).await;
        let mut before = Vec::new();
        for (user, tenant) in USERS {
            for table in TABLES {
                before.push((user, table, seen(&case, user, table).await));
            }
            assert_eq!(seen(&case, user, "organizations").await, [tenant], "{user}");
        }
        let picture = case.picture().await;
        let plan = case.approved();
        success(&case.apply(&plan, &[]));
        for (user, table, rows) in before {
            assert_eq!(seen(&case, user, table).await, rows, "{mode}: {table} as {user}");
        }
        for (user, tenant) in USERS {
            let owned = "select id::text from organizations where id = $1::text::uuid or \
                         owner_organization_id = $1::text::uuid order by 1";
            let owned = case.client.query(owned, &[&tenant]).await.expect("a query");
            let owned: Vec<String> = owned.iter().map(|row| row.get(0)).collect();
            assert_eq!(seen(&case, user, "organizations").await, owned, "{mode}: {user}");
        }
        assert!(seen(&case, "", "organizations").await.is_empty(), "{mode}: nobody");
        success(&case.rollback(&plan, &["--drop-schema-changes"]));
        equal(&picture, &case.picture().await, Compare::DataAndCatalog);
    }
}

#[tokio::test]
async fn the_owner_of_an_organization_is_guarded() {
    let case = Case::portal("link").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let (admin, _) = USERS[0];
    for (set, code) in [
        ("name = name", None),
        ("owner_organization_id = 'a0000000-0000-4000-8000-000000000002'", Some("42501")),
    ] {
        let change = format!(
            "begin; set local role authenticated;
             set local request.jwt.claims = '{{\"sub\": \"{admin}\"}}';
             update public.organizations set {set} where slug = 'sao-mai-tooling'"
        );
        let done = case.client.batch_execute(&change).await;
        let found = done.err().map(|error| error.code().expect("a server's").code().to_owned());
        assert_eq!(found.as_deref(), code, "{set}");
        case.execute("rollback").await;
    }
}

/// Policies in every shape in which the server prints the tenant key.
const SHAPES: &str = "
    create table notes (id uuid primary key default gen_random_uuid(), contact_id uuid, organization_id uuid);
    alter table notes enable row level security;
    insert into notes (contact_id, organization_id) select id, organization_id from contacts;
    create schema \"Field Work\";
    grant usage on schema \"Field Work\" to authenticated;
    create table \"Field Work\".visits (id uuid primary key default gen_random_uuid(), \"Contact\" uuid);
    alter table \"Field Work\".visits enable row level security;
    insert into \"Field Work\".visits (\"Contact\") select id from contacts;
    grant all on notes, \"Field Work\".visits to authenticated;
    create policy by_setting on contacts for select
      using (organization_id::text = current_setting('app.organization_id', true));
    create policy by_name on contacts for select
      using ('organization_id' = 'contacts.organization_id' and organization_id is null);
    create policy only_insert on contacts for insert to authenticated
      with check (organization_id = my_organization());
    create policy takes on contacts as restrictive for delete to authenticated
      using (organization_id = my_organization() and type = 'customer');
    create policy beside on notes
      using (notes.organization_id = my_organization() and exists (
        select 1 from contacts n where n.id = notes.contact_id and n.organization_id = notes.organization_id));
    create policy \"Odd One\" on \"Field Work\".visits for select
      using ((select \"Who\".organization_id from contacts as \"Who\" where \"Who\".id = \"Contact\") = my_organization())";

#[tokio::test]
async fn a_policy_of_any_shape_is_rewritten_as_the_server_means_it() {
    let case = Case::portal("rehome").await;
    case.execute(NO_AUDIT).await;
    case.execute(SHAPES).await;
    let mut before = Vec::new();
    for (user, _) in USERS {
        for table in ["contacts", "notes", "\"Field Work\".visits"] {
            before.push((user, table, seen(&case, user, table).await));
        }
    }
    let picture = case.picture().await;
    let plan = case.approved();
    refused(&case.apply(&plan, &[]), 8, "visibility_setting of app.organization_id");
    let settings = "[visibility]\nsettings = [[\"request.jwt.claims\", '{\"sub\": \"{user}\"}'], \
                    [\"app.organization_id\", \"{user}\"]]\n";
    success(&case.apply_under(&case.config(settings), &plan));
    for (user, table, rows) in before {
        assert_eq!(seen(&case, user, table).await, rows, "{table} as {user}");
    }
    let printed = "select polname::text, coalesce(pg_get_expr(polqual, polrelid), '') || \
                   coalesce(pg_get_expr(polwithcheck, polrelid), '') from pg_policy";
    let rows = case.client.query(printed, &[]).await.expect("a query");
    let text = |name: &str| -> String {
        let found = rows.iter().find(|row| row.get::<_, &str>(0) == name);
        found.expect("it is there").get(1)
    };
    let own = "COALESCE(owner_organization_id, organization_id)";
    assert!(text("by_setting").contains(&format!("{own})::text")), "{}", text("by_setting"));
    assert!(text("by_setting").contains("'app.organization_id'"));
    assert!(text("by_name").contains("'contacts.organization_id'"));
    assert!(text("only_insert").contains(own));
    assert!(text("takes").contains(own));
    let beside = text("beside");
    assert!(beside.contains("COALESCE(n.owner_organization_id, n.organization_id)"), "{beside}");
    assert!(beside.contains("= notes.organization_id") || beside.contains("(organization_id ="));
    assert!(text("Odd One").contains("COALESCE(\"Who\".owner_organization_id"));
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&picture, &case.picture().await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_policy_that_nobody_can_rewrite_is_refused_by_its_name() {
    for (policy, subject, reason) in [
        (
            "create policy hands_on on contacts for select using (contacts.* is not null)",
            "public.contacts.hands_on",
            "it hands on whole rows",
        ),
        (
            "create policy joins on documents for select using (exists (
               select 1 from contacts c join users u using (organization_id) where c.id = documents.contact_id))",
            "public.documents.joins",
            "it joins or renames the column",
        ),
    ] {
        let case = Case::portal("rehome").await;
        case.execute(NO_AUDIT).await;
        case.execute(policy).await;
        let before = case.picture().await;
        let plan = case.approved();
        let output = case.apply(&plan, &[]);
        refused(&output, 8, subject);
        refused(&output, 8, reason);
        equal(&before, &case.picture().await, Compare::DataAndCatalog);
    }
}

#[tokio::test]
async fn a_policy_that_somebody_changed_since_is_not_put_back() {
    let case = Case::portal("rehome").await;
    case.execute(NO_AUDIT).await;
    let picture = case.picture().await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    case.execute("alter policy \"See contacts\" on contacts using (false)").await;
    refused(
        &case.rollback(&plan, &["--drop-schema-changes"]),
        1,
        "somebody has changed these since: rewritten policy See contacts of contacts",
    );
    case.execute(
        "alter policy \"See contacts\" on contacts using (coalesce(owner_organization_id, organization_id)
           in (select users.organization_id from users where users.id = auth.uid()))",
    )
    .await;
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&picture, &case.picture().await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_second_look_finds_the_policies_done() {
    let case = Case::portal("rehome").await;
    case.execute(NO_AUDIT).await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let url = case.database.url();
    let due = success(&run(&["schema", "expand", "--database", &url, "--quiet"], &[]));
    assert!(!due.contains("policy"), "{due}");
    // Another one in the old style comes up for the next load.
    case.execute("create policy later on contacts using (organization_id = my_organization())")
        .await;
    let due = success(&run(&["schema", "expand", "--database", &url, "--quiet"], &[]));
    assert!(due.contains("alter policy \"later\""), "{due}");
}
