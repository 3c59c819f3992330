//! What changed from one plan to another, as text for people.

use std::fmt::Write as _;

use crate::plan::Manifest;
use crate::plan::compare::{Between, Organization, Share};

/// A plan by the digits that name its directory.
fn short(manifest: &Manifest) -> &str {
    manifest.plan_id.get(..12).unwrap_or(&manifest.plan_id)
}

/// What the two plans were made from, where it is not the same.
pub fn origins(before: &Manifest, after: &Manifest) -> Vec<&'static str> {
    let differs = [
        ("source", before.source.fingerprint != after.source.fingerprint),
        ("decisions", before.decisions != after.decisions),
        ("configuration", before.config != after.config),
        ("mode", before.mode != after.mode),
        ("level", before.level != after.level),
        ("rules", before.rules != after.rules),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// A number of contacts.
fn contacts(count: u64) -> String {
    format!("{count} contact{}", if count == 1 { "" } else { "s" })
}

/// An organization as people know it. A name that is there already may hold anything, and a line is
/// a line.
fn named(row: &Organization) -> String {
    let name = row.name.replace(char::is_control, " ");
    match &row.slug {
        Some(slug) => format!("{name} ({})", slug.replace(char::is_control, " ")),
        None => format!("{name} ({})", row.id),
    }
}

/// The whole text: what differs in what the plans were made from, counts, then one line for each
/// change.
pub fn between_text(before: &Manifest, after: &Manifest, found: &Between) -> String {
    let mut lines = vec![format!("from plan {} to plan {}", short(before), short(after))];
    let origins = origins(before, after);
    lines.push(match origins[..] {
        [] => "  made from the same source, decisions and configuration".to_owned(),
        _ => format!("  made with another {}", origins.join(", ")),
    });
    lines.push(String::new());
    if found.is_empty() {
        lines.push("no organization and no contact changes".to_owned());
        return lines.join("\n") + "\n";
    }
    lines.push(format!(
        "organizations   {} new, {} gone, {} merged, {} split, {} renamed",
        found.new.len(),
        found.gone.len(),
        found.merged.iter().map(|merged| merged.from.len()).sum::<usize>(),
        found.split.len(),
        found.renamed.len(),
    ));
    lines.push(format!(
        "contacts        {} moved, {} mapped for the first time, {} mapped no longer",
        found.contacts_moved(),
        found.mapped.len(),
        found.unmapped.len(),
    ));
    lines.push(String::new());
    changes(found, &mut lines);
    lines.join("\n") + "\n"
}

/// One line for each change.
fn changes(found: &Between, lines: &mut Vec<String>) {
    let shares = |shares: &[Share]| -> String {
        let each = shares
            .iter()
            .map(|share| format!("{}, {}", named(&share.organization), contacts(share.contacts)));
        each.collect::<Vec<_>>().join("; ")
    };
    for row in &found.new {
        lines.push(format!("+ new      {}, {}", named(row), contacts(row.contacts)));
    }
    for row in &found.gone {
        lines.push(format!("- gone     {}, {}", named(row), contacts(row.contacts)));
    }
    for merged in &found.merged {
        lines.push(format!("> merged   into {}: {}", named(&merged.into), shares(&merged.from)));
    }
    for split in &found.split {
        let mut line = format!("< split    {}: ", named(&split.from));
        if split.stay > 0 {
            let stay = if split.stay == 1 { "stays" } else { "stay" };
            write!(line, "{} {stay}; ", contacts(split.stay))
                .expect("writing into a string does not fail");
        }
        lines.push(line + "into " + &shares(&split.into));
    }
    for renamed in &found.renamed {
        let [before, after] = [&renamed.before, &renamed.after].map(named);
        let id = if renamed.changed.contains(&"id") {
            format!(", id {} -> {}", renamed.before.id, renamed.after.id)
        } else {
            String::new()
        };
        lines.push(format!("~ renamed  {before} -> {after}{id}"));
    }
    for moved in &found.moved {
        let count = contacts(moved.contacts.len() as u64);
        lines.push(format!(
            "* moved    {count} from {} to {}",
            named(&moved.from),
            named(&moved.to)
        ));
    }
}
