//! `orgfold approve`: a role says yes to a plan.

use super::database::stored;
use super::{DONE, print, write_file};
use crate::cli;
use crate::config::{self, Overrides};
use crate::error::{Error, Exit};
use crate::load::approval::{Approval, RECEIPTS, file_name};
use crate::load::receipt;

pub(super) fn run(options: &cli::Approve) -> Result<Exit, Error> {
    let config = config::load(options.config.as_deref(), &Overrides::default())?;
    let plan = stored(&options.plan)?;
    let roles = &config.approval_roles;
    if !roles.contains(&options.role) {
        return Err(Error::Usage {
            problem: format!(
                "`{}` is no role that approves; those are: {}",
                options.role,
                roles.join(", ")
            ),
            help: "roles are set under [approval] in the configuration",
        });
    }
    if options.by.trim().is_empty() {
        return Err(Error::Usage {
            problem: "nobody was named".to_owned(),
            help: "say who approves with --by NAME",
        });
    }
    let approval = Approval {
        plan_id: plan.manifest.plan_id.clone(),
        role: options.role.clone(),
        by: options.by.trim().to_owned(),
        ddl: receipt::last_ddl(&plan.directory),
    };
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
    let missing: Vec<&str> = roles
        .iter()
        .map(String::as_str)
        .filter(|role| !given.iter().any(|approval| approval.role == **role))
        .collect();
    let rest = if missing.is_empty() {
        "every role has approved it".to_owned()
    } else {
        format!("still waits for: {}", missing.join(", "))
    };
    let id = &plan.manifest.plan_id[..12];
    print(&format!("plan {id} is approved as {} by {}; {rest}\n", approval.role, approval.by));
    DONE
}
