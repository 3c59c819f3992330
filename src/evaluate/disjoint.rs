//! Sets that are only ever joined.

/// Disjoint sets of the numbers below a limit.
pub(super) struct Disjoint {
    parent: Vec<usize>,
}

impl Disjoint {
    /// Each number below `len` in a set of its own.
    pub(super) fn new(len: usize) -> Self {
        Self { parent: (0..len).collect() }
    }

    /// The smallest member of the set that holds `member`.
    pub(super) fn root(&mut self, mut member: usize) -> usize {
        while self.parent[member] != member {
            self.parent[member] = self.parent[self.parent[member]];
            member = self.parent[member];
        }
        member
    }

    /// Makes one set of the two that hold `a` and `b`.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }
}
