//! The way a socket has gone through its diagram: a fold over its calls and what the kernel said of it.
//!
//! A call's own answer comes first; the kernel's word is taken where it can't be about a state that was left since; what
//! TCP's rules put between is filled in.

use super::edges::{Act, Edge, Happening, State, UdpState, by_call, by_event, route};
use super::step::{Proof, Step, act_of};
use crate::model::call::{Method, Protocol, SocketId};
use crate::model::errno::Errno;
use crate::model::event::{Ended, Remnant, Stamp, Started, TcpState};
use crate::model::socket::{Socket, Stage};

/// Steps kept of one socket: connects that are refused again and again make no end of them.
const MOST: usize = 64;
/// Up to so many steps take no more room than they need.
const FEW: usize = 4;

/// A socket's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Where it is.
    now: State,
    /// The listener whose LISTEN it was born from.
    born_of: Option<SocketId>,
    steps: Vec<Step>,
    /// The other end, a socket of this recording, has sent its FIN.
    other_finished: bool,
}

/// A call, as far as the path asks.
#[derive(Clone, Copy, Debug)]
struct Cause {
    act: Option<Act>,
    refused: bool,
    stamp: Stamp,
    call: u64,
}

impl Path {
    pub(super) fn new(socket: &Socket, stamp: Stamp, call: u64) -> Self {
        let now = match socket.protocol {
            Protocol::Tcp => State::Tcp(TcpState::Closed),
            Protocol::Udp => State::Udp(UdpState::Unbound),
        };
        let mut path = Self {
            now,
            born_of: socket.parent,
            steps: Vec::new(),
            other_finished: false,
        };
        if socket.parent.is_some() {
            path.now = State::Tcp(TcpState::Listen);
            path.go(State::Tcp(TcpState::Established), Proof::Call, stamp, None);
            if let Some(last) = path.steps.last_mut() {
                last.call = Some(call);
            }
        }
        path
    }

    /// Where the socket is.
    pub fn now(&self) -> State {
        self.now
    }

    /// The listener it was accepted by: its way begins in that one's LISTEN.
    pub fn born_of(&self) -> Option<SocketId> {
        self.born_of
    }

    /// The steps, the oldest first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A call has entered its system call.
    pub(super) fn started(&mut self, socket: &Socket, started: &Started) {
        if self.now == State::Tcp(TcpState::Closed) && socket.stage == Stage::Connecting {
            let cause = Cause {
                act: Some(Act::Connect),
                refused: false,
                stamp: started.stamp,
                call: started.stamp.seq,
            };
            self.take_edge(State::Tcp(TcpState::SynSent), &cause);
        }
    }

    /// A call has returned.
    pub(super) fn ended(&mut self, socket: &Socket, started: &Started, ended: &Ended) {
        let cause = Cause {
            act: act_of(&started.call, socket),
            refused: ended.outcome.errno() == Some(Errno::ECONNREFUSED),
            stamp: ended.stamp,
            call: started.stamp.seq,
        };
        match socket.protocol {
            Protocol::Udp => self.udp(socket, Some(&cause), ended.stamp),
            Protocol::Tcp => self.tcp_call(socket, &cause),
        }
    }

    /// The kernel has said something.
    pub(super) fn observed(&mut self, socket: &Socket, stamp: Stamp) {
        match socket.protocol {
            Protocol::Udp => self.udp(socket, None, stamp),
            Protocol::Tcp => self.tcp_kernel(socket, stamp),
        }
    }

    /// The other end, a socket of this recording, has sent its FIN.
    pub(super) fn fin_came(&mut self, socket: &Socket, stamp: Stamp) {
        self.other_finished = true;
        if is_told(socket) {
            return;
        }
        let to = match self.now {
            State::Tcp(TcpState::Established) => TcpState::CloseWait,
            State::Tcp(TcpState::FinWait1 | TcpState::FinWait2) => TcpState::TimeWait,
            _ => return,
        };
        self.go(State::Tcp(to), Proof::Rule, stamp, None);
    }

    fn udp(&mut self, socket: &Socket, cause: Option<&Cause>, stamp: Stamp) {
        let to = State::Udp(match socket.stage {
            Stage::New => UdpState::Unbound,
            Stage::Connected => UdpState::PeerSet,
            Stage::Closed => UdpState::Closed,
            _ => UdpState::Bound,
        });
        if to == self.now {
            return;
        }
        match cause {
            Some(cause) => self.take_edge(to, cause),
            None => self.go(to, Proof::Kernel, stamp, None),
        }
    }

