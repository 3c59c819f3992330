//! The names most like each name, by what they share: an inverted index with pruning.
//!
//! In: for each name its features (terms, or runs of letters). Out: for each name the few
//! others with the highest cosine of weighted features. What is rare is looked at first, and a
//! name looks at a bounded number of postings, so that cost grows with the number of names and not
//! with its square.

use rayon::prelude::*;

/// Most postings that one name looks at; what is left out is the most common.
const BUDGET: usize = 2_000;
/// Names that one task handles, so that its table of sums is used often.
const CHUNK: usize = 2_048;

/// A sum for each name, nearly all of them 0.
struct Sums {
    of: Vec<f32>,
    /// The names with a sum, and a place for one more.
    met: Vec<u32>,
    count: usize,
}

impl Sums {
    fn new(names: usize) -> Self {
        Self { of: vec![0.0; names], met: vec![0; BUDGET + 1], count: 0 }
    }

    /// Adds the weights of a feature's holders. At most [`BUDGET`] of them between two drains.
    fn add(&mut self, holders: &[(u32, f32)], weight: f32) {
        for &(name, theirs) in holders {
            let sum = &mut self.of[name as usize];
            // Written always and counted if new: whether it is new is anybody's guess, and a
            // wrong guess of the processor costs more than the write.
            self.met[self.count] = name;
            self.count += usize::from(*sum == 0.0);
            *sum += weight * theirs;
        }
    }

    /// Tells every name with its sum, and forgets it.
    fn drain(&mut self, mut tell: impl FnMut(u32, f32)) {
        for &name in &self.met[..std::mem::take(&mut self.count)] {
            tell(name, std::mem::take(&mut self.of[name as usize]));
        }
    }
}

/// Lists of a chunk of names one behind the other, and where each ends.
struct Lists<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    fn push(&mut self, list: &[T]) {
        self.items.extend_from_slice(list);
        self.ends.push(u32::try_from(self.items.len()).expect("fewer features than 2^32"));
    }

    fn get(&self, at: usize) -> &[T] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.items[start as usize..self.ends[at] as usize]
    }
}

/// Names by feature, and each name's weighted features.
pub(super) struct Index {
    /// Where each name's features begin in `features`; there may be more than 2^32 of them.
    starts: Vec<usize>,
    /// Feature and weight (of a vector of length 1), the rarest first.
    features: Vec<(u32, f32)>,
    /// Where each feature's names begin in `postings`.
    heads: Vec<usize>,
    /// Name and weight.
    postings: Vec<(u32, f32)>,
}

impl Index {
    /// Builds the index; `of(name)` gives a name's distinct features below `count`.
    pub(super) fn new(
        names: usize,
        count: usize,
        of: impl Fn(usize, &mut Vec<u32>) + Sync,
        weight: impl Fn(u32, u32) -> f64 + Sync,
    ) -> Self {
        let chunks: Vec<usize> = (0..names).step_by(CHUNK).collect();
        let lists: Vec<Lists<u32>> = chunks
            .into_par_iter()
            .map(|start| {
                let mut lists = Lists::default();
                let mut list = Vec::new();
                for name in start..names.min(start + CHUNK) {
                    list.clear();
                    of(name, &mut list);
                    list.sort_unstable();
                    list.dedup();
                    lists.push(&list);
                }
                lists
            })
            .collect();
        let mut counts = vec![0_u32; count];
        for &feature in lists.iter().flat_map(|lists| &lists.items) {
            counts[feature as usize] += 1;
        }
        // Features are renumbered so that the rarest come first.
        let is_held = |feature: &u32| counts[*feature as usize] > 0;
        let mut order: Vec<u32> = (0_u32..).take(count).filter(is_held).collect();
        order.par_sort_unstable_by_key(|&feature| (counts[feature as usize], feature));
        let mut rank = vec![0_u32; count];
        let mut heads = Vec::with_capacity(order.len() + 1);
        let mut total = 0_usize;
        for (place, &feature) in (0_u32..).zip(&order) {
            rank[feature as usize] = place;
            heads.push(total);
            total += counts[feature as usize] as usize;
        }
        heads.push(total);
        let weigh = |list: &[u32], into: &mut Vec<(u32, f32)>| {
            let of = |feature: u32| weight(feature, counts[feature as usize]);
            let length = list.iter().map(|&feature| of(feature) * of(feature)).sum::<f64>();
            let length = length.sqrt().max(1e-9);
            into.clear();
            #[expect(clippy::cast_possible_truncation, reason = "a share of 1 needs no more")]
            let share = |feature: u32| (rank[feature as usize], (of(feature) / length) as f32);
            into.extend(list.iter().map(|&feature| share(feature)));
            into.sort_unstable_by_key(|&(feature, _)| feature);
        };
        let weighted: Vec<Lists<(u32, f32)>> = lists
            .into_par_iter()
            .map(|lists| {
                let mut weighted = Lists::default();
                let mut list = Vec::new();
                for name in 0..lists.ends.len() {
                    weigh(lists.get(name), &mut list);
                    weighted.push(&list);
                }
                weighted
            })
            .collect();
        let mut starts = Vec::with_capacity(names + 1);
        let mut features = Vec::with_capacity(total);
        for lists in weighted {
            let before = features.len();
            starts.push(before);
            starts.extend(lists.ends.iter().map(|&end| before + end as usize));
            starts.pop();
            features.extend_from_slice(&lists.items);
        }
        starts.push(total);
        let mut postings = vec![(0_u32, 0_f32); total];
        let mut next = heads.clone();
        for (name, range) in (0_u32..).zip(starts.windows(2)) {
            for &(feature, weight) in &features[range[0]..range[1]] {
                let slot = &mut next[feature as usize];
                postings[*slot] = (name, weight);
                *slot += 1;
            }
        }
        Self { starts, features, heads, postings }
    }

