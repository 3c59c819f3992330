//! The users of the application of `tests/fixtures/portal`, and what each of them sees.

use super::case::Case;

const FIRST: &str = "a0000000-0000-4000-8000-000000000001";
const SECOND: &str = "a0000000-0000-4000-8000-000000000002";
const GUESTS: &str = "a0000000-0000-4000-8000-000000000005";

/// Its users with their organizations.
pub(crate) const USERS: [(&str, &str); 9] = [
    ("b0000000-0000-4000-8000-000000000001", FIRST),
    ("b0000000-0000-4000-8000-000000000002", FIRST),
    ("b0000000-0000-4000-8000-000000000003", FIRST),
    ("b0000000-0000-4000-8000-000000000004", FIRST),
    ("b0000000-0000-4000-8000-000000000005", FIRST),
    ("b0000000-0000-4000-8000-000000000006", SECOND),
    ("b0000000-0000-4000-8000-000000000007", SECOND),
    ("b0000000-0000-4000-8000-000000000008", SECOND),
    ("b0000000-0000-4000-8000-000000000009", GUESTS),
];

/// Keys of the rows that a user sees, in order; somebody without a login where it is empty.
pub(crate) async fn seen(case: &Case, user: &str, table: &str) -> Vec<String> {
    let role = if user.is_empty() { "anon" } else { "authenticated" };
    let become_user = format!(
        "begin; set local role {role}; set local request.jwt.claims = '{{\"sub\": \"{user}\"}}'"
    );
    case.execute(&become_user).await;
    let query = format!("select id::text from {table} order by 1");
    let rows = case.client.query(&query, &[]).await.expect("they may look");
    case.execute("rollback").await;
    rows.iter().map(|row| row.get(0)).collect()
}