    fn tcp_call(&mut self, socket: &Socket, cause: &Cause) {
        let State::Tcp(now) = self.now else { return };
        // The kernel may have told of it before the call's own answer came.
        let to = match (socket.stage, cause.act) {
            (Stage::Closed, Some(Act::Close)) => return self.close(socket, now, cause),
            (Stage::Connected, Some(Act::ShutdownWrite)) if socket.write_shut => {
                return self.finish(socket, now, cause);
            }
            (Stage::Closed, _) => return,
            (Stage::Connected, _) => match now {
                TcpState::Closed if socket.is_finished() => return,
                TcpState::Closed | TcpState::SynSent => TcpState::Established,
                // Where the kernel tells, it tells of a FIN too: b"" may have other reasons.
                _ if is_told(socket) => return,
                TcpState::Established if socket.peer_finished => TcpState::CloseWait,
                TcpState::FinWait1 | TcpState::FinWait2 if socket.peer_finished => {
                    TcpState::TimeWait
                }
                _ => return,
            },
            (Stage::Listening, _) => TcpState::Listen,
            (Stage::Connecting, _) => TcpState::SynSent,
            _ => TcpState::Closed,
        };
        if to == now {
            self.confirm(cause);
        } else if to == TcpState::Closed {
            self.give_up(now, cause);
        } else {
            self.take_edge(State::Tcp(to), cause);
        }
    }

    /// `shutdown(WR)`: a FIN is sent, once.
    fn finish(&mut self, socket: &Socket, now: TcpState, cause: &Cause) {
        let to = match now {
            TcpState::Established => TcpState::FinWait1,
            TcpState::CloseWait => TcpState::LastAck,
            _ => return,
        };
        self.take_edge(State::Tcp(to), cause);
        self.acknowledged(socket, cause.stamp);
    }

    fn close(&mut self, socket: &Socket, now: TcpState, cause: &Cause) {
        let reset = socket.unread().is_some_and(|count| count > 0);
        let to = match now {
            TcpState::Listen | TcpState::SynSent => TcpState::Closed,
            TcpState::Established
            | TcpState::CloseWait
            | TcpState::FinWait1
            | TcpState::FinWait2
                if reset =>
            {
                let cause = Cause {
                    act: Some(Act::CloseUnread),
                    ..*cause
                };
                return self.take_edge(State::Tcp(TcpState::Closed), &cause);
            }
            TcpState::Established => TcpState::FinWait1,
            TcpState::CloseWait => TcpState::LastAck,
            _ => return,
        };
        self.take_edge(State::Tcp(to), cause);
        self.acknowledged(socket, cause.stamp);
    }

    /// Where no kernel tells, the other end's acknowledgement is taken for granted.
    fn acknowledged(&mut self, socket: &Socket, stamp: Stamp) {
        if is_told(socket) {
            return;
        }
        let to = match self.now {
            State::Tcp(TcpState::FinWait1) => TcpState::FinWait2,
            State::Tcp(TcpState::LastAck) => TcpState::Closed,
            _ => return,
        };
        self.go(State::Tcp(to), Proof::Rule, stamp, None);
    }

    /// A call said that nothing is left, or ended what was.
    fn give_up(&mut self, now: TcpState, cause: &Cause) {
        let closed = State::Tcp(TcpState::Closed);
        let from = State::Tcp(now);
        if cause
            .act
            .is_some_and(|act| by_call(from, act, closed).is_some())
        {
            return self.take_edge(closed, cause);
        }
        let what = if now == TcpState::SynSent && !cause.refused {
            Happening::GaveUp
        } else {
            Happening::Rst
        };
        if by_event(from, what, closed).is_none() {
            self.back();
        }
        let edge = by_event(self.now, what, closed);
        self.push(closed, edge, Proof::Call, cause.stamp, None);
    }

    fn tcp_kernel(&mut self, socket: &Socket, stamp: Stamp) {
        let State::Tcp(now) = self.now else { return };
        let Some((seen_at, seen)) = socket.observed() else {
            return;
        };
        let Some(kernel) = seen.tcp.map(|tcp| tcp.state) else {
            return;
        };
        let connects = |socket: &Socket| {
            let mut waiting = socket.waiting.iter();
            waiting.any(|pending| pending.method == Method::Connect)
        };
        // Before its SYN is out, a connect that waits says CLOSED.
        let early = kernel == TcpState::Closed && now == TcpState::SynSent && connects(socket);
        if seen_at != stamp || early || self.is_stale(State::Tcp(kernel), stamp) {
            return;
        }
        let to = match seen.remnant {
            Some(Remnant::TimeWait { .. }) => TcpState::TimeWait,
            _ => kernel,
        };
        if to == now {
            self.seen();
        } else if to == TcpState::Closed {
            self.kernel_closed(socket, now, stamp);
        } else {
            self.kernel_moved(State::Tcp(to), stamp);
        }
    }

    /// Whether what the kernel was asked so early may be about a state that was left since.
    ///
    /// A word about any other state is news, however early it was asked for: the answer came later.
    fn is_stale(&self, kernel: State, asked: Stamp) -> bool {
        let since = self.steps.iter().rev();
        let mut since = since.take_while(|step| step.stamp.seq >= asked.seq);
        kernel != self.now && since.any(|step| step.from == kernel)
    }

    /// The kernel says where the socket is: the shortest way there, without steps that nobody saw and that it refutes.
    fn kernel_moved(&mut self, to: State, stamp: Stamp) {
        if route(self.now, to).is_none() {
            self.back();
        }
        self.go(to, Proof::Kernel, stamp, None);
    }