    /// The index without what only [`nearest`](Self::nearest) needs.
    pub(super) fn without_postings(self) -> Self {
        Self { postings: Vec::new(), heads: Vec::new(), ..self }
    }

    fn of(&self, name: usize) -> &[(u32, f32)] {
        &self.features[self.starts[name]..self.starts[name + 1]]
    }

    fn holders(&self, feature: u32) -> &[(u32, f32)] {
        let at = feature as usize;
        &self.postings[self.heads[at]..self.heads[at + 1]]
    }

    /// For each name its `most` nearest with a cosine of at least `least`, as pairs `(a, b)` with
    /// `a < b`; a pair may come twice.
    pub(super) fn nearest(&self, most: usize, least: f32) -> Vec<(u32, u32)> {
        let names = self.starts.len() - 1;
        let chunks: Vec<usize> = (0..names).step_by(CHUNK).collect();
        let found: Vec<Vec<(u32, u32)>> = chunks
            .into_par_iter()
            .map_init(
                || (Sums::new(names), Vec::new()),
                |(sums, best), start| {
                    let mut pairs = Vec::new();
                    for name in start..names.min(start + CHUNK) {
                        let own = u32::try_from(name).expect("fewer names than 2^32");
                        best.clear();
                        self.add_up(name, sums);
                        sums.drain(|other, sum| {
                            if sum >= least && other != own {
                                // Positive floats are ordered as their bits are.
                                best.push((!sum.to_bits(), other));
                            }
                        });
                        if best.len() > most {
                            best.select_nth_unstable(most);
                            best.truncate(most);
                        }
                        let pair = |&(_, other): &(u32, u32)| (own.min(other), own.max(other));
                        pairs.extend(best.iter().map(pair));
                    }
                    pairs
                },
            )
            .collect();
        found.concat()
    }

    fn add_up(&self, name: usize, sums: &mut Sums) {
        let mut looked = 0;
        for &(feature, weight) in self.of(name) {
            let holders = self.holders(feature);
            looked += holders.len();
            if looked > BUDGET {
                // Rarest first: all that follow are at least as common. They still tell which of
                // the names already met is nearer, but no new ones.
                break;
            }
            sums.add(holders, weight);
        }
    }

    /// The cosine of two names.
    pub(super) fn cosine(&self, a: usize, b: usize) -> f32 {
        let (left, right) = (self.of(a), self.of(b));
        let mut sum = 0.0;
        let (mut i, mut j) = (0, 0);
        while i < left.len() && j < right.len() {
            match left[i].0.cmp(&right[j].0) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    sum += left[i].1 * right[j].1;
                    i += 1;
                    j += 1;
                }
            }
        }
        sum
    }
}

/// Runs of letters as features: neighbouring letters of a text, with a blank before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Runs {
    /// Letters of a run.
    length: usize,
}

