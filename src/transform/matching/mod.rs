//! Matching: which spellings of one tenant are one company, with a reason for every join.
//!
//! In: the distinct spellings with their evidence and what people decided about them. Out: a
//! [`Matching`]: groups, how each spelling joined its group, the open questions, and every pair
//! that was compared. Pure; knows nothing of tables, tenants or ids.
//!
//! The steps, each bound by those before it:
//! 1. human verdicts: `same` joins, `different` keeps apart whatever comes later
//! 2. places: spellings that already belong to one organization stay together
//! 3. keys: equal cores join, unless legal forms, marks or places contradict
//! 4. scores: candidate pairs are compared; groups are merged best first
//! 5. questions: pairs of groups that the scores leave in doubt

mod block;
mod cluster;
mod compare;
mod key;
mod vocabulary;

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

pub use block::Pass;
pub use compare::{Compared, Comparison};
pub use vocabulary::Background;

use self::compare::Comparer;
use self::vocabulary::{Vocabulary, WordId};
use super::evidence::Evidence;
use super::legal_forms::LegalForms;
use super::normalize::Name;
use crate::ids::Weight;

/// One spelling of one tenant, or the name of an existing organization.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The name, taken apart.
    pub name: Name,
    /// What stands beside it in all rows that use it.
    pub evidence: Evidence,
    /// Number of rows that use it; 0 for an organization's own name.
    pub rows: u32,
    /// The existing organization that it belongs to: an index of the caller's.
    pub place: Option<u32>,
    /// Whether this is the own name of the organization at `place`.
    pub is_title: bool,
    /// Whether a person decided that others adopt this organization.
    pub is_decided: bool,
    /// Whether scores may join it; an organization that nobody owns is adopted by key only.
    pub by_score: bool,
}

/// What people decided, as pairs of mention indices.
#[derive(Clone, Debug, Default)]
pub struct Human {
    /// One company.
    pub same: Vec<(usize, usize)>,
    /// Two companies.
    pub different: Vec<(usize, usize)>,
}

/// What is joined without asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// What is joined is right: a near name joins only with evidence beside it.
    #[default]
    Cautious,
    /// The best single answer.
    Balanced,
}

/// Weights of the comparisons and thresholds of the decision.
///
/// # Units
/// Bits. Every field is a magnitude; its sign stands in the comparison.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each key is commented where people edit it, in config/orgfold.toml"
)]
pub struct Weights {
    pub prior: f64,
    pub words_most: f64,
    pub missing_word: f64,
    pub missing_bit: f64,
    pub other_words: f64,
    pub numbers_differ: f64,
    pub number_missing: f64,
    pub word_order: f64,
    pub initials: f64,
    pub marks_differ: f64,
    pub forms_agree: f64,
    pub forms_differ: f64,
    pub domain_equal: f64,
    pub domain_spread: f64,
    pub domain_differs: f64,
    pub phone_equal: f64,
    pub tax_id_equal: f64,
    pub tax_id_differs: f64,
    pub city_equal: f64,
    pub city_differs: f64,
    pub country_equal: f64,
    pub country_differs: f64,
    /// From this score on a pair speaks for one company (balanced).
    pub same_at: f64,
    /// From this score on a pair is asked about.
    pub review_at: f64,
    /// A cautious join needs this much evidence beside the name.
    pub evidence_at: f64,
    /// A pair of members that was not compared counts as this, against a merge.
    pub missing_pair: f64,
    /// Share of the best pair in the evidence between two groups; the rest is the mean.
    pub best_share: f64,
}

/// What the matcher is told beside the names.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// What is joined without asking.
    pub preset: Preset,
    /// Weights and thresholds.
    pub weights: &'a Weights,
    /// Legal forms.
    pub forms: &'a LegalForms,
    /// Background frequencies of words.
    pub background: &'a Background,
}

/// The band of a compared pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// One company.
    Same,
    /// For a person to decide.
    Review,
    /// Two companies.
    Apart,
}

impl Band {
    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Review => "review",
            Self::Apart => "apart",
        }
    }
}

/// Why a spelling is in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// It is the only one, or the one that the others joined.
    Alone,
    /// A person said so.
    Decision,
    /// It already belongs to the organization.
    Placed,
    /// Equal core, nothing that contradicts.
    Key,
    /// The score, with evidence beside the name.
    Evidence,
    /// The score of the names alone.
    Score,
}

impl Ground {
    /// Every ground, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Alone, Self::Decision, Self::Placed, Self::Key, Self::Evidence, Self::Score];

    /// Name in the column `joined_by`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Decision => "decision",
            Self::Placed => "placed",
            Self::Key => "key",
            Self::Evidence => "evidence",
            Self::Score => "score",
        }
    }
}

/// How a spelling joined its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Why.
    pub ground: Ground,
    /// The comparison that decided, for [`Ground::Evidence`] and [`Ground::Score`].
    pub compared: Option<Compared>,
}

/// An open question: are the groups of these two spellings one company?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The spellings, as mention indices, that speak most for it; `a < b`.
    pub pair: (usize, usize),
    /// The evidence.
    pub compared: Compared,
}

/// A compared pair of mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Mention indices, `a < b`.
    pub pair: (usize, usize),
    /// The score.
    pub score: Weight,
    /// What became of it.
    pub band: Band,
}

