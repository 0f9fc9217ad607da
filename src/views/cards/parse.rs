//! What the fields accept, in plain words where they do not.

use std::net::SocketAddr;

use crate::model::call::Family;

/// The most that `n` of recv may ask for.
pub(super) const MAX_RECV: u32 = 10_000_000;

pub(super) fn host_port(text: &str, _family: Family) -> Result<SocketAddr, String> {
    text.trim()
        .replace("localhost", "127.0.0.1")
        .parse()
        .map_err(|_| "type an address and a port, as 127.0.0.1:5000".to_owned())
}

pub(super) fn text(text: &str) -> Result<Vec<u8>, String> {
    Ok(text.as_bytes().to_vec())
}

pub(super) fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| {
            c.to_digit(16)
                .ok_or_else(|| format!("{c} is no hex digit: use 0-9 and a-f"))
        })
        .collect::<Result<_, _>>()?;
    if digits.len() % 2 == 1 {
        return Err("a byte is two hex digits: one is missing".to_owned());
    }
    Ok(digits
        .chunks(2)
        .map(|pair| (pair[0] * 16 + pair[1]) as u8)
        .collect())
}

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

/// A whole number in plain digits; Rust's parser would also take a plus sign.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