/// The longest runs.
const LONGEST: usize = 5;
/// Runs of three ASCII letters, digits and blanks have a number of their own.
const PLAIN: usize = 37 * 37 * 37;

impl Runs {
    /// Those by which names are compared, however many there are.
    pub(super) const COMPARED: Self = Self { length: 3 };

    /// Those by which each of so many names is looked for. There are few runs of three letters, so
    /// that among many names each is in too many of them to be looked at within the budget: longer
    /// ones grow in number with the names.
    ///
    /// # Source
    /// Pairs of generated contacts that belong together and that this search alone finds, of all,
    /// with runs of 3, 4 and 5 letters: .925, .963, .952 of 100,000; .727, .889, .922 of 1,000,000.
    pub(super) const fn among(names: usize) -> Self {
        let length = match names {
            0..20_000 => 3,
            20_000..300_000 => 4,
            _ => LONGEST,
        };
        Self { length }
    }

    /// The features of runs are below this.
    pub(super) const fn count(self) -> usize {
        if self.length == 3 { PLAIN + (1 << 17) } else { 1 << 21 }
    }

    /// The runs of a text.
    pub(super) fn of(self, text: impl Iterator<Item = char>, into: &mut Vec<u32>) {
        let mut window = [' '; LONGEST];
        let blank = LONGEST - self.length;
        for (before, letter) in text.chain([' ']).enumerate() {
            window.rotate_left(1);
            window[LONGEST - 1] = letter;
            if before + 2 >= self.length {
                into.push(self.number(&window[blank..]));
            }
        }
    }

    fn number(self, run: &[char]) -> u32 {
        let hash = || {
            run.iter().fold(0_u32, |hash, &letter| {
                (hash ^ u32::from(letter)).wrapping_mul(0x9e37_79b1).rotate_left(15)
            })
        };
        if self.length > 3 {
            return hash() >> 11;
        }
        let place = |letter: char| match letter {
            ' ' => Some(0),
            'a'..='z' => Some(u32::from(letter) - u32::from('a') + 1),
            '0'..='9' => Some(u32::from(letter) - u32::from('0') + 27),
            _ => None,
        };
        let plain = run.iter().try_fold(0, |sum, &letter| Some(sum * 37 + place(letter)?));
        plain.unwrap_or_else(|| 50_653 + (hash() >> 15))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(length: usize, text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        Runs { length }.of(text.chars(), &mut found);
        found
    }

    #[test]
    fn runs_reach_over_both_ends_of_a_text() {
        for (length, count) in [(3, 5), (4, 4), (5, 3)] {
            assert_eq!(runs(length, "acme ").len(), count, "{length}");
            assert!(runs(length, "").is_empty(), "{length}");
        }
        for (length, equal) in [(3, 3), (4, 2), (5, 1)] {
            let (one, two) = (runs(length, "acme "), runs(length, "acmo "));
            let shared = std::iter::zip(&one, &two).take_while(|(a, b)| a == b).count();
            assert_eq!(shared, equal - 1, "{length}");
        }
    }

    #[test]
    fn every_run_has_a_number_below_their_count() {
        for length in [3, 4, 5] {
            let numbers = runs(length, "a1 zz 日立 Đông 9 \u{10ffff}");
            assert!(numbers.iter().all(|&run| (run as usize) < Runs { length }.count()));
        }
    }

    /// Names as alike as many share the runs by which they are looked for, whatever their number.
    #[test]
    fn the_nearest_of_many_names_is_found() {
        let syllables = ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "zu"];
        let syllable = |at: usize| syllables[at % 10];
        let name = |at: usize| -> String {
            (0..5).map(|place| syllable(at / 10_usize.pow(place) + at % 7)).collect()
        };
        let mut names: Vec<String> = (0..30_000).map(name).collect();
        let (one, two) = (names.len(), names.len() + 1);
        names.extend(["balokexmisetira steel".to_owned(), "balokexmisetirra steel".to_owned()]);
        let runs = Runs::among(names.len());
        assert!(runs != Runs::COMPARED);
        let of = |name: usize, into: &mut Vec<u32>| runs.of(names[name].chars(), into);
        let index = Index::new(names.len(), runs.count(), of, |_, held| 1.0 / f64::from(held));
        let (one, two) = (u32::try_from(one).unwrap(), u32::try_from(two).unwrap());
        assert!(index.nearest(8, 0.3).contains(&(one, two)));
    }
}
