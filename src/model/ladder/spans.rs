//! Calls on several sockets, and what a call that waits holds up in a program of one thread.

use crate::model::call::{Outcome, ProgramId, SocketLists, Value};
use crate::model::event::Threading;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::{Pending, Program, Socket};

use super::{BoxLook, CallBox, Lane, Notch, OneThread, Queued, Scene, Span, Standing};

impl Scene {
    /// Takes in a call, on one life line or, as a `select`, across those that it watches: one of them is enough.
    pub(super) fn put(&mut self, call: Option<CallBox>, entry: &CallEntry) {
        let Some(call) = call else { return };
        let watched = entry.call.watched().map(SocketLists::sockets);
        let Some(watched) = watched.filter(|sockets| !sockets.is_empty()) else {
            return self.boxes.push(call);
        };
        let ready = match &entry.outcome {
            Some(Outcome::Ok(Value::Ready(ready))) => Some(ready),
            _ => None,
        };
        let notches = watched.into_iter().map(|socket| Notch {
            socket,
            is_ready: ready.is_some_and(|ready| ready.names(socket)),
        });
        self.spans.push(Span {
            call,
            notches: notches.collect(),
        });
    }
}

/// The programs of one thread, with what of their waits is in the scene.
pub(super) fn one_thread(scene: &Scene, recording: &Recording) -> Vec<OneThread> {
    let one_thread = |program: &&Program| program.threading == Threading::OneThread;
    let programs = recording.sockets().programs().filter(one_thread);
    let all = programs.map(|program| of_program(program, scene, recording));
    all.filter(|program| !program.sockets.is_empty()).collect()
}

fn of_program(program: &Program, scene: &Scene, recording: &Recording) -> OneThread {
    let sockets = recording.sockets();
    let own = || sockets.open().filter(|socket| socket.program == program.id);
    let calls = scene.boxes.iter();
    let calls = calls.chain(scene.spans.iter().map(|span| &span.call));
    let mut waits: Vec<(f64, f64)> = calls
        .filter(|call| {
            has_stood(call) && is_of(call.lane, program.id, recording)
                // Before the switch each socket had a thread: its waits held up no other.
                && recording
                    .numbered(call.row)
                    .is_some_and(|entry| entry.start.seq >= program.threading_since)
        })
        .map(|call| (call.top, call.bottom))
        .collect();
    waits.sort_by(|one, other| one.0.total_cmp(&other.0));
    let waiting = own().flat_map(|socket| &socket.waiting);
    let selects = program.selects.iter().map(|select| &select.pending);
    let first = waiting.chain(selects).min_by_key(|pending| pending.since);
    let now = first.and_then(|first| {
        Some(Standing {
            row: recording.waiting_row(first.id)?,
            held_up: behind(first, program, own()),
            waits_for: program
                .selects
                .iter()
                .find(|select| select.pending.id == first.id)
                .map_or(1, |select| select.watched.sockets().len()),
        })
    });
    OneThread {
        program: program.id,
        sockets: own().map(|socket| socket.id).collect(),
        waits,
        now,
    }
}

fn has_stood(call: &CallBox) -> bool {
    matches!(call.look, BoxLook::Waiting | BoxLook::Waited)
        || (call.look == BoxLook::Interrupted && call.waited.is_some())
}

fn is_of(lane: Lane, program: ProgramId, recording: &Recording) -> bool {
    let Lane::Socket(id) = lane else { return false };
    let socket = recording.sockets().get(id);
    socket.is_some_and(|socket| socket.program == program)
}

/// How many calls queue on the thread of the one that waits.
fn behind<'a>(first: &Pending, program: &Program, own: impl Iterator<Item = &'a Socket>) -> usize {
    let queued = own.flat_map(|socket| &socket.queued).chain(&program.queued);
    queued.filter(|call| call.thread == first.thread).count()
}

/// What queues on each socket now.
pub(super) fn queued<'a>(sockets: impl Iterator<Item = &'a Socket>) -> Vec<Queued> {
    let of_socket = |socket: &Socket| {
        let first = socket.queued.first()?;
        let text = match socket.queued.len() {
            1 => first.method.to_string(),
            many => format!("{} +{}", first.method, many - 1),
        };
        Some(Queued {
            socket: socket.id,
            text,
        })
    };
    sockets.filter_map(of_socket).collect()
}
