//! Pictures of the ladder.
#![allow(clippy::unwrap_used, reason = "tests fail as tests do")]
mod export_support;
use export_support::*;
use sockeye::export::{ladder, png};

#[test]
fn draft() {
    let (recording, scene) = capitals();
    let svg = ladder::draw(scene, &recording, ladder::MOST).svg;
    std::fs::write("/tmp/ladder.svg", &svg).unwrap();
    std::fs::write("/tmp/ladder.png", png::render(&svg).unwrap()).unwrap();
}
