//! Equal cores: which spellings join by key.
//!
//! A bare spelling goes with a marked one only if all that it could go with go with each other:
//! `Acme` beside `Acme GmbH` is the same, beside `Acme GmbH` and `Acme AG` it is a question.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Human, Mention, Outlook, Settings};
use crate::transform::evidence::Kind;
use crate::transform::normalize::Name;

/// Classes of mentions that join by key, each sorted, sorted by their first mention.
///
/// Two spellings are in one class if they agree, and agree with the very same others. That is an
/// equivalence, so the answer does not depend on any order.
pub(super) fn classes(
    mentions: &[Mention],
    human: &Human,
    settings: &Settings<'_>,
) -> Vec<Vec<usize>> {
    let different: BTreeSet<(usize, usize)> =
        human.different.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    // A hash first: most cores are held by one mention, and need not be written out.
    let mut hashed: Vec<(u64, usize)> = mentions
        .par_iter()
        .enumerate()
        .filter(|(_, mention)| !mention.is_loose)
        .map(|(at, mention)| (mention.name.core_hash(), at))
        .collect();
    hashed.par_sort_unstable();
    let groups: Vec<&[(u64, usize)]> = hashed.chunk_by(|a, b| a.0 == b.0).collect();
    let mut classes: Vec<Vec<usize>> = groups
        .into_par_iter()
        .flat_map_iter(|group| {
            if let [(_, only)] = group {
                return vec![vec![*only]];
            }
            split(group.iter().map(|&(_, at)| at), mentions, &different, settings)
        })
        .collect();
    // Of a loose one it is not known yet whether it belongs where it is: it joins nobody by key.
    let loose = mentions.iter().enumerate().filter(|(_, mention)| mention.is_loose);
    classes.extend(loose.map(|(at, _)| vec![at]));
    classes.par_sort_unstable();
    classes
}

/// The classes of mentions whose cores have one hash.
fn split(
    members: impl Iterator<Item = usize>,
    mentions: &[Mention],
    different: &BTreeSet<(usize, usize)>,
    settings: &Settings<'_>,
) -> Vec<Vec<usize>> {
    let mut by_core: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for at in members {
        by_core.entry(mentions[at].name.core()).or_default().push(at);
    }
    let classes = by_core.into_values().flat_map(|members| match members.len() {
        1 => vec![members],
        _ => twins(&members, mentions, different, settings),
    });
    classes.collect()
}

/// What the other level would change of classes that join by key: the spellings beyond the first
/// of each class that it would make of one, or the classes that it would join to others.
pub(super) fn outlook(
    mentions: &[Mention],
    classes: &[Vec<usize>],
    human: &Human,
    settings: &Settings<'_>,
) -> Outlook {
    let settings = &Settings { level: settings.level.other(), ..*settings };
    let different: BTreeSet<(usize, usize)> =
        human.different.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    if !settings.level.parts_by_form() {
        // Only a core that fell into several classes could be fewer.
        let mut hashed: Vec<(u64, &Vec<usize>)> = classes
            .par_iter()
            .filter(|class| !mentions[class[0]].is_loose)
            .map(|class| (mentions[class[0]].name.core_hash(), class))
            .collect();
        hashed.par_sort_unstable();
        let groups: Vec<&[(u64, &Vec<usize>)]> = hashed.chunk_by(|a, b| a.0 == b.0).collect();
        let joined = groups.into_par_iter().filter(|group| group.len() > 1).map(|group| {
            let members = group.iter().flat_map(|(_, class)| class.iter().copied());
            group.len().saturating_sub(split(members, mentions, &different, settings).len())
        });
        return Outlook { joins: joined.sum(), parts: 0 };
    }
    let several = classes.par_iter().filter(|class| class.len() > 1);
    let parts = several.map(|class| twins(class, mentions, &different, settings).len() - 1).sum();
    Outlook { joins: 0, parts }
}

