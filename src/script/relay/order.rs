//! A relay as a script writes it: `# relay link: 127.0.0.1:5001 -> 127.0.0.1:5000, udp, lose 30%, seed 7`.
//!
//! After the name come where its clients find it, where it passes them on to, the protocol, and what it does:
//!
//! ```text
//! delay 200 ms       limit 1000 bytes/s                                both
//! slice 3 bytes      reset after 20 bytes                              tcp
//! lose 30%           repeat 10%            reorder 0.5%       seed 7   udp
//! ```

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use crate::model::address::parse_host_port;
use crate::model::call::{Family, Protocol};
use crate::model::relay::{Impairment, PerMille, RelayOrder};

/// Why a text is no relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnOrder {
    /// Where, in characters of the text, from 0.
    pub at: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

/// What it does, as it may be written.
const ITEMS: &str = "`delay 200 ms`, `limit 1000 bytes/s`, `slice 3 bytes`, `reset after 20 bytes`, `lose 30%`, \
     `repeat 10%`, `reorder 10%` or `seed 7`";

type Parsed<T> = Result<T, NotAnOrder>;

/// A part of the text, with where it begins in characters.
#[derive(Clone, Copy)]
struct Part<'a> {
    at: usize,
    text: &'a str,
}

impl<'a> Part<'a> {
    fn trimmed(self) -> Self {
        let start = self.text.trim_start();
        let cut = self.text.chars().count() - start.chars().count();
        Self {
            at: self.at + cut,
            text: start.trim_end(),
        }
    }

    /// What stands before and after the first `sign`.
    fn cut(self, sign: &str) -> Option<(Self, Self)> {
        let (before, after) = self.text.split_once(sign)?;
        let behind = self.at + before.chars().count() + sign.chars().count();
        let before = Self {
            text: before,
            ..self
        };
        let after = Self {
            at: behind,
            text: after,
        };
        Some((before.trimmed(), after.trimmed()))
    }

    fn wrong<T>(self, message: impl Into<String>) -> Parsed<T> {
        Err(NotAnOrder {
            at: self.at,
            message: message.into(),
        })
    }

    fn words(self) -> Vec<&'a str> {
        self.text.split_whitespace().collect()
    }
}

/// Reads what stands behind `relay NAME:`.
///
/// # Errors
/// The first thing that is wrong, and where.
pub fn parse(name: &str, text: &str) -> Result<RelayOrder, NotAnOrder> {
    let all = Part { at: 0, text }.trimmed();
    let Some((listen, rest)) = all.cut("->") else {
        return all.wrong(
            "expected two addresses, such as `127.0.0.1:5001 -> 127.0.0.1:5000`, after this `relay NAME:`",
        );
    };
    let (target, rest) = rest.cut(",").unwrap_or((
        rest,
        Part {
            at: text.chars().count(),
            text: "",
        },
    ));
    let (protocol, mut rest) = match rest.cut(",") {
        Some((protocol, rest)) => (protocol, Some(rest)),
        None => (rest, None),
    };
    let order = RelayOrder {
        name: Arc::from(name),
        protocol: match protocol.text {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return protocol.wrong("expected `tcp` or `udp` after the second address"),
        },
        listen: address(listen)?,
        target: address(target)?,
        impairment: Impairment::default(),
    };
    if order.target.port() == 0 {
        return target.wrong("expected a port from 1025 to 65535: 0 is no place to send to");
    }
    if order.listen == order.target {
        return target.wrong("expected another address: a relay to itself would never end");
    }
    let mut impairment = Impairment::default();
    let mut said: Vec<&str> = Vec::new();
    while let Some(part) = rest {
        let (item, after) = match part.cut(",") {
            Some((item, after)) => (item, Some(after)),
            None => (part, None),
        };
        rest = after;
        let word = item.words().first().copied().unwrap_or_default();
        if said.contains(&word) {
            return item.wrong(format!("`{word}` is said twice"));
        }
        said.push(word);
        take(item, order.protocol, &mut impairment)?;
    }
    Ok(RelayOrder {
        impairment,
        ..order
    })
}

