//! Approvals: who said yes to a plan, as files beside it, bound to its hash.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::catalog::Catalog;
use super::expand::Ddl;
use super::{Error, Refusal, ledger};
use crate::plan::archive::Stored;
use crate::schema::Mode;

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The plan, all 64 digits.
    pub plan_id: String,
    /// In which role.
    pub role: String,
    /// Who.
    pub by: String,
    /// Hash of the DDL that a preflight showed, where one was made.
    pub ddl: Option<String>,
}

/// The folder of a plan's receipts.
pub const RECEIPTS: &str = "receipts";

/// The name of the file of a role's approval.
pub fn file_name(role: &str) -> String {
    let word: String = role
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    format!("approval-{word}.json")
}

/// Every approval of a plan, by role.
///
/// # Errors
/// A file that cannot be read, or that approves another plan.
pub fn read(plan: &Stored) -> Result<Vec<Approval>, Error> {
    let folder = plan.directory.join(RECEIPTS);
    let failed = |source| Error::Io { action: "read", path: folder.clone(), source };
    let mut names = match std::fs::read_dir(&folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?,
        // Nobody has approved it yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    names.sort();
    let is_approval = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("approval-") && path.extension().is_some_and(|end| end == "json")
    };
    let mut approvals = Vec::new();
    for path in names.iter().filter(|path| is_approval(path)) {
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            action: "read",
            path: path.clone(),
            source,
        })?;
        let approval: Option<Approval> = serde_json::from_slice(&bytes).ok();
        match approval {
            Some(approval) if approval.plan_id == plan.manifest.plan_id => approvals.push(approval),
            _ => {
                return Err(Error::refused(
                    Refusal::NotApproved,
                    format!("`{}` does not approve this plan", path.display()),
                    "remove it, and approve again with `orgfold approve`",
                ));
            }
        }
    }
    Ok(approvals)
}

/// The approvals, if every role that is required has given one.
///
/// # Errors
/// [`Refusal::NotApproved`] with the roles that are missing.
pub fn required(plan: &Stored, roles: &[String]) -> Result<Vec<Approval>, Error> {
    let approvals = read(plan)?;
    let missing: Vec<&str> = roles
        .iter()
        .map(String::as_str)
        .filter(|role| !approvals.iter().any(|approval| approval.role == **role))
        .collect();
    if missing.is_empty() {
        return Ok(approvals);
    }
    Err(Error::refused(
        Refusal::NotApproved,
        format!("the plan is not approved by: {}", missing.join(", ")),
        format!("`orgfold approve {} --role ROLE --by NAME` for each", plan.directory.display()),
    ))
}

/// Holds approvals to the DDL that they were given for: a preflight showed it, and the schema has
/// changed since. Once the expand step has begun, less is due than was shown, and that is fine.
///
/// # Errors
/// [`Refusal::NotApproved`] if other statements are due than were approved.
pub async fn refuse_other_ddl(
    client: &Client,
    approvals: &[Approval],
    catalog: &Catalog,
    mode: Mode,
) -> Result<(), Error> {
    if approvals.iter().all(|approval| approval.ddl.is_none()) || ledger::exists(client).await? {
        return Ok(());
    }
    let due = Ddl::due(catalog, mode).hash();
    let other =
        approvals.iter().find(|approval| approval.ddl.as_ref().is_some_and(|ddl| *ddl != due));
    match other {
        None => Ok(()),
        Some(approval) => Err(Error::refused(
            Refusal::NotApproved,
            format!("the schema has changed since {} approved its DDL", approval.role),
            "run `orgfold preflight` on this database again, and approve again",
        )),
    }
}
