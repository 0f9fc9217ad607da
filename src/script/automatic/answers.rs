//! What an automatic program makes of a call's answer: the call that follows it.

use crate::model::automatic::{Ending, Reply, Service, Standing};
use crate::model::call::{Bytes, Method, Outcome, SocketId, SocketLists, Value};
use crate::model::errno::Errno;
use crate::model::event::Note;
use crate::model::payload::{Payload, upper};

use super::{AutomaticServer, Connection, Doubt, InFlight, Turn};

impl AutomaticServer {
    /// Takes a call's answer. Returns the call where more of it is to come: the parts of a `sendall`.
    pub(super) fn answered(
        &mut self,
        call: InFlight,
        outcome: &Outcome,
        note: Option<Note>,
    ) -> Option<InFlight> {
        let halted = note == Some(Note::EndedByYou);
        let method = call.turn.call().method();
        match call.turn {
            Turn::Block => match outcome {
                Outcome::Ok(_) => self.begin(),
                _ => self.fails(method, outcome),
            },
            Turn::Watch(watched) => self.watched_for(&watched, outcome),
            Turn::Accept => self.accepted(outcome, note),
            Turn::Receive => self.received(outcome),
            Turn::Answer(..) => self.sent_datagram(outcome),
            Turn::Read(socket) => self.read(socket, outcome),
            Turn::Write(socket, payload) if self.is_in_crowd(socket) => {
                self.wrote_in_crowd(socket, payload, outcome);
            }
            Turn::Write(socket, payload) => {
                self.wrote(socket, &payload, outcome, halted);
            }
            Turn::WriteRest(socket, payload) => {
                return self.wrote_part(socket, payload, call.sent, outcome, halted);
            }
            Turn::Close(socket) => self.leave(socket),
        }
        None
    }

