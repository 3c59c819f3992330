//! Groups of mentions, and the rules by which they may be joined.
//!
//! Never plain connected components: a merge needs the evidence between all members of both
//! groups, and it is refused where a person, or two existing organizations, stand between them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::{
    Band, Compared, Ground, Human, Join, Mention, Preset, Question, Settings, beside_name,
};
use crate::ids::Weight;

/// A compared pair of nodes, by their first mentions.
pub(super) struct Edge<'a> {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) compared: &'a Compared,
    pub(super) band: Band,
}

/// Mentions on their way into groups.
pub(super) struct Groups<'a> {
    mentions: &'a [Mention],
    parent: Vec<usize>,
    members: Vec<Vec<usize>>,
    place: Vec<Option<u32>>,
    /// Roots that must stay apart from a root.
    apart: Vec<BTreeSet<usize>>,
    joins: Vec<Join>,
}

impl<'a> Groups<'a> {
    /// Every mention alone; what people hold apart is known from the start.
    pub(super) fn new(mentions: &'a [Mention], human: &Human) -> Self {
        let count = mentions.len();
        let mut apart = vec![BTreeSet::new(); count];
        for &(a, b) in &human.different {
            apart[a].insert(b);
            apart[b].insert(a);
        }
        Self {
            mentions,
            parent: (0..count).collect(),
            members: (0..count).map(|index| vec![index]).collect(),
            place: vec![None; count],
            apart,
            joins: vec![Join { ground: Ground::Alone, compared: None }; count],
        }
    }

    fn root(&self, mut mention: usize) -> usize {
        while self.parent[mention] != mention {
            mention = self.parent[mention];
        }
        mention
    }

    /// Whether nothing that a person said stands between two groups.
    fn may_join(&self, a: usize, b: usize) -> bool {
        !self.apart[a].contains(&b)
    }

    /// Whether two groups belong to two existing organizations.
    fn two_places(&self, a: usize, b: usize) -> bool {
        matches!((self.place[a], self.place[b]), (Some(left), Some(right)) if left != right)
    }

