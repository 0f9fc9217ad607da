//! Sockeye: see your sockets.
//!
//! A playground that makes one real socket call per click and shows what it did to both ends.
//!
//! ```text
//! view --Action--> app --Command--> network --(worker thread: one system call)--> Event --> Recording --> every view
//! ```
//!
//! - [`model`]: plain data and pure functions: calls, errnos, sockets, the recording.
//! - [`network`]: where calls happen; the kernel's is the first.
//! - [`script`]: the call language, its player, and the thread that runs players.
//! - [`export`]: the recording as a file.
//! - [`terminal`]: the same recording as lines or JSON Lines.

pub mod export;
pub mod model;
pub mod network;
pub mod script;
pub mod terminal;