fn address(part: Part<'_>) -> Parsed<SocketAddr> {
    let family = if part.text.starts_with('[') {
        Family::Ipv6
    } else {
        Family::Ipv4
    };
    match parse_host_port(part.text, family) {
        Ok(address) => Ok(address),
        Err(error) => part.wrong(error.to_string()),
    }
}

/// Takes in one item.
fn take(item: Part<'_>, protocol: Protocol, into: &mut Impairment) -> Parsed<()> {
    let words = item.words();
    let of = match words.first().copied() {
        Some("slice" | "reset") => Some(Protocol::Tcp),
        Some("lose" | "repeat" | "reorder" | "seed") => Some(Protocol::Udp),
        _ => None,
    };
    match of {
        Some(Protocol::Udp) if protocol == Protocol::Tcp => {
            return item.wrong(
                "TCP loses nothing and keeps its order: expected `delay`, `limit`, `slice` or `reset after`",
            );
        }
        Some(Protocol::Tcp) if protocol == Protocol::Udp => {
            return item.wrong(
                "a datagram goes on whole, without a connection: expected `delay`, `limit`, `lose`, `repeat`, \
                 `reorder` or `seed`",
            );
        }
        _ => {}
    }
    let is_read = match words[..] {
        ["delay", number, "ms"] => millis(number).map(|delay| into.delay = delay),
        ["limit", number, "bytes/s"] => small(number).map(|limit| into.limit = Some(limit)),
        ["slice", number, "byte" | "bytes"] => small(number).map(|slice| into.slice = Some(slice)),
        ["reset", "after", number, "byte" | "bytes"] => {
            whole(number).map(|after| into.reset_after = Some(after))
        }
        ["lose", ref often @ ..] => percent(often).map(|often| into.lose = often),
        ["repeat", ref often @ ..] => percent(often).map(|often| into.repeat = often),
        ["reorder", ref often @ ..] => percent(often).map(|often| into.reorder = often),
        ["seed", number] => digits(number)
            .and_then(|number| number.parse().ok())
            .map(|seed| into.seed = seed),
        _ => None,
    };
    is_read.map_or_else(|| item.wrong(format!("expected {ITEMS}")), Ok)
}

fn digits(text: &str) -> Option<&str> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then_some(text)
}

fn millis(text: &str) -> Option<u32> {
    let millis: u32 = digits(text)?.parse().ok()?;
    (millis <= Impairment::MAX_DELAY).then_some(millis)
}

fn small(text: &str) -> Option<NonZeroU32> {
    digits(text)?.parse().ok()
}

fn whole(text: &str) -> Option<NonZeroU64> {
    digits(text)?.parse().ok()
}

/// `30%` or `30 %`.
fn percent(words: &[&str]) -> Option<PerMille> {
    match words {
        [number, "%"] => PerMille::from_percent(number),
        [word] => PerMille::from_percent(word.strip_suffix('%')?),
        _ => None,
    }
}

/// A relay as a script writes it, without the `#`.
pub fn written(order: &RelayOrder) -> String {
    let Impairment {
        delay,
        limit,
        slice,
        reset_after,
        lose,
        repeat,
        reorder,
        seed,
    } = order.impairment;
    let protocol = match order.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    let mut text = format!(
        "relay {}: {} -> {}, {protocol}",
        order.name, order.listen, order.target
    );
    let mut add = |item: String| {
        text.push_str(", ");
        text.push_str(&item);
    };
    if delay > 0 {
        add(format!("delay {delay} ms"));
    }
    if let Some(limit) = limit {
        add(format!("limit {limit} bytes/s"));
    }
    if let Some(slice) = slice {
        add(format!("slice {slice} bytes"));
    }
    if let Some(after) = reset_after {
        add(format!("reset after {after} bytes"));
    }
    for (what, often) in [("lose", lose), ("repeat", repeat), ("reorder", reorder)] {
        if !often.is_never() {
            add(format!("{what} {often}%"));
        }
    }
    if seed > 0 {
        add(format!("seed {seed}"));
    }
    text
}