    /// Joins the groups of two mentions: a group joins one that has a place, a small one a large
    /// one, and of two equals the later joins the earlier.
    fn join(&mut self, a: usize, b: usize, join: &Join) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let placed = |root: usize| self.place[root].is_some();
        let size = |root: usize| (placed(root), self.members[root].len(), Reverse(root));
        let (keep, gone) = if size(a) >= size(b) { (a, b) } else { (b, a) };
        for &member in &self.members[gone] {
            if self.joins[member].ground == Ground::Alone {
                self.joins[member] = join.clone();
            }
        }
        let moved = std::mem::take(&mut self.members[gone]);
        self.members[keep].extend(moved);
        self.parent[gone] = keep;
        for other in std::mem::take(&mut self.apart[gone]) {
            self.apart[other].remove(&gone);
            self.apart[other].insert(keep);
            self.apart[keep].insert(other);
        }
        self.place[keep] = match (self.place[keep], self.place[gone]) {
            (Some(left), Some(right)) if left != right => Some(self.main_place(keep)),
            (left, right) => left.or(right),
        };
    }

    /// Of several organizations that a person joined: the one that an `adopt` decision names, else
    /// the one that most rows belong to.
    fn main_place(&self, root: usize) -> u32 {
        let decided = self.members[root].iter().filter(|&&member| self.mentions[member].is_decided);
        if let Some(place) = decided.filter_map(|&member| self.mentions[member].place).min() {
            return place;
        }
        let mut rows: BTreeMap<u32, u64> = BTreeMap::new();
        for &member in &self.members[root] {
            if let Some(place) = self.mentions[member].place {
                *rows.entry(place).or_default() += u64::from(self.mentions[member].rows);
            }
        }
        let best = rows.iter().max_by_key(|(place, rows)| (**rows, Reverse(**place)));
        *best.expect("asked only for groups with places").0
    }

    /// Step 1. Contradictions among the decisions were refused before.
    pub(super) fn join_human(&mut self, human: &Human) {
        for &(a, b) in &human.same {
            self.join(a, b, &Join { ground: Ground::Decision, compared: None });
        }
    }

    /// Step 2. Where people hold apart what is placed together, the organization's own name, then
    /// the spelling with most rows, keeps the place; the others lose it.
    pub(super) fn join_places(&mut self) {
        let mut by_place: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, mention) in self.mentions.iter().enumerate() {
            if let Some(place) = mention.place {
                by_place.entry(place).or_default().push(index);
            }
        }
        for (place, mut members) in by_place {
            members.sort_by_key(|&index| {
                let mention = &self.mentions[index];
                (!mention.is_title, Reverse(mention.rows), index)
            });
            let first = members[0];
            let root = self.root(first);
            self.place[root] = self.place[root].or(Some(place));
            for &member in &members[1..] {
                if self.may_join(self.root(first), self.root(member)) {
                    self.join(first, member, &Join { ground: Ground::Placed, compared: None });
                }
            }
        }
    }

    /// Step 3.
    pub(super) fn join_class(&mut self, class: &[usize]) {
        for &member in &class[1..] {
            let (a, b) = (self.root(class[0]), self.root(member));
            if a != b && self.may_join(a, b) && !self.two_places(a, b) {
                self.join(a, b, &Join { ground: Ground::Key, compared: None });
            }
        }
    }

    /// Step 4: merges the two groups with the strongest evidence between them, again and again.
    ///
    /// The evidence between two groups is a mean of their best pair and of all their pairs; a pair
    /// that was not compared counts against. Ties go to the smaller roots, so that the answer does
    /// not depend on any order.
    pub(super) fn merge_by_score(&mut self, edges: &[Edge<'_>], settings: &Settings<'_>) {
        let mut links = Links::new(self, edges, settings);
        while let Some((link, a, b)) = links.heap.pop() {
            let Reverse(a) = a;
            let Reverse(b) = b;
            if links.current(a, b) != Some(link) || link < links.threshold {
                continue;
            }
            if !self.may_join(a, b) || self.two_places(a, b) {
                links.forget(a, b);
                continue;
            }
            let edge = &edges[links.best(a, b)];
            let ground = if beside_name(edge.compared) > Weight::ZERO {
                Ground::Evidence
            } else {
                Ground::Score
            };
            self.join(a, b, &Join { ground, compared: Some(edge.compared.clone()) });
            let keep = self.root(a);
            let gone = if keep == a { b } else { a };
            links.merge(keep, gone, self);
        }
    }

    /// Step 5: for each two groups that are in doubt, the pair that speaks most for them.
    pub(super) fn questions(&self, edges: &[Edge<'_>]) -> Vec<Question> {
        let mut asked: BTreeMap<(usize, usize), &Edge<'_>> = BTreeMap::new();
        for edge in edges.iter().filter(|edge| edge.band != Band::Apart) {
            let (a, b) = (self.root(edge.a), self.root(edge.b));
            if a == b || !self.may_join(a, b) || self.rows(a) + self.rows(b) == 0 {
                continue;
            }
            let best = asked.entry((a.min(b), a.max(b))).or_insert(edge);
            if (edge.compared.score, Reverse((edge.a, edge.b)))
                > (best.compared.score, Reverse((best.a, best.b)))
            {
                *best = edge;
            }
        }
        // First what joins most rows, then what is most likely.
        let mut questions: Vec<_> = asked.into_iter().collect();
        questions.sort_by_key(|&((a, b), edge)| {
            let moved = self.rows(a).min(self.rows(b));
            (Reverse(moved), Reverse(edge.compared.score), edge.a, edge.b)
        });
        questions
            .into_iter()
            .map(|(_, edge)| Question {
                pair: (edge.a.min(edge.b), edge.a.max(edge.b)),
                compared: edge.compared.clone(),
            })
            .collect()
    }

    fn rows(&self, root: usize) -> u64 {
        self.members[root].iter().map(|&member| u64::from(self.mentions[member].rows)).sum()
    }

    /// Group of each mention, how it joined, and the place of each group.
    pub(super) fn finish(mut self) -> (Vec<usize>, Vec<Join>, Vec<Option<u32>>) {
        for (index, mention) in self.mentions.iter().enumerate() {
            let stays = mention.place.is_some() && mention.place == self.place[self.root(index)];
            if stays && self.joins[index].ground == Ground::Alone {
                self.joins[index].ground = Ground::Placed;
            }
        }
        let mut number_of: BTreeMap<usize, usize> = BTreeMap::new();
        let mut places = Vec::new();
        let group_of = (0..self.parent.len())
            .map(|mention| {
                let root = self.root(mention);
                *number_of.entry(root).or_insert_with(|| {
                    places.push(self.place[root]);
                    places.len() - 1
                })
            })
            .collect();
        (group_of, self.joins, places)
    }
}

/// The evidence between two groups.
#[derive(Clone, Copy)]
struct Link {
    /// Sum over the compared pairs of members.
    sum: i64,
    /// Number of compared pairs.
    count: i64,
    /// Index of the best edge.
    best: usize,
    best_score: i64,
}

struct Links<'a> {
    between: Vec<BTreeMap<usize, Link>>,
    heap: BinaryHeap<(i64, Reverse<usize>, Reverse<usize>)>,
    /// Number of compared nodes in a group.
    sizes: Vec<i64>,
    threshold: i64,
    settings: &'a Settings<'a>,
}

