//! Equal cores: which spellings join by key.
//!
//! A bare spelling goes with a marked one only if all that it could go with go with each other:
//! `Acme` beside `Acme GmbH` is the same, beside `Acme GmbH` and `Acme AG` it is a question.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Human, Level, Mention, Settings};
use crate::transform::legal_forms::LegalForms;

/// Classes of mentions that join by key, each sorted, sorted by their first mention.
///
/// Two spellings are in one class if they agree, and agree with the very same others. That is an
/// equivalence, so the answer does not depend on any order.
pub(super) fn classes(
    mentions: &[Mention],
    human: &Human,
    settings: &Settings<'_>,
) -> Vec<Vec<usize>> {
    let rule = (settings.forms, settings.level);
    let different: BTreeSet<(usize, usize)> =
        human.different.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    // A hash first: most cores are held by one mention, and need not be written out.
    let mut hashed: Vec<(u64, usize)> = mentions
        .par_iter()
        .enumerate()
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
            let mut by_core: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for &(_, at) in group {
                by_core.entry(mentions[at].name.core()).or_default().push(at);
            }
            let split = by_core.into_values().flat_map(|members| match members.len() {
                1 => vec![members],
                _ => twins(&members, mentions, &different, rule),
            });
            split.collect()
        })
        .collect();
    classes.par_sort_unstable();
    classes
}

/// Spellings that the other level would not join to their class: those beyond the first of each
/// class that it would make of one.
pub(super) fn parted(
    mentions: &[Mention],
    classes: &[Vec<usize>],
    human: &Human,
    settings: &Settings<'_>,
) -> usize {
    let other = settings.level.other();
    if !other.parts_by_form() {
        return 0;
    }
    let different: BTreeSet<(usize, usize)> =
        human.different.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    let rule = (settings.forms, other);
    let several = classes.par_iter().filter(|class| class.len() > 1);
    several.map(|class| twins(class, mentions, &different, rule).len() - 1).sum()
}

/// Everything that can contradict, so that spellings alike in all of it need comparing once.
type Variant<'a> = (Vec<&'a str>, &'a [u16], Option<u32>, Option<usize>);

fn twins(
    members: &[usize],
    mentions: &[Mention],
    different: &BTreeSet<(usize, usize)>,
    (forms, level): (&LegalForms, Level),
) -> Vec<Vec<usize>> {
    let decided: BTreeSet<usize> = different.iter().flat_map(|&(a, b)| [a, b]).collect();
    let mut variants: BTreeMap<Variant<'_>, Vec<usize>> = BTreeMap::new();
    for &index in members {
        let mention = &mentions[index];
        let marks = mention.name.words.iter().map(|word| word.marks.as_str()).collect();
        let own = decided.contains(&index).then_some(index);
        variants.entry((marks, &mention.name.forms, mention.place, own)).or_default().push(index);
    }
    let variants: Vec<Vec<usize>> = variants.into_values().collect();
    let agree = |a: usize, b: usize| {
        let (left, right) = (&mentions[a], &mentions[b]);
        let places = left.place.is_none() || right.place.is_none() || left.place == right.place;
        places
            && left.name.marks_agree(&right.name)
            && (!level.parts_by_form() || forms.agree(&left.name.forms, &right.name.forms))
            && !different.contains(&(a.min(b), a.max(b)))
    };
    let neighbours: Vec<Vec<bool>> = variants
        .iter()
        .map(|left| variants.iter().map(|right| agree(left[0], right[0])).collect())
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
