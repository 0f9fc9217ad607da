//! What a relay makes of a call's answer.

use std::net::SocketAddr;

use crate::model::automatic::{Ending, Standing};
use crate::model::call::{Bytes, CallId, Method, Outcome, Value};
use crate::model::errno::Errno;
use crate::model::relay::Way;

use super::flow::FlowId;
use super::turn::Turn;
use super::{MOST_CLIENTS, Relay};

impl Relay {
    /// A call has ended at `at`, nanoseconds.
    pub(super) fn ended(&mut self, id: CallId, outcome: &Outcome, at: u64) {
        if let Some((turn, _)) = self.calls.remove(&id) {
            self.answered(turn, outcome, at);
        }
    }

    /// What a call was for is no longer there.
    pub(super) fn never_made(&mut self, turn: Turn, now: u64) {
        self.answered(turn, &Outcome::Interrupted, now);
    }

    /// A call's answer was folded away: what came with it is gone, what it sent is not.
    pub(super) fn folded(&mut self, id: CallId, errno: Option<Errno>, at: u64) {
        let Some((turn, _)) = self.calls.remove(&id) else {
            return;
        };
        if self.is_tcp() {
            // A stream with a gap would be a lie.
            self.say("resets a connection: more happened at once than it could follow");
            return self.answered(turn, &Outcome::Interrupted, at);
        }
        match (&turn, errno) {
            (Turn::Give(_, _, bytes), None) => {
                self.counts.passed += 1;
                self.counts.bytes += bytes.len() as u64;
            }
            _ => self.counts.dropped += 1,
        }
        match turn {
            Turn::TakeAny => self.due.push_back(Turn::TakeAny),
            Turn::Take(flow, way) => {
                if let Some(flow) = self.flows.get_mut(&flow) {
                    flow.line(way).taking = false;
                }
            }
            Turn::Give(flow, way, bytes) => self.gave(flow, way, bytes.len() as u64, at),
            _ => {}
        }
    }

    fn answered(&mut self, turn: Turn, outcome: &Outcome, at: u64) {
        // One that is borne as the relay ends, or whose client has gone meanwhile, is closed at once.
        if let Outcome::Ok(Value::Socket { id, .. }) = outcome {
            self.open.insert(*id);
            let is_wanted = turn
                .flow()
                .is_none_or(|flow| self.flows.contains_key(&flow));
            if self.ending.is_some() || !is_wanted {
                return self.close(*id);
            }
        }
        match turn {
            Turn::Linger(socket) => return self.close(socket),
            Turn::Close(socket) => {
                // Whatever it answered: there is nothing more to close.
                self.open.remove(&socket);
                return;
            }
            _ if self.ending.is_some() => return,
            _ => {}
        }
        match turn {
            Turn::Face => self.has_face(outcome),
            Turn::Reuse => self.due.push_back(Turn::Bind),
            Turn::Bind => match outcome {
                Outcome::Ok(_) if self.is_tcp() => self.due.push_back(Turn::Listen),
                Outcome::Ok(_) => self.is_found(),
                _ => self.fails(Method::Bind, outcome),
            },
            Turn::Listen => match outcome {
                Outcome::Ok(_) => self.is_found(),
                _ => self.fails(Method::Listen, outcome),
            },
            Turn::AskPort => match outcome {
                Outcome::Ok(Value::Address(address)) => {
                    self.order.listen = *address;
                    self.opens();
                }
                _ => self.fails(Method::GetSockName, outcome),
            },
            Turn::Accept => self.accepted(outcome),
            Turn::TakeAny => self.took_any(outcome, at),
            Turn::Far(flow) => self.has_far(flow, outcome),
            Turn::Connect(flow) => self.connected(flow, outcome),
            Turn::Take(flow, way) => self.took(flow, way, outcome, at),
            Turn::Give(flow, way, bytes) => match outcome {
                Outcome::Ok(Value::Sent(count)) => {
                    self.counts.bytes += count;
                    self.counts.passed += u64::from(!self.is_tcp());
                    self.gave(flow, way, *count, at);
                }
                // What an earlier datagram met was told, and this one was not sent.
                Outcome::Error(Errno::ECONNREFUSED) if !self.is_tcp() => self.again(flow, way),
                Outcome::Error(_) if !self.is_tcp() => {
                    self.counts.dropped += 1;
                    self.gave(flow, way, bytes.len() as u64, at);
                }
                _ => self.reset(flow),
            },
            Turn::Shut(flow, way) => match (outcome, self.flows.get_mut(&flow)) {
                (Outcome::Ok(_), Some(flow)) => {
                    let line = flow.line(way);
                    (line.giving, line.shut) = (false, true);
                }
                _ => self.reset(flow),
            },
            Turn::NoDelay(_) | Turn::Linger(_) | Turn::Close(_) => {}
        }
    }

    fn has_face(&mut self, outcome: &Outcome) {
        let Outcome::Ok(Value::Socket { id, .. }) = outcome else {
            return self.fails(Method::Socket, outcome);
        };
        self.face = Some(*id);
        self.due.push_back(if self.is_tcp() {
            Turn::Reuse
        } else {
            Turn::Bind
        });
    }

    /// Clients find it once its port is known.
    fn is_found(&mut self) {
        if self.order.listen.port() == 0 {
            self.due.push_back(Turn::AskPort);
        } else {
            self.opens();
        }
    }

    fn opens(&mut self) {
        self.is_open = true;
        self.say(format!("passes on {}", self.order.words()));
        // Its card has the plan anyway.
        self.said = None;
        if !self.is_tcp() {
            self.due.push_back(Turn::TakeAny);
        }
    }

