//! Groups of mentions, and the rules by which they may be joined.
//!
//! Never plain connected components: a merge needs the evidence between all members of both
//! groups, and it is refused where a person, or two existing organizations, stand between them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use rayon::prelude::*;

use super::compare::Comparer;
use super::node::Node;
use super::{Ground, Human, Mention, Preset, kind};
use crate::ids::Weight;
use crate::transform::sets::Sets;

/// A compared pair of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) score: Weight,
    /// What beside the names is shared but in doubt; counts for a question only.
    pub(super) doubt: Weight,
    /// What a merge over it rests on.
    pub(super) ground: Ground,
}

impl Edge {
    /// What a question about it is worth: as much as if what is in doubt were not.
    pub(super) fn asked(&self) -> Weight {
        self.score + self.doubt
    }
}

/// How a mention came into its group, and the pair of nodes that decided: that of the group it came
/// with, and that of the group it joined.
#[derive(Clone, Copy)]
pub(super) struct Join {
    pub(super) ground: Ground,
    pub(super) compared: Option<(u32, u32)>,
}

/// Mentions on their way into groups.
#[derive(Clone)]
pub(super) struct Groups<'a> {
    mentions: &'a [Mention],
    parent: Vec<usize>,
    members: Vec<Vec<usize>>,
    place: Vec<Option<u32>>,
    /// Roots that must stay apart from a root.
    apart: Vec<BTreeSet<usize>>,
    joins: Vec<Join>,
    /// Roots that stay as they are until a person decides.
    held: BTreeSet<usize>,
    /// Pairs of places that would be one, the smaller first, did places ever join by themselves.
    rivals: BTreeSet<(u32, u32)>,
    /// Place of each mention in an order that does not depend on the order of the mentions.
    rank: Vec<usize>,
}