    /// The kernel says that nothing is left, and the state now is another.
    fn kernel_closed(&mut self, socket: &Socket, now: TcpState, stamp: Stamp) {
        let closed = State::Tcp(TcpState::Closed);
        let gone = |socket: &Socket| {
            let remnant = socket.observed().and_then(|(_, seen)| seen.remnant);
            remnant == Some(Remnant::Nothing)
        };
        let last = self.steps.last().copied();
        match now {
            TcpState::LastAck => self.go(closed, Proof::Kernel, stamp, None),
            TcpState::TimeWait if last.is_some_and(|step| step.proof == Proof::Kernel) => {
                self.go(closed, Proof::Kernel, stamp, None);
            }
            // An open descriptor says CLOSED all through TIME-WAIT.
            TcpState::TimeWait if !gone(socket) => {}
            TcpState::FinWait1 | TcpState::FinWait2 | TcpState::Closing
                if socket.is_finished() && !gone(socket) =>
            {
                self.go(State::Tcp(TcpState::TimeWait), Proof::Rule, stamp, None);
            }
            // The other end had finished first, and nobody saw it in time.
            TcpState::FinWait1 | TcpState::TimeWait
                if last.is_some_and(|step| step.proof < Proof::Kernel)
                    && (self.other_finished || socket.end_read)
                    && !self.was(TcpState::FinWait2) =>
            {
                self.back();
                self.go(State::Tcp(TcpState::LastAck), Proof::Call, stamp, None);
                self.go(closed, Proof::Kernel, stamp, None);
            }
            // Its close() was taken for a FIN, and its state says that it was a reset.
            TcpState::FinWait1
                if socket.is_closed() && last.is_some_and(|step| step.proof == Proof::Call) =>
            {
                let call = last.and_then(|step| step.call);
                self.back();
                let edge = by_call(self.now, Act::CloseUnread, closed);
                let proof = edge.map_or(Proof::Kernel, |_| Proof::Call);
                self.push(closed, edge, proof, stamp, call);
            }
            _ => {
                let mut edge = by_event(self.now, Happening::Rst, closed);
                if edge.is_none() && now != TcpState::Listen {
                    self.back();
                    edge = by_event(self.now, Happening::Rst, closed);
                }
                if self.now != closed {
                    self.push(closed, edge, Proof::Kernel, stamp, None);
                }
            }
        }
    }

    /// The step just made was the call's own: what is asked before its end may still be about the state before.
    fn confirm(&mut self, cause: &Cause) {
        if let Some(last) = self.steps.last_mut()
            && last.call == Some(cause.call)
        {
            last.stamp = cause.stamp;
        }
    }

    /// Whether the kernel has named a state on the way.
    fn was(&self, state: TcpState) -> bool {
        let seen = |step: &Step| step.to == State::Tcp(state) && step.proof == Proof::Kernel;
        self.steps.iter().any(seen)
    }

    /// The kernel has named the state now.
    fn seen(&mut self) {
        if let Some(last) = self.steps.last_mut() {
            last.proof = Proof::Kernel;
        }
    }

    /// Takes the last steps back, as far as neither the kernel nor an answer has shown them.
    fn back(&mut self) {
        let is_open = |step: &Step| {
            step.proof == Proof::Rule
                || (step.proof == Proof::Call
                    && matches!(
                        step.to,
                        State::Tcp(TcpState::FinWait1 | TcpState::LastAck | TcpState::SynSent)
                    ))
        };
        while self.steps.len() > 1
            && let Some(last) = self.steps.pop_if(|step| is_open(step))
        {
            self.now = last.from;
        }
    }

    /// Along the edge of a call, or the shortest way there.
    fn take_edge(&mut self, to: State, cause: &Cause) {
        match cause.act.and_then(|act| by_call(self.now, act, to)) {
            Some(edge) => self.push(to, Some(edge), Proof::Call, cause.stamp, Some(cause.call)),
            None => self.go(to, Proof::Call, cause.stamp, Some(cause.call)),
        }
    }

    /// The shortest way there: what lies between follows from the rules.
    fn go(&mut self, to: State, proof: Proof, stamp: Stamp, call: Option<u64>) {
        let Some(way) = route(self.now, to) else {
            return self.push(to, None, proof, stamp, call);
        };
        for edge in way {
            let last = edge.to == to;
            let proof = if last { proof } else { Proof::Rule };
            let call = call.filter(|_| last && edge.trigger.is_call());
            self.push(edge.to, Some(edge), proof, stamp, call);
        }
    }

    fn push(
        &mut self,
        to: State,
        edge: Option<&'static Edge>,
        proof: Proof,
        stamp: Stamp,
        call: Option<u64>,
    ) {
        if self.steps.len() >= MOST {
            self.steps.remove(0);
        }
        // Most sockets take few steps, and there may be very many sockets.
        if self.steps.len() < FEW {
            self.steps.reserve_exact(1);
        }
        self.steps.push(Step {
            from: self.now,
            to,
            edge,
            proof,
            stamp,
            call,
        });
        self.now = to;
    }
}

/// Whether the kernel tells of this socket: then what it says is waited for.
fn is_told(socket: &Socket) -> bool {
    socket
        .observed()
        .is_some_and(|(_, seen)| seen.tcp.is_some())
}
