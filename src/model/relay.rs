//! A relay: a program between two sockets that passes on what comes, worse than it came.
//!
//! What it does to datagrams is a plan: a seed says of each of them, by its place in its direction alone, whether it is
//! lost, repeated or held back. The same seed gives the same plan, whatever the timing.
//!
//! Between two TCP sockets nothing is lost or out of order: their systems see to that on either side of the relay. It
//! delays, limits, slices and resets.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use super::automatic::Standing;
use super::call::{ProgramId, Protocol, SocketId};
use super::counted;

/// One relay. Numbered by the driver, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayId(pub u64);

/// A direction through a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// From a client to where the relay passes it on.
    ToTarget,
    /// From there back to the client.
    ToClient,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::ToTarget, Self::ToClient];
}

/// How likely something is, in thousandths: 0 to 1,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerMille(u16);

impl PerMille {
    /// That many thousandths; `None` above 1,000.
    pub fn new(thousandths: u16) -> Option<Self> {
        (thousandths <= 1000).then_some(Self(thousandths))
    }

    /// Reads percent with at most one decimal: `30`, `0.5`. `None`: it is no such number, or above 100.
    pub fn from_percent(text: &str) -> Option<Self> {
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(tenth, 1) {
            return None;
        }
        let (whole, tenth): (u16, u16) = (whole.parse().ok()?, tenth.parse().ok()?);
        Self::new(whole * 10 + tenth)
    }

    /// Whether it never happens.
    pub fn is_never(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for PerMille {
    /// In percent: `30`, `0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 10, self.0 % 10) {
            (whole, 0) => whole.fmt(f),
            (whole, tenth) => write!(f, "{whole}.{tenth}"),
        }
    }
}

/// What a relay does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impairment {
    /// How long each byte or datagram is kept before it goes on, milliseconds.
    pub delay: u32,
    /// How many bytes a second may go on in each direction of each client.
    pub limit: Option<NonZeroU32>,
    /// TCP: how many bytes go on in one `send` at most.
    pub slice: Option<NonZeroU32>,
    /// TCP: after how many bytes, both directions together, a connection is reset.
    pub reset_after: Option<NonZeroU64>,
    /// UDP: how many datagrams are lost.
    pub lose: PerMille,
    /// UDP: how many are passed on twice.
    pub repeat: PerMille,
    /// UDP: how many are held back until another has passed.
    pub reorder: PerMille,
    /// UDP: what the plan is made from.
    pub seed: u64,
}

impl Impairment {
    /// The longest delay, milliseconds: a minute.
    pub const MAX_DELAY: u32 = 60_000;

    /// What it does, in words: `loses 30 %, seed 7`.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        if self.delay > 0 {
            words.push(format!("delays {} ms", self.delay));
        }
        if let Some(limit) = self.limit {
            words.push(format!("passes {limit} bytes/s"));
        }
        if let Some(slice) = self.slice {
            words.push(format!("slices to {}", counted(slice.get().into(), "byte")));
        }
        if let Some(after) = self.reset_after {
            words.push(format!("resets after {}", counted(after.get(), "byte")));
        }
        for (what, often) in [
            ("loses", self.lose),
            ("repeats", self.repeat),
            ("swaps", self.reorder),
        ] {
            if !often.is_never() {
                words.push(format!("{what} {often} %"));
            }
        }
        if self.is_by_chance() {
            words.push(format!("seed {}", self.seed));
        }
        if words.is_empty() {
            return "passes all on".to_owned();
        }
        words.join(", ")
    }

    /// Whether its seed says what becomes of datagrams.
    pub fn is_by_chance(&self) -> bool {
        [self.lose, self.repeat, self.reorder]
            .iter()
            .any(|often| !often.is_never())
    }
}

/// What a relay is to do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayOrder {
    /// What it and its first socket are called: a Python name.
    pub name: Arc<str>,
    /// What it passes on.
    pub protocol: Protocol,
    /// Where its clients find it; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where it passes them on to.
    pub target: SocketAddr,
    /// What it does to what passes.
    pub impairment: Impairment,
}

impl RelayOrder {
    /// `TCP from 127.0.0.1:5001 to 127.0.0.1:5000: delays 200 ms`.
    pub fn words(&self) -> String {
        format!(
            "{} from {} to {}: {}",
            self.protocol.name(),
            self.listen,
            self.target,
            self.impairment.words()
        )
    }
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes no further.
    Lost,
    /// It waits until another has passed.
    HeldBack,
    /// It goes on, so many times.
    Passes(Copies),
}

/// How often a datagram goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// As it came.
    One,
    /// Twice.
    Two,
}

