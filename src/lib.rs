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
//! - [`neighbour`]: another process of this program, for lessons that need two.
//! - [`script`]: the call language, and what plays it.
//! - [`export`]: a recording as text, CSV or JSON Lines.
//! - [`views`]: one file per thing on the screen.
//! - [`app`]: the window: drains what happened, draws it, does what the user asked.
//! - [`background`]: work that may wait for a disk.
//! - [`file_dialog`]: the desktop's dialogs.
//! - [`terminal`]: the same recording as lines or JSON Lines.
//! - [`startup`]: why a window could not open, in one plain sentence.

pub mod app;
pub mod background;
pub mod export;
pub mod file_dialog;
pub mod model;
pub mod neighbour;
pub mod network;
pub mod script;
pub mod startup;
pub mod terminal;
pub mod views;
