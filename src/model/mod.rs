//! Plain data and pure functions: what a call is, what it answered, and what is known of each socket.
//!
//! Nothing here does I/O, starts a thread, reads a clock or knows the window: time and sequence numbers
//! come with the events, so that a recorded file and a running network are read by the same code.
//! Start with [`call`] (the words), then [`event`] (what a network reports) and [`recording`] (the one list
//! that every view reads).
//!
//! What views ask, and where:
//!
//! - fields: [`address::Port::parse`], [`address::parse_host`], [`address::parse_host_port`],
//!   [`payload::parse_text`], [`payload::parse_hex`];
//! - buttons: [`lifecycle::forecast`], [`lifecycle::forecasts`], [`lifecycle::default_target`];
//! - what to do: [`lifecycle::next_step`], [`lifecycle::next_line`];
//! - after a call: [`explain::explain`], [`explain::remark`], [`caption::caption`];
//! - two sockets that make the same call, one waiting: [`beside::beside`];
//! - a card's words: [`lifecycle::badge`], [`lifecycle::rfc_state`];
//! - a card's queues: [`queues::receive`], [`queues::send`], [`queues::accept`], [`queues::drops`];
//! - how far a send got: [`reach::reach`], [`reach::reach_words`];
//! - what a learner was to make happen: [`goal::Judge`];
//! - the pictures of life cycles: [`cycle::methods`], [`cycle::states`], [`cycle::lingering`];
//! - anything from a peer or a file: [`payload::visible`], [`payload::visible_text`].

pub mod address;
pub mod automatic;
pub mod beside;
pub mod call;
pub mod caption;
mod chunks;
mod counted;
pub mod cycle;
pub mod errno;
pub mod event;
pub mod exchange;
pub mod explain;
pub mod flow;
pub mod goal;
pub mod help;
pub mod ladder;
pub mod lifecycle;
pub mod payload;
pub mod queues;
pub mod reach;
pub mod recording;
pub mod relay;
pub mod replay;
pub mod socket;

pub use counted::counted;
