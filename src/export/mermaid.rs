//! The ladder as a Mermaid sequence diagram: a participant per socket and per peer outside, a message for all that
//! travelled, a note for each call that no message tells of, and for each that waited or failed.
//!
//! What TCP does and Sockeye did not see has a dashed line. Mermaid takes no more than 50,000 characters: of a long
//! session the newest is there, and a note says so.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::model::ladder::{Arrow, ArrowLook, BoxLook, CallBox, Lane, Scene};
use crate::model::payload::visible_text;
use crate::model::recording::{Recording, RowNumber};
use crate::model::socket::SocketTable;

use super::ladder;

/// Characters of a diagram; Mermaid's own limit is 50,000.
const MOST: usize = 45_000;
/// Characters of one text.
const LONGEST: usize = 80;

/// The diagram, with a line end behind its last line.
pub fn diagram(recording: &Recording) -> String {
    of_scene(&ladder::scene(recording), recording)
}

/// The diagram of a scene.
pub fn of_scene(scene: &Scene, recording: &Recording) -> String {
    let header = recording.header();
    let mut text = format!(
        "sequenceDiagram\n%% Sockeye: a session on {}, begun {}\n",
        comment(&header.platform),
        comment(&header.started)
    );
    let part = ladder::Part::newest(scene.clone(), recording.sockets(), ladder::MOST);
    let (scene, lanes) = (&part.scene, &part.lanes);
    let names = Names::of(lanes);
    let mut participants = String::new();
    for lane in lanes {
        let (id, said) = (
            names.of_lane(*lane),
            participant(*lane, recording.sockets()),
        );
        // Writing to a String can't fail.
        writeln!(participants, "participant {id} as {said}").ok();
    }
    let told = lines(scene, &names);
    let mut room = MOST.saturating_sub(text.len() + participants.len() + 200);
    let fits = |line: &&String| {
        let needed = line.len() + 1;
        let fits = needed <= room;
        room = room.saturating_sub(needed);
        fits
    };
    let kept = told.iter().rev().take_while(fits).count();
    let left_out = told.len() - kept;
    text += &participants;
    if let Some(first) = lanes.first() {
        let id = names.of_lane(*first);
        let older = (left_out > 0).then(|| format!("not in this diagram: {left_out} older lines"));
        for said in part.left_out().into_iter().chain(older) {
            writeln!(text, "Note over {id}: {}", escaped(&said)).ok();
        }
    }
    for line in &told[left_out..] {
        text += line;
        text.push('\n');
    }
    text
}

/// What the participants are called inside the diagram: letters and digits of ours only.
struct Names(HashMap<Lane, String>);

impl Names {
    fn of(lanes: &[Lane]) -> Self {
        let mut outside = 0;
        let name = |lane: &Lane| match lane {
            Lane::Socket(id) => format!("s{}", id.0),
            Lane::Outside(_) => {
                outside += 1;
                format!("p{outside}")
            }
        };
        let names: Vec<String> = lanes.iter().map(name).collect();
        Self(lanes.iter().copied().zip(names).collect())
    }

    fn of_lane(&self, lane: Lane) -> &str {
        self.0.get(&lane).map_or("s0", String::as_str)
    }
}

fn participant(lane: Lane, sockets: &SocketTable) -> String {
    match lane {
        Lane::Outside(address) => format!("another program<br/>{}", escaped(&address.to_string())),
        Lane::Socket(id) => match sockets.get(id) {
            Some(socket) => {
                let name = escaped(&format!("{id} {}", socket.name));
                let local = socket.local.map(|local| escaped(&local.to_string()));
                local.map_or(name.clone(), |local| format!("{name}<br/>{local}"))
            }
            None => escaped(&id.to_string()),
        },
    }
}

