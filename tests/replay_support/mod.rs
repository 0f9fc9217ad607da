//! Two ways to the past of a session, told the same: a fold of its first facts, and what replay shows.

use sockeye::export::Format;
use sockeye::model::caption::{caption, caption_text};
use sockeye::model::event::Event;
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::{Limits, Recording};
use sockeye::model::replay::Replay;

/// Everything that a view can tell of a recording and its picture.
#[derive(Debug, PartialEq)]
pub struct Told {
    rows: Vec<String>,
    lines: String,
    sockets: Vec<String>,
    programs: String,
    caption: Option<String>,
    scene: sockeye::model::ladder::Scene,
    links: String,
    counts: (usize, u64, usize, Option<u64>, u64),
}

pub fn told(recording: &Recording, ladder: &Ladder) -> Told {
    let written = |format: Format| {
        let mut out = Vec::new();
        format.write(recording, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("text")
    };
    let sockets = recording.sockets();
    let program = |program: &sockeye::model::socket::Program| {
        let mut program = program.clone();
        for select in &mut program.selects {
            let row = recording.waiting_row(select.pending.id);
            select.pending.id.0 = row.expect("a waiting call has a row").0;
        }
        program
    };
    let of = |socket: &sockeye::model::socket::Socket| {
        let mut socket = socket.clone();
        // A call's number at the network is not kept; its row's is.
        for pending in &mut socket.waiting {
            let row = recording.waiting_row(pending.id);
            pending.id.0 = row.expect("a waiting call has a row").0;
        }
        let life = sockets.life(socket.id);
        format!("{socket:?} {life:?}")
    };
    let rows = (0..recording.len()).filter_map(|index| recording.row(index));
    let last = rows.max_by_key(|entry| entry.end.map_or(entry.start.seq, |end| end.seq));
    let row = |index| {
        let mut entry = recording.row(index).expect("there are so many");
        // A small call's row holds no descriptor: it is its socket's own.
        entry.fd = entry.fd.filter(|fd| *fd < 0);
        format!("{entry:?}")
    };
    Told {
        rows: (0..recording.len()).map(row).collect(),
        lines: written(Format::JsonLines),
        sockets: sockets.iter().map(of).collect(),
        programs: format!(
            "{:?} {:?}",
            sockets.programs().map(program).collect::<Vec<_>>(),
            sockets.threads().collect::<Vec<_>>()
        ),
        caption: last.map(|entry| caption_text(&caption(&entry, sockets))),
        scene: ladder.scene(recording, 0.0..f64::MAX, recording.last_at()),
        links: format!("{:?}", ladder.flow().links(recording)),
        counts: (
            recording.len(),
            recording.calls(),
            recording.waiting(),
            recording.first_at(),
            recording.last_at(),
        ),
    }
}

/// The first and the last place in the order of things that an event tells of; what queues has none of its own.
fn places(event: &Event) -> Option<(u64, u64)> {
    Some(match event {
        Event::Started(started) => (started.stamp.seq, started.stamp.seq),
        Event::Ended(ended) => (ended.stamp.seq, ended.stamp.seq),
        Event::Made(started, ended) => (started.stamp.seq, ended.stamp.seq),
        Event::Folded(folded) => (folded.first.seq, folded.last.seq),
        Event::ProgramAdded { stamp, .. }
        | Event::ThreadingChanged { stamp, .. }
        | Event::ThreadStarted { stamp, .. }
        | Event::Observed { stamp, .. }
        | Event::Player { stamp, .. }
        | Event::WorkerPanicked { stamp, .. } => (stamp.seq, stamp.seq),
        Event::Queued { .. } | Event::Withdrawn { .. } | Event::Room => return None,
    })
}

/// The events in the order of things. Workers tell of what they do each in its own time; what has no place of its own
/// stays behind the one before it.
#[allow(dead_code, reason = "only real networks tell out of order")]
pub fn in_order(events: Vec<Event>) -> Vec<Event> {
    let mut last = 0;
    let mut placed: Vec<(u64, Event)> = Vec::with_capacity(events.len());
    for event in events {
        last = places(&event).map_or(last, |(_, to)| to);
        placed.push((last, event));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, event)| event).collect()
}

