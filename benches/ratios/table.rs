//! The table: rows of one figure per round, their goals, and the machine they were measured on.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Enough to be believed.
    Full,
    /// Just enough to see that it works.
    Quick,
}

impl Effort {
    /// How often each thing is measured.
    pub fn rounds(self) -> usize {
        match self {
            Self::Full => 7,
            Self::Quick => 3,
        }
    }

    /// So many, or for a short look a tenth of them.
    pub fn of(self, many: usize) -> usize {
        match self {
            Self::Full => many,
            Self::Quick => (many / 10).max(1),
        }
    }
}

/// What stands around the table in the README.
const BEGIN: &str = "<!-- cargo bench -- --readme -->";
const END: &str = "<!-- end -->";

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One time over another, or one throughput over another.
    Ratio,
    Milliseconds,
    Bytes,
    Count,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    what: String,
    unit: Unit,
    /// A figure per round.
    figures: Vec<f64>,
    goal: Option<Goal>,
    /// What was compared with what, and the times themselves.
    note: String,
    /// Why it was not measured, where it was not.
    skipped: Option<String>,
}

impl Row {
    pub fn ratio(what: impl Into<String>, ratios: Vec<f64>) -> Self {
        Self::new(what, Unit::Ratio, ratios)
    }

    pub fn new(what: impl Into<String>, unit: Unit, figures: Vec<f64>) -> Self {
        Self {
            what: what.into(),
            unit,
            figures,
            goal: None,
            note: String::new(),
            skipped: None,
        }
    }

    /// What could not be measured here, and why.
    pub fn skipped(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::new(what, Unit::Ratio, Vec::new())
        }
    }

    #[must_use]
    pub fn at_most(self, most: f64) -> Self {
        Self {
            goal: Some(Goal::AtMost(most)),
            ..self
        }
    }

    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Self {
            goal: Some(Goal::AtLeast(least)),
            ..self
        }
    }

    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }

    fn figure(&self, value: f64) -> String {
        match self.unit {
            Unit::Ratio if value >= 20.0 => format!("{value:.0}"),
            Unit::Ratio => format!("{value:.2}"),
            Unit::Milliseconds if value < 0.1 => format!("{:.1} µs", value * 1e3),
            Unit::Milliseconds => format!("{value:.2} ms"),
            Unit::Bytes => format!("{value:.0} B"),
            Unit::Count => format!("{value:.0}"),
        }
    }

    /// Goal, and whether the median meets it.
    fn judged(&self) -> (String, &'static str) {
        let Some(goal) = self.goal else {
            return (String::new(), "");
        };
        // As exactly as it is shown: a figure that reads as its goal meets it.
        let middle = match self.unit {
            Unit::Bytes | Unit::Count => median(&self.figures).round(),
            Unit::Ratio | Unit::Milliseconds => (median(&self.figures) * 100.0).round() / 100.0,
        };
        let (text, met) = match goal {
            Goal::AtMost(most) => (format!("≤ {}", self.figure(most)), middle <= most),
            Goal::AtLeast(least) => (format!("≥ {}", self.figure(least)), middle >= least),
        };
        (text, if met { "met" } else { "**missed**" })
    }

    fn markdown(&self) -> String {
        let what = &self.what;
        if let Some(why) = &self.skipped {
            return format!("| {what} | not measured: {why} | | | | | |");
        }
        let (goal, verdict) = self.judged();
        let rounds = self.figures.len();
        let [middle, least, most] = [
            median(&self.figures),
            self.figures.iter().copied().fold(f64::INFINITY, f64::min),
            self.figures.iter().copied().fold(0.0, f64::max),
        ]
        .map(|value| self.figure(value));
        format!("| {what} | {middle} | {least} | {most} | {rounds} | {goal} | {verdict} |")
    }
}

/// All that was measured.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub fn add(&mut self, rows: Vec<Row>) {
        for row in &rows {
            println!("{}\n  {}", row.markdown(), row.note);
        }
        self.rows.extend(rows);
    }

    /// The table as it stands in the README, the machine above it.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", machine());
        text.push_str("| what | median | min | max | rounds | goal | |\n");
        text.push_str("|---|---:|---:|---:|---:|---:|---|\n");
        for row in &self.rows {
            writeln!(text, "{}", row.markdown()).expect("a String takes it");
        }
        text
    }

    /// What was compared with what, row by row.
    pub fn notes(&self) -> String {
        let mut text = String::new();
        for row in self.rows.iter().filter(|row| !row.note.is_empty()) {
            writeln!(text, "- *{}*: {}", row.what, row.note).expect("a String takes it");
        }
        text
    }

    /// Puts the table into the README, in the place of the one that stands there.
    pub fn put_into_readme(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let text = std::fs::read_to_string(&path).expect("the README is there");
        let (before, rest) = text
            .split_once(BEGIN)
            .expect("it has a place for the table");
        let (_, after) = rest.split_once(END).expect("that place ends");
        let text = format!("{before}{BEGIN}\n{}{END}{after}", self.markdown());
        std::fs::write(&path, text).expect("the README can be written to");
    }

    fn csv(&self) -> String {
        let mut text = String::from("what,unit,round,figure\n");
        for row in &self.rows {
            for (round, figure) in row.figures.iter().enumerate() {
                let (what, unit) = (row.what.replace('"', "\"\""), row.unit);
                writeln!(text, "\"{what}\",{unit:?},{},{figure}", round + 1)
                    .expect("a String takes it");
            }
        }
        text
    }

    /// Writes the table, and every round of it, beside what cargo builds.
    pub fn save(&self) {
        for (name, text) in [
            (
                "ratios.md",
                format!("{}\n{}", self.markdown(), self.notes()),
            ),
            ("ratios.csv", self.csv()),
        ] {
            let path = target().join(name);
            std::fs::write(&path, text).expect("the target folder can be written to");
            println!("written to {}", path.display());
        }
    }
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = temporary.parent().unwrap_or(temporary);
    target.to_owned()
}

/// What the figures were measured on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory: u64 = read("/proc/meminfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let compiler =
        said("rustc", &["--version"]).unwrap_or_else(|| "an unknown compiler".to_owned());
    format!(
        "{model}, {cores} cores, {} GiB, Linux {}, {compiler}, `--release` with fat LTO.",
        memory.div_ceil(1024 * 1024),
        kernel.trim(),
    )
}

/// The first line that a command prints; `None` where it is not there or fails.
pub fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(line)
}

/// The one in the middle.
pub fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

/// The one that so great a share of them is not above.
pub fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// Measures things turn by turn, in each round another one first. The first round warms caches, lists and threads, and is
/// not counted.
pub fn in_turns<const N: usize>(
    rounds: usize,
    ways: [&mut dyn FnMut() -> f64; N],
) -> [Vec<f64>; N] {
    let mut figures = [const { Vec::new() }; N];
    let mut ways: Vec<_> = ways.into_iter().enumerate().collect();
    for round in 0..=rounds {
        for (way, measure) in &mut ways {
            let figure = measure();
            if round > 0 {
                figures[*way].push(figure);
            }
        }
        ways.rotate_left(1);
    }
    figures
}

/// The ones over the others, round by round.
pub fn ratios(ones: &[f64], others: &[f64]) -> Vec<f64> {
    let pairs = ones.iter().zip(others);
    pairs.map(|(one, other)| one / other).collect()
}

/// Seconds that it takes.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}
