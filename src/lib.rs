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

pub mod file_dialog;
pub mod model;
pub mod network;
pub mod script;
pub mod views;