    /// A call on the socket that clients find did not do what it is for.
    fn fails(&mut self, method: Method, outcome: &Outcome) {
        self.end(match outcome {
            // Closed by hand: the row of the close is about to come.
            Outcome::Error(Errno::EBADF) => Ending::Closed,
            Outcome::Error(errno) => Ending::Failed(method, *errno),
            _ => Ending::WaitEnded(method),
        });
    }

    fn accepted(&mut self, outcome: &Outcome) {
        self.accepting = false;
        match outcome {
            Outcome::Ok(Value::Socket {
                id,
                peer: Some(peer),
                ..
            }) => {
                self.new_flow(*id, *peer);
            }
            // Nobody can say whose it is.
            Outcome::Ok(Value::Socket { id, .. }) => self.close(*id),
            Outcome::Error(Errno::EMFILE | Errno::ENFILE) => self.standing = Standing::Full,
            // Of a connection that was over before it was accepted (man 2 accept).
            Outcome::Error(
                Errno::ECONNABORTED | Errno::EPROTO | Errno::EHOSTUNREACH | Errno::ENETUNREACH,
            ) => {}
            _ => self.fails(Method::Accept, outcome),
        }
    }

    fn took_any(&mut self, outcome: &Outcome, at: u64) {
        match outcome {
            Outcome::Ok(Value::Received {
                bytes,
                peer: Some(peer),
                ..
            }) => self.datagram_of(*peer, bytes, at),
            // What an earlier datagram met; it was told once.
            Outcome::Ok(_) | Outcome::Error(Errno::ECONNREFUSED) => {}
            _ => return self.fails(Method::RecvFrom, outcome),
        }
        self.due.push_back(Turn::TakeAny);
    }

    fn datagram_of(&mut self, client: SocketAddr, bytes: &Bytes, at: u64) {
        let Some(near) = self.face else { return };
        let known = self.clients.get(&client).copied();
        match (bytes, known) {
            (Bytes::LetGo(_), _) => self.counts.dropped += 1,
            (Bytes::Whole(bytes), Some(flow)) => self.datagram(flow, Way::ToTarget, bytes, at),
            (Bytes::Whole(bytes), None) if self.has_place() => {
                let flow = self.new_flow(near, client);
                self.datagram(flow, Way::ToTarget, bytes, at);
            }
            (Bytes::Whole(_), None) => {
                self.counts.dropped += 1;
                self.say(format!(
                    "drops a datagram of {client}: it has {MOST_CLIENTS} clients already"
                ));
            }
        }
    }

    /// Whether there is a place for another UDP client. Nobody says when one has gone: where all places are taken, the one
    /// that was quiet for longest gives its place up, unless something of it is yet to go on.
    fn has_place(&mut self) -> bool {
        if self.flows.len() < MOST_CLIENTS {
            return true;
        }
        let quiet = self.flows.iter().filter(|(_, flow)| flow.is_quiet());
        let Some(longest) = quiet.min_by_key(|(_, flow)| flow.last).map(|(id, _)| *id) else {
            return false;
        };
        self.finish(longest);
        true
    }

    fn has_far(&mut self, id: FlowId, outcome: &Outcome) {
        let (Outcome::Ok(Value::Socket { id: socket, .. }), Some(flow)) =
            (outcome, self.flows.get_mut(&id))
        else {
            return self.gives_up(id, Method::Socket, outcome);
        };
        flow.far = Some(*socket);
        self.as_they_are(*socket);
        self.due.push_back(Turn::Connect(id));
    }

    fn connected(&mut self, id: FlowId, outcome: &Outcome) {
        match (outcome, self.flows.get_mut(&id)) {
            (Outcome::Ok(_), Some(flow)) => flow.connected = true,
            _ => self.gives_up(id, Method::Connect, outcome),
        }
    }

    /// A client can't be passed on.
    fn gives_up(&mut self, id: FlowId, method: Method, outcome: &Outcome) {
        if !self.flows.contains_key(&id) {
            return;
        }
        let target = self.order.target;
        let answered = match outcome {
            Outcome::Error(errno) => format!("answered {}", errno.symbol()),
            _ => "was ended".to_owned(),
        };
        let then = if self.is_tcp() {
            "its client is reset"
        } else {
            "what its client sent is gone"
        };
        self.say(format!(
            "does not reach {target}: {method}() {answered}, so {then}"
        ));
        self.reset(id);
    }

    fn took(&mut self, id: FlowId, way: Way, outcome: &Outcome, at: u64) {
        let is_tcp = self.is_tcp();
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let line = flow.line(way);
        line.taking = false;
        match outcome {
            Outcome::Ok(Value::Received { bytes, .. }) => match bytes {
                Bytes::Whole(bytes) if is_tcp && bytes.is_empty() => {
                    line.ends_at = Some(line.held.due(at));
                }
                Bytes::Whole(bytes) if is_tcp => self.stream(id, way, bytes, at),
                Bytes::Whole(bytes) => self.datagram(id, way, bytes, at),
                Bytes::LetGo(_) if is_tcp => {
                    self.say("resets a connection: its bytes were let go");
                    self.reset(id);
                }
                Bytes::LetGo(_) => self.counts.dropped += 1,
            },
            // Nobody is there yet: what went on before is gone, and the next may arrive.
            Outcome::Error(Errno::ECONNREFUSED) if !is_tcp => {}
            // A reset goes on as one. Whoever ended the wait by hand wants no more of it.
            _ => self.reset(id),
        }
    }

    fn gave(&mut self, id: FlowId, way: Way, count: u64, at: u64) {
        if let Some(flow) = self.flows.get_mut(&id) {
            let line = flow.line(way);
            line.giving = false;
            line.held.gone(count, at);
        }
    }

    fn again(&mut self, id: FlowId, way: Way) {
        if let Some(flow) = self.flows.get_mut(&id) {
            flow.line(way).giving = false;
        }
    }
}
