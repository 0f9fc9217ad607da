//! What an export must be, whatever is in it: a diagram that Mermaid's grammar allows, a picture of shapes and words, a
//! report without markup but its own.
//!
//! The grammar here is that of Mermaid's documentation, stricter: only the statements and signs written by Sockeye.
//! Where `SOCKEYE_MERMAID` names Mermaid's own module, its parser reads the diagrams too.
#![allow(clippy::print_stderr, reason = "a test says what it could not try")]

use sockeye::model::payload::is_hidden;

const ARROWS: [&str; 4] = ["-->>", "->>", "-x", "-)"];

/// A participant's name: a letter of ours and a number.
fn is_name(name: &str) -> bool {
    let digits = name.strip_prefix('s').or_else(|| name.strip_prefix('p'));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Free text: no sign that means something to Mermaid, entities by number only, no keyword.
pub fn is_text(text: &str) -> bool {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        plain.push_str(&rest[..at]);
        let Some(end) = rest[at..].find(';') else {
            return false;
        };
        let digits = &rest[at + 1..at + end];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        plain.push('¤');
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    let plain = plain.replace("<br/>", " ");
    let signs = "<>;:%{}\"'`$&\\|*[]~@!?^";
    !plain.chars().any(|c| signs.contains(c) || is_hidden(c))
        && !plain
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word.eq_ignore_ascii_case("end"))
}

/// What is wrong with a line of a diagram, if something is.
pub fn wrong(line: &str, known: &[String]) -> Option<String> {
    let known = |name: &str| is_name(name) && known.iter().any(|other| other == name);
    let fails = |what: &str| Some(format!("{what}: {line}"));
    if let Some(rest) = line.strip_prefix("participant ") {
        let Some((name, text)) = rest.split_once(" as ") else {
            return fails("no alias");
        };
        return (!known(name) || !is_text(text)).then(|| format!("participant: {line}"));
    }
    if let Some(rest) = line.strip_prefix("Note over ") {
        let Some((name, text)) = rest.split_once(": ") else {
            return fails("no text");
        };
        return (!known(name) || !is_text(text)).then(|| format!("note: {line}"));
    }
    if let Some(rest) = line.strip_prefix("%% ") {
        return rest
            .contains(['{', '}'])
            .then(|| format!("a directive: {line}"));
    }
    let Some((ends, text)) = line.split_once(": ") else {
        return fails("no message");
    };
    let Some((from, to)) = ARROWS.iter().find_map(|arrow| ends.split_once(arrow)) else {
        return fails("no arrow");
    };
    (!known(from) || !known(to) || !is_text(text)).then(|| format!("message: {line}"))
}

/// Fails unless it is a diagram of which every line is one that the grammar allows.
#[track_caller]
pub fn is_diagram(diagram: &str) {
    assert!(diagram.len() < 50_000, "{} characters", diagram.len());
    let mut lines = diagram.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    let names: Vec<String> = diagram
        .lines()
        .filter_map(|line| line.strip_prefix("participant ")?.split(' ').next())
        .map(str::to_owned)
        .collect();
    let wrong: Vec<String> = lines.filter_map(|line| wrong(line, &names)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    mermaids_own_parser(diagram);
}

/// Hands the diagram to Mermaid itself, where it is there.
#[track_caller]
fn mermaids_own_parser(diagram: &str) {
    let Some(module) = std::env::var_os("SOCKEYE_MERMAID") else {
        eprintln!("Mermaid's own parser was not tried: SOCKEYE_MERMAID names no module");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (
        folder.path().join("parse.mjs"),
        folder.path().join("diagram"),
    );
    std::fs::write(&file, diagram).unwrap();
    std::fs::write(
        &program,
        "import { readFileSync } from 'node:fs';\n\
         import { pathToFileURL } from 'node:url';\n\
         const { default: mermaid } = await import(pathToFileURL(process.argv[2]));\n\
         const read = await mermaid.parse(readFileSync(process.argv[3], 'utf8'));\n\
         if (read.diagramType !== 'sequence') throw new Error(read.diagramType);\n",
    )
    .unwrap();
    let output = std::process::Command::new("node")
        .arg(program)
        .arg(module)
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{diagram}");
}

const ELEMENTS: [&str; 8] = [
    "svg", "title", "g", "rect", "line", "path", "circle", "text",
];

const ATTRIBUTES: [&str; 25] = [
    "width",
    "height",
    "viewBox",
    "role",
    "transform",
    "x",
    "y",
    "rx",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "d",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "font-family",
    "font-size",
    "font-weight",
    "text-anchor",
    "space",
];

/// Fails unless it is a picture of shapes and words that reaches for nothing.
#[track_caller]
pub fn is_picture(text: &str) {
    let document = roxmltree::Document::parse(text).unwrap();
    assert!(
        document
            .root_element()
            .has_tag_name(("http://www.w3.org/2000/svg", "svg"))
    );
    for node in document.descendants() {
        if node.is_element() {
            assert!(ELEMENTS.contains(&node.tag_name().name()), "{node:?}");
            for attribute in node.attributes() {
                assert!(ATTRIBUTES.contains(&attribute.name()), "{attribute:?}");
                let value = attribute.value();
                assert!(!value.contains("url(") && !value.contains("://"), "{value}");
                assert!(!value.contains("script"), "{value}");
            }
        }
        assert!(!node.is_pi() && !node.is_comment(), "{node:?}");
    }
    let raw: Vec<char> = text
        .chars()
        .filter(|c| is_hidden(*c) && *c != '\n')
        .collect();
    assert!(raw.is_empty(), "{raw:?}");
}

/// Fails unless its only markup is the report's own: five headings, a diagram's fence, tables of three widths.
#[track_caller]
pub fn is_report(text: &str) {
    let raw: Vec<char> = text
        .chars()
        .filter(|c| is_hidden(*c) && *c != '\n')
        .collect();
    assert!(raw.is_empty(), "{raw:?}");
    assert_eq!(
        text.matches("```").count(),
        2,
        "only the diagram's fence\n{text}"
    );
    assert_eq!(
        text.lines().filter(|line| line.starts_with('#')).count(),
        5,
        "{text}"
    );
    let diagram = text.split("```").nth(1).unwrap().to_owned();
    for line in text
        .replace(&diagram, "")
        .lines()
        .filter(|line| line.starts_with('|'))
    {
        let bars = line.matches('|').count();
        assert!([3, 7, 11].contains(&bars), "{bars} bars in {line}");
        let markup = line.replace("<code>", "").replace("</code>", "");
        assert!(
            !markup.contains(['<', '`', '\\', '*', '[', ']', '!']),
            "{line}"
        );
        assert!(
            !markup.contains("://") && !markup.contains("www."),
            "{line}"
        );
    }
}
