//! The proof inside the load: who saw or might do something sees and may do the very same after it,
//! and no more than the forecast; else nothing is written.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, refused, success};
use crate::support::portal::USERS;

const AUDIT: &str = "[load]\naudit = \"file_under_owner\"\n";

#[tokio::test]
async fn a_change_of_a_moved_contact_is_filed_under_its_owner() {
    let case = Case::portal("rehome").await;
    let before = case.picture().await;
    let plan = case.plan();
    let config = case.config(AUDIT);
    case.approve_under(&config, &plan);
    refused(&case.apply(&plan, &[]), 8, "audit_refuses of contacts.log_contacts");
    let told = success(&case.apply_under(&config, &plan));
    assert!(told.contains("nothing lost"), "{told}");
    let receipts = plan.join("receipts");
    let csv = std::fs::read_to_string(receipts.join("visibility-1.csv")).expect("a receipt");
    assert!(csv.starts_with("who,role,tenant,table,command,extent,before,after,foreseen,lost,"));
    assert!(csv.contains("invited into"), "{csv}");
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture().await, Compare::DataAndCatalog);
    case.approve_under(&config, &plan);
    success(&case.apply_under(&config, &plan));
    let (admin, tenant) = USERS[0];
    let moved = "c0000000-0000-4000-8000-000000000003";
    case.execute(&format!(
        "begin; set local role authenticated; set local request.jwt.claims = '{{\"sub\": \"{admin}\"}}';
         update contacts set notes = 'called' where id = '{moved}'; commit"
    ))
    .await;
    let filed = "select organization_id::text from activity_log where entity_id = $1::text::uuid";
    let filed = case.client.query(filed, &[&moved]).await.expect("a query");
    let filed: Vec<String> = filed.iter().map(|row| row.get(0)).collect();
    assert_eq!(filed, [tenant]);
}

/// What the application has beside its tables, what refuses the load, and who is named.
const REFUSED: [(&str, &str, &str); 3] = [
    (
        // Everybody would see the customers of everybody.
        "create policy \"Open\" on organizations for select using (true)",
        "rehome",
        "select of organizations as",
    ),
    (
        // A function that reads the tenant key, where no catalog knows.
        "create function tenant_of(contact uuid) returns uuid language sql stable security definer as
           'select organization_id from public.contacts where id = contact';
         drop policy \"Documents of contacts\" on documents;
         create policy \"By function\" on documents for select using (tenant_of(contact_id) = my_organization())",
        "rehome",
        "select of \"public\".\"documents\" as user b0000000",
    ),
    (
        // Nobody of today sees more, but the first user of a customer organization would.
        "create function employer(contact uuid) returns uuid language sql stable security definer as
           'select organization_id from public.contacts where id = contact';
         create policy \"Guests\" on contacts for select using (employer(id) = my_organization())",
        "rehome",
        "invited into",
    ),
];

#[tokio::test]
async fn what_would_be_lost_or_shown_beyond_the_forecast_refuses_the_load() {
    for (beside, mode, words) in REFUSED {
        let case = Case::portal(mode).await;
        case.execute("drop trigger log_contacts on contacts").await;
        case.execute(beside).await;
        let before = case.picture().await;
        let plan = case.approved();
        let output = case.apply(&plan, &[]);
        refused(&output, 5, "the load would change who sees or may do what");
        refused(&output, 5, words);
        equal(&before, &case.picture().await, Compare::DataAndCatalog);
    }
}

#[tokio::test]
async fn a_policy_that_fails_before_as_after_is_unproven() {
    for mode in ["rehome", "link"] {
        let case = Case::portal(mode).await;
        case.execute(
            "drop trigger log_contacts on contacts;
             create or replace function can_access_project(project uuid) returns boolean
             language plpgsql stable security definer set search_path = '' as $$
             declare
               organization_id uuid;
             begin
               return exists (select from public.projects where id = project and organization_id = public.my_organization());
             end $$;
             alter policy \"See projects\" on projects using (
               organization_id in (select users.organization_id from users where users.id = auth.uid())
               or can_access_project(id))",
        )
        .await;
        let plan = case.approved();
        let told = success(&case.apply(&plan, &[]));
        assert!(told.contains("warning: unproven: "), "{mode}: {told}");
        assert!(told.contains("SQLSTATE 42702 in public.can_access_project"), "{mode}: {told}");
        // With the application's own filter by tenant the very same rows are seen.
        assert!(told.contains("unproven: select of projects: "), "{mode}: {told}");
        assert!(!told.contains("select own"), "{mode}: {told}");
        // They were not there before, and fail as projects do.
        assert!(told.contains("unproven: select of project_contact_points: "), "{mode}: {told}");
    }
}

#[tokio::test]
async fn policies_without_a_role_to_become_are_refused() {
    let case = Case::portal("link").await;
    let plan = case.approved();
    let config = case.config("[visibility]\nrole = \"nobody_has_made_it\"\n");
    refused(&case.apply_under(&config, &plan), 8, "visibility_role of nobody_has_made_it");
}
