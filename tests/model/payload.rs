//! Payload fields, and bytes from outside made safe to show.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use sockeye::model::payload::{
    MAX_PAYLOAD, Payload, SHOWN, hex, is_hidden, parse_hex, parse_text, python_literal, upper,
    visible, visible_text,
};

use crate::python;

fn bytes_of(payload: &Payload) -> Vec<u8> {
    payload.to_bytes().expect("not let go").to_vec()
}

#[test]
fn text_is_bytes_as_typed() {
    for (text, bytes) in [
        ("", &b""[..]),
        ("hello sockets", b"hello sockets"),
        (" é\n", b" \xc3\xa9\n"),
        ("\\n", b"\\n"),
    ] {
        assert_eq!(
            bytes_of(&parse_text(text).expect("short")),
            bytes,
            "{text:?}"
        );
    }
}

#[test]
fn hex_takes_spaces_and_prefixes() {
    for (text, bytes) in [
        ("", &b""[..]),
        ("68656c6c6f", b"hello"),
        ("68 65 6C 6c 6F", b"hello"),
        ("0x68656c6c6f", b"hello"),
        ("0x68 0X65", b"he"),
        ("  00 ff\n", b"\x00\xff"),
        ("00", b"\x00"),
    ] {
        assert_eq!(bytes_of(&parse_hex(text).expect(text)), bytes, "{text:?}");
    }
}

#[test]
fn hex_says_what_is_wrong_and_where() {
    for (text, sentence) in [
        (
            "abc",
            "the digit at position 3 stands alone: a byte is two hex digits",
        ),
        (
            "a b",
            "the digit at position 1 stands alone: a byte is two hex digits",
        ),
        (
            "48 6",
            "the digit at position 4 stands alone: a byte is two hex digits",
        ),
        ("0x", "type hex digits after 0x"),
        ("48 0x", "type hex digits after 0x"),
        ("4g", "g at position 2 is no hex digit: use 0–9 and a–f"),
        ("é0", "é at position 1 is no hex digit: use 0–9 and a–f"),
        ("48０0", "０ at position 3 is no hex digit: use 0–9 and a–f"),
        (
            "48\u{202e}",
            "\\u{202e} at position 3 is no hex digit: use 0–9 and a–f",
        ),
        (
            "4\\x1b",
            "\\ at position 2 is no hex digit: use 0–9 and a–f",
        ),
        ("1x23", "x at position 2 is no hex digit: use 0–9 and a–f"),
    ] {
        assert_eq!(
            parse_hex(text).expect_err(text).to_string(),
            sentence,
            "{text:?}"
        );
    }
}

#[test]
fn sixteen_mebibytes_are_the_most() {
    let most = "a".repeat(MAX_PAYLOAD);
    assert_eq!(
        parse_text(&most).expect("just fits").len(),
        16 * 1024 * 1024
    );
    assert_eq!(
        parse_text(&(most + "a"))
            .expect_err("one too many")
            .to_string(),
        "too long: one call takes at most 16 MiB"
    );
    let too_many = "61".repeat(MAX_PAYLOAD + 1);
    assert_eq!(
        parse_hex(&too_many).expect_err("one too many").to_string(),
        "too long: one call takes at most 16 MiB"
    );
}

#[test]
fn odd_characters_are_visible_escapes() {
    for (bytes, shown) in [
        (&b"hello"[..], "hello"),
        (b"a\0b", "a\\x00b"),
        (b"\r\n\t", "\\r\\n\\t"),
        (b"\x1b[31m", "\\x1b[31m"),
        (b"\x7f", "\\x7f"),
        (b"\xff\xc3", "\\xff\\xc3"),
        ("é€".as_bytes(), "é€"),
        ("\u{202e}abc".as_bytes(), "\\u{202e}abc"),
        ("a\u{200b}b\u{feff}".as_bytes(), "a\\u{200b}b\\u{feff}"),
        ("\u{85}\u{2028}".as_bytes(), "\\u{85}\\u{2028}"),
    ] {
        assert_eq!(visible(bytes), shown, "{bytes:?}");
    }
}

#[test]
fn long_bytes_are_cut_between_characters_with_their_true_length() {
    let all = "a".repeat(SHOWN);
    assert_eq!(visible(all.as_bytes()), all);
    assert_eq!(
        visible((all.clone() + "b").as_bytes()),
        format!("{all}… 4097 bytes")
    );
    // The euro sign is three bytes: one or two of them stand before the cut.
    for shift in 0..3 {
        let text = "a".repeat(shift) + &"€".repeat(2000);
        let shown = visible(text.as_bytes());
        assert!(
            shown.ends_with(&format!("€… {} bytes", text.len())),
            "shift {shift}"
        );
        assert!(!shown.contains("\\x"), "shift {shift}");
    }
    // Continuation bytes without a start are no character: they are shown, not skipped.
    let shown = visible(&[0x80; SHOWN + 10]);
    assert_eq!(
        shown,
        format!("{}… {} bytes", "\\x80".repeat(SHOWN), SHOWN + 10)
    );
}

