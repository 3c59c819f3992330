//! Chance without a clock and without floating point: the same numbers on every machine.

/// `SplitMix64`; each thing that is drawn has a stream of its own, so that adding a draw in one
/// place moves no other.
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of one thing: what it is drawn for, and which one.
    pub(crate) fn new(seed: u64, purpose: u64, which: usize) -> Self {
        let mut mixed = Self(seed);
        for part in [purpose, which as u64] {
            let state = mixed.next() ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93);
            mixed = Self(state);
        }
        mixed
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where nothing is below it.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next()) * (end as u128);
        usize::try_from(wide >> 64).expect("below a usize")
    }

    /// True in `share` of 1,000 cases.
    pub(crate) fn permille(&mut self, share: usize) -> bool {
        self.below(1000) < share
    }

    /// One of a list, all equally likely. The list is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// The position of one of some weights.
    pub(crate) fn weighed(&mut self, weights: impl Iterator<Item = usize> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (at, weight) in weights.enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// One of a list whose frequencies fall as 1, 1/2, 1/3, …: real words and surnames do.
    pub(crate) fn zipf<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let ends = (1..=list.len()).scan(0, |end, rank| {
            *end += 1_000_000 / rank;
            Some(*end)
        });
        let total = ends.clone().last().unwrap_or(0);
        let at = self.below(total);
        &list[ends.take_while(|&end| end <= at).count()]
    }

    /// Puts a list in an order of chance.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// Choice by weight among many, in logarithmic time.
pub(crate) struct Weighted {
    ends: Vec<usize>,
}

impl Weighted {
    /// Takes the weights in the order of what they belong to.
    pub(crate) fn new(weights: impl Iterator<Item = usize>) -> Self {
        let ends = weights.scan(0, |end, weight| {
            *end += weight;
            Some(*end)
        });
        Self { ends: ends.collect() }
    }

    /// The position of one.
    pub(crate) fn pick(&self, rng: &mut Rng) -> usize {
        let at = rng.below(self.ends.last().copied().unwrap_or(0));
        self.ends.partition_point(|&end| end <= at)
    }
}
