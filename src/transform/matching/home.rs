//! Homes: where a spelling belongs that comes when organizations are there already, and which of
//! those that are placed do not belong where they are.
//!
//! Equal keys join as long as nothing they could go with contradicts. Organizations that were told
//! apart once would contradict each other for ever, and every new spelling of them would become a
//! third one. So a spelling without a place goes to the organization that has its very key; where
//! several have, a person decides.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::cluster::{Edge, Groups};
use super::compare::Comparer;
use super::key::agree;
use super::node::Node;
use super::{Asked, Human, Mention, Question, Settings};

/// What is known of homes.
pub(super) struct Homes {
    fits: Vec<Fits>,
    /// Mentions that are placed and do not belong there.
    misfits: BTreeSet<usize>,
    /// Nodes of both, and of what was decided by its contact: they speak for no group, and are asked about by themselves.
    pub(super) idle: Vec<bool>,
}

/// A class of equal keys that fits several organizations.
#[derive(Debug)]
pub(super) struct Fits {
    /// One of the class.
    mention: usize,
    /// A mention of each organization that it fits.
    homes: Vec<usize>,
}

/// How near two spellings of one core are, from the least on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// Nothing contradicts.
    Agree,
    /// The legal forms are the same.
    SameForms,
    /// The marks too.
    SameMarks,
    /// They differ in case and blanks at most.
    SameSpelling,
}

fn nearness(a: &Mention, b: &Mention) -> Nearness {
    let marks = |mention: &Mention| -> SmallVec<[String; 4]> {
        mention.name.words.iter().map(|word| word.marks.to_string()).collect()
    };
    if a.name.folded == b.name.folded {
        Nearness::SameSpelling
    } else if a.name.forms != b.name.forms {
        Nearness::Agree
    } else if marks(a) == marks(b) {
        Nearness::SameMarks
    } else {
        Nearness::SameForms
    }
}

