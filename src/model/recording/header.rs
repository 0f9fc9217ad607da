//! What a recording says of itself, and how much it keeps.

/// What the first line of a recording says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which network made it: `kernel`.
    pub network: String,
    /// The system, as `linux 6.18 x86_64`.
    pub platform: String,
    /// The clock that times it, as `monotonic`.
    pub clock: String,
    /// Wall-clock time at which the session began, RFC 3339 in UTC.
    pub started: String,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows. Sends, receives and questions (getsockname, getpeername, getsockopt) go first, in the end also those that
    /// failed; then there may be half as many again as this. Other calls, which a person or a line of a script makes
    /// one by one, always stay: when there are more than half of this of them, that many rows are kept beside the half.
    pub rows: usize,
    /// Payload bytes beside the rows. Those of a call under way are kept until it ends.
    pub payload_bytes: usize,
    /// Observations and player's notes, each.
    pub observations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            payload_bytes: 256 * 1024 * 1024,
            observations: 100_000,
        }
    }
}
