//! The pairs of names that a person has to decide.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::text::{bits, counted, number, shown};
use super::{Room, cell, column};
use crate::plan::Draft;
use crate::plan::text_sheet::Cell;

/// Most questions on the page, and most bytes of them.
const MOST: usize = 200;
const BYTES: usize = 700_000;

/// The section.
#[derive(Serialize)]
pub(super) struct Questions {
    count: String,
    any: bool,
    list: Vec<Question>,
    /// How many are left out, where some are.
    rest: Option<String>,
}

#[derive(Serialize)]
struct Question {
    number: String,
    tenant: String,
    score: String,
    sides: [Side; 2],
    evidence: Vec<Evidence>,
}

/// One of the two names.
#[derive(Serialize)]
struct Side {
    letter: &'static str,
    name: Vec<Run>,
    contacts: String,
    place: &'static str,
    slug: Option<String>,
}

/// Words of a name that the other has too, or has not.
#[derive(Serialize)]
struct Run {
    text: String,
    differs: bool,
}

/// A comparison.
#[derive(Serialize)]
struct Evidence {
    name: String,
    weight: String,
    speaks_for: bool,
    /// Length of the bar.
    width: String,
}

/// `words +14230; prior -3300`, the strongest evidence for first, the strongest against last.
pub(super) fn comparisons(text: &str) -> Vec<(&str, i64)> {
    let mut terms: Vec<(&str, i64)> = text
        .split("; ")
        .filter_map(|term| term.rsplit_once(' '))
        .filter_map(|(name, weight)| Some((name, weight.parse().ok()?)))
        .collect();
    terms.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    terms
}

/// Builds the section.
pub(super) fn questions(draft: &Draft, organizations: &BTreeMap<&str, &[Cell]>) -> Questions {
    let sheet = draft.sheet("review.csv");
    let at = |name| column(sheet, name);
    let (tenant, score, evidence) = (at("tenant"), at("bits"), at("comparisons"));
    let spellings = [at("a"), at("b")];
    let contacts = [at("contacts_a"), at("contacts_b")];
    let places = [at("organization_a"), at("organization_b")];
    let weights = |row: &[Cell]| -> Vec<(String, i64)> {
        comparisons(cell(row, evidence))
            .iter()
            .map(|&(name, bits)| (name.to_owned(), bits))
            .collect()
    };
    let shown_rows = &sheet.rows[..sheet.rows.len().min(MOST)];
    let strongest =
        shown_rows.iter().flat_map(|row| weights(row)).map(|(_, weight)| weight.abs()).max();
    let strongest = strongest.unwrap_or(0).max(1);
    let mut room = Room::new(BYTES);
    let mut list = Vec::new();
    for row in shown_rows {
        let text = spellings.map(|spelling| shown(cell(row, spelling)));
        let evidence = weights(row);
        let names = [runs(&text[0], &text[1]), runs(&text[1], &text[0])];
        let pieces = names[0].len() + names[1].len();
        let markup = 850 + 35 * pieces + 150 * evidence.len();
        if !room.take(&[&text[0], &text[1], cell(row, tenant)], markup) {
            break;
        }
        let side = |this: usize, letter, name| {
            let count = cell(row, contacts[this]).parse().unwrap_or(0);
            let (place, slug) = place(row[places[this]].as_deref(), count, organizations);
            Side { letter, name, contacts: counted(count, "contact"), place, slug }
        };
        let [left, right] = names;
        list.push(Question {
            number: number(list.len() + 1),
            tenant: shown(cell(row, tenant)),
            score: bits(cell(row, score).parse().unwrap_or(0)),
            sides: [side(0, "A", left), side(1, "B", right)],
            evidence: evidence
                .into_iter()
                .map(|(name, weight)| Evidence {
                    name,
                    weight: bits(weight),
                    speaks_for: weight > 0,
                    width: format!("{}%", (weight.abs() * 50 / strongest).max(1)),
                })
                .collect(),
        });
    }
    let all = sheet.rows.len();
    let rest = (list.len() < all).then(|| {
        format!(
            "The first {} of {} stand here; review.csv has all.",
            number(list.len()),
            number(all)
        )
    });
    Questions { count: number(all), any: all > 0, list, rest }
}

/// What the plan does with the name as long as nobody answers.
fn place(
    id: Option<&str>,
    contacts: usize,
    organizations: &BTreeMap<&str, &[Cell]>,
) -> (&'static str, Option<String>) {
    let Some(row) = id.and_then(|id| organizations.get(id)) else {
        return if contacts == 0 {
            ("an existing organization, not adopted", None)
        } else {
            ("no organization", None)
        };
    };
    let slug = row[1].clone();
    let place = match cell(row, 3) {
        "adopt" => "adopts",
        "keep" => "stays in",
        _ => "becomes",
    };
    (place, slug)
}

/// Cuts a name where it begins or ends to differ from another; two names without a common word
/// are not cut, since everything differs.
fn runs(name: &str, other: &str) -> Vec<Run> {
    let folded = |text: &str| text.to_lowercase();
    let theirs: BTreeSet<String> = other.split(' ').map(folded).collect();
    let is_common = |word: &str| theirs.contains(&folded(word));
    let any_common = name.split(' ').any(is_common);
    let mut runs: Vec<Run> = Vec::new();
    for word in name.split_inclusive(' ') {
        let differs = any_common && !is_common(word.trim_end_matches(' '));
        match runs.last_mut() {
            Some(run) if run.differs == differs => run.text.push_str(word),
            Some(run) if run.text.ends_with(' ') => {
                // The blank between two runs belongs to neither.
                run.text.pop();
                runs.push(Run { text: " ".to_owned(), differs: false });
                runs.push(Run { text: word.to_owned(), differs });
            }
            _ => runs.push(Run { text: word.to_owned(), differs }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_marked() {
        #[track_caller]
        fn check(name: &str, other: &str, expected: &str) {
            let marked: String = runs(name, other)
                .iter()
                .map(|run| if run.differs { format!("[{}]", run.text) } else { run.text.clone() })
                .collect();
            assert_eq!(marked, expected);
        }
        check("Cơ khí Hà Nam", "Cơ khí Hà Nội", "Cơ khí Hà [Nam]");
        check("Nordwerk AG", "NORDWERK", "Nordwerk [AG]");
        check("Nordwerk", "Nordwerk AG", "Nordwerk");
        check("株式会社日立", "Hitachi", "株式会社日立");
        check("Công ty TNHH Thép", "Công ty Cổ phần Thép", "Công ty [TNHH] Thép");
    }

    #[test]
    fn comparisons_are_ordered_from_for_to_against() {
        let terms = comparisons("prior -3314; near words +11699; legal form -4000");
        assert_eq!(terms, [("near words", 11699), ("prior", -3314), ("legal form", -4000)]);
        assert_eq!(comparisons(""), []);
    }
}