/// The result.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// The group of each mention; groups are numbered by their smallest mention.
    pub group_of: Vec<usize>,
    /// How each mention joined its group.
    pub joins: Vec<Join>,
    /// The place that each group keeps.
    pub places: Vec<Option<u32>>,
    /// Open questions, those that change most first.
    pub questions: Vec<Question>,
    /// Spellings with an equal key: what was compared as one.
    pub classes: Vec<Vec<usize>>,
    /// Every compared pair of classes with its score and band.
    pub compared: Vec<((usize, usize), Weight, Band)>,
    /// What each blocking pass found.
    pub passes: Vec<Pass>,
}

/// Spellings with one core, legal form and marks: the unit that is compared.
struct Node<'a> {
    name: &'a Name,
    core: String,
    words: Vec<WordId>,
    evidence: Cow<'a, Evidence>,
    /// The mentions, by index.
    members: Vec<usize>,
}

/// Groups the mentions of one tenant.
pub fn match_mentions(mentions: &[Mention], human: &Human, settings: &Settings<'_>) -> Matching {
    let mut groups = cluster::Groups::new(mentions, human);
    groups.join_human(human);
    groups.join_places();
    let classes = key::classes(mentions, human, settings.forms);
    for class in &classes {
        groups.join_class(class);
    }
    let (nodes, words) = nodes(mentions, &classes, settings.background);
    let domains = domains(&nodes);
    let comparer = Comparer {
        words: &words,
        forms: settings.forms,
        weights: settings.weights,
        names: nodes.len(),
        domains: &domains,
    };
    let (candidates, passes) = block::candidates(&nodes, &words);
    let scores: Vec<Compared> = candidates
        .par_iter()
        .map(|&(a, b)| comparer.compare(&nodes[a as usize], &nodes[b as usize]))
        .collect();
    let edges: Vec<cluster::Edge<'_>> = std::iter::zip(&candidates, &scores)
        .map(|(&(a, b), compared)| {
            let (a, b) = (&nodes[a as usize], &nodes[b as usize]);
            cluster::Edge {
                a: a.members[0],
                b: b.members[0],
                compared,
                band: band(compared, settings),
            }
        })
        .collect();
    groups.merge_by_score(&edges, settings);
    let pairs = std::iter::zip(&candidates, &edges)
        .map(|(&(a, b), edge)| ((a as usize, b as usize), edge.compared.score, edge.band))
        .collect();
    let questions = groups.questions(&edges);
    let (group_of, joins, places) = groups.finish();
    drop(edges);
    drop(nodes);
    Matching { group_of, joins, places, questions, classes, compared: pairs, passes }
}

/// What a pair of spellings with an equal key is listed with: they are not compared.
const KEY_SCORE: Weight = Weight::millibits(20_000);

impl Matching {
    /// Every pair of mentions that was compared or has an equal key, sorted, with what became of
    /// it: `same` within a group; between groups `review` where the score leaves a doubt.
    pub fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut add = |left: usize, right: usize, score: Weight, band: Band| {
            let band = match band {
                _ if self.group_of[left] == self.group_of[right] => Band::Same,
                Band::Same | Band::Review => Band::Review,
                Band::Apart => Band::Apart,
            };
            pairs.push(Pair { pair: (left.min(right), left.max(right)), score, band });
        };
        for class in &self.classes {
            for (at, &left) in class.iter().enumerate() {
                for &right in &class[at + 1..] {
                    add(left, right, KEY_SCORE, Band::Same);
                }
            }
        }
        for &((a, b), score, band) in &self.compared {
            for &left in &self.classes[a] {
                for &right in &self.classes[b] {
                    add(left, right, score, band);
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }
}

/// What a score alone says.
fn band(compared: &Compared, settings: &Settings<'_>) -> Band {
    let weights = settings.weights;
    let at_least = |bits: f64| compared.score >= Weight::bits(bits);
    let joins = match settings.preset {
        Preset::Balanced => at_least(weights.same_at),
        Preset::Cautious => {
            at_least(weights.same_at) && beside_name(compared) >= Weight::bits(weights.evidence_at)
        }
    };
    if joins {
        Band::Same
    } else if at_least(weights.review_at) {
        Band::Review
    } else {
        Band::Apart
    }
}

/// The evidence of a pair that does not come from the names.
fn beside_name(compared: &Compared) -> Weight {
    ["e-mail domain", "website", "phone", "tax id"].iter().map(|name| compared.weight(name)).sum()
}

fn nodes<'a>(
    mentions: &'a [Mention],
    classes: &[Vec<usize>],
    background: &Background,
) -> (Vec<Node<'a>>, Vocabulary) {
    let mut words = Vocabulary::default();
    let nodes: Vec<Node<'a>> = classes
        .iter()
        .map(|class| {
            let first = &mentions[class[0]];
            let mut evidence = Cow::Borrowed(&first.evidence);
            for &member in &class[1..] {
                evidence.to_mut().merge(&mentions[member].evidence);
            }
            let ids = words.add(first.name.words.iter().map(|word| word.text.as_str()));
            Node {
                name: &first.name,
                core: first.name.core(),
                words: ids,
                evidence,
                members: class.clone(),
            }
        })
        .collect();
    words.weigh(nodes.len(), background);
    (nodes, words)
}

/// How many names hold each domain, in e-mail addresses or websites.
fn domains<'a>(nodes: &'a [Node<'_>]) -> FxHashMap<&'a str, u32> {
    let mut counts = FxHashMap::default();
    for node in nodes {
        for domain in node.evidence.email_domains.union(&node.evidence.websites) {
            *counts.entry(domain.as_str()).or_insert(0) += 1;
        }
    }
    counts
}
