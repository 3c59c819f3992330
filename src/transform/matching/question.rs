//! Questions: what a person is asked, in which order, and where it stops paying.

use super::compare::Compared;
use super::logarithm::exp2;
use super::{Mention, Settings, Weights};
use crate::ids::Weight;

/// Why something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// A spelling has the key of several organizations that are there, of which this is one; until
    /// it is answered the spelling belongs to none.
    FitsSeveral,
    /// A spelling belongs to an organization, but its name has nothing to do with it any more.
    NoLongerFits,
    /// The names are equal, and the tax ids beside them are not.
    TaxIdsDiffer,
    /// The scores leave it in doubt.
    InDoubt,
}

impl Asked {
    /// Whether it is asked however many other questions there are, and however unlikely it is that
    /// the two are one.
    pub const fn is_due(self) -> bool {
        !matches!(self, Self::InDoubt)
    }
}

/// An open question: are the groups of these two spellings one company?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Why it is asked.
    pub asked: Asked,
    /// The spellings, as mention indices, that speak most for it, the smaller first; where the names
    /// do not speak for it, the spelling that is asked about, and one of the organization.
    pub pair: (usize, usize),
    /// What speaks for it: the score, as much as if what is shared but in doubt were not.
    pub likely: Weight,
    /// Contacts and projects that an answer may move: those of the smaller group.
    pub moves: u64,
    /// The evidence.
    pub compared: Compared,
}

impl Question {
    /// What an answer is worth: what hangs on it, times the chance that it moves.
    #[expect(clippy::cast_precision_loss, reason = "a rough order")]
    pub fn worth(&self) -> f64 {
        self.moves.max(1) as f64 * if self.asked.is_due() { 1.0 } else { chance(self.likely) }
    }
}

/// Those that are due first, then those whose answer is likely to move most; of equals the likelier
/// stand first already.
pub(super) fn sort(questions: &mut [Question]) {
    questions.sort_by(|a, b| {
        let due = |question: &Question| question.asked.is_due();
        due(b).cmp(&due(a)).then_with(|| b.worth().total_cmp(&a.worth()))
    });
}

/// How likely two names are one company by what was compared.
pub fn chance(score: Weight) -> f64 {
    1.0 / (1.0 + exp2(-f64::from(score.get()) / 1000.0))
}

/// Of what is left, so little is one company that asking does not pay.
const HARDLY: f64 = 0.05;

/// How many of some questions are asked, those that are worth most first, given the chance of each:
/// at most `most`, and none from the first unlikely one on from which on the mean is under 1 in 20.
pub fn worthwhile(chances: &[f64], most: usize) -> usize {
    let mut sum = 0.0;
    let mut end = chances.len();
    for (at, (left, &chance)) in (1_u32..).zip(chances.iter().rev()).enumerate() {
        sum += chance;
        if chance < HARDLY && sum / f64::from(left) < HARDLY {
            end = chances.len() - 1 - at;
        }
    }
    end.min(most)
}

/// Most questions for so many spellings.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count"
)]
pub fn most_questions(spellings: usize, weights: &Weights) -> usize {
    let share = (spellings as f64 * weights.questions.max(0.0)).ceil() as usize;
    share.max(LEAST_QUESTIONS)
}

/// A small list is asked all of its doubts.
const LEAST_QUESTIONS: usize = 50;

/// Why two names that are in doubt are asked about.
pub(super) fn reason(left: &Mention, right: &Mention, settings: &Settings<'_>) -> Asked {
    let differ = |at: usize| {
        let values = (left.evidence.settled(at), right.evidence.settled(at));
        matches!(values, (Some(left), Some(right)) if left.text != right.text)
    };
    let mut tax_ids = settings.kinds.iter().enumerate().filter(|(_, kind)| kind.parts);
    let parts = settings.level.parts_by_form() && left.name.has_core_of(&right.name);
    if parts && tax_ids.any(|(at, _)| differ(at)) { Asked::TaxIdsDiffer } else { Asked::InDoubt }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_end_where_hardly_one_of_the_rest_is_a_join() {
        assert_eq!(worthwhile(&[0.9, 0.5, 0.2, 0.04, 0.04], 9), 3);
        assert_eq!(worthwhile(&[0.9, 0.5, 0.2, 0.04, 0.04], 2), 2);
        // What comes behind makes up for one that is unlikely.
        assert_eq!(worthwhile(&[0.9, 0.04, 0.3, 0.04], 9), 3);
        // One that is likely is asked, however long the tail behind it.
        let long = [&[0.9][..], &[0.035; 100]].concat();
        assert_eq!(worthwhile(&long, 99), 1);
        assert_eq!(worthwhile(&[0.04; 3], 9), 0);
        assert_eq!(worthwhile(&[], 9), 0);
    }
}