    /// Each that is ready gets its turn, in the order of the list.
    fn watched_for(&mut self, watched: &SocketLists, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(Value::Ready(ready)) => {
                let listener = self.assignment.socket;
                self.due.extend(ready.read.iter().map(|socket| {
                    if *socket == listener {
                        Turn::Accept
                    } else {
                        Turn::Read(*socket)
                    }
                }));
            }
            // One was closed by hand in the meantime, and is no longer watched.
            Outcome::Error(Errno::EBADF) if watched.read != self.watched() => {}
            Outcome::Interrupted if watched.read == self.watched() => {
                self.doubt = Some(Doubt::Fresh);
            }
            Outcome::Interrupted => {}
            _ => self.fails(Method::Select, outcome),
        }
    }

    /// A call on its own socket did not do what it is for: nobody can be served.
    fn fails(&mut self, method: Method, outcome: &Outcome) {
        self.end(match outcome {
            // Closed by hand: the row of the close is about to come.
            Outcome::Error(Errno::EBADF) => Ending::Closed,
            Outcome::Error(errno) => Ending::Failed(method, *errno),
            _ => Ending::WaitEnded(method),
        });
    }

    fn accepted(&mut self, outcome: &Outcome, note: Option<Note>) {
        match outcome {
            Outcome::Ok(Value::Socket { id, .. }) => {
                let connection = match note {
                    Some(Note::InCrowd) => Connection::InCrowd,
                    _ => Connection::Alone,
                };
                self.connections.insert(*id, connection);
                match self.assignment.service {
                    Service::OneAfterAnother => self.due.push_back(Turn::Read(*id)),
                    Service::ThreadPerClient => {
                        self.due.extend([Turn::Accept, Turn::Read(*id)]);
                    }
                    Service::OneLoop => {}
                }
            }
            Outcome::Error(Errno::EMFILE | Errno::ENFILE) if self.ending.is_none() => {
                self.standing = Standing::Full;
            }
            // Of a connection that was over before it was accepted (man 2 accept): each such error takes one away.
            Outcome::Error(
                Errno::ECONNABORTED | Errno::EPROTO | Errno::EHOSTUNREACH | Errno::ENETUNREACH,
            ) if !self.is_loop() => self.due.push_back(Turn::Accept),
            // Whoever was ready has left again: select tells of the next one.
            Outcome::Error(
                Errno::EAGAIN
                | Errno::ECONNABORTED
                | Errno::EPROTO
                | Errno::EHOSTUNREACH
                | Errno::ENETUNREACH,
            ) if self.is_loop() => {}
            _ => self.fails(Method::Accept, outcome),
        }
    }

    fn received(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(Value::Received { bytes, peer, .. }) => {
                let turn = match (self.reply(bytes), peer) {
                    (Some(payload), Some(peer)) => Turn::Answer(Box::new((payload, *peer))),
                    _ => Turn::Receive,
                };
                self.due.push_back(turn);
            }
            // What an earlier datagram met; it was told once.
            Outcome::Error(Errno::ECONNREFUSED) => self.due.push_back(Turn::Receive),
            _ => self.fails(Method::RecvFrom, outcome),
        }
    }

    /// A datagram that can't be sent says nothing about the next one.
    fn sent_datagram(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(_) => self.replies += 1,
            Outcome::Error(Errno::EBADF) | Outcome::Interrupted => {
                return self.fails(Method::SendTo, outcome);
            }
            Outcome::Error(_) => {}
        }
        self.due.push_back(Turn::Receive);
    }

    fn read(&mut self, socket: SocketId, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(Value::Received { bytes, .. }) => {
                let turn = match self.reply(bytes) {
                    Some(payload) if !payload.is_empty() => Turn::Write(socket, payload),
                    _ => Turn::Close(socket),
                };
                // Before any other that is ready.
                self.due.push_front(turn);
            }
            // It was ready, and is no longer: select tells when it is again.
            Outcome::Error(Errno::EAGAIN) if self.is_loop() => {}
            Outcome::Error(Errno::EAGAIN) if self.is_in_crowd(socket) => {
                self.due.push_back(Turn::Read(socket));
            }
            _ => self.over(socket, outcome),
        }
    }

    fn wrote(&mut self, socket: SocketId, payload: &Payload, outcome: &Outcome, halted: bool) {
        match outcome {
            Outcome::Ok(Value::Sent(count)) if *count >= payload.len() => self.replied(socket),
            Outcome::Ok(Value::Sent(count)) if !halted => {
                let rest = rest(payload, *count);
                self.due.push_front(Turn::WriteRest(socket, rest));
            }
            Outcome::Ok(_) => self.leave(socket),
            _ => self.over(socket, outcome),
        }
    }

    /// What is left of a payload is sent once there is room for it.
    fn wrote_in_crowd(&mut self, socket: SocketId, payload: Payload, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(Value::Sent(count)) if *count >= payload.len() => self.replied(socket),
            Outcome::Ok(Value::Sent(count)) => {
                let rest = rest(&payload, *count);
                self.due.push_front(Turn::Write(socket, rest));
            }
            Outcome::Error(Errno::EAGAIN) => self.due.push_back(Turn::Write(socket, payload)),
            _ => self.over(socket, outcome),
        }
    }

    fn is_in_crowd(&self, socket: SocketId) -> bool {
        self.connections.get(&socket) == Some(&Connection::InCrowd)
    }

    fn wrote_part(
        &mut self,
        socket: SocketId,
        payload: Payload,
        sent: u64,
        outcome: &Outcome,
        halted: bool,
    ) -> Option<InFlight> {
        match outcome {
            Outcome::Ok(Value::Sent(count)) if sent + count >= payload.len() => {
                self.replied(socket);
            }
            Outcome::Ok(Value::Sent(count)) if !halted => {
                return Some(InFlight {
                    sent: sent + count,
                    thread: None,
                    turn: Turn::WriteRest(socket, payload),
                });
            }
            Outcome::Ok(_) => self.leave(socket),
            _ => self.over(socket, outcome),
        }
        None
    }

    fn replied(&mut self, socket: SocketId) {
        self.replies += 1;
        if !self.is_loop() {
            self.due.push_back(Turn::Read(socket));
        }
    }

    /// A call on a connection gave nothing to go on with.
    fn over(&mut self, socket: SocketId, outcome: &Outcome) {
        match outcome {
            // Whoever made it non-blocking, closed it or ended its wait does with it as they like.
            Outcome::Error(Errno::EAGAIN | Errno::EBADF) | Outcome::Interrupted => {
                self.leave(socket);
            }
            _ => self.due.push_front(Turn::Close(socket)),
        }
    }

    /// The bytes to answer these with; `None` where they were let go.
    fn reply(&self, bytes: &Bytes) -> Option<Payload> {
        let bytes = match bytes {
            Bytes::Whole(bytes) => bytes,
            Bytes::LetGo(_) => return None,
        };
        Some(Payload::Literal(match self.assignment.reply {
            Reply::Capitals => upper(bytes),
            Reply::Echo => bytes.clone(),
        }))
    }
}

/// What is left of a payload after its first `sent` bytes.
fn rest(payload: &Payload, sent: u64) -> Payload {
    let sent = usize::try_from(sent).unwrap_or(usize::MAX);
    let left = usize::try_from(payload.len())
        .unwrap_or(usize::MAX)
        .saturating_sub(sent);
    Payload::literal(&payload.slice(sent, left).unwrap_or_default())
}
