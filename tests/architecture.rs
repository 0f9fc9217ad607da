//! The arrows and invariants of ARCHITECTURE.md, held against the sources: each rule is a test that names the file
//! and line that breaks it. [`SAMPLES`] prove that each rule can fail at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "architecture/document.rs"]
mod document;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/samples.rs"]
mod samples;
#[path = "architecture/source.rs"]
mod source;

use rules::{RULES, Rule};
use samples::SAMPLES;
use source::Source;

/// A place that may break a rule, and why it may.
struct Exception {
    rule: &'static str,
    file: &'static str,
    /// What stands there, as a failure names it.
    what: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        rule: "main only chooses",
        file: "src/main.rs",
        what: "script::Loaded",
        reason: "the type of what terminal read and app is handed, not looked into",
    },
    Exception {
        rule: "no waiting in the window",
        file: "src/app/settings.rs",
        what: "std::fs::read_to_string",
        reason: "settings are read once, before the window is there",
    },
    Exception {
        rule: "no waiting in the window",
        file: "src/app/settings.rs",
        what: "std::fs::metadata",
        reason: "settings are read once, before the window is there",
    },
    Exception {
        rule: "no waiting in the window",
        file: "src/app/settings.rs",
        what: "std::fs::rename",
        reason: "unreadable settings are put aside before the window is there",
    },
];

fn excepted(rule: &Rule, file: &str, what: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| {
        exception.rule == rule.name && exception.file == file && exception.what == what
    })
}

fn rule(name: &str) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| rule.name == name)
        .unwrap_or_else(|| panic!("there is no rule {name:?}"))
}

/// Fails with every place that breaks the rule.
#[track_caller]
fn holds(name: &str) {
    let rule = rule(name);
    let mut broken = Vec::new();
    for source in source::all() {
        for (line, what) in (rule.find)(source) {
            if !excepted(rule, &source.path, &what) {
                broken.push(format!("  {}:{line}: {what}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}\n{}", rule.says, broken.join("\n"));
}

/// A test per rule, and one that no rule lacks its test.
macro_rules! held {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            holds($name);
        })*

        #[test]
        fn every_rule_has_a_test() {
            let tested = [$($name),*];
            let forgotten: Vec<_> = RULES.iter().map(|rule| rule.name).filter(|name| !tested.contains(name)).collect();
            assert!(forgotten.is_empty(), "rules without a test: {forgotten:?}");
        }
    };
}

held! {
    egui_stays_in_the_window: "egui only in the window",
    system_calls_stay_in_the_kernel_network: "system calls only in network/kernel",
    views_and_model_have_no_threads: "no threads in views or model",
    locks_stay_in_the_kernel_network: "locks only in network/kernel",
    rfd_stays_in_file_dialog: "rfd only in file_dialog",
    colours_and_sizes_stay_in_theme: "colours and sizes only in theme",
    model_stands_alone: "model stands alone",
    model_reads_no_clock: "model reads no clock",
    network_uses_only_the_model: "network uses the model",
    script_uses_only_the_networks_trait: "script uses the model and the network's trait",
    export_uses_only_the_model: "export uses the model",
    views_use_only_the_model: "views use the model",
    the_terminal_needs_no_window: "the terminal needs no window",
    main_only_chooses: "main only chooses",
    unsafe_stays_in_the_kernel_network: "unsafe only in network/kernel",
    the_window_never_waits: "no waiting in the window",
    files_are_read_in_one_sitting: "files are read in one sitting",
}

#[test]
fn every_exception_is_still_needed_and_says_why() {
    let sources = source::all();
    for exception in EXCEPTIONS {
        let rule = rule(exception.rule);
        assert!(
            !exception.reason.is_empty(),
            "{} needs a reason",
            exception.file
        );
        let Some(source) = sources.iter().find(|source| source.path == exception.file) else {
            panic!("{} is excepted but is not there", exception.file);
        };
        let used = (rule.find)(source)
            .iter()
            .any(|(_, what)| what == exception.what);
        assert!(
            used,
            "{}: {} is excepted but does not occur",
            exception.file, exception.what
        );
    }
}

/// What the document names is there: files, folders, and tests in the files that are said to hold them.
#[test]
fn the_document_names_what_is_there() {
    let missing = document::names_nothing(include_str!("../ARCHITECTURE.md"));
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names what is not there\n{}",
        missing.join("\n")
    );
    let sample = "`src/nowhere.rs`\n\
        ### The house (`architecture.rs`)\n\
        | what holds | test |\n\
        |---|---|\n\
        | `anything` | `every_rule_can_fail`, `egui_stays_in_the_window`, `no_such_test` |\n\
        | a file | `window.rs`: `every_rule_can_fail`; `nowhere.rs`; `window_cards/` |\n";
    let found = document::names_nothing(sample).join("\n");
    let expected = [
        "1: src/nowhere.rs",
        "5: no_such_test",
        "6: every_rule_can_fail",
        "6: nowhere.rs",
    ];
    assert_eq!(
        found,
        expected.map(|place| format!("  line {place}")).join("\n")
    );
}

#[test]
fn every_source_is_read() {
    let sources = source::all();
    for expected in [
        "src/lib.rs",
        "src/main.rs",
        "src/model/mod.rs",
        "src/network/kernel/mod.rs",
    ] {
        assert!(
            sources.iter().any(|source| source.path == expected),
            "{expected} was not read"
        );
    }
    let network = sources
        .iter()
        .find(|source| source.path == "src/network/mod.rs")
        .unwrap();
    assert!(
        network
            .inner_paths()
            .iter()
            .any(|(_, path)| path.join("::") == "model::call::Call")
    );
}

/// Each rule finds the line of its samples that breaks it, and nothing in those that keep it.
#[test]
fn every_rule_can_fail() {
    for rule in RULES {
        let Some(samples) = SAMPLES.iter().find(|samples| samples.rule == rule.name) else {
            panic!("{:?} lacks samples", rule.name);
        };
        assert!(
            !samples.broken.is_empty() && !samples.kept.is_empty(),
            "{:?} lacks a sample",
            rule.name
        );
        for (path, text) in samples.broken {
            let found = (rule.find)(&Source::new(path, text));
            let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
            let expected = samples::marked_line(text);
            assert!(
                lines.contains(&expected),
                "{:?} overlooks line {expected} of\n{text}\nfound {found:?}",
                rule.name
            );
        }
        for (path, text) in samples.kept {
            let found = (rule.find)(&Source::new(path, text));
            assert!(
                found.is_empty(),
                "{:?} finds {found:?} in {path}, which keeps it:\n{text}",
                rule.name
            );
        }
    }
}
