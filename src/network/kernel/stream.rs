//! Where in a socket's stream the bytes of a call lie.

use std::sync::Mutex;

use super::lock;

/// One direction of a socket: how many bytes its calls have moved.
#[derive(Debug, Default)]
pub(super) struct Stream {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    moved: u64,
    /// Calls that have begun and not ended.
    under_way: u32,
    /// Calls that have begun at all.
    begun: u64,
}

impl Stream {
    /// A call that may move bytes is about to begin.
    pub(super) fn begin(&self) -> Moving<'_> {
        let mut state = lock(&self.state);
        let was_alone = state.under_way == 0;
        state.under_way += 1;
        state.begun += 1;
        Moving {
            stream: self,
            was_alone,
            number: state.begun,
            is_over: false,
        }
    }
}

/// A call that may move bytes, from before the start of its row to after its system call.
#[derive(Debug)]
pub(super) struct Moving<'a> {
    stream: &'a Stream,
    was_alone: bool,
    number: u64,
    /// It has ended, and been counted.
    is_over: bool,
}

impl Moving<'_> {
    /// Counts the bytes it moved; returns how many were moved before them.
    ///
    /// `None` when another call was under way at any time during this one: which of them the kernel served first
    /// can't be told from outside.
    pub(super) fn moved(mut self, bytes: u64) -> Option<u64> {
        let mut state = lock(&self.stream.state);
        let before = state.moved;
        state.moved += bytes;
        // Under the same lock: it is taken for every call that moves bytes.
        state.under_way -= 1;
        self.is_over = true;
        (self.was_alone && state.begun == self.number).then_some(before)
    }
}

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            lock(&self.stream.state).under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_after_the_other_lies_behind_it() {
        let stream = Stream::default();
        assert_eq!(stream.begin().moved(3), Some(0));
        drop(stream.begin());
        assert_eq!(stream.begin().moved(2), Some(3));
        assert_eq!(stream.begin().moved(0), Some(5));
    }

    #[test]
    fn of_calls_at_once_the_order_is_unknown_and_the_count_right() {
        let stream = Stream::default();
        let (first, second) = (stream.begin(), stream.begin());
        assert_eq!(second.moved(3), None);
        // It began alone and is alone again, but was not in between.
        assert_eq!(first.moved(2), None);
        let first = stream.begin();
        assert_eq!(stream.begin().moved(1), None);
        drop(first);
        let long = stream.begin();
        let short = stream.begin();
        assert_eq!(long.moved(1), None);
        assert_eq!(short.moved(1), None, "the other is gone, but was there");
        assert_eq!(stream.begin().moved(1), Some(8));
    }
}
