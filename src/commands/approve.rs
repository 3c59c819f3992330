//! `orgfold approve`: a role says yes to a plan.

use super::database::stored;
use super::{DONE, print, write_file};
use crate::cli;
use crate::config::{self, Overrides};
use crate::error::{Error, Exit};
use crate::load::approval::{Approval, RECEIPTS, file_name};
use crate::load::{self, Refusal, receipt};

pub(super) fn run(options: &cli::Approve) -> Result<Exit, Error> {
    let config = config::load(options.config.as_deref(), &Overrides::default())?;
    let plan = stored(&options.plan)?;
    let wanted = &config.approval;
    let roles = &wanted.roles;
    if !roles.contains(&options.role) {
        return Err(Error::Usage {
            problem: format!(
                "`{}` is not an approver role; configured: {}",
                options.role,
                roles.join(", ")
            ),
            help: "roles are set under [approval] in the configuration",
        });
    }
    if options.by.trim().is_empty() {
        return Err(Error::Usage {
            problem: "--by is empty".to_owned(),
            help: "say who approves with --by NAME",
        });
    }
    let refused = |message: String, help: String| {
        Err(load::Error::refused(Refusal::NotApproved, message, help).into())
    };
    let directory = plan.directory.display();
    let preflight = if wanted.after_preflight.contains(&options.role) {
        let Some(shown) = receipt::last_preflight(&plan.directory) else {
            return refused(
                format!("{} approves what a preflight has shown, and there was none", options.role),
                format!("run `orgfold preflight {directory}` on the database before"),
            );
        };
        Some(shown)
    } else {
        None
    };
    let approval = Approval {
        plan_id: plan.manifest.plan_id.clone(),
        role: options.role.clone(),
        by: options.by.trim().to_owned(),
        at: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        preflight,
    };
    if let Some(other) = wanted.other_role(&load::approval::read(&plan)?, &approval) {
        return refused(
            format!("{} has approved as {} already", approval.by, other.role),
            "have another person approve, or set persons under [approval]".to_owned(),
        );
    }
    let folder = plan.directory.join(RECEIPTS);
    std::fs::create_dir_all(&folder).map_err(|source| Error::Io {
        action: "write",
        path: folder.clone(),
        source,
    })?;
    let mut bytes = serde_json::to_vec_pretty(&approval).expect("an approval is plain data");
    bytes.push(b'\n');
    write_file(&folder.join(file_name(&options.role)), &bytes)?;
    let given = crate::load::approval::read(&plan)?;
    let missing = wanted.missing(&given);
    let rest = if missing.is_empty() {
        "every role has approved it".to_owned()
    } else {
        format!("still waits for: {}", missing.join(", "))
    };
    let id = &plan.manifest.plan_id[..12];
    print(&format!("plan {id} is approved as {} by {}; {rest}\n", approval.role, approval.by));
    DONE
}
