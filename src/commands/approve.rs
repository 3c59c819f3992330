//! `orgfold approve`: a role says yes to a plan.

use super::database::stored;
use super::{DONE, print};
use crate::cli;
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::load::approval::{self, Approval};
use crate::load::renewal::Renewal;
use crate::load::{self, Refusal, receipt};
use crate::plan::archive::Stored;

pub(super) fn run(options: &cli::Approve) -> Result<Exit, Error> {
    let config = config::load(options.config.as_deref(), &Overrides::default())?;
    let plan = stored(&options.plan)?;
    if let Some(old) = &options.renews {
        return renew(&stored(old)?, &plan, &config);
    }
    let (role, by) = (options.role.clone().unwrap_or_default(), options.by.as_deref());
    let by = by.unwrap_or_default().trim();
    let wanted = &config.approval;
    let roles = &wanted.roles;
    if !roles.contains(&role) {
        return Err(Error::Usage {
            problem: format!("`{role}` is not an approver role; configured: {}", roles.join(", ")),
            help: "roles are set under [approval] in the configuration",
        });
    }
    if by.is_empty() {
        return Err(Error::Usage {
            problem: "--by is empty".to_owned(),
            help: "say who approves with --by NAME",
        });
    }
    let refused = |message: String, help: String| {
        Err(load::Error::refused(Refusal::NotApproved, message, help).into())
    };
    let directory = plan.directory.display();
    let preflight = if wanted.after_preflight.contains(&role) {
        let Some(shown) = receipt::last_preflight(&plan.directory) else {
            return refused(
                format!("{role} approves what a preflight has shown, and there was none"),
                format!("run `orgfold preflight {directory}` on the database before"),
            );
        };
        Some(shown)
    } else {
        None
    };
    let approval = Approval {
        plan_id: plan.manifest.plan_id.clone(),
        role,
        by: by.to_owned(),
        at: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        preflight,
        renews: None,
    };
    if let Some(other) = wanted.other_role(&approval::read(&plan)?, &approval) {
        return refused(
            format!("{} has approved as {} already", approval.by, other.role),
            "have another person approve, or set persons under [approval]".to_owned(),
        );
    }
    approval::write(&plan, &approval)?;
    let given = approval::read(&plan)?;
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

/// Carries the approvals of one plan over to another, and lists in a receipt where they differ.
fn renew(old: &Stored, new: &Stored, config: &Config) -> Result<Exit, Error> {
    let given = approval::read(old)?;
    if given.is_empty() {
        let message = format!("`{}` has no approval to carry over", old.directory.display());
        let help = "have every role approve the new plan";
        return Err(load::Error::refused(Refusal::NotApproved, message, help).into());
    }
    let renewal = Renewal::of(old, new, config.declared)?;
    let carried: Vec<Approval> =
        given.into_iter().map(|approval| approval.carried_over(new)).collect();
    let object = serde_json::json!({
        "kind": "renewal",
        "plan_id": new.manifest.plan_id,
        "renews": old.manifest.plan_id,
        "approvals": carried,
        "refreshed": renewal.refreshed,
        "taken_out": renewal.taken_out,
    });
    let bytes = format!("{object:#}\n").into_bytes();
    let path = receipt::write(&new.directory, "renewal", "json", &bytes)?;
    for approval in &carried {
        approval::write(new, approval)?;
    }
    let roles: Vec<&str> = carried.iter().map(|approval| approval.role.as_str()).collect();
    let (refreshed, taken_out) = renewal.counts();
    print(&format!(
        "plan {} takes over the approvals of plan {}: {}\n\
         {refreshed} rows held something else before, {taken_out} are left alone now\n\
         receipt: {}\n",
        &new.manifest.plan_id[..12],
        &old.manifest.plan_id[..12],
        roles.join(", "),
        path.display()
    ));
    DONE
}