impl<'a> Groups<'a> {
    /// Every mention alone; what people hold apart is known from the start.
    fn new(mentions: &'a [Mention], human: &Human) -> Self {
        let count = mentions.len();
        let mut apart = vec![BTreeSet::new(); count];
        for &(a, b) in &human.different {
            apart[a].insert(b);
            apart[b].insert(a);
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.par_sort_by_key(|&at| {
            let mention = &mentions[at];
            (mention.name.folded.as_str(), mention.place, mention.is_title, at)
        });
        let mut rank = vec![0; count];
        for (place, at) in order.into_iter().enumerate() {
            rank[at] = place;
        }
        Self {
            held: BTreeSet::new(),
            rivals: BTreeSet::new(),
            rank,
            mentions,
            parent: (0..count).collect(),
            members: (0..count).map(|index| vec![index]).collect(),
            place: vec![None; count],
            apart,
            joins: vec![Join { ground: Ground::Alone, compared: None }; count],
        }
    }

    /// Steps 1 to 3: what people decided, what is placed, and equal keys.
    pub(super) fn known(mentions: &'a [Mention], human: &Human, classes: &[Vec<usize>]) -> Self {
        let mut groups = Self::new(mentions, human);
        groups.join_human(human);
        groups.join_places();
        for class in classes {
            groups.join_class(class);
        }
        groups
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

    /// Whether anything stands between two groups; two places are noted.
    fn is_parted(&mut self, a: usize, b: usize) -> bool {
        if a == b || !self.may_join(a, b) {
            return true;
        }
        match (self.place[a], self.place[b]) {
            (Some(left), Some(right)) if left != right => {
                self.rivals.insert((left.min(right), left.max(right)));
                true
            }
            _ => false,
        }
    }

    /// Joins the groups of two mentions: a group joins one that has a place, a small one a large
    /// one, and of two equals the later joins the earlier. The pair that decided is that of `a` and
    /// that of `b`.
    fn join(&mut self, a: usize, b: usize, join: &Join) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let placed = |root: usize| self.place[root].is_some();
        let size = |root: usize| (placed(root), self.members[root].len(), Reverse(self.rank[root]));
        let (keep, gone) = if size(a) >= size(b) { (a, b) } else { (b, a) };
        let own_first = |(of_a, of_b)| if gone == a { (of_a, of_b) } else { (of_b, of_a) };
        let join = Join { ground: join.ground, compared: join.compared.map(own_first) };
        for &member in &self.members[gone] {
            if self.joins[member].ground == Ground::Alone {
                self.joins[member] = join;
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

    /// The place that a mention's group keeps.
    pub(super) fn place_of(&self, mention: usize) -> Option<u32> {
        self.place[self.root(mention)]
    }

    /// Whether nothing that a person said stands between the groups of two mentions.
    pub(super) fn may_meet(&self, a: usize, b: usize) -> bool {
        self.may_join(self.root(a), self.root(b))
    }

    /// Joins the group of a mention to that of another with an equal key.
    pub(super) fn join_key(&mut self, a: usize, b: usize) {
        self.join(a, b, &Join { ground: Ground::Key, compared: None });
    }

    /// Keeps the group of a mention as it is.
    pub(super) fn hold(&mut self, mention: usize) {
        self.held.insert(self.root(mention));
    }

    /// Whether the group of a mention is kept as it is.
    pub(super) fn is_held(&self, mention: usize) -> bool {
        self.held.contains(&self.root(mention))
    }

    /// Of several organizations that a person joined: the one that an `adopt` decision names, else
    /// the one that most rows belong to, else the first.
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
    fn join_human(&mut self, human: &Human) {
        for &(a, b) in &human.same {
            self.join(a, b, &Join { ground: Ground::Decision, compared: None });
        }
    }

    /// Step 2. Where people hold apart what is placed together, the organization's own name, then
    /// the spelling with most rows, keeps the place; the others lose it.
    fn join_places(&mut self) {
        let mut by_place: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, mention) in self.mentions.iter().enumerate() {
            if let Some(place) = mention.place {
                by_place.entry(place).or_default().push(index);
            }
        }
        let mut firsts = Vec::with_capacity(by_place.len());
        for (place, mut members) in by_place {
            members.sort_by_key(|&index| {
                let mention = &self.mentions[index];
                (!mention.is_title, Reverse(mention.rows), self.rank[index])
            });
            let first = members[0];
            let root = self.root(first);
            self.place[root] = self.place[root].or(Some(place));
            for &member in &members[1..] {
                if self.may_join(self.root(first), self.root(member)) {
                    self.join(first, member, &Join { ground: Ground::Placed, compared: None });
                }
            }
            firsts.push(first);
        }
        // Whose places a person joined is known only now, with all of their rows.
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for first in firsts {
            *places.entry(self.root(first)).or_default() += 1;
        }
        for (root, _) in places.into_iter().filter(|(_, count)| *count > 1) {
            self.place[root] = Some(self.main_place(root));
        }
    }

    /// Step 3.
    fn join_class(&mut self, class: &[usize]) {
        let mut class = class.to_vec();
        class.sort_by_key(|&member| self.rank[member]);
        for &member in &class[1..] {
            let (a, b) = (self.root(class[0]), self.root(member));
            if !self.is_parted(a, b) {
                self.join_key(a, b);
            }
        }
    }

    /// Step 4: merges the two groups with the strongest evidence between them, again and again.
    ///
    /// Ties go to the smaller nodes, so that the answer does not depend on any order.
    pub(super) fn merge_by_score(&mut self, edges: &[Edge], bond: &Bond<'_>) {
        let mut nodes_of: Vec<Vec<u32>> = vec![Vec::new(); self.parent.len()];
        for (at, node) in (0_u32..).zip(bond.comparer.nodes) {
            if !bond.idle[at as usize] {
                nodes_of[self.root(node.members[0])].push(at);
            }
        }
        let mention = |node: u32| bond.comparer.nodes[node as usize].members[0];
        let mut heap: BinaryHeap<Candidate> =
            edges.iter().map(|edge| Candidate { link: edge.score, edge, seen: None }).collect();
        while let Some(candidate) = heap.pop() {
            let edge = candidate.edge;
            let (a, b) = (self.root(mention(edge.a)), self.root(mention(edge.b)));
            if self.is_parted(a, b) {
                continue;
            }
            let sizes = (nodes_of[a].len(), nodes_of[b].len());
            if sizes != (1, 1) && candidate.seen != Some((a, b, sizes)) {
                // The groups have grown since: what is between them is looked at again, and
                // waits for its turn.
                if let Some(link) = bond.between(edge, &nodes_of[a], &nodes_of[b]) {
                    heap.push(Candidate { link, edge, seen: Some((a, b, sizes)) });
                }
                continue;
            }
            self.join(a, b, &Join { ground: edge.ground, compared: Some((edge.a, edge.b)) });
            let keep = self.root(a);
            let gone = if keep == a { b } else { a };
            let moved = std::mem::take(&mut nodes_of[gone]);
            nodes_of[keep].extend(moved);
            nodes_of[keep].sort_unstable();
        }
    }

    /// Step 5: the pairs of groups that are in doubt, as the pair that speaks most for each, with what
    /// an answer may move.
    ///
    /// Answers are transitive, so three groups that are likely one company are two questions, not
    /// three: the likeliest joins are taken one after another as if they were confirmed, and what
    /// they would settle is not asked. Between two such companies there is one question.
    pub(super) fn questions(
        &self,
        likely: &Groups<'_>,
        edges: &[Edge],
        nodes: &[Node<'_>],
    ) -> Vec<(Edge, u64)> {
        let mut doubts: Vec<((usize, usize), Edge)> = Vec::new();
        for edge in edges {
            let root = |node: u32| self.root(nodes[node as usize].members[0]);
            let (a, b) = (root(edge.a), root(edge.b));
            if a != b && self.may_join(a, b) && self.rows(a) + self.rows(b) > 0 {
                doubts.push(((a, b), *edge));
            }
        }
        doubts.sort_unstable_by_key(|&(_, edge)| (Reverse(edge.asked()), edge.a, edge.b));
        let mut reached = Sets::new(self.parent.len());
        let mut between = BTreeSet::new();
        let is_asked = |&((a, b), _): &((usize, usize), Edge)| {
            let (one, two) = (likely.root(a), likely.root(b));
            if one == two {
                reached.join(a, b)
            } else {
                between.insert((one.min(two), one.max(two)))
            }
        };
        let asked = doubts.into_iter().filter(is_asked);
        asked.map(|((a, b), edge)| (edge, self.hangs(a).min(self.hangs(b)))).collect()
    }

    /// Contacts and projects that hang on a group.
    fn hangs(&self, root: usize) -> u64 {
        let of = |&member: &usize| {
            u64::from(self.mentions[member].rows) + u64::from(self.mentions[member].projects)
        };
        self.members[root].iter().map(of).sum()
    }

    fn rows(&self, root: usize) -> u64 {
        self.members[root].iter().map(|&member| u64::from(self.mentions[member].rows)).sum()
    }

    /// Number of mentions.
    pub(super) fn count(&self) -> usize {
        self.parent.len()
    }

    /// The groups of two mentions.
    pub(super) fn groups_of(&self, a: usize, b: usize) -> (usize, usize) {
        (self.root(a), self.root(b))
    }

    /// Whether neither a person nor two organizations stand between two groups.
    pub(super) fn could_join(&self, a: usize, b: usize) -> bool {
        self.may_join(a, b) && !self.two_places(a, b)
    }

    /// The pairs of nodes that decided, one for each mention that was joined by comparing.
    pub(super) fn compared(&self) -> impl Iterator<Item = (u32, u32)> {
        self.joins.iter().filter_map(|join| join.compared)
    }

    /// Pairs of places that would be one, did places ever join by themselves.
    pub(super) fn rivals(&self) -> Vec<(u32, u32)> {
        self.rivals.iter().copied().collect()
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

/// An edge on its way to a merge; the strongest link comes first, then the smaller nodes.
struct Candidate<'e> {
    link: Weight,
    edge: &'e Edge,
    /// The groups and their sizes when the link was computed.
    seen: Option<(usize, usize, (usize, usize))>,
}

impl Candidate<'_> {
    fn key(&self) -> (Weight, Reverse<(u32, u32)>) {
        (self.link, Reverse((self.edge.a, self.edge.b)))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Candidate<'_> {}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// How groups are tied.
pub(super) struct Bond<'a> {
    pub(super) comparer: &'a Comparer<'a>,
    /// Nodes that speak for no group.
    pub(super) idle: &'a [bool],
    /// From here on two groups are one.
    pub(super) same_at: Weight,
    /// Cautious: no two members may contradict each other.
    pub(super) preset: Preset,
    /// A pair below this forbids a merge.
    pub(super) apart_at: Weight,
    /// Share of the best pair, in thousandths; the rest is the mean.
    pub(super) best_share: i64,
}

/// A single pair counts at most this much for or against a merge, in millibits.
const CLIP: i64 = 8_000;
/// Members of a group that speak for it.
const SPEAKERS: usize = 8;

impl Bond<'_> {
    /// The evidence between two groups, if it is enough to join them: a mean of their best pair
    /// and of all pairs.
    fn between(&self, edge: &Edge, left: &[u32], right: &[u32]) -> Option<Weight> {
        let (mut sum, mut count) = (0, 0);
        for &a in speakers(left) {
            for &b in speakers(right) {
                let (a, b) = (a.min(b), a.max(b));
                let amounts = self.comparer.amounts(a, b);
                let score = self.comparer.weigh(&amounts);
                let contradicts = self.preset == Preset::Cautious
                    && kind::contradicts((&amounts, &self.comparer.weights), self.comparer.kinds);
                if score < self.apart_at || contradicts || self.comparer.are_two(a, b) {
                    return None;
                }
                sum += i64::from(score.get()).clamp(-CLIP, CLIP);
                count += 1;
            }
        }
        let best = i64::from(edge.score.get()).clamp(-CLIP, CLIP);
        let link = (self.best_share * best + (1000 - self.best_share) * (sum / count)) / 1000;
        let link = Weight::millibits(i32::try_from(link).expect("clipped"));
        (link >= self.same_at).then_some(link)
    }
}

/// Those of a group that are compared with another group.
fn speakers(nodes: &[u32]) -> impl Iterator<Item = &u32> {
    nodes.iter().step_by(nodes.len().div_ceil(SPEAKERS))
}
