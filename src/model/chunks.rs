//! Long lists that are copied often: copies share what neither has changed since.
//!
//! The past is kept as copies of what was known at some moments. Nearly all of such a list is the same in every copy, as
//! lists of a recording grow at their end. So a list stands in chunks, and a copy costs a pointer per chunk.

use std::borrow::Borrow;
use std::ops::Range;
use std::sync::Arc;

/// Items in a chunk, of those that grow at the end: few enough to be copied when a shared one changes.
const CHUNK: usize = 512;

/// So few items of a chunk that a copy shares are copied rather than left behind.
const SHARED: usize = 32;

/// A list that grows at its end, seldom changes elsewhere, and lets its oldest go.
#[derive(Clone, Debug)]
pub(in crate::model) struct Chunks<T> {
    parts: Vec<Arc<Vec<T>>>,
    /// The index at which each chunk begins.
    starts: Vec<usize>,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            starts: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Chunks<T> {
    pub(in crate::model) fn len(&self) -> usize {
        self.len
    }

    pub(in crate::model) fn get(&self, index: usize) -> Option<&T> {
        let (chunk, within) = self.place(index)?;
        self.parts[chunk].get(within)
    }

    pub(in crate::model) fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    pub(in crate::model) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.parts.iter().flat_map(|chunk| chunk.iter())
    }

    /// Those of a stretch, as far as there are any.
    pub(in crate::model) fn range(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &T> {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        let first = self.chunk_of(start);
        let last = self.chunk_of(end);
        let starts = self
            .starts
            .iter()
            .zip(&self.parts)
            .take(last + 1)
            .skip(first);
        starts.flat_map(move |(begin, chunk)| {
            let from = start.saturating_sub(*begin).min(chunk.len());
            let to = end.saturating_sub(*begin).clamp(from, chunk.len());
            chunk[from..to].iter()
        })
    }

    /// How many of the first ones `is_before` holds for; it must hold for none that comes after.
    pub(in crate::model) fn partition_point(&self, mut is_before: impl FnMut(&T) -> bool) -> usize {
        let after = self
            .parts
            .partition_point(|chunk| chunk.first().is_none_or(&mut is_before));
        let Some(chunk) = after.checked_sub(1) else {
            return 0;
        };
        self.starts[chunk] + self.parts[chunk].partition_point(is_before)
    }

    /// Lets the first `count` go.
    pub(in crate::model) fn drop_front(&mut self, count: usize)
    where
        T: Clone,
    {
        if count == 0 {
            return;
        }
        let whole = self.starts.partition_point(|start| *start <= count);
        let whole = if count >= self.len {
            self.parts.len()
        } else {
            whole.saturating_sub(1)
        };
        let dropped: usize = self.parts.drain(..whole).map(|chunk| chunk.len()).sum();
        if let Some(first) = self.parts.first_mut()
            && count > dropped
        {
            Arc::make_mut(first).drain(..count - dropped);
        }
        self.recount(0);
    }

    /// The middle of each quarter of each chunk, with how many stand in that quarter: a sample of a long list.
    pub(in crate::model) fn sample(&self) -> impl Iterator<Item = (&T, usize)> {
        let quarters = |len: usize| (0..4).map(move |part| part * len / 4..(part + 1) * len / 4);
        let chunks = self.parts.iter();
        chunks.flat_map(move |chunk| {
            quarters(chunk.len())
                .filter_map(|part| Some((chunk.get(part.start + part.len() / 2)?, part.len())))
                .filter(|(_, count)| *count > 0)
        })
    }

    fn place(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.len {
            return None;
        }
        let chunk = self.chunk_of(index);
        Some((chunk, index - self.starts[chunk]))
    }

    /// The chunk that an index lies in; of the end, the last.
    fn chunk_of(&self, index: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= index)
            .saturating_sub(1)
    }

    fn recount(&mut self, from: usize) {
        self.starts.truncate(from);
        let mut next = match from.checked_sub(1) {
            Some(before) => self.starts[before] + self.parts[before].len(),
            None => 0,
        };
        for chunk in &self.parts[from..] {
            self.starts.push(next);
            next += chunk.len();
        }
        self.len = next;
    }
}

