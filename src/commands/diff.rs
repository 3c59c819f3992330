//! `orgfold diff`: what changed from one plan to another.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{DONE, print};
use crate::cli::{self, Format};
use crate::config::{self, Overrides};
use crate::error::{Error, Exit};
use crate::plan::Manifest;
use crate::plan::archive::Stored;
use crate::plan::compare::{Side, between};
use crate::plan::sheet::Sheet;
use crate::report::{between_text, origins};
use crate::schema::Schema;

/// Version of what is printed as JSON.
const FORMAT: u32 = 1;

pub(super) fn run(options: &cli::Diff) -> Result<Exit, Error> {
    let config = config::load(options.config.as_deref(), &Overrides::default())?;
    let read = |plan: &Path| side(plan, &options.out, config.declared);
    let (before, after) = (read(&options.before)?, read(&options.after)?);
    let printed = match options.format {
        Format::Text => text(&before, &after),
        Format::Json => format!("{}\n", self::json(&before, &after)),
    };
    print(&printed);
    DONE
}

/// A plan with what is compared of it.
pub(super) type Compared = (Manifest, Side);

/// Reads what is compared of a plan, and checks every byte of it.
pub(super) fn side(plan: &Path, out: &Path, schema: &Schema) -> Result<Compared, Error> {
    let stored = Stored::open(&directory(plan, out)?)?;
    let mut side = Side::new(&stored.manifest);
    let mut batches = stored.batches(Sheet::Organizations, schema)?;
    while let Some(frame) = batches.next().transpose()? {
        side.add_organizations(batches.columns(), &frame);
    }
    let mut batches = stored.batches(Sheet::Contacts, schema)?;
    while let Some(frame) = batches.next().transpose()? {
        side.add_contacts(batches.columns(), &frame);
    }
    stored.check()?;
    Ok((stored.manifest, side))
}

/// The directory of a plan that is named by it, or by its id.
fn directory(plan: &Path, out: &Path) -> Result<PathBuf, Error> {
    let Some(id) = plan.to_str().filter(|text| !plan.exists() && is_id(text)) else {
        return Ok(plan.to_owned());
    };
    let digits = &id[..DIGITS];
    let found = Stored::open(&out.join(digits))?;
    if found.manifest.plan_id.starts_with(id) {
        return Ok(found.directory);
    }
    Err(Error::Usage {
        problem: format!("the plan in {} has another id than {id}", found.directory.display()),
        help: "name the directory of the plan",
    })
}

/// Digits of a plan's id that name its directory.
const DIGITS: usize = 12;

/// Whether a text may be the id of a plan, or the beginning of one.
fn is_id(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (DIGITS..=64).contains(&text.len()) && text.bytes().all(is_hex)
}

/// What changed, for people.
pub(super) fn text((before, of_before): &Compared, (after, of_after): &Compared) -> String {
    between_text(before, after, &between(of_before, of_after))
}

/// What changed, as one object.
pub(super) fn json((before, of_before): &Compared, (after, of_after): &Compared) -> Value {
    let found = between(of_before, of_after);
    let ids = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    json!({
        "format": FORMAT,
        "plan_a": before.plan_id,
        "plan_b": after.plan_id,
        "made_with_another": origins(before, after),
        "counts": {
            "new": found.new.len(),
            "gone": found.gone.len(),
            "merged": found.merged.iter().map(|merged| merged.from.len()).sum::<usize>(),
            "split": found.split.len(),
            "renamed": found.renamed.len(),
            "contacts_moved": found.contacts_moved(),
            "contacts_mapped": found.mapped.len(),
            "contacts_unmapped": found.unmapped.len(),
        },
        "organizations": {
            "new": found.new,
            "gone": found.gone,
            "merged": found.merged,
            "split": found.split,
            "renamed": found.renamed,
        },
        "contacts": {
            "moved": found.moved,
            "mapped": ids(&found.mapped),
            "unmapped": ids(&found.unmapped),
        },
    })
}
