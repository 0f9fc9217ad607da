//! Python as the second implementation.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs a program with these lines as its standard input; its output by lines.
pub fn lines(program: &str, input: &str) -> Vec<String> {
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for these tests");
    child
        .stdin
        .take()
        .expect("stdin was piped")
        .write_all(input.as_bytes())
        .expect("python3 reads its input");
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "python3 failed: {}", output.status);
    String::from_utf8(output.stdout)
        .expect("python3 writes UTF-8")
        .lines()
        .map(str::to_owned)
        .collect()
}
