//! What the fields accept, in plain words where they do not.

use std::num::NonZeroU32;

use crate::model::relay::{Impairment, PerMille};

/// The most that `n` of recv may ask for.
pub(super) const MAX_RECV: u32 = 10_000_000;

/// How many bytes a recv asks for.
pub(super) fn max(text: &str) -> Result<u32, String> {
    whole(text)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number <= MAX_RECV)
        .ok_or_else(|| "n is a whole number from 0 to 10,000,000".to_owned())
}

/// The argument of listen.
pub(super) fn backlog(text: &str) -> Result<i32, String> {
    whole(text)
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| "the backlog is a whole number, such as 5".to_owned())
}

/// An option's value.
pub(super) fn value(text: &str) -> Result<i32, String> {
    whole(text)
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| "the value is a whole number: 1 is on, 0 is off".to_owned())
}

/// How long a relay keeps what passes, milliseconds.
pub(super) fn delay(text: &str) -> Result<u32, String> {
    whole(text)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number <= Impairment::MAX_DELAY)
        .ok_or_else(|| "the delay is a whole number of milliseconds up to 60,000".to_owned())
}

/// How many bytes a relay counts to.
pub(super) fn bytes(text: &str) -> Result<NonZeroU32, String> {
    whole(text)
        .and_then(|number| u32::try_from(number).ok())
        .and_then(NonZeroU32::new)
        .ok_or_else(|| "how many bytes is a whole number from 1 to 4,294,967,295".to_owned())
}

/// What a relay's plan begins from.
pub(super) fn seed(text: &str) -> Result<u32, String> {
    whole(text)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| "the seed is a whole number from 0 to 4,294,967,295".to_owned())
}

/// How often a relay does something to a datagram.
pub(super) fn often(text: &str) -> Result<PerMille, String> {
    PerMille::from_percent(text.trim())
        .ok_or_else(|| "how often is a percentage from 0 to 100".to_owned())
}

/// A whole number in plain digits; Rust's parser would also take a plus sign.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
