//! The built program in a terminal: what it prints of files, names, arguments and peers.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use sockeye::import;
use sockeye::model::payload::python_literal;

use crate::common::{sockeye, told};
use crate::texts::{self, Text, is_clean};

/// So much of a text is sent: more would wait for room in the buffers of a connection.
const SENT: usize = 20_000;

/// Runs it: exit code, and both of what it prints, which is clean.
fn run(what: &str, arguments: &[&std::ffi::OsStr]) -> (i32, String, String) {
    let mut command = sockeye(&[]);
    let (code, out, err) = told(&command.args(arguments).output().unwrap());
    is_clean(&format!("{what}, standard output"), &out);
    is_clean(&format!("{what}, standard error"), &err);
    (code, out, err)
}

/// A script that says and sends these texts over a connection, each received by the other end and not as expected.
pub fn script(texts: &[Text]) -> String {
    let mut script = "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 0))\nserver.listen(1)\n\
                      client = socket(AF_INET, SOCK_STREAM)\nclient.connect(server.getsockname())\n\
                      conn, peer = server.accept()\n"
        .to_owned();
    for text in texts {
        let sent = &text.bytes[..text.bytes.len().min(SENT)];
        let literal = python_literal(sent, usize::MAX);
        let (line, other) = (text.line(), "other".repeat(20));
        write!(
            script,
            "# {line}\nclient.sendall({literal})\nconn.recv(65536)  # -> b\"{other}\"\n"
        )
        .unwrap();
    }
    script
}

/// The short texts in one script, and each long one in a script of its own.
pub fn scripts() -> Vec<String> {
    let (long, short): (Vec<Text>, Vec<Text>) = texts::all()
        .into_iter()
        .partition(|text| text.bytes.len() > SENT);
    let mut scripts = vec![script(&short)];
    scripts.extend(long.into_iter().map(|mut text| {
        // A script has at most 1 MiB.
        let most = text.bytes.len().min((1 << 20) - 100_000);
        text.bytes = text.bytes[..most].into();
        script(&[text])
    }));
    scripts
}

/// Seen failing with: `text::player` writing its line as it is.
#[test]
fn a_play_prints_what_peers_and_scripts_say_as_visible_text() {
    let folder = tempfile::tempdir().unwrap();
    for text in scripts() {
        let (file, saved) = (folder.path().join("script"), folder.path().join("saved"));
        std::fs::write(&file, text).unwrap();
        let arguments = [
            "play".as_ref(),
            file.as_os_str(),
            "--save".as_ref(),
            saved.as_os_str(),
        ];
        let (code, out, err) = run("play", &arguments);
        assert_eq!(code, 1, "{err}");
        // No line was forged: one per call.
        let session = import::read_file(&saved).unwrap();
        let numbered = |line: &&str| {
            line.get(..4)
                .is_some_and(|number| number.trim().parse::<u64>().is_ok())
        };
        assert_eq!(
            out.lines().filter(numbered).count() as u64,
            session.calls(),
            "{out:.3000}"
        );
        assert_eq!(
            err.lines().count(),
            session
                .notes()
                .filter(|note| is_unexpected(&note.note))
                .count(),
            "{err}"
        );
        let (_, out, _) = run(
            "export",
            &[
                "export".as_ref(),
                saved.as_os_str(),
                "--as".as_ref(),
                "text".as_ref(),
                "--out".as_ref(),
                "/dev/stdout".as_ref(),
            ],
        );
        assert_eq!(
            out.lines().filter(numbered).count() as u64,
            session.calls(),
            "{out:.3000}"
        );
        let (_, out, _) = told(&sockeye(&["play", "--jsonl"]).arg(&file).output().unwrap());
        assert_eq!(texts::hidden(&out, true), None);
        import::read(out.as_bytes()).unwrap();
    }
}

fn is_unexpected(note: &sockeye::model::event::PlayerNote) -> bool {
    matches!(note, sockeye::model::event::PlayerNote::Unexpected { .. })
}

/// Seen failing with: `complain` and `TomlFile::fail` writing what they are given.
#[test]
fn what_is_wrong_with_a_file_is_one_clean_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let header = br#"{"sockeye":1,"network":"n","platform":"p","clock":"c","started":"s"}"#;
    for Text { name, bytes } in texts::all() {
        let string = toml::Value::String(String::from_utf8_lossy(&bytes).into_owned()).to_string();
        let json = serde_json::to_string(&String::from_utf8_lossy(&bytes)).unwrap();
        let lines = |lines: &[&[u8]]| lines.join(&b'\n');
        for (kind, content) in [
            (
                "script",
                lines(&[
                    b"server = socket(AF_INET, SOCK_STREAM)",
                    &[b"server.", &bytes[..]].concat(),
                ]),
            ),
            ("lesson", lines(&[b"title = \"x\"", &bytes])),
            (
                "key of a lesson",
                format!("title = \"x\"\n{string} = 1\n").into_bytes(),
            ),
            ("session", lines(&[header, &bytes])),
            (
                "kind of a session",
                lines(&[header, format!("{{\"kind\":{json}}}\n").as_bytes()]),
            ),
            (
                "name of a session",
                lines(&[
                    header,
                    format!("{{\"kind\":\"call\",\"n\":{json}}}\n").as_bytes(),
                ]),
            ),
        ] {
            std::fs::write(&file, content).unwrap();
            let (code, out, err) = run(name, &["check".as_ref(), file.as_os_str()]);
            assert_eq!(
                (code, &*out, err.lines().count()),
                (2, "", 1),
                "{name} as {kind}: {err:.1000}"
            );
        }
    }
}