/// A single pair counts at most this much for or against a merge, in millibits.
const CLIP: i64 = 8_000;

impl<'a> Links<'a> {
    fn new(groups: &Groups<'_>, edges: &[Edge<'_>], settings: &'a Settings<'a>) -> Self {
        let count = groups.parent.len();
        let threshold = i64::from(Weight::bits(settings.weights.same_at).get());
        let mut links = Self {
            between: vec![BTreeMap::new(); count],
            heap: BinaryHeap::new(),
            sizes: vec![0; count],
            threshold,
            settings,
        };
        let mut nodes: BTreeSet<usize> = BTreeSet::new();
        for (index, edge) in edges.iter().enumerate() {
            nodes.extend([edge.a, edge.b]);
            let (a, b) = (groups.root(edge.a), groups.root(edge.b));
            if a == b || !links.counts(groups, edge) {
                continue;
            }
            let score = i64::from(edge.compared.score.get()).clamp(-CLIP, CLIP);
            let link = Link { sum: score, count: 1, best: index, best_score: score };
            links.add(a, b, link);
        }
        for node in nodes {
            links.sizes[groups.root(node)] += 1;
        }
        for a in 0..count {
            let others: Vec<usize> = links.between[a].range(a + 1..).map(|(&b, _)| b).collect();
            for b in others {
                links.push(a, b);
            }
        }
        links
    }

    /// Whether an edge may carry a merge at all.
    fn counts(&self, groups: &Groups<'_>, edge: &Edge<'_>) -> bool {
        let by_score = groups.mentions[edge.a].by_score && groups.mentions[edge.b].by_score;
        by_score && (self.settings.preset == Preset::Balanced || edge.band == Band::Same)
    }

    fn add(&mut self, a: usize, b: usize, link: Link) {
        for (from, to) in [(a, b), (b, a)] {
            self.between[from]
                .entry(to)
                .and_modify(|old| {
                    old.sum += link.sum;
                    old.count += link.count;
                    if (link.best_score, Reverse(link.best)) > (old.best_score, Reverse(old.best)) {
                        old.best = link.best;
                        old.best_score = link.best_score;
                    }
                })
                .or_insert(link);
        }
    }

    fn best(&self, a: usize, b: usize) -> usize {
        self.between[a][&b].best
    }

    /// Today's evidence between two groups, in millibits.
    fn current(&self, a: usize, b: usize) -> Option<i64> {
        let link = self.between[a].get(&b)?;
        let pairs = (self.sizes[a].max(1) * self.sizes[b].max(1)).max(link.count);
        let weights = self.settings.weights;
        let missing = i64::from(Weight::bits(weights.missing_pair).get());
        let mean = (link.sum - missing * (pairs - link.count)) / pairs;
        let share = i64::from(Weight::bits(weights.best_share).get());
        Some((share * link.best_score + (1000 - share) * mean) / 1000)
    }

    fn push(&mut self, a: usize, b: usize) {
        let (a, b) = (a.min(b), a.max(b));
        if let Some(link) = self.current(a, b)
            && link >= self.threshold
        {
            self.heap.push((link, Reverse(a), Reverse(b)));
        }
    }

    fn forget(&mut self, a: usize, b: usize) {
        self.between[a].remove(&b);
        self.between[b].remove(&a);
    }

    fn merge(&mut self, keep: usize, gone: usize, groups: &Groups<'_>) {
        self.forget(keep, gone);
        for (other, link) in std::mem::take(&mut self.between[gone]) {
            self.between[other].remove(&gone);
            self.add(keep, other, link);
        }
        self.sizes[keep] += self.sizes[gone];
        let others: Vec<usize> = self.between[keep].keys().copied().collect();
        for other in others {
            if groups.may_join(keep, other) {
                self.push(keep, other);
            }
        }
    }
}
