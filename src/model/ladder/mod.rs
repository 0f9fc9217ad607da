//! The ladder: one life line per socket, a box per call, an arrow where bytes or a connection travelled.
//!
//! A pure fold over the recording. It says what stands where and what led to what, never in which colour or at which
//! pixel.

mod scene;

pub use scene::{
    Anchor, Arrow, ArrowLook, BoxLook, CallBox, Idle, Lane, LineLook, LinePart, Scene, Tick,
};
