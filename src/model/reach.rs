//! How far the bytes of a send got, as honestly as it can be said: that send returned says only that this system took
//! them.

use super::flow::Progress;

/// How far all bytes of a send got for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// The sender's system has them.
    Taken,
    /// The other end's system has them.
    Arrived,
    /// The other end's program has received them.
    Read,
}

impl Reach {
    /// The marks that stand beside a send.
    pub fn marks(self) -> &'static str {
        match self {
            Self::Taken => "✓",
            Self::Arrived => "✓✓",
            Self::Read => "✓✓✓",
        }
    }

    /// What the marks mean.
    pub fn words(self) -> &'static str {
        match self {
            Self::Taken => "taken by your system",
            Self::Arrived => "at the other end",
            Self::Read => "read by its program",
        }
    }
}

/// How far all of a send's bytes got: a part that is further does not count.
///
/// Of a send of no bytes nothing can be further than taken.
pub fn reach(progress: &Progress) -> Reach {
    let whole = |part: Option<u64>| part.is_some_and(|part| part >= progress.taken.max(1));
    if whole(progress.read) {
        Reach::Read
    } else if whole(progress.arrived) {
        Reach::Arrived
    } else {
        Reach::Taken
    }
}

/// What the marks of a send say, and what they can't: `✓✓ at the other end; 5 of 13 bytes read by its program`.
pub fn reach_words(progress: &Progress) -> String {
    let reach = reach(progress);
    let said = format!("{} {}", reach.marks(), reach.words());
    let part = |part: u64, next: Reach| {
        let noun = if progress.taken == 1 { "byte" } else { "bytes" };
        format!(
            "{said}; {part} of {} {noun} {}",
            progress.taken,
            next.words()
        )
    };
    match (reach, progress.arrived, progress.read) {
        (Reach::Read, ..) => said,
        _ if progress.taken == 0 => said,
        (_, _, Some(read @ 1..)) => part(read, Reach::Read),
        (Reach::Arrived, _, Some(_)) => format!("{said}, not read yet"),
        (Reach::Arrived, _, None) => format!("{said}; whether its program read them is not known"),
        (Reach::Taken, Some(arrived @ 1..), _) => part(arrived, Reach::Arrived),
        (Reach::Taken, Some(_), _) => format!("{said}, not at the other end yet"),
        (Reach::Taken, None, _) => {
            format!("{said}; whether they are at the other end is not known")
        }
    }
}