/// Seen failing with: `in_visible_arguments` returning `None`.
#[test]
fn a_name_of_a_file_and_an_argument_are_printed_as_visible_text() {
    let folder = tempfile::tempdir().unwrap();
    for Text { name, bytes } in texts::all() {
        // A name has at most 255 bytes, and neither `/` nor NUL in it.
        let plain = bytes
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'/' | 0))
            .take(250);
        let file = OsString::from_vec(plain.collect());
        let path = folder.path().join(&file);
        std::fs::write(&path, "server.").unwrap();
        for command in ["check", "play", "export"] {
            let mut arguments = vec![command.as_ref(), path.as_os_str()];
            if command == "export" {
                arguments.extend([
                    "--as".as_ref(),
                    "text".as_ref(),
                    "--out".as_ref(),
                    "/dev/null".as_ref(),
                ] as [&std::ffi::OsStr; 4]);
            }
            let (code, _, err) = run(name, &arguments);
            assert_eq!((code, err.lines().count()), (2, 1), "{name}: {err}");
        }
        std::fs::remove_file(&path).unwrap();
        let (code, _, err) = run(name, &["check".as_ref(), path.as_os_str()]);
        assert_eq!((code, err.lines().count()), (2, 1), "{name}: {err}");
        // A name that a shell found may stand where something else was to stand.
        let (code, _, err) = run(
            name,
            &["play".as_ref(), "tcp-capitalise".as_ref(), path.as_os_str()],
        );
        assert_eq!(code, 2, "{name}: {err}");
        run(
            name,
            &[
                "export".as_ref(),
                "tcp-capitalise".as_ref(),
                "--as".as_ref(),
                &file,
            ],
        );
        // Nor is it taken for a folder that can be written to.
        let out = path.join("out");
        let (code, _, err) = run(
            name,
            &[
                "export".as_ref(),
                "tcp-capitalise".as_ref(),
                "--free-ports".as_ref(),
                "--as".as_ref(),
                "text".as_ref(),
                "--out".as_ref(),
                out.as_os_str(),
            ],
        );
        assert_eq!((code, err.lines().count()), (1, 1), "{name}: {err}");
    }
}

/// A lesson that says one text in every place that holds words.
pub fn lesson(text: &str) -> String {
    let words = toml::Value::String(text.to_owned());
    format!(
        "title = {words}\ngoal = {words}\n\
         [[program]]\nname = \"alice\"\nfile = \"alice.py\"\nrole = \"peer\"\n\
         source = {source}\n\
         [[step]]\nprogram = \"alice\"\ncall = 'first = socket(AF_INET, SOCK_STREAM)'\nsay = {words}\n\
         card = {{ lecture = {words}, system = {words} }}\n\
         [step.question]\nask = {words}\n\
         choices = [ {{ text = {words}, when = \"ok\" }}, {{ text = \"another\", when = \"ENOTCONN\" }} ]\n\
         [[step]]\nprogram = \"alice\"\ncall = 'first.recv(10)  # -> ENOTCONN'\nsay = {words}\n",
        source = toml::Value::String(format!("# {text}\nfirst = socket(AF_INET, SOCK_STREAM)\n"))
    )
}

/// The texts as a lesson may say them: a text has at most two sentences, and few words.
pub fn said() -> Vec<(&'static str, String)> {
    let texts = texts::all().into_iter();
    let said = texts.map(|text| {
        let words = text.text().replace(['.', '!', '?'], " ");
        let few: Vec<&str> = words.split(' ').take(20).collect();
        (
            text.name,
            format!("x{}", few.join(" ").chars().take(3_900).collect::<String>()),
        )
    });
    said.collect()
}

/// Seen failing with: `Printer::remark` and the texts of a lesson as they are written.
#[test]
fn what_a_lesson_says_is_printed_as_visible_text() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (name, text) in said() {
        std::fs::write(file.path(), lesson(&text)).unwrap();
        let path: &Path = file.path();
        let (code, out, err) = run(name, &["check".as_ref(), path.as_os_str()]);
        assert_eq!((code, &*err), (0, ""), "{name}: {out}");
        let (code, out, err) = run(name, &["play".as_ref(), path.as_os_str()]);
        assert_eq!((code, &*err), (0, ""), "{name}: {out}");
    }
}
