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
//! 4. homes: a spelling with the key of an organization that is there joins it, or waits where it
//!    fits several
//! 5. scores: candidate pairs are compared; groups are merged best first
//! 6. questions: pairs of groups that the scores leave in doubt

mod block;
mod cluster;
mod compare;
mod crowd;
pub mod explain;
mod facts;
mod home;
mod initials;
mod key;
mod kind;
mod level;
mod logarithm;
mod near;
mod node;
mod notes;
pub mod observe;
mod prior;
pub mod question;
mod relation;
mod signal;
mod similar;
mod vocabulary;
mod weights;

use std::collections::BTreeSet;

use compact_str::CompactString;
use rayon::prelude::*;
use serde::Deserialize;

pub use block::Pass;
pub use compare::{Compared, Comparison};
pub use explain::explain;
pub use level::{Level, Levels, Outlook};
pub use prior::Start;
pub use question::{Asked, Question};
pub use vocabulary::Background;
pub use weights::{Refused, Weights};

use self::cluster::Edge;
use self::compare::Comparer;
use self::home::Homes;
use super::evidence::{Evidence, Kinds};
use super::legal_forms::LegalForms;
use super::lexicon::Lexicon;
use super::normalize::Name;
use super::phrases::Phrases;
use crate::ids::Weight;

/// One spelling of one tenant, or the name of an existing organization.
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
#[derive(Clone, Debug)]
pub struct Mention {
    /// The name, taken apart.
    pub name: Name,
    /// What stands beside it in all rows that use it.
    pub evidence: Evidence,
    /// Number of rows that use it; 0 for an organization's own name.
    pub rows: u32,
    /// Number of projects whose customers these rows are.
    pub projects: u32,
    /// The existing organization that it belongs to: an index of the caller's.
    pub place: Option<u32>,
    /// Whether this is the own name of the organization at `place`.
    pub is_title: bool,
    /// Whether a person decided that others adopt this organization.
    pub is_decided: bool,
    /// Whether nothing but a score could tell that it belongs to `place`: no other name there has
    /// its key, and nobody decided it.
    pub is_loose: bool,
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
    /// What was decided by its contact, not by its spelling: it tells nothing about others that are
    /// spelled so.
    pub by_contact: BTreeSet<usize>,
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

impl Preset {
    /// Name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cautious => "cautious",
            Self::Balanced => "balanced",
        }
    }
}

/// What the matcher is told beside the names.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// What is joined without asking.
    pub preset: Preset,
    /// What one company is.
    pub level: Level,
    /// Weights and thresholds of the level.
    pub weights: &'a Weights,
    /// Those of the other level, to say what it would change.
    pub others: &'a Weights,
    /// Legal forms.
    pub forms: &'a LegalForms,
    /// Background frequencies of words.
    pub background: &'a Background,
    /// Words that mean the same, and places.
    pub lexicon: &'a Lexicon,
    /// Small words, and what introduces another name.
    pub phrases: &'a Phrases,
    /// Kinds of evidence beside the names.
    pub kinds: &'a Kinds,
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
    /// The same words, in another order or language.
    Words,
    /// The same letters, in one word or two.
    Glued,
    /// One letter differs in a long, rare word.
    Typo,
    /// One is the other, cut off within its last word.
    CutOff,
    /// One is the other's second name, or the other without what stands in brackets.
    OtherName,
    /// A name so near that the score needs nothing beside it, and nothing contradicts.
    NearName,
    /// The score of the names alone.
    Score,
}

impl Ground {
    /// Every ground, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::Alone,
        Self::Decision,
        Self::Placed,
        Self::Key,
        Self::Evidence,
        Self::Words,
        Self::Glued,
        Self::Typo,
        Self::CutOff,
        Self::OtherName,
        Self::NearName,
        Self::Score,
    ];

    /// Name in the column `joined_by`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Decision => "decision",
            Self::Placed => "placed",
            Self::Key => "key",
            Self::Evidence => "evidence",
            Self::Words => "words",
            Self::Glued => "glued",
            Self::Typo => "typo",
            Self::CutOff => "cut off",
            Self::OtherName => "other name",
            Self::NearName => "near name",
            Self::Score => "score",
        }
    }
}

/// How a spelling joined its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Why.
    pub ground: Ground,
    /// The comparison that decided, for what was joined by comparing.
    pub compared: Option<Compared>,
    /// The two spellings that it compared, as mention indices: one of those that came together
    /// with this one, often itself, and one of the group that they joined.
    pub pair: Option<(usize, usize)>,
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
    /// Pairs of places whose groups would have been joined, the smaller first.
    pub rivals: Vec<(u32, u32)>,
    /// Open questions: those that are due, then those whose answer is likely to move most.
    pub questions: Vec<Question>,
    /// Spellings with an equal key: what was compared as one.
    pub classes: Vec<Vec<usize>>,
    /// Every compared pair of classes, the smaller first, with its score.
    pub compared: Vec<((u32, u32), Weight)>,
    /// What each blocking pass found.
    pub passes: Vec<Pass>,
    /// What every pair started from.
    pub start: Start,
    /// What the other level would change.
    pub outlook: Outlook,
    /// Values beside the names that unrelated ones share, and that stand for none of them.
    pub crowded: Vec<Crowded>,
    /// From this score on a pair may be asked about.
    review_at: Weight,
    /// Most questions for so many names.
    most: usize,
}

