//! Questions of a plan: how each is put, which of them are shown, and which companies wait for one.

use super::tenant::Draft;
use super::{Asking, Resolver, Review, from_place};
use crate::finding::{Code, Finding};
use crate::schema::Field;
use crate::transform::matching::question::{chance, most_questions, worthwhile};
use crate::transform::matching::{Asked, Question};
use crate::transform::normalize::fold;

impl<'a> Resolver<'_, 'a> {
    /// Puts the open questions about a tenant's companies, which wait for the answers.
    pub(super) fn build_reviews(&mut self, draft: &Draft<'a>, company_of: &[Option<usize>]) {
        let known = self.known_as(draft);
        let mut projects = vec![0; draft.sizes.len()];
        for (mention, &group) in std::iter::zip(&draft.mentions, &draft.matching.group_of) {
            projects[group] += mention.projects;
        }
        for question in &draft.matching.questions {
            let side = |mention: usize, raw: String| {
                let group = draft.matching.group_of[mention];
                (company_of[group], raw, draft.sizes[group], projects[group])
            };
            let known = |mention: usize| known[draft.matching.group_of[mention]].1.clone();
            let (left, right) = question.pair;
            let (mut a, mut b) = (side(left, known(left)), side(right, known(right)));
            if matches!(question.asked, Asked::FitsSeveral | Asked::NoLongerFits) {
                a.1 = self.told_apart(draft, question);
                (a.2, a.3) = (draft.mentions[left].rows, draft.mentions[left].projects);
                if question.asked == Asked::NoLongerFits {
                    let contact = &self.records.contacts[draft.rows[left].contacts[0] as usize];
                    let column = Field::COMPANY_NAME.name();
                    let finding = Finding::new(Code::NoLongerFits, contact.id, column);
                    self.out.findings.push(finding);
                }
            } else if fold(&a.1) == fold(&b.1) {
                // Two organizations of one name: the spellings that were compared tell more.
                a.1 = self.spelled(draft, left);
                b.1 = self.spelled(draft, right);
            }
            // Asked once for each pair of spellings that a decision could name.
            let is_idle = a.0.is_none() && b.0.is_none() && question.asked != Asked::FitsSeveral;
            if is_idle || fold(&a.1) == fold(&b.1) {
                continue;
            }
            for company in [a.0, b.0].into_iter().flatten() {
                self.out.companies[company].in_review = true;
            }
            self.out.reviews.push(Review {
                tenant: draft.tenant,
                spellings: (a.1, b.1),
                companies: (a.0, b.0),
                rows: (a.2, b.2),
                projects: (a.3, b.3),
                asked: question.asked,
                worth: question.worth(),
                chance: chance(question.likely),
                compared: question.compared.clone(),
            });
        }
    }

    /// The spelling that a question about what is placed names, with the id of its contact where
    /// others have the same spelling elsewhere.
    fn told_apart(&self, draft: &Draft<'a>, question: &Question) -> String {
        let mention = question.pair.0;
        let row = &draft.rows[mention];
        let folded = |at: usize| &draft.mentions[at].name.folded;
        // Rows of one spelling stand together.
        let mut beside = [mention.checked_sub(1), mention.checked_add(1)].into_iter().flatten();
        let is_shared = beside.any(|at| at < draft.rows.len() && folded(at) == folded(mention));
        if is_shared || question.asked == Asked::NoLongerFits {
            let contact = self.records.contacts[row.contacts[0] as usize].id;
            return format!("{} @ {contact}", row.raw());
        }
        row.raw().to_owned()
    }

    /// What each group is known as, behind the number of contacts that call it so: the name of its
    /// organization, else the spelling of most contacts. A question is about two organizations, not
    /// about the typo of one contact.
    fn known_as(&self, draft: &Draft<'a>) -> Vec<(usize, String)> {
        let mut known = vec![(0, String::new()); draft.sizes.len()];
        for (mention, &group) in draft.matching.group_of.iter().enumerate() {
            let count = match draft.rows.get(mention) {
                Some(row) => row.contacts.len(),
                None if draft.mentions[mention].is_title => usize::MAX,
                None => continue,
            };
            if count > known[group].0 {
                known[group] = (count, self.spelled(draft, mention));
            }
        }
        known
    }

    /// How a mention is spelled.
    fn spelled(&self, draft: &Draft<'a>, mention: usize) -> String {
        if let Some(row) = draft.rows.get(mention) {
            let part = row.part.as_ref();
            return part
                .map_or_else(|| row.raw().to_owned(), |value| format!("{} @ {value}", row.raw()));
        }
        let place = draft.mentions[mention].place.map(from_place);
        place.map_or_else(String::new, |at| self.organization(at).name.to_owned())
    }

    /// Puts the questions in order, those that are due first, and leaves out what is hardly worth it.
    /// Those of one tenant are in order already.
    pub(super) fn end_reviews(&mut self, spellings: usize) {
        let reviews = &mut self.out.reviews;
        reviews.sort_by(|a, b| {
            let due = |review: &Review| review.asked.is_due();
            due(b).cmp(&due(a)).then_with(|| b.worth.total_cmp(&a.worth))
        });
        let open = reviews.len();
        let due = reviews.partition_point(|review| review.asked.is_due());
        let chances: Vec<f64> = reviews[due..].iter().map(|review| review.chance).collect();
        let weights = self.rules.settings().weights;
        let shown = due + worthwhile(&chances, most_questions(spellings, weights));
        let likely: f64 = reviews[shown..].iter().map(|review| review.chance).sum();
        reviews.truncate(shown);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a sum of so many chances"
        )]
        let likely = likely.round() as usize;
        self.out.asking = Asking { open, shown, likely, ..self.out.asking };
    }
}