impl Copies {
    /// The number.
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// What the plan says where a datagram arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The datagram's place in its direction, from 1.
    pub number: u64,
    /// What becomes of it.
    pub fate: Fate,
    /// How often the one that was held back follows it, where there is one.
    pub releases: Option<Copies>,
}

/// The plan for the datagrams of one client in one direction.
///
/// Of the outputs of `SplitMix64` with its seed, numbered from 0, datagram `i` (from 0) of direction `w` (0 to the target,
/// 1 to the client) takes number `8 i + 4 w` for its loss, the next for its repetition and the next for its being held
/// back: it happens where the upper 32 bits, scaled to 0–999, are below the thousandths asked for.
#[derive(Clone, Debug)]
pub struct DatagramPlan {
    impairment: Impairment,
    way: Way,
    arrived: u64,
    holds: Option<Copies>,
}

impl DatagramPlan {
    /// The plan before the first datagram.
    pub fn new(impairment: Impairment, way: Way) -> Self {
        Self {
            impairment,
            way,
            arrived: 0,
            holds: None,
        }
    }

    /// The next datagram arrives.
    pub fn arrives(&mut self) -> Arrival {
        let index = self.arrived;
        self.arrived += 1;
        let happens = |purpose: u64, often: PerMille| {
            let way = match self.way {
                Way::ToTarget => 0,
                Way::ToClient => 4,
            };
            let output = index.wrapping_mul(8).wrapping_add(way + purpose);
            let drawn = split_mix(self.impairment.seed, output) >> 32;
            (drawn * 1000) >> 32 < u64::from(often.0)
        };
        let copies = if happens(1, self.impairment.repeat) {
            Copies::Two
        } else {
            Copies::One
        };
        let (fate, releases) = if happens(0, self.impairment.lose) {
            (Fate::Lost, None)
        } else if self.holds.is_none() && happens(2, self.impairment.reorder) {
            self.holds = Some(copies);
            (Fate::HeldBack, None)
        } else {
            (Fate::Passes(copies), self.holds.take())
        };
        Arrival {
            number: self.arrived,
            fate,
            releases,
        }
    }
}

/// Output number `index` (from 0) of `SplitMix64` with this seed (Steele, Lea and Flood, OOPSLA 2014).
fn split_mix(seed: u64, index: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What a relay has done so far, both directions together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes passed on.
    pub bytes: u64,
    /// UDP: datagrams passed on, those repeated twice.
    pub passed: u64,
    /// UDP: datagrams lost, as planned.
    pub lost: u64,
    /// UDP: datagrams repeated, as planned.
    pub repeated: u64,
    /// UDP: datagrams held back until another had passed, as planned.
    pub swapped: u64,
    /// UDP: datagrams that found no room, and those that could not be sent.
    pub dropped: u64,
    /// TCP: connections reset, as planned.
    pub resets: u64,
}

/// A relay, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaying {
    /// Which.
    pub id: RelayId,
    /// What it is to do; its port is the one really used, once known.
    pub order: RelayOrder,
    /// Its program, whose sockets are all its own.
    pub program: ProgramId,
    /// The socket that its clients find, once there is one.
    pub socket: Option<SocketId>,
    /// Whether clients find it.
    pub is_open: bool,
    /// How many clients it has now.
    pub clients: usize,
    /// Bytes that are yet to go on.
    pub held: u64,
    /// What it has done.
    pub counts: Counts,
    /// What it said last.
    pub said: Option<Arc<str>>,
    /// What it is doing.
    pub standing: Standing,
}

impl Relaying {
    /// Whether it still makes calls.
    pub fn is_running(&self) -> bool {
        !matches!(self.standing, Standing::Ended(_))
    }

    /// What it has done, in words: `1 client · 4 passed · 1 lost`.
    pub fn counted(&self) -> String {
        let counts = &self.counts;
        let mut words = vec![
            counted(self.clients as u64, "client"),
            match self.order.protocol {
                Protocol::Tcp => format!("{} passed", counted(counts.bytes, "byte")),
                Protocol::Udp => format!("{} passed", counts.passed),
            },
        ];
        for (count, what) in [
            (counts.lost, "lost"),
            (counts.repeated, "repeated"),
            (counts.swapped, "swapped"),
            (counts.dropped, "dropped"),
            (counts.resets, "reset"),
        ] {
            if count > 0 {
                words.push(format!("{count} {what}"));
            }
        }
        if self.held > 0 {
            words.push(format!("{} held", counted(self.held, "byte")));
        }
        words.join(" · ")
    }
}