impl<T: Clone> Chunks<T> {
    pub(in crate::model) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (chunk, within) = self.place(index)?;
        Arc::make_mut(&mut self.parts[chunk]).get_mut(within)
    }

    pub(in crate::model) fn push(&mut self, item: T) {
        // What a copy shares is left to it: a new chunk costs less than a second one of the same items.
        let takes_more = |chunk: &&mut Arc<Vec<T>>| {
            let most = if Arc::strong_count(chunk) > 1 {
                SHARED
            } else {
                CHUNK
            };
            chunk.len() < most
        };
        let last = self.parts.last_mut().filter(takes_more);
        if let Some(chunk) = last {
            Arc::make_mut(chunk).push(item);
        } else {
            self.parts.push(Arc::new(vec![item]));
            self.starts.push(self.len);
        }
        self.len += 1;
    }

    /// Puts an item before the one at `index`.
    pub(in crate::model) fn insert(&mut self, index: usize, item: T) {
        if index >= self.len {
            self.push(item);
            return;
        }
        let place = self.chunk_of(index);
        let within = index - self.starts[place];
        let chunk = Arc::make_mut(&mut self.parts[place]);
        chunk.insert(within, item);
        if chunk.len() > 2 * CHUNK {
            let second = chunk.split_off(CHUNK);
            self.parts.insert(place + 1, Arc::new(second));
        }
        self.recount(place);
    }

    pub(in crate::model) fn remove(&mut self, index: usize) -> Option<T> {
        let (place, within) = self.place(index)?;
        let chunk = Arc::make_mut(&mut self.parts[place]);
        let item = chunk.remove(within);
        if chunk.is_empty() {
            self.parts.remove(place);
        }
        self.recount(place);
        Some(item)
    }

    /// Keeps the first `len`.
    pub(in crate::model) fn truncate(&mut self, len: usize) {
        let Some((place, within)) = self.place(len) else {
            return;
        };
        self.parts.truncate(place + usize::from(within > 0));
        if within > 0 {
            Arc::make_mut(&mut self.parts[place]).truncate(within);
        }
        self.recount(place);
    }
}

/// A map whose new keys are nearly always the greatest, and whose copies share what neither has changed since.
#[derive(Clone, Debug)]
pub(in crate::model) struct Sorted<K, V>(Chunks<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Chunks::default())
    }
}

impl<K: Clone + Ord, V: Clone> Sorted<K, V> {
    pub(in crate::model) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in crate::model) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (found, value) = self.0.get(self.index(key))?;
        (found.borrow() == key).then_some(value)
    }

    pub(in crate::model) fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// The value, to be changed: its chunk is copied where it is shared.
    pub(in crate::model) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.get(key)?;
        let index = self.index(key);
        self.0.get_mut(index).map(|(_, value)| value)
    }

    pub(in crate::model) fn insert(&mut self, key: K, value: V) {
        let index = match self.0.last() {
            Some((last, _)) if *last < key => self.0.len(),
            _ => self.index(&key),
        };
        if self.0.get(index).is_some_and(|(found, _)| *found == key) {
            if let Some((_, there)) = self.0.get_mut(index) {
                *there = value;
            }
        } else {
            self.0.insert(index, (key, value));
        }
    }

    /// Inserts unless there is a value already.
    pub(in crate::model) fn insert_new(&mut self, key: K, value: V) {
        if !self.contains(&key) {
            self.insert(key, value);
        }
    }

    /// Changes the value, or a new one.
    pub(in crate::model) fn change<R>(&mut self, key: K, change: impl FnOnce(&mut V) -> R) -> R
    where
        V: Default,
    {
        if let Some(value) = self.get_mut(&key) {
            return change(value);
        }
        let mut value = V::default();
        let result = change(&mut value);
        self.insert(key, value);
        result
    }

    pub(in crate::model) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.get(key)?;
        self.0.remove(self.index(key)).map(|(_, value)| value)
    }

    /// Lets the first go until `len` are left.
    pub(in crate::model) fn keep_last(&mut self, len: usize) {
        self.0.drop_front(self.0.len().saturating_sub(len));
    }

    /// The values from that key on.
    pub(in crate::model) fn from<'a>(
        &'a self,
        key: &K,
    ) -> impl DoubleEndedIterator<Item = &'a V> + use<'a, K, V> {
        self.pairs_from(key).map(|(_, value)| value)
    }

    /// Keys and values from that key on.
    pub(in crate::model) fn pairs_from<'a>(
        &'a self,
        key: &K,
    ) -> impl DoubleEndedIterator<Item = &'a (K, V)> + use<'a, K, V> {
        self.0.range(self.index(key)..self.0.len())
    }

    /// Keys and values before that key.
    pub(in crate::model) fn before<'a>(
        &'a self,
        key: &K,
    ) -> impl DoubleEndedIterator<Item = &'a (K, V)> + use<'a, K, V> {
        self.0.range(0..self.index(key))
    }

    pub(in crate::model) fn iter(&self) -> impl DoubleEndedIterator<Item = &(K, V)> {
        self.0.iter()
    }

    pub(in crate::model) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(in crate::model) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    fn index<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        self.0.partition_point(|(other, _)| other.borrow() < key)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "helpers of tests fail as tests do")]