/// All messages and notes, from the ladder's top to its bottom.
fn lines(scene: &Scene, names: &Names) -> Vec<String> {
    let told: HashSet<RowNumber> = scene
        .arrows
        .iter()
        .flat_map(|arrow| [arrow.from.row, arrow.taken.and_then(|taken| taken.row)])
        .flatten()
        .collect();
    let mut lines: Vec<(f64, String)> = Vec::new();
    for call in &scene.boxes {
        if let Some(note) = note(call, told.contains(&call.row), names) {
            // Of a call that waited it says the end.
            let has_waited = matches!(call.look, BoxLook::Waited | BoxLook::Interrupted);
            lines.push((if has_waited { call.bottom } else { call.top }, note));
        }
    }
    for span in &scene.spans {
        let call = &span.call;
        let ends: Vec<&str> = span
            .notches
            .iter()
            .map(|notch| names.of_lane(Lane::Socket(notch.socket)))
            .collect();
        // Mermaid's notes stand over one lane, or over all from one to another.
        let over = match &ends[..] {
            [] => None,
            [only] => Some((*only).to_owned()),
            [first, .., last] => Some(format!("{first},{last}")),
        };
        if let (Some(over), Some(said)) = (over, said(call, false)) {
            let has_ended = matches!(call.look, BoxLook::Waited | BoxLook::Interrupted);
            let at = if has_ended { call.bottom } else { call.top };
            lines.push((at, format!("Note over {over}: {said}")));
        }
    }
    let calls: HashMap<RowNumber, &str> = scene
        .boxes
        .iter()
        .map(|call| (call.row, call.text.as_str()))
        .collect();
    for arrow in &scene.arrows {
        lines.push((arrow.landing.y, message(arrow, &calls, names)));
    }
    lines.sort_by(|one, other| one.0.total_cmp(&other.0));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn message(arrow: &Arrow, calls: &HashMap<RowNumber, &str>, names: &Names) -> String {
    let (from, to) = (
        names.of_lane(arrow.from.lane),
        names.of_lane(arrow.landing.lane),
    );
    let call = |row: Option<RowNumber>| row.and_then(|row| calls.get(&row).copied());
    let by = call(arrow.from.row)
        .filter(|_| arrow.look != ArrowLook::Birth)
        .filter(|_| arrow.look != ArrowLook::Handshake || is_first_segment(&arrow.label))
        .map_or_else(String::new, |call| format!("{call}: "));
    let taken = call(arrow.taken.and_then(|taken| taken.row))
        .map_or_else(String::new, |call| format!(" → {call}"));
    let share = arrow
        .share
        .as_ref()
        .map_or_else(String::new, |share| format!(" ({share})"));
    let unseen = if arrow.is_seen {
        ""
    } else {
        " (by TCP, not seen)"
    };
    let label = escaped(&format!("{by}{}{share}{taken}{unseen}", arrow.label));
    let sign = match arrow.look {
        ArrowLook::Seat => return format!("Note over {to}: {}", escaped(&arrow.label)),
        ArrowLook::Lost | ArrowLook::Reset => "-x",
        ArrowLook::Datagram => "-)",
        _ if !arrow.is_seen => "-->>",
        ArrowLook::Data | ArrowLook::Handshake | ArrowLook::Birth | ArrowLook::End => "->>",
    };
    let carries = matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram);
    let is_ours = matches!(arrow.landing.lane, Lane::Socket(_));
    let rest = if carries && is_ours && arrow.taken.is_none() {
        " (not received)"
    } else {
        ""
    };
    format!("{from}{sign}{to}: {label}{rest}")
}

/// Whether a segment of the handshake is the one that the connect itself sent off.
fn is_first_segment(label: &str) -> bool {
    label.starts_with("SYN") && label != "SYN+ACK"
}

/// What a message does not tell of a call.
fn note(call: &CallBox, is_told: bool, names: &Names) -> Option<String> {
    let lane = names.of_lane(call.lane);
    Some(format!("Note over {lane}: {}", said(call, is_told)?))
}

/// A call in words; `None` where a message tells of it.
fn said(call: &CallBox, is_told: bool) -> Option<String> {
    let times = if call.count > 1 {
        format!(" × {}", call.count)
    } else {
        String::new()
    };
    let result = if call.result.is_empty() || call.result == "None" {
        String::new()
    } else {
        format!(" → {}", call.result)
    };
    let text = &call.text;
    let waited = call.waited.as_deref().unwrap_or_default();
    let said = match call.look {
        BoxLook::Done if is_told => return None,
        BoxLook::Done | BoxLook::WouldBlock => format!("{text}{result}{times}"),
        BoxLook::Waited => format!("{text} waited {waited}{result}"),
        BoxLook::Waiting => format!("{text} still waits, {waited} so far"),
        BoxLook::Error => format!("{text}{times} failed{result}"),
        BoxLook::Interrupted => format!("{text} waited {waited} and was stopped"),
        BoxLook::GivenUp => format!("{text} never ends, as its thread has failed"),
    };
    Some(escaped(said.trim()))
}

/// Text that is nothing but text to Mermaid: signs that might mean something are written as their numbers.
pub fn escaped(text: &str) -> String {
    let visible = visible_text(text);
    let mut safe = String::new();
    for (index, character) in visible.chars().enumerate() {
        if index >= LONGEST {
            safe.push('…');
            break;
        }
        let is_plain = character.is_alphanumeric() || " .,()/_+=→×✓…-".contains(character);
        if is_plain {
            safe.push(character);
        } else {
            // Writing to a String can't fail.
            write!(safe, "#{};", u32::from(character)).ok();
        }
    }
    without_keyword(&safe)
}

/// `end` as a word closes a block, in whatever case it is written.
fn without_keyword(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut word = String::new();
    let flush = |word: &mut String, safe: &mut String| {
        if word.eq_ignore_ascii_case("end") {
            let (first, rest) = word.split_at(1);
            for character in first.chars() {
                write!(safe, "#{};", u32::from(character)).ok();
            }
            safe.push_str(rest);
        } else {
            safe.push_str(word);
        }
        word.clear();
    };
    for character in text.chars() {
        if character.is_alphanumeric() {
            word.push(character);
        } else {
            flush(&mut word, &mut safe);
            safe.push(character);
        }
    }
    flush(&mut word, &mut safe);
    safe
}

/// Text inside a comment: words and times, no sign that could begin a directive or end a fence.
fn comment(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || " .,:()/_+-".contains(character);
    visible_text(text)
        .chars()
        .map(|character| if plain(character) { character } else { ' ' })
        .collect()
}
