//! Sessions as programs: what ships, run under `strace`, makes the recording's calls; and talks to Sockeye's sockets.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;

use std::io::Read as _;
use std::process::{Command, Stdio};

use common::{file, read_until, run, script, sockeye, wait};
use program_support::{compile, makes_the_same_calls, other_host, play, python, write};
use sockeye::export::program::{Language, sources};
use sockeye::script::catalog;

fn holds(name: &str, text: &str, language: Language) {
    let recording = play(name, text);
    let host = other_host();
    makes_the_same_calls(name, &recording, language, &|text| {
        text.replace("127.0.0.1", &host)
    });
}

fn every_method() -> String {
    std::fs::read_to_string(file("scripts/every-method.script")).unwrap()
}

#[test]
fn what_ships_makes_the_same_calls_in_python() {
    for entry in catalog::shown() {
        holds(entry.name, entry.text, Language::Python);
    }
}

#[test]
fn what_ships_makes_the_same_calls_in_c() {
    for entry in catalog::shown() {
        holds(entry.name, entry.text, Language::C);
    }
}

#[test]
fn every_method_makes_the_same_calls_in_python() {
    holds("every method", &every_method(), Language::Python);
}

#[test]
fn every_method_makes_the_same_calls_in_c() {
    holds("every method", &every_method(), Language::C);
}