/// Everything that can contradict, so that spellings alike in all of it need comparing once.
type Variant<'a> = (Vec<&'a str>, &'a [u16], Option<u32>, Vec<Option<&'a str>>, Option<usize>);

/// Whether two spellings with one core may be one company, for all that the spellings and what stands
/// beside them say.
pub(super) fn agree(left: &Mention, right: &Mention, settings: &Settings<'_>) -> bool {
    left.name.marks_agree(&right.name)
        && forms_agree(&left.name, &right.name, settings)
        && contradictions(left, right, settings).next().is_none()
}

/// Whether the legal forms of two names do not tell them apart.
pub(super) fn forms_agree(left: &Name, right: &Name, settings: &Settings<'_>) -> bool {
    !settings.level.parts_by_form() || settings.forms.agree(&left.forms, &right.forms)
}

/// What beside two equal names contradicts each other, as people call it.
pub(super) fn contradictions<'m>(
    left: &'m Mention,
    right: &'m Mention,
    settings: &'m Settings<'m>,
) -> impl Iterator<Item = &'static str> + 'm {
    let differ = |at: usize| {
        let values = (left.evidence.settled(at), right.evidence.settled(at));
        matches!(values, (Some(left), Some(right)) if left.text != right.text)
    };
    let kinds = settings.kinds.iter().enumerate().filter(|(_, kind)| is_telling(kind));
    // A brand has tax ids in many countries.
    let kinds = kinds.filter(|_| settings.level.parts_by_form());
    kinds.filter(move |&(at, _)| differ(at)).map(|(_, kind)| kind.labels[1])
}

/// Whether a kind may show that equal names are two companies.
fn is_telling(kind: &Kind) -> bool {
    kind.parts || kind.are_countries
}

/// What stands beside a spelling and may show that it is another company's than an equal one, by
/// kind.
fn telling<'m>(mention: &'m Mention, settings: &Settings<'_>) -> Vec<Option<&'m str>> {
    let kinds = settings.kinds.iter().enumerate();
    let telling = kinds.filter(|(_, kind)| is_telling(kind));
    telling.map(|(at, _)| Some(mention.evidence.settled(at)?.text.as_str())).collect()
}

fn twins(
    members: &[usize],
    mentions: &[Mention],
    different: &BTreeSet<(usize, usize)>,
    settings: &Settings<'_>,
) -> Vec<Vec<usize>> {
    let decided: BTreeSet<usize> = different.iter().flat_map(|&(a, b)| [a, b]).collect();
    let mut variants: BTreeMap<Variant<'_>, Vec<usize>> = BTreeMap::new();
    for &index in members {
        let mention = &mentions[index];
        let marks = mention.name.words.iter().map(|word| word.marks.as_str()).collect();
        let own = decided.contains(&index).then_some(index);
        let beside = telling(mention, settings);
        let variant = (marks, &*mention.name.forms, mention.place, beside, own);
        variants.entry(variant).or_default().push(index);
    }
    let variants: Vec<Vec<usize>> = variants.into_values().collect();
    let may_agree = |a: usize, b: usize| {
        let (left, right) = (&mentions[a], &mentions[b]);
        let places = left.place.is_none() || right.place.is_none() || left.place == right.place;
        places && agree(left, right, settings) && !different.contains(&(a.min(b), a.max(b)))
    };
    let neighbours: Vec<Vec<bool>> = variants
        .iter()
        .map(|left| variants.iter().map(|right| may_agree(left[0], right[0])).collect())
        .collect();
    let mut classes: BTreeMap<&[bool], Vec<usize>> = BTreeMap::new();
    for (variant, row) in std::iter::zip(&variants, &neighbours) {
        classes.entry(row).or_default().extend(variant);
    }
    let mut classes: Vec<Vec<usize>> = classes.into_values().collect();
    for class in &mut classes {
        class.sort_unstable();
    }
    classes
}