/// The moments of a session between two facts: how many events lie before each, and the moment's place. In the middle of
/// a call that was told of when it was over, there is no such moment.
pub fn moments(events: &[Event]) -> Vec<(usize, u64)> {
    let mut later = vec![u64::MAX; events.len() + 1];
    let mut done = Vec::with_capacity(events.len());
    let mut last = 0;
    for event in events {
        last = places(event).map_or(last, |(_, to)| last.max(to));
        done.push(last);
    }
    for (index, event) in events.iter().enumerate().rev() {
        let first = places(event).map_or(done[index], |(from, _)| from);
        later[index] = later[index + 1].min(first);
    }
    (0..events.len())
        .filter(|index| done[*index] < later[index + 1])
        .map(|index| (index + 1, done[index]))
        .collect()
}

/// Holds every moment that replay shows against a fold of the facts before it; forward, then backward, then at random.
pub fn check(events: &[Event], limits: Limits, whole: &Recording) -> usize {
    let moments = moments(events);
    let empty = || Recording::new(whole.header().clone(), limits).beginning(whole.began());
    for every in [1, 7, 100_000] {
        let mut replay = Replay::keeping_every(every);
        let (mut recording, mut ladder) = (empty(), Ladder::default());
        for event in events {
            let change = recording.apply(event.clone());
            ladder.take(change, &recording);
            replay.follow(&recording, &ladder);
        }
        let mut then = (empty(), Ladder::default());
        let mut folded = 0;
        let mut was = Vec::new();
        let mut past = None;
        for (count, seq) in &moments {
            for event in &events[folded..*count] {
                let change = then.0.apply(event.clone());
                then.1.take(change, &then.0);
            }
            folded = *count;
            past = replay.show(&recording, *seq, past);
            let shown = past.as_ref().expect("the beginning is there");
            let (shown, expected) = (
                told(shown.recording(), shown.ladder()),
                told(&then.0, &then.1),
            );
            if !is_in_a_row(&then.0, &recording) {
                assert_same(&shown, &expected, *seq);
            }
            was.push(shown);
        }
        for (index, (_, seq)) in moments.iter().enumerate().rev() {
            past = replay.show(&recording, *seq, past);
            let shown = past.as_ref().expect("the beginning is there");
            assert_same(&told(shown.recording(), shown.ladder()), &was[index], *seq);
        }
        if let (Some((_, seq)), Some(_)) = (moments.last(), was.last()) {
            let shown = replay.show(&recording, *seq, None).expect("it is there");
            assert_same(
                &told(shown.recording(), shown.ladder()),
                &told(&recording, &ladder),
                *seq,
            );
        }
    }
    moments.len()
}

/// Whether the last row is to stand for more calls than it does at that moment: how many by then, it does not keep.
fn is_in_a_row(then: &Recording, whole: &Recording) -> bool {
    let row = then.last().map(|row| (row.count, row.number));
    row.is_some_and(|(count, number)| {
        whole
            .numbered(number)
            .is_some_and(|later| later.count > 1 && later.count != count && !later.folded)
    })
}

fn assert_same(shown: &Told, expected: &Told, seq: u64) {
    assert_eq!(shown.counts, expected.counts, "counts at {seq}");
    assert_eq!(
        shown.sockets.len(),
        expected.sockets.len(),
        "sockets at {seq}"
    );
    for (shown, expected) in shown.sockets.iter().zip(&expected.sockets) {
        assert_eq!(shown, expected, "a socket at {seq}");
    }
    assert_eq!(shown.programs, expected.programs, "programs at {seq}");
    for (shown, expected) in shown.rows.iter().zip(&expected.rows) {
        assert_eq!(shown, expected, "a row at {seq}");
    }
    assert_eq!(shown.lines, expected.lines, "lines at {seq}");
    assert_eq!(shown.caption, expected.caption, "caption at {seq}");
    assert_eq!(shown.links, expected.links, "links at {seq}");
    assert_eq!(shown.scene, expected.scene, "scene at {seq}");
}
