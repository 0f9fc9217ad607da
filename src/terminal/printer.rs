//! What a play prints: the log for a person, or JSON Lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::export::{jsonl, text};
use crate::model::call::CallId;
use crate::model::event::{Ended, Event, Started};
use crate::model::payload::visible;
use crate::model::recording::{CallEntry, Observed, PlayerEntry, Recording, RowNumber, SideFact};
use crate::script::player::WAITS_AFTER;

/// In which form the events of a play are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The log.
    Log,
    /// JSON Lines.
    JsonLines,
    /// Nothing at all.
    Silent,
}

/// Prints a play as it happens.
pub(super) struct Printer<'a> {
    out: &'a mut dyn Write,
    form: Form,
    /// Calls in their system call.
    entered: BTreeMap<CallId, Entered>,
}

struct Entered {
    number: RowNumber,
    /// When to say that it waits, nanoseconds of the network's clock; `None`: said.
    say_at: Option<u64>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, form: Form) -> Self {
        Self {
            out,
            form,
            entered: BTreeMap::new(),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    pub(super) fn header(&mut self, recording: &Recording) -> io::Result<()> {
        let header = recording.header();
        match self.form {
            Form::Log => writeln!(self.out, "{}", text::header(header).trim_end()),
            Form::JsonLines => writeln!(self.out, "{}", jsonl::header(header)),
            Form::Silent => Ok(()),
        }
    }

    /// Prints a line that is no part of the log, for a person.
    pub(super) fn remark(&mut self, line: &str) -> io::Result<()> {
        match self.form {
            Form::Log => writeln!(self.out, "{}", visible(line.as_bytes())),
            Form::JsonLines | Form::Silent => Ok(()),
        }
    }

    /// When the next wait is to be said, nanoseconds of the network's clock.
    pub(super) fn next_wait(&self) -> Option<u64> {
        self.entered.values().filter_map(|call| call.say_at).min()
    }

    /// Says which calls have been waiting long enough by `now`.
    pub(super) fn waits(&mut self, recording: &Recording, now: u64) -> io::Result<()> {
        let mut due = Vec::new();
        for call in self.entered.values_mut() {
            if call.say_at.is_some_and(|at| at <= now) {
                call.say_at = None;
                due.push(call.number);
            }
        }
        for number in due {
            if let Some(entry) = recording.numbered(number) {
                // It waited at that time, though it may have returned since.
                let waiting = CallEntry {
                    outcome: None,
                    end: None,
                    ..entry
                };
                self.row(&waiting, recording)?;
            }
        }
        Ok(())
    }

    /// Prints an event that the recording has taken in.
    pub(super) fn event(&mut self, event: &Event, recording: &Recording) -> io::Result<()> {
        if let Some(at) = time_of(event) {
            self.waits(recording, at)?;
        }
        match event {
            Event::Started(started) => {
                self.started(started, recording);
                Ok(())
            }
            Event::Ended(ended) => {
                let number = self.entered.remove(&ended.id).map(|call| call.number);
                match number.and_then(|number| recording.numbered(number)) {
                    Some(entry) => self.row(&entry, recording),
                    None => Ok(()),
                }
            }
            Event::Made(started, ended) => match recording.last() {
                Some(entry) => self.row(&alone(entry, started, ended, recording), recording),
                None => Ok(()),
            },
            Event::Folded(_) => match recording.last() {
                Some(entry) => self.row(&entry, recording),
                None => Ok(()),
            },
            Event::Observed {
                stamp,
                socket,
                observation,
            } if self.form == Form::JsonLines => {
                let observed = Observed {
                    stamp: *stamp,
                    socket: *socket,
                    observation: *observation,
                };
                let line = jsonl::observation(&observed, recording.sockets(), recording.began());
                writeln!(self.out, "{line}")
            }
            Event::Player { stamp, line, note } => {
                let entry = PlayerEntry {
                    stamp: *stamp,
                    line: *line,
                    note: note.clone(),
                };
                self.note(&entry, recording)
            }
            Event::Observed { .. } | Event::Room => Ok(()),
            Event::ProgramAdded { .. }
            | Event::ThreadingChanged { .. }
            | Event::ThreadStarted { .. }
            | Event::Queued { .. }
            | Event::Withdrawn { .. }
            | Event::WorkerPanicked { .. } => {
                let fact = SideFact::Fact(recording.last_seq(), Box::new(event.clone()));
                self.side(&fact, recording)
            }
        }
    }

    fn started(&mut self, started: &Started, recording: &Recording) {
        let Some(number) = recording.waiting_row(started.id) else {
            return;
        };
        let waits = u64::try_from(WAITS_AFTER.as_nanos()).unwrap_or(u64::MAX);
        let say_at = started.stamp.at.saturating_add(waits);
        let say_at = (self.form == Form::Log).then_some(say_at);
        self.entered.insert(started.id, Entered { number, say_at });
    }

    fn side(&mut self, fact: &SideFact, recording: &Recording) -> io::Result<()> {
        match self.form {
            Form::JsonLines => writeln!(self.out, "{}", jsonl::side(fact, recording.began())),
            Form::Log | Form::Silent => Ok(()),
        }
    }

    fn note(&mut self, entry: &PlayerEntry, recording: &Recording) -> io::Result<()> {
        match self.form {
            Form::Log => text::write_note(entry, self.out),
            Form::JsonLines => writeln!(self.out, "{}", jsonl::player(entry, recording.began())),
            Form::Silent => Ok(()),
        }
    }

    fn row(&mut self, entry: &CallEntry, recording: &Recording) -> io::Result<()> {
        let sockets = recording.sockets();
        match self.form {
            Form::Log => {
                writeln!(self.out, "{}", text::row(entry, sockets, recording.began()))
            }
            Form::JsonLines => writeln!(
                self.out,
                "{}",
                jsonl::call(entry, None, sockets, recording.began())
            ),
            Form::Silent => Ok(()),
        }
    }

    /// The calls that never returned.
    pub(super) fn end(&mut self, recording: &Recording) -> io::Result<()> {
        for index in 0..recording.len() {
            if let Some(entry) = recording.row(index).filter(|entry| entry.outcome.is_none()) {
                self.row(&entry, recording)?;
            }
        }
        Ok(())
    }
}

/// The row of a call that may have been folded into the one before it: printed lines are not taken back, so each
/// call gets its own.
fn alone(entry: CallEntry, started: &Started, ended: &Ended, recording: &Recording) -> CallEntry {
    if entry.count == 1 {
        return entry;
    }
    CallEntry {
        number: RowNumber(recording.calls()),
        count: 1,
        start: started.stamp,
        end: Some(ended.stamp),
        retries: ended.retries,
        line: started.line,
        ..entry
    }
}

/// When something happened that is printed.
fn time_of(event: &Event) -> Option<u64> {
    match event {
        Event::Started(Started { stamp, .. })
        | Event::Ended(Ended { stamp, .. })
        | Event::Made(Started { stamp, .. }, _)
        | Event::Player { stamp, .. } => Some(stamp.at),
        _ => None,
    }
}
