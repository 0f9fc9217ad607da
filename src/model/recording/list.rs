//! A list whose oldest items go when there are too many, and that knows how many went.

use crate::model::chunks::Chunks;

#[derive(Clone, Debug)]
pub(super) struct List<T> {
    items: Chunks<T>,
    gone: u64,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Chunks::default(),
            gone: 0,
        }
    }
}

impl<T: Clone> List<T> {
    pub(super) fn push(&mut self, item: T, limit: usize) {
        self.items.push(item);
        let over = self.items.len().saturating_sub(limit);
        self.items.drop_front(over);
        self.gone += over as u64;
    }

    /// How many there ever were.
    pub(super) fn count(&self) -> u64 {
        self.gone + self.items.len() as u64
    }

    /// How many of the oldest went.
    pub(super) fn gone(&self) -> u64 {
        self.gone
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }

    /// Those after the first `count` that ever were.
    pub(super) fn after(&self, count: u64) -> impl DoubleEndedIterator<Item = &T> {
        let first = usize::try_from(count.saturating_sub(self.gone)).unwrap_or(usize::MAX);
        self.items.range(first..self.items.len())
    }

    /// The list as it was when there had been `count`.
    pub(super) fn until(&self, count: u64) -> Self {
        let mut list = self.clone();
        let len = count.saturating_sub(self.gone);
        list.items
            .truncate(usize::try_from(len).unwrap_or(usize::MAX));
        list
    }
}
