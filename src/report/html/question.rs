//! The pairs of names that a person has to decide.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::Room;
use super::text::{bits, counted, number, shown};
use crate::plan::Draft;
use crate::transform::desired::Action;
use crate::transform::matching::Compared;

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

/// Comparisons with their millibits, the strongest evidence for first, the strongest against last.
pub(super) fn terms(compared: &Compared) -> Vec<(&str, i64)> {
    let terms = compared.comparisons.iter();
    let mut terms: Vec<(&str, i64)> =
        terms.map(|it| (it.name, i64::from(it.weight.get()))).collect();
    terms.sort_by_key(|&(_, weight)| Reverse(weight));
    terms
}

/// Builds the section.
pub(super) fn questions(draft: &Draft) -> Questions {
    let reviews = &draft.reviews[..draft.reviews.len().min(MOST)];
    let all = reviews.iter().flat_map(|review| &review.compared.comparisons);
    let strongest = all.map(|it| i64::from(it.weight.get()).abs()).max().unwrap_or(0).max(1);
    let mut room = Room::new(BYTES);
    let mut list = Vec::new();
    for review in reviews {
        let text = [&review.spellings.0, &review.spellings.1].map(|spelling| shown(spelling));
        let tenant = shown(draft.tenant(review.tenant));
        let evidence = terms(&review.compared);
        let names = [runs(&text[0], &text[1]), runs(&text[1], &text[0])];
        let pieces = names[0].len() + names[1].len();
        let markup = 850 + 35 * pieces + 150 * evidence.len();
        if !room.take(&[&text[0], &text[1], &tenant], markup) {
            break;
        }
        let side = |letter, name, company, contacts: u32| {
            let (place, slug) = place(company, contacts, draft);
            Side { letter, name, contacts: counted(contacts as usize, "contact"), place, slug }
        };
        let [left, right] = names;
        list.push(Question {
            number: number(list.len() + 1),
            tenant,
            score: bits(review.compared.score.get().into()),
            sides: [
                side("A", left, review.companies.0, review.rows.0),
                side("B", right, review.companies.1, review.rows.1),
            ],
            evidence: evidence
                .into_iter()
                .map(|(name, weight)| Evidence {
                    name: name.to_owned(),
                    weight: bits(weight),
                    speaks_for: weight > 0,
                    width: format!("{}%", (weight.abs() * 50 / strongest).max(1)),
                })
                .collect(),
        });
    }
    let all = draft.reviews.len();
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
fn place(company: Option<usize>, contacts: u32, draft: &Draft) -> (&'static str, Option<String>) {
    let organization = company.and_then(|at| draft.organization(draft.company_ids[at]));
    let Some(organization) = organization else {
        return if contacts == 0 {
            ("an existing organization, not adopted", None)
        } else {
            ("no organization", None)
        };
    };
    let place = match organization.action {
        Action::Insert => "becomes",
        Action::Adopt => "adopts",
        Action::Keep => "stays in",
    };
    (place, organization.slug.clone())
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
    use crate::ids::Weight;
    use crate::transform::matching::Comparison;

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
        let weighed = [("prior", -3314), ("near words", 11699), ("legal form", -4000)];
        let comparisons =
            weighed.map(|(name, weight)| Comparison { name, weight: Weight::millibits(weight) });
        let compared = Compared { score: Weight::ZERO, comparisons: comparisons.to_vec() };
        let expected = [("near words", 11699), ("prior", -3314), ("legal form", -4000)];
        assert_eq!(terms(&compared), expected);
    }
}
