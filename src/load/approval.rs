//! Approvals: who said yes to a plan, as files beside it, bound to its hash.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::catalog::Catalog;
use super::expand::{Ddl, Shape};
use super::{Error, Refusal, ledger};
use crate::plan::archive::Stored;

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
    /// When, in UTC.
    pub at: String,
    /// What a preflight showed, for a role that answers for the database.
    pub preflight: Option<Shown>,
    /// The plan for which it was given, where it was carried over to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<String>,
}

impl Approval {
    /// The same for a plan that differs in nothing that was approved. It keeps its date: it ends when
    /// what it was given for is rolled back.
    #[must_use]
    pub fn carried_over(mut self, to: &Stored) -> Self {
        let from = std::mem::replace(&mut self.plan_id, to.manifest.plan_id.clone());
        if let Some(shown) = &mut self.preflight
            && self.renews.is_none()
        {
            shown.receipt = format!("{} of plan {}", shown.receipt, &from[..12]);
        }
        self.renews = Some(from);
        self
    }

    /// Whether both are one answer of one person, whatever plans it was carried over to.
    fn is_same_answer(&self, other: &Self) -> bool {
        (&self.role, &self.by, &self.at) == (&other.role, &other.by, &other.at)
    }
}

/// What a preflight showed to somebody who approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The file of its receipt.
    pub receipt: String,
    /// Where.
    pub place: Place,
    /// The statements of DDL that were due.
    pub statements: Vec<String>,
}

/// Where a plan is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What tells servers apart, copies of one included as far as the role may know it.
    pub system: Option<String>,
    /// The database.
    pub database: String,
    /// The schema of the application's tables.
    pub schema: String,
}

impl Place {
    /// Where a connection leads.
    ///
    /// # Errors
    /// The database.
    pub async fn of(client: &Client, schema: &str) -> Result<Self, Error> {
        let doing = Error::database("ask which database this is");
        let row = client.query_one("select pg_catalog.current_database()::text", &[]).await;
        let database = row.map_err(doing)?.get(0);
        // A role may be kept from it; then the name of the database has to do.
        let system = "select system_identifier::text from pg_catalog.pg_control_system()";
        let system = client.query_one(system, &[]).await.ok().map(|row| row.get(0));
        Ok(Self { system, database, schema: schema.to_owned() })
    }
}

/// Who has to approve, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The roles.
    pub roles: Vec<String>,
    /// Those of them that approve what a preflight has shown, and no other database or statement.
    pub after_preflight: Vec<String>,
    /// Who may fill several roles.
    pub persons: Persons,
}

/// Who may fill several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Persons {
    /// Nobody.
    OneRoleEach,
    /// Anybody.
    SeveralRoles,
}

impl Wanted {
    /// The roles that have not approved.
    pub fn missing(&self, given: &[Approval]) -> Vec<String> {
        let roles = self.roles.iter();
        roles.filter(|role| !given.iter().any(|one| one.role == **role)).cloned().collect()
    }

    /// The approval of another role by the same person, where that is not wanted.
    pub fn other_role<'a>(&self, given: &'a [Approval], of: &Approval) -> Option<&'a Approval> {
        let name = |approval: &Approval| approval.by.trim().to_lowercase();
        let same = |other: &&Approval| other.role != of.role && name(other) == name(of);
        given.iter().find(same).filter(|_| self.persons == Persons::OneRoleEach)
    }
}