mod tests {
    use super::{CHUNK, Chunks};

    /// The same doings on a list in chunks and on a plain one, from numbers that look random.
    #[test]
    fn it_does_what_a_plain_list_does_and_copies_stay_as_they_were() {
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below.max(1)
        };
        let (mut chunks, mut plain) = (Chunks::default(), Vec::new());
        let mut copies = Vec::new();
        for round in 0..40_000 {
            match random(100) {
                0..88 => {
                    chunks.push(round);
                    plain.push(round);
                }
                88..94 => {
                    let index = random(plain.len() + 1);
                    chunks.insert(index, round);
                    plain.insert(index, round);
                }
                94..98 if !plain.is_empty() => {
                    let index = random(plain.len());
                    assert_eq!(chunks.remove(index), Some(plain.remove(index)));
                    let index = random(plain.len());
                    if let Some(item) = chunks.get_mut(index) {
                        *item += 1;
                        plain[index] += 1;
                    }
                }
                98 if random(40) == 0 => {
                    let count = random(plain.len().min(3 * CHUNK) + 1);
                    chunks.drop_front(count);
                    plain.drain(..count);
                }
                99 if random(40) == 0 => {
                    let len = plain.len() - random(plain.len().min(3 * CHUNK) + 1);
                    chunks.truncate(len);
                    plain.truncate(len);
                }
                _ => {}
            }
            if round % 4_001 == 0 {
                copies.push((chunks.clone(), plain.clone()));
            }
        }
        copies.push((chunks, plain));
        for (chunks, plain) in &copies {
            assert_eq!(chunks.len(), plain.len());
            let mut sampled = 0;
            for (middle, count) in chunks.sample() {
                assert_eq!(middle, &plain[sampled + count / 2]);
                assert!(count <= CHUNK / 2, "not the whole of a long chunk");
                sampled += count;
            }
            assert_eq!(sampled, plain.len());
            assert!(chunks.iter().eq(plain), "in order");
            assert!(chunks.iter().rev().eq(plain.iter().rev()), "backwards");
            for _ in 0..200 {
                let (from, to) = (random(plain.len() + 1), random(plain.len() + 1));
                let (from, to) = (from.min(to), from.max(to));
                assert!(chunks.range(from..to).eq(&plain[from..to]), "{from}..{to}");
                assert_eq!(chunks.get(from), plain.get(from));
            }
        }
        let sorted: Chunks<usize> = (0..5_000).fold(Chunks::default(), |mut list, item| {
            list.push(item * 2);
            list
        });
        for wanted in [0, 1, 2, 1_023, 1_024, 1_025, 9_998, 9_999, 20_000] {
            let expected = (0..5_000).filter(|item| item * 2 < wanted).count();
            assert_eq!(sorted.partition_point(|item| *item < wanted), expected);
        }
    }
}