/// A value that unrelated names share: a switchboard's, an accountant's, a landlord's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowded {
    /// The place of its kind.
    pub kind: usize,
    /// The value.
    pub value: CompactString,
    /// How many names share it, equal keys being one.
    pub names: usize,
    /// The mentions that hold it.
    pub mentions: Vec<usize>,
}

/// A step of matching that has ended, and how many of what it handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub name: &'static str,
    /// How many units it handled.
    pub count: usize,
    /// What was counted, in the plural.
    pub unit: &'static str,
}

/// Groups the mentions of one tenant.
pub fn match_mentions(mentions: &[Mention], human: &Human, settings: &Settings<'_>) -> Matching {
    match_watched(mentions, human, settings, &|_| ())
}

/// Groups the mentions of one tenant and tells when each step has ended.
pub fn match_watched(
    mentions: &[Mention],
    human: &Human,
    settings: &Settings<'_>,
    watch: &dyn Fn(Step),
) -> Matching {
    match_seen(mentions, human, settings, watch, |_| ()).0
}

/// The same, with a look at what compares the names.
fn match_seen<T>(
    mentions: &[Mention],
    human: &Human,
    settings: &Settings<'_>,
    watch: &dyn Fn(Step),
    look: impl FnOnce(&Comparer<'_>) -> T,
) -> (Matching, T) {
    let weights = settings.weights;
    let classes = key::classes(mentions, human, settings);
    let mut groups = cluster::Groups::known(mentions, human, &classes);
    watch(Step { name: "keys", count: mentions.len(), unit: "spellings" });
    let (mut nodes, words) = node::nodes(mentions, &classes, settings);
    let crowded = relation::leave_out_crowded(&mut nodes, &words, settings.kinds);
    let (sets, hosts) = (node::number_forms(&mut nodes), relation::hosts(&nodes, settings.kinds));
    watch(Step { name: "words", count: nodes.len(), unit: "names" });
    watch(Step { name: "notes set aside", count: node::noted(&nodes), unit: "names" });
    let (candidates, passes, letters) = block::candidates((&nodes, &words), settings.kinds, watch);
    let mut comparer = Comparer::new((&nodes, &words, &sets), &letters, &hosts, settings);
    let scores = comparer.settle(&candidates, weights);
    let seen = look(&comparer);
    let edges = edges(&comparer, &candidates, &scores, weights);
    watch(Step { name: "comparing", count: candidates.len(), unit: "pairs" });
    let joining = |edges: &[Edge], preset: Preset| -> Vec<Edge> {
        let joins = |edge: &&Edge| may_join_over(edge, (mentions, &nodes), preset, settings);
        edges.iter().filter(joins).copied().collect()
    };
    let parts = (mentions, &classes[..], &nodes[..]);
    let homes = Homes::settle(&mut groups, parts, (&edges, human), settings);
    let edges: Vec<Edge> = edges.into_iter().filter(|edge| homes.is_live(edge)).collect();
    let bond = cluster::Bond {
        comparer: &comparer,
        idle: &homes.idle,
        same_at: same_at(settings.preset, weights),
        preset: settings.preset,
        apart_at: Weight::bits(weights.apart_at),
        best_share: i64::from(Weight::bits(weights.best_share.clamp(0.0, 1.0)).get()),
    };
    groups.merge_by_score(&joining(&edges, settings.preset), &bond);
    watch(Step { name: "joining", count: edges.len(), unit: "likely pairs" });
    let mut likely = groups.clone();
    if settings.preset == Preset::Cautious {
        let preset = Preset::Balanced;
        let bond = cluster::Bond { same_at: same_at(preset, weights), preset, ..bond };
        likely.merge_by_score(&joining(&edges, preset), &bond);
    }
    let first = |node: u32| nodes[node as usize].members[0];
    let doubts = groups.questions(&likely, &edges, &nodes).into_par_iter().map(|(edge, moves)| {
        let (a, b) = (first(edge.a), first(edge.b));
        Question {
            asked: question::reason(&mentions[a], &mentions[b], settings),
            pair: (a.min(b), a.max(b)),
            likely: edge.asked(),
            moves,
            compared: comparer.explain(edge.a, edge.b),
        }
    });
    let mut questions = homes.questions(mentions, &comparer);
    questions.extend(doubts.collect::<Vec<_>>());
    question::sort(&mut questions);
    watch(Step { name: "questions", count: questions.len(), unit: "questions" });
    let outlook = level::Eyes::new(&comparer, settings).outlook(&groups, &edges)
        + key::outlook(mentions, &classes, human, settings);
    let (start, rivals) = (comparer.start, groups.rivals());
    let (group_of, joins, places) = groups.finish();
    let explain = |join: cluster::Join| Join {
        ground: join.ground,
        compared: join.compared.map(|(a, b)| comparer.explain(a.min(b), a.max(b))),
        pair: join.compared.map(|(own, other)| (first(own), first(other))),
    };
    let joins: Vec<Join> = joins.into_par_iter().map(explain).collect();
    watch(Step { name: "explaining", count: joins.len(), unit: "spellings" });
    let matching = Matching {
        crowded: relation::told(&crowded, &nodes, mentions),
        group_of,
        joins,
        places,
        rivals,
        questions,
        classes: nodes.into_iter().map(|node| node.members).collect(),
        compared: std::iter::zip(candidates, scores).collect(),
        passes,
        start,
        outlook,
        review_at: Weight::bits(weights.review_at),
        most: question::most_questions(mentions.len(), weights),
    };
    (matching, seen)
}

/// Whether a preset joins two groups over an edge, as far as the names at its ends go.
fn may_join_over(
    edge: &Edge,
    (mentions, nodes): (&[Mention], &[node::Node<'_>]),
    preset: Preset,
    settings: &Settings<'_>,
) -> bool {
    let by_score = |node: u32| {
        let members = &nodes[node as usize].members;
        members.iter().any(|&member| mentions[member].by_score)
    };
    joins((edge.ground, edge.score), (preset, settings.level), settings.weights)
        && by_score(edge.a)
        && by_score(edge.b)
}

/// From which score on a preset joins.
fn same_at(preset: Preset, weights: &Weights) -> Weight {
    Weight::bits(match preset {
        Preset::Balanced => weights.same_at,
        Preset::Cautious => weights.sure_at,
    })
}

/// Whether a preset joins a pair, as far as the two names go.
fn joins(
    (ground, score): (Ground, Weight),
    (preset, level): (Preset, Level),
    weights: &Weights,
) -> bool {
    let is_kind = preset == Preset::Balanced || kind::is_sure(ground, level);
    is_kind && score >= same_at(preset, weights)
}

/// The candidate pairs that are at least asked about.
fn edges(
    comparer: &Comparer<'_>,
    candidates: &[node::Candidate],
    scores: &[Weight],
    weights: &Weights,
) -> Vec<Edge> {
    let least = Weight::bits(weights.review_at);
    let joins_at = same_at(Preset::Balanced, weights).min(same_at(Preset::Cautious, weights));
    let near = candidates.par_iter().zip(scores).filter_map(|(&(a, b), &score)| {
        let doubt = comparer.doubt((a, b), score, least);
        let is_near = score + doubt >= least && !comparer.are_two(a, b);
        // What is only asked about needs no kind.
        let joins = score >= joins_at;
        let ground = || if joins { kind::of(comparer, (a, b), score) } else { Ground::Score };
        is_near.then(|| Edge { a, b, score, doubt, ground: ground() })
    });
    near.collect()
}

/// What a pair of spellings with an equal key is listed with: they are not compared.
const KEY_SCORE: Weight = Weight::millibits(20_000);

impl Matching {
    /// The open questions that a list of so many names is asked.
    pub fn asked(&self) -> &[Question] {
        let due = self.questions.partition_point(|question| question.asked.is_due());
        &self.questions[..self.questions.len().min(due + self.most)]
    }

    /// Every pair of mentions that was compared or has an equal key, sorted, with what became of
    /// it: `same` within a group; between groups `review` where the score leaves a doubt.
    pub fn pairs(&self) -> Vec<Pair> {
        let between = |a: usize, b: usize| {
            let (a, b) = (self.group_of[a], self.group_of[b]);
            (a.min(b), a.max(b))
        };
        let asked = self.asked().iter().map(|question| between(question.pair.0, question.pair.1));
        let asked: BTreeSet<(usize, usize)> = asked.collect();
        let mut pairs = Vec::new();
        let mut add = |left: usize, right: usize, score: Weight, band: Band| {
            let band = if self.group_of[left] == self.group_of[right] { Band::Same } else { band };
            pairs.push(Pair { pair: (left.min(right), left.max(right)), score, band });
        };
        for class in &self.classes {
            for (at, &left) in class.iter().enumerate() {
                for &right in &class[at + 1..] {
                    add(left, right, KEY_SCORE, Band::Review);
                }
            }
        }
        for &((a, b), score) in &self.compared {
            let (a, b) = (&self.classes[a as usize], &self.classes[b as usize]);
            let is_asked = score >= self.review_at && asked.contains(&between(a[0], b[0]));
            let band = if is_asked { Band::Review } else { Band::Apart };
            for &left in a {
                for &right in b {
                    add(left, right, score, band);
                }
            }
        }
        pairs.par_sort_unstable();
        pairs
    }
}
