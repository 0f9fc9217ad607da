//! What Sockeye costs, as ratios: each pair of things is measured in one run, turn by turn, over at least seven rounds,
//! so that the machine's mood is the same for both.
//!
//! ```text
//! cargo bench                    the whole table, also to target/ratios.md and target/ratios.csv
//! cargo bench -- calls echo      those parts only, to the screen
//! cargo bench -- --readme        the whole table, also into the README
//! cargo bench -- --quick         three short rounds, to see that it works; its figures mean little
//! ```
//!
//! The parts: `calls`, `stream`, `echo`, `memory`, `frames`, `past`, `clicks`, `filter`. What needs another program's
//! window is beside this, in `benches/beside.sh`. Ten million rows with their picture take 8 GiB of memory.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench fails as a test does, and prints what it measured"
)]

mod calls;
mod clicks;
mod crowd;
mod echo;
mod filter;
mod frames;
mod lane;
mod memory;
mod past;
mod story;
mod stream;
mod table;
mod window;

use table::{Effort, Row, Table};

/// A part of the table: the word that asks for it alone, and what measures it.
type Part = (&'static str, fn(Effort) -> Vec<Row>);

const PARTS: [Part; 8] = [
    ("calls", calls::measure),
    ("stream", stream::measure),
    ("echo", echo::measure),
    ("memory", memory::measure),
    ("frames", frames::measure),
    ("past", past::measure),
    ("clicks", clicks::measure),
    ("filter", filter::measure),
];

fn main() {
    // What cargo adds by itself says nothing.
    let mut words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [command, calls] = words.as_slice()
        && command == memory::CHILD
    {
        return memory::child(calls);
    }
    let mut option = |name: &str| {
        let before = words.len();
        words.retain(|word| word != name);
        words.len() < before
    };
    let (quick, readme) = (option("--quick"), option("--readme"));
    let effort = if quick { Effort::Quick } else { Effort::Full };
    if let Some(word) = words.iter().find(|word| part(word).is_none()) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("no part is called {word}: there are {}", names.join(", "));
        std::process::exit(2);
    }
    let mut table = Table::default();
    for (name, measure) in PARTS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            eprintln!("{name} …");
            table.add(measure(effort));
        }
    }
    println!("\n{}\n{}", table.markdown(), table.notes());
    if words.is_empty() && effort == Effort::Full {
        table.save();
        if readme {
            table.put_into_readme();
        }
    }
}

fn part(word: &str) -> Option<&'static Part> {
    PARTS.iter().find(|(name, _)| *name == word)
}
