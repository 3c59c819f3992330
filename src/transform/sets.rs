//! Sets that only ever grow together (union-find): near-linear, whatever the order.

/// Disjoint sets of numbers from 0 on.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    /// So many numbers, each a set of its own.
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    /// One number more, a set of its own.
    pub(super) fn grow(&mut self) -> usize {
        self.parent.push(self.parent.len());
        self.parent.len() - 1
    }

    /// The smallest number of a set, or one that stands for it; the way there is made shorter.
    pub(super) fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Makes one set of two; whether they were two.
    pub(super) fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
        a != b
    }
}
