//! The names in a lesson's programs, and what each holds at the moment a recording shows.

use std::net::SocketAddr;

use crate::model::call::{Bytes, Call, Method, Outcome, Protocol, SocketId, Value};
use crate::model::event::Role;
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::model::socket::SocketKind;
use crate::script::ast::{Action, Invocation, Name, Statement};

use super::Lesson;

/// A name of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: Name,
    /// What kind of socket it is for; `None`: it is for something else.
    pub kind: Option<SocketKind>,
    /// What it holds now.
    pub holds: Holds,
}

/// What a name holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Holds {
    /// Its call was not made, has not returned, or failed.
    NotSet,
    /// A socket.
    Socket(SocketId),
    /// Bytes received.
    Bytes(Bytes),
    /// An address.
    Address(SocketAddr),
    /// A number.
    Number(i64),
}

impl Lesson {
    /// The names that its calls give something to, in the order of their first lines, then those that its programs' own
    /// lines set, and what each holds when so many of its steps are taken. Rows of this run are younger than `since`.
    pub fn variables(
        &self,
        recording: &Recording,
        since: Option<RowNumber>,
        steps: usize,
    ) -> Vec<Variable> {
        let rows = self.rows(recording, since);
        let mut variables: Vec<Variable> = Vec::new();
        for (index, statement) in self.script.statements.iter().enumerate() {
            let row = rows.get(index).and_then(Option::as_ref);
            let row = row.filter(|_| index < steps);
            for (place, name) in statement.targets.iter().enumerate() {
                let holds = row.map_or(Holds::NotSet, |row| given(row, place));
                match variables.iter_mut().find(|other| other.name == *name) {
                    Some(known) if holds != Holds::NotSet => known.holds = holds,
                    Some(_) => {}
                    None => variables.push(Variable {
                        name: name.clone(),
                        kind: self.kind_of(index, statement, place),
                        holds,
                    }),
                }
            }
        }
        for (program, _) in self.programs.iter().enumerate() {
            let own = self.own_variables(program, steps);
            variables.extend(own.into_iter().map(|(name, value)| Variable {
                name,
                kind: None,
                holds: value.map_or(Holds::NotSet, Holds::Number),
            }));
        }
        variables
    }

    /// The variables that a program's own lines set, in the order of their first steps, and what each holds when so many
    /// steps of the lesson are taken; `None`: nothing yet.
    pub fn own_variables(&self, program: usize, steps: usize) -> Vec<(Name, Option<i64>)> {
        let mut own: Vec<(Name, Option<i64>)> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            for (name, value) in step.set.iter().filter(|_| step.program == Some(program)) {
                let value = Some(*value).filter(|_| index < steps);
                match own.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value.or(*known),
                    None => own.push((name.clone(), value)),
                }
            }
        }
        own
    }

    /// The youngest row of each statement.
    fn rows(&self, recording: &Recording, since: Option<RowNumber>) -> Vec<Option<CallEntry>> {
        let mut rows: Vec<Option<CallEntry>> = vec![None; self.script.statements.len()];
        let entries = (0..recording.len()).rev();
        let entries = entries.map_while(|index| recording.row(index));
        for entry in entries.take_while(|entry| since.is_none_or(|since| entry.number > since)) {
            let line = entry.line.filter(|_| !entry.at_end);
            let index = line.and_then(|line| (line as usize).checked_sub(1));
            let Some(index) = index else { continue };
            let method = self.script.statements.get(index).and_then(method);
            if let Some(row) = rows.get_mut(index)
                && method == Some(entry.method())
                && row.is_none()
            {
                *row = Some(entry);
            }
        }
        rows
    }

    /// What kind of socket a statement gives the name at this place.
    fn kind_of(&self, index: usize, statement: &Statement, place: usize) -> Option<SocketKind> {
        if place > 0 {
            return None;
        }
        let Action::Call { invocation, .. } = &statement.action else {
            return None;
        };
        match invocation {
            Invocation::Plain(Call::Accept) => Some(SocketKind::Connection),
            Invocation::Plain(Call::Socket { protocol, .. }) => {
                let name = statement.targets.first()?;
                let calls = |wanted: Method| {
                    self.script.statements.iter().any(|other| {
                        matches!(&other.action, Action::Call { on: Some(on), invocation }
                            if on == name && invocation.method() == wanted)
                    })
                };
                let role = self.program_of(index).map(|program| program.role);
                Some(match (protocol, role) {
                    (Protocol::Udp, _) => SocketKind::UdpPeer,
                    _ if calls(Method::Listen) => SocketKind::Listener,
                    _ if calls(Method::Connect) => SocketKind::Client,
                    (_, Some(Role::Server)) => SocketKind::Listener,
                    _ => SocketKind::Client,
                })
            }
            _ => None,
        }
    }
}

fn method(statement: &Statement) -> Option<Method> {
    match &statement.action {
        Action::Call { invocation, .. } => Some(invocation.method()),
        _ => None,
    }
}

/// What a call has given the name at this place of its statement.
fn given(row: &CallEntry, place: usize) -> Holds {
    let Some(Outcome::Ok(value)) = &row.outcome else {
        return Holds::NotSet;
    };
    match (value, place) {
        (Value::Socket { id, .. }, 0) => Holds::Socket(*id),
        (Value::Received { bytes, .. }, 0) => Holds::Bytes(bytes.clone()),
        (
            Value::Socket {
                peer: Some(address),
                ..
            }
            | Value::Received {
                peer: Some(address),
                ..
            },
            1,
        )
        | (Value::Address(address), 0) => Holds::Address(*address),
        (Value::Sent(count), 0) => Holds::Number(i64::try_from(*count).unwrap_or(i64::MAX)),
        (Value::Integer(value), 0) => Holds::Number(*value),
        _ => Holds::NotSet,
    }
}
