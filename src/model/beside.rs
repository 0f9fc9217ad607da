//! Blocking beside non-blocking: two sockets of a kind make the same recv; one waits, the other is told EAGAIN.
//!
//! Read from the recording, so that it is seen whoever made the calls: a script or a hand.

use super::call::{BlockingMode, Call, Outcome, SocketId};
use super::caption::{CaptionPart, Tone};
use super::recording::{CallEntry, Recording, RowNumber};
use super::socket::{Socket, SocketKind, SocketTable};

/// How many of the youngest rows are looked at: the cost of a frame must not grow with the recording.
const LOOKED_AT: usize = 512;

/// Two sockets of a kind that made the same call: A waited in it while B was told to ask again.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The call that both made.
    pub call: Call,
    /// A, the blocking socket.
    pub a: SocketId,
    /// The row of its wait.
    pub a_row: RowNumber,
    /// How its wait stands.
    pub a_wait: Wait,
    /// B, the non-blocking socket.
    pub b: SocketId,
    /// The row in which it was told to ask again, the youngest in A's wait.
    pub b_row: RowNumber,
    /// How often that row says so.
    pub b_asked: u64,
    /// The row in which asking again gave B something, and how many bytes.
    pub b_got: Option<(RowNumber, u64)>,
}

/// How a wait stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It goes on.
    On,
    /// It ended with so many bytes.
    Got(u64),
    /// It ended with nothing: an error, or it was stopped.
    Ended,
}

/// The two sockets, while both are open and one is blocking and the other is not. The youngest such wait counts.
pub fn beside(recording: &Recording) -> Option<Beside> {
    let sockets = recording.sockets();
    if !can_be(sockets) {
        return None;
    }
    let end = recording.len();
    // From the youngest row back: what is in these is younger than the row at hand.
    let mut refused: Vec<CallEntry> = Vec::new();
    let mut got: Vec<CallEntry> = Vec::new();
    for index in (end.saturating_sub(LOOKED_AT)..end).rev() {
        let Some(entry) = recording.row(index) else {
            continue;
        };
        let Some(socket) = entry.socket.and_then(|id| sockets.get(id)) else {
            continue;
        };
        if !is_candidate(socket) || entry.folded || !is_receive(&entry.call) {
            continue;
        }
        match (socket.mode, &entry.outcome) {
            (BlockingMode::Blocking, _) => {
                let asked = refused
                    .iter()
                    .find(|asked| is_same(asked, &entry, socket, sockets));
                if let Some(asked) = asked {
                    return pair(&entry, socket.id, asked, &got);
                }
            }
            (_, Some(outcome)) if outcome.is_would_block() => refused.push(entry),
            (_, Some(Outcome::Ok(_))) => got.push(entry),
            _ => {}
        }
    }
    None
}

fn pair(wait: &CallEntry, a: SocketId, asked: &CallEntry, got: &[CallEntry]) -> Option<Beside> {
    let after = |entry: &&CallEntry| entry.socket == asked.socket && entry.number > asked.number;
    Some(Beside {
        call: wait.call.clone(),
        a,
        a_row: wait.number,
        a_wait: match &wait.outcome {
            None => Wait::On,
            Some(Outcome::Ok(_)) => Wait::Got(wait.bytes_moved),
            Some(_) => Wait::Ended,
        },
        b: asked.socket?,
        b_row: asked.number,
        b_asked: asked.count,
        // The youngest stand first: the last of them is the first that B got.
        b_got: got
            .iter()
            .rfind(after)
            .map(|entry| (entry.number, entry.bytes_moved)),
    })
}

/// Whether there are two open sockets of a kind, one blocking and one not. Asked in each frame, before any row is read.
fn can_be(sockets: &SocketTable) -> bool {
    let has = |kind: SocketKind, mode: BlockingMode| {
        sockets
            .open()
            .any(|socket| is_candidate(socket) && socket.kind() == kind && socket.mode == mode)
    };
    [
        SocketKind::Client,
        SocketKind::Connection,
        SocketKind::UdpPeer,
    ]
    .into_iter()
    .any(|kind| has(kind, BlockingMode::NonBlocking) && has(kind, BlockingMode::Blocking))
}

fn is_candidate(socket: &Socket) -> bool {
    !socket.is_closed() && socket.kind() != SocketKind::Listener
}

fn is_receive(call: &Call) -> bool {
    matches!(call, Call::Recv { .. } | Call::RecvFrom { .. })
}

/// Whether the refused call is the same as that of the wait, was made by a socket of the same kind, and within it.
fn is_same(asked: &CallEntry, wait: &CallEntry, a: &Socket, sockets: &SocketTable) -> bool {
    let kind = asked.socket.and_then(|id| Some(sockets.get(id)?.kind()));
    let asked_end = asked.end.map_or(asked.start.seq, |end| end.seq);
    asked.call == wait.call
        && kind == Some(a.kind())
        && asked_end > wait.start.seq
        && wait.end.is_none_or(|end| asked.start.seq < end.seq)
        && !wait.abandoned
}

impl Beside {
    /// The letter on a socket's card.
    pub fn letter(&self, socket: SocketId) -> Option<char> {
        match socket {
            id if id == self.a => Some('A'),
            id if id == self.b => Some('B'),
            _ => None,
        }
    }

    /// The caption, where the last event is one of the calls that are compared; in at most
    /// [`super::caption::MOST_WORDS`] words.
    pub fn caption(&self, last: &CallEntry) -> Option<Vec<CaptionPart>> {
        let b_got = self.b_got.map(|(row, _)| row);
        let is_ours =
            last.number == self.a_row || last.number == self.b_row || Some(last.number) == b_got;
        if !is_ours {
            return None;
        }
        let waits = |text: &str| part(text, Tone::Waits);
        let asked = |text: &str| part(text, Tone::WouldBlock);
        let a = |text: &str| part(text, Tone::Socket(self.a));
        let b = |text: &str| part(text, Tone::Socket(self.b));
        let plain = |text: &str| part(text, Tone::Plain);
        let (first, rest) = match (self.a_wait, self.b_got) {
            (Wait::On, None) => (
                waits("A waits"),
                [
                    plain(", "),
                    asked("B asked too early"),
                    plain(": nothing in the buffer yet."),
                ],
            ),
            (Wait::On, Some((_, bytes @ 1..))) => (
                waits("A waits"),
                [plain(", "), b("B asked again"), plain(&has(bytes))],
            ),
            (Wait::Got(1..), None) => (
                a("A\u{2019}s wait is over"),
                [plain(", "), asked("B has to ask again"), plain(".")],
            ),
            (Wait::Got(1..), Some((_, 1..))) => (
                a("A waited"),
                [
                    plain(", "),
                    b("B asked again"),
                    plain(": both have their bytes."),
                ],
            ),
            // Nothing came of it: the call's own caption says why.
            _ => return None,
        };
        let same = plain(&format!("The same {}: ", self.call.python(0)));
        Some([same, first].into_iter().chain(rest).collect())
    }
}

fn has(bytes: u64) -> String {
    match bytes {
        1 => " and has 1 byte.".to_owned(),
        many => format!(" and has {many} bytes."),
    }
}

fn part(text: &str, tone: Tone) -> CaptionPart {
    CaptionPart {
        text: text.to_owned(),
        tone,
    }
}
