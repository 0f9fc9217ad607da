//! The texts that try to be more than text, and what must hold of everything they come out in.

use std::sync::Arc;

use sockeye::model::payload::is_hidden;

/// A hostile text, and what it is called where something does not hold.
#[derive(Clone)]
pub struct Text {
    pub name: &'static str,
    pub bytes: Arc<[u8]>,
}

impl Text {
    /// As text: what is not UTF-8 is replaced, as where a text is asked for.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// As one line of a script or of a TOML text: what would end the line is left out.
    pub fn line(&self) -> String {
        self.text().replace('\n', " ")
    }
}

/// The twelve that move what stands beside them (Unicode, Bidirectional Algorithm, "Directional Formatting Characters").
const BIDI: &str = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";

/// A link (OSC 8) and the clipboard (OSC 52), ended by BEL and by ST, begun with ESC ] and with the C1 of that meaning.
const OSC: &str = "\u{1b}]8;;http://evil.example/\u{7}link\u{1b}]8;;\u{7}\u{1b}]52;c;ZXZpbA==\u{1b}\\\
                   \u{9d}52;c;ZXZpbA==\u{9c}\u{1b}[2J\u{1b}[1;1H\u{9b}2J";

/// Rows that never were, by every sign that some program takes for the end of a line.
const ROWS: &str = "x\n   9    0.0001  #9      evil.close()  → None\r\nevil,row\rback\u{b}down\u{c}page\u{85}next\u{2028}line\u{2029}part";

/// How the lines of [`ROWS`] would begin.
const FORGED: [&str; 3] = ["9    0.0001", "evil,row", "back\\x0b"];

const MARKUP: &str = "</text><script>alert(1)</script>]]><!--&#0;&amp;\"' onload='x' `|` [a](http://b) ![i](j) **b** \\| \
                      www.x.y\n# h\n```\n%%{init: {}}%% end; loop #x $$x$$ @{ */ /* \"\"\" ''' ??/ \\";

/// What makes a spreadsheet calculate, at a cell's begin and behind what may begin a new one.
const FORMULAS: [(&str, &[u8]); 8] = [
    ("formula =", b"=cmd|' /C calc'!A0"),
    ("formula +", b"+1+1"),
    ("formula -", b"-1+1"),
    ("formula @", b"@SUM(A1:A9)"),
    ("formula tab", b"\t=1+1"),
    ("formula CR", b"\r=1+1"),
    ("formula quote", b"\",=1+1,\""),
    ("formula wide", "\u{ff1d}1+1".as_bytes()),
];

/// All of them.
pub fn all() -> Vec<Text> {
    let controls: String = ('\0'..='\u{9f}').filter(|c| c.is_control()).collect();
    let zero_widths = "a\u{200b}b\u{200c}c\u{200d}d\u{2060}e\u{feff}f\u{ad}g\u{180e}h\u{fe0f}i\u{e0041}j\u{115f}k\u{3164}";
    let mut texts: Vec<(&'static str, Vec<u8>)> = vec![
        ("all bytes", (0..=255).collect()),
        ("C0 and C1", controls.into_bytes()),
        ("OSC 8 and 52", OSC.into()),
        ("bidi controls", format!("a{BIDI}b").into_bytes()),
        ("zero widths", zero_widths.into()),
        (
            "bad UTF-8",
            b"ok\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x80".to_vec(),
        ),
        ("forged rows", ROWS.into()),
        ("markup", MARKUP.into()),
        ("combining marks", marks().into_bytes()),
        ("a line of 1 MiB", long_line().into_bytes()),
    ];
    texts.extend(FORMULAS.map(|(name, bytes)| (name, bytes.to_vec())));
    let texts = texts.into_iter();
    texts
        .map(|(name, bytes)| Text {
            name,
            bytes: bytes.into(),
        })
        .collect()
}

/// A letter under 10,000 marks.
pub fn marks() -> String {
    format!("e{}", "\u{301}".repeat(10_000))
}

/// A line of 1 MiB.
pub fn long_line() -> String {
    "long ".repeat(1024 * 1024 / 5)
}

/// All that is short in one, for where each costs a window.
pub fn short_in_one() -> String {
    let short = all().into_iter().filter(|text| text.bytes.len() < 1000);
    let short: Vec<String> = short.map(|text| text.text()).collect();
    format!("={}", short.join(" "))
}

/// The first character of `text` that is not to be seen raw; ends of lines are allowed where lines are.
pub fn hidden(text: &str, lines: bool) -> Option<char> {
    text.chars()
        .find(|c| is_hidden(*c) && !(lines && *c == '\n'))
}

/// Whether more marks stand on a letter than any writing has: they would cover the lines above it.
pub fn is_piled_up(text: &str) -> bool {
    text.contains(&"\u{301}".repeat(5))
}

/// Nothing in `words` is hidden or covers other words, and no line was forged.
#[track_caller]
pub fn is_visible(what: &str, words: &str) {
    assert_eq!(hidden(words, true), None, "{what}: {words:.2000}");
    assert!(!is_piled_up(words), "{what}: {words:.200}");
    for line in words.lines() {
        let begin = line.trim_start();
        let forged = FORGED.iter().find(|forged| begin.starts_with(**forged));
        assert_eq!(forged, None, "{what}: {words:.2000}");
    }
}

/// The same, and no line is longer than a line shown may be.
#[track_caller]
pub fn is_clean(what: &str, words: &str) {
    is_visible(what, words);
    let long = words.lines().find(|line| line.len() > LONGEST);
    assert_eq!(
        long.map(str::len),
        None,
        "{what}: {:.300}",
        long.unwrap_or_default()
    );
}

/// The longest line shown, in bytes: a text of 4 KiB, each of its bytes as an escape, with other words round it.
const LONGEST: usize = 4 * (4096 + 1024);
