//! The centre of the window, over recordings made by hand.

#[path = "../by_hand/mod.rs"]
mod by_hand;
mod cards;
mod columns;
mod gauges;
mod room;
mod scene;