/// Writes an approval beside its plan, over one of the same role.
///
/// # Errors
/// The file system.
pub fn write(plan: &Stored, approval: &Approval) -> Result<(), Error> {
    let folder = plan.directory.join(RECEIPTS);
    let path = folder.join(file_name(&approval.role));
    let failed = |source| Error::Io { action: "write", path: path.clone(), source };
    let mut bytes = serde_json::to_vec_pretty(approval).expect("an approval is plain data");
    bytes.push(b'\n');
    let mut draft = path.clone().into_os_string();
    draft.push(".part");
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let written = std::fs::write(&draft, bytes);
    written.and_then(|()| std::fs::rename(&draft, &path)).map_err(failed)
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
/// [`Refusal::NotApproved`] with the roles that are missing, or that one person fills.
pub fn required(plan: &Stored, wanted: &Wanted) -> Result<Vec<Approval>, Error> {
    let mut approvals = read(plan)?;
    approvals.retain(|approval| wanted.roles.contains(&approval.role));
    let missing = wanted.missing(&approvals);
    let help = format!("`orgfold approve {} --role ROLE --by NAME`", plan.directory.display());
    if !missing.is_empty() {
        let message = format!("the plan is not approved by: {}", missing.join(", "));
        return Err(Error::refused(Refusal::NotApproved, message, format!("{help} for each")));
    }
    for approval in &approvals {
        if let Some(other) = wanted.other_role(&approvals, approval) {
            let message =
                format!("one person has approved as {} and as {}", approval.role, other.role);
            let help = format!("{help} by another person, or set persons under [approval]");
            return Err(Error::refused(Refusal::NotApproved, message, help));
        }
        if wanted.after_preflight.contains(&approval.role) && approval.preflight.is_none() {
            let message = format!("{} has approved without a preflight", approval.role);
            let help = "run `orgfold preflight` on the database, and approve again";
            return Err(Error::refused(Refusal::NotApproved, message, help));
        }
    }
    Ok(approvals)
}

const AGAIN: &str = "run `orgfold preflight` on this database, and approve again";

fn refused<T>(message: String) -> Result<T, Error> {
    Err(Error::refused(Refusal::NotApproved, message, AGAIN))
}

/// Holds approvals to the database and the statements for which they were given.
///
/// # Errors
/// [`Refusal::NotApproved`] if one was given for another place, or for less.
pub fn refuse_elsewhere(
    approvals: &[Approval],
    place: &Place,
    catalog: &Catalog,
    shape: Shape,
) -> Result<(), Error> {
    let due = Ddl::due(catalog, shape);
    for approval in approvals {
        let Some(shown) = &approval.preflight else { continue };
        if shown.place != *place {
            return refused(format!(
                "{} approved for schema `{}` of database `{}`, as {} has it, not for this one",
                approval.role, shown.place.schema, shown.place.database, shown.receipt
            ));
        }
        let new = due.statements().find(|due| !shown.statements.contains(&due.adds.apply()));
        if let Some(new) = new {
            return refused(format!(
                "the schema has changed since {} approved its DDL: {} is due, too",
                approval.role, new.adds
            ));
        }
    }
    Ok(())
}

/// Holds approvals to what they were given for: the database and the statements that a preflight
/// showed, of which fewer may be due by now; and to one load, which a rollback ends.
///
/// # Errors
/// [`Refusal::NotApproved`] if one does not hold here and now.
pub async fn refuse_other(
    client: &Client,
    approvals: &[Approval],
    catalog: &Catalog,
    plan: &Stored,
    shape: Shape,
) -> Result<(), Error> {
    let schema = catalog.names.schema();
    let place = Place::of(client, schema).await?;
    refuse_elsewhere(approvals, &place, catalog, shape)?;
    let mut plans = vec![plan.manifest.plan_id.clone()];
    plans.extend(approvals.iter().filter_map(|approval| approval.renews.clone()));
    let ended = ledger::ended_approvals(client, &plans, schema).await?;
    let ended: Vec<Approval> =
        ended.into_iter().filter_map(|approval| serde_json::from_value(approval).ok()).collect();
    let has_ended = |approval: &&Approval| ended.iter().any(|ended| ended.is_same_answer(approval));
    match approvals.iter().find(has_ended) {
        Some(approval) => refused(format!(
            "the approval of {} has ended with the rollback of what it was given for",
            approval.role
        )),
        None => Ok(()),
    }
}
