//! The centre of the window, over recordings made by hand.

mod cards;
mod columns;
mod scene;