/// The loose mentions that keep their place and whose likeness to all others of it is too little to
/// be asked about. A likeness that joined them at the load may be a little less beside the names of
/// the organizations that the load made.
fn misfits(
    groups: &Groups<'_>,
    (mentions, nodes): (&[Mention], &[Node<'_>]),
    (likely, human): (&[Edge], &Human),
) -> BTreeSet<usize> {
    let is_placed =
        |&at: &usize| groups.place_of(at) == mentions[at].place && !human.by_contact.contains(&at);
    let loose = nodes.iter().map(|node| node.members[0]).filter(|&at| mentions[at].is_loose);
    let mut misfits: BTreeSet<usize> = loose.filter(is_placed).collect();
    if misfits.is_empty() {
        return misfits;
    }
    for edge in likely {
        let [a, b] = [edge.a, edge.b].map(|node| nodes[node as usize].members[0]);
        if groups.place_of(a) == groups.place_of(b) {
            misfits.remove(&a);
            misfits.remove(&b);
        }
    }
    misfits
}

/// Joins each class without a place to the organization that has its key, and holds those that fit
/// several.
fn settle(
    groups: &mut Groups<'_>,
    (mentions, classes): (&[Mention], &[Vec<usize>]),
    strange: &BTreeSet<usize>,
    settings: &Settings<'_>,
) -> Vec<Fits> {
    if mentions.iter().all(|mention| mention.place.is_none()) {
        return Vec::new();
    }
    // An organization that nobody owns and where no contact lies is adopted or not: not a home.
    let is_home =
        |mention: &Mention| mention.place.is_some() && (mention.by_score || mention.rows > 0);
    let homes: FxHashSet<Option<u32>> =
        mentions.iter().filter(|mention| is_home(mention)).map(|mention| mention.place).collect();
    let mut by_core: FxHashMap<u64, SmallVec<[usize; 2]>> = FxHashMap::default();
    for (at, mention) in mentions.iter().enumerate().filter(|(at, _)| !strange.contains(at)) {
        by_core.entry(mention.name.core_hash()).or_default().push(at);
    }
    let mut fits = Vec::new();
    for class in classes {
        let first = class[0];
        if groups.place_of(first).is_some() {
            continue;
        }
        let others = &by_core[&mentions[first].name.core_hash()];
        let others = others.iter().copied().filter(|at| {
            class.binary_search(at).is_err()
                && mentions[*at].name.has_core_of(&mentions[first].name)
        });
        let others: SmallVec<[usize; 4]> = others.collect();
        let at_home =
            |at: usize| mentions[at].place.is_some() && homes.contains(&groups.place_of(at));
        let agrees =
            |at: usize| class.iter().all(|&own| agree(&mentions[own], &mentions[at], settings));
        // What is nearest of each organization.
        let mut near: BTreeMap<u32, (Nearness, usize)> = BTreeMap::new();
        for &at in others.iter().filter(|&&at| at_home(at) && groups.may_meet(first, at)) {
            let Some(place) = groups.place_of(at).filter(|_| agrees(at)) else { continue };
            let nearest = class.iter().map(|&own| nearness(&mentions[own], &mentions[at])).max();
            let Some(nearest) = nearest else { continue };
            let best = near.entry(place).or_insert((nearest, at));
            if nearest > best.0 {
                *best = (nearest, at);
            }
        }
        let Some(best) = near.values().map(|(nearness, _)| *nearness).max() else { continue };
        let nearest: Vec<(u32, usize)> = near
            .iter()
            .filter(|(_, (nearness, _))| *nearness == best)
            .map(|(place, (_, at))| (*place, *at))
            .collect();
        let [(place, home)] = nearest[..] else {
            groups.hold(first);
            let homes = nearest.into_iter().map(|(_, at)| at).collect();
            fits.push(Fits { mention: first, homes });
            continue;
        };
        let elsewhere = |at: usize| groups.place_of(at) != Some(place);
        let is_sure = match best {
            Nearness::SameSpelling | Nearness::SameMarks => true,
            // Unless marks of another that is no less near contradict.
            Nearness::SameForms => !others.iter().any(|&at| {
                elsewhere(at)
                    && agrees(at)
                    && mentions[at].name.forms == mentions[first].name.forms
                    && !mentions[at].name.marks_agree(&mentions[home].name)
            }),
            // Only where all that it could go with is that organization's, and goes with it.
            Nearness::Agree => others.iter().all(|&at| elsewhere(at) != agrees(at)),
        };
        if is_sure {
            groups.join_key(first, home);
        }
    }
    fits
}

impl Homes {
    /// Finds the home of each class of equal keys that is without a place.
    pub(super) fn settle(
        groups: &mut Groups<'_>,
        (mentions, classes, nodes): (&[Mention], &[Vec<usize>], &[Node<'_>]),
        (likely, human): (&[Edge], &Human),
        settings: &Settings<'_>,
    ) -> Self {
        let misfits = misfits(groups, (mentions, nodes), (likely, human));
        let strange = &misfits | &human.by_contact;
        let fits = settle(groups, (mentions, classes), &strange, settings);
        let is_idle =
            |node: &Node<'_>| strange.contains(&node.members[0]) || groups.is_held(node.members[0]);
        let idle = nodes.iter().map(is_idle).collect();
        Self { fits, misfits, idle }
    }

    /// Whether groups may be merged over an edge.
    pub(super) fn is_live(&self, edge: &Edge) -> bool {
        !self.idle[edge.a as usize] && !self.idle[edge.b as usize]
    }

    /// What is asked about those that fit several organizations, and about those that fit no longer.
    pub(super) fn questions(&self, mentions: &[Mention], comparer: &Comparer<'_>) -> Vec<Question> {
        if self.fits.is_empty() && self.misfits.is_empty() {
            return Vec::new();
        }
        let mut node_of = vec![0; mentions.len()];
        for (at, node) in (0_u32..).zip(comparer.nodes) {
            for &member in &node.members {
                node_of[member] = at;
            }
        }
        let ask = |asked: Asked, pair: (usize, usize)| {
            let (a, b) = (node_of[pair.0], node_of[pair.1]);
            let told = comparer.explain(a.min(b), a.max(b));
            let own = &mentions[pair.0];
            let moves = u64::from(own.rows + own.projects);
            Question { asked, pair, likely: told.score, moves, compared: told }
        };
        let mut titles: BTreeMap<u32, usize> = BTreeMap::new();
        for (at, mention) in mentions.iter().enumerate().filter(|(_, mention)| mention.is_title) {
            titles.extend(mention.place.map(|place| (place, at)));
        }
        let several =
            self.fits.iter().flat_map(|fits| fits.homes.iter().map(|&home| (fits.mention, home)));
        let several = several.map(|pair| ask(Asked::FitsSeveral, pair));
        let title = |misfit: usize| Some((misfit, *titles.get(&mentions[misfit].place?)?));
        let misfits = self.misfits.iter().filter_map(|&misfit| title(misfit));
        several.chain(misfits.map(|pair| ask(Asked::NoLongerFits, pair))).collect()
    }
}