/// Writing has at most a few marks on a letter; a pile of them would cover the lines above.
///
/// Seen failing with: `is_mark` knowing none.
#[test]
fn a_pile_of_marks_is_escapes() {
    let few = format!("e{}", "\u{301}".repeat(4));
    assert_eq!(visible_text(&few), few);
    let pile = format!("{few}{few}\u{301}\u{301}x");
    let shown = format!("{few}{few}\\u{{301}}\\u{{301}}x");
    assert_eq!(visible_text(&pile), shown);
    assert_eq!(visible(pile.as_bytes()), shown);
    let program = "import unicodedata\nfor c in range(0x110000):\n  if unicodedata.category(chr(c)) in ('Mn', 'Me') and 'COMBINING' in unicodedata.name(chr(c), ''): print(c)";
    let marks = python::lines(program, "");
    assert!(marks.len() > 200, "{}", marks.len());
    for code in marks {
        let mark = char::from_u32(code.parse().expect("a number")).expect("a character");
        assert!(
            visible_text(&mark.to_string().repeat(5)).contains('\\'),
            "{mark:?}"
        );
    }
}

/// Python's Unicode database says which characters are control, format or separator characters.
#[test]
fn every_control_and_format_character_is_hidden() {
    let program = "import unicodedata\nfor c in range(0x110000):\n  if unicodedata.category(chr(c)) in ('Cc', 'Cf', 'Zl', 'Zp', 'Co'): print(c)";
    let hidden = python::lines(program, "");
    assert!(hidden.len() > 100_000, "private use alone has more");
    for code in hidden {
        let code: u32 = code.parse().expect("a number");
        let character = char::from_u32(code).expect("no surrogate is in these categories");
        assert!(is_hidden(character), "U+{code:04X}");
    }
    for character in "aé€中한ا\u{301}😀 \u{a0}".chars() {
        assert!(!is_hidden(character), "{character:?}");
    }
}

#[test]
fn capitals_are_pythons() {
    let all: Vec<u8> = (0..=255).collect();
    let expected = python::lines("print(bytes(range(256)).upper().hex())", "");
    assert_eq!(hex(&upper(&all)).replace(' ', ""), expected[0]);
    let repeat = Payload::Repeat {
        unit: upper(b"ab"),
        times: 3,
    };
    assert_eq!(bytes_of(&repeat.upper()), b"ABABAB");
}

#[test]
fn python_reads_the_literals() {
    let samples: Vec<Vec<u8>> = vec![
        (0..=255).collect(),
        b"hello \"sockets\" \\ 'x'".to_vec(),
        "é".into(),
        Vec::new(),
    ];
    let mut input = String::new();
    for bytes in &samples {
        writeln!(input, "{}", python_literal(bytes, 1000)).expect("a String");
    }
    let program = "import sys, ast\nfor line in sys.stdin: print(ast.literal_eval(line).hex())";
    for (bytes, read) in samples.iter().zip(python::lines(program, &input)) {
        assert_eq!(hex(bytes).replace(' ', ""), read);
    }
}

proptest! {
    #[test]
    fn hex_reads_back_what_it_shows(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(bytes_of(&parse_hex(&hex(&bytes)).expect("own hex")), bytes);
    }

    #[test]
    fn text_reads_back_as_it_was(text in "\\PC*") {
        prop_assert_eq!(bytes_of(&parse_text(&text).expect("short")), text.as_bytes());
    }

    #[test]
    fn no_text_makes_the_hex_field_panic(text in ".*") {
        drop(parse_hex(&text));
    }

    #[test]
    fn nothing_hidden_is_ever_shown(bytes in proptest::collection::vec(any::<u8>(), 0..5000), text in ".*") {
        prop_assert!(!visible(&bytes).chars().any(is_hidden));
        prop_assert!(!visible(text.as_bytes()).chars().any(is_hidden));
        prop_assert!(!visible_text(&text).chars().any(is_hidden));
        prop_assert!(python_literal(&bytes, 100).is_ascii() || bytes.len() > 100);
    }
}

#[test]
fn a_slice_is_made_without_the_rest() {
    let text = Payload::literal(b"hello sockets");
    let many = Payload::Repeat {
        unit: Arc::from(b"abc".as_slice()),
        times: u32::MAX,
    };
    assert_eq!(text.slice(6, 7).as_deref(), Some(b"sockets".as_slice()));
    assert_eq!(text.slice(6, 8), None);
    assert_eq!(many.slice(4, 4).as_deref(), Some(b"bcab".as_slice()));
    let end = many.len() as usize;
    assert_eq!(many.slice(end - 1, 1).as_deref(), Some(b"c".as_slice()));
    assert_eq!(many.slice(end - 1, 2), None);
    assert_eq!(Payload::LetGo(9).slice(0, 1), None);
}
