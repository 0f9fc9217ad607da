//! What each call and each word of the kernel changes in a socket.
//!
//! Where Linux and other systems differ, this is what Linux does (measured; see `tests/data/errno-linux.tsv`).

use super::{Observed, Pending, Socket, Stage};
use crate::model::call::{Bytes, Call, CallId, Method, Outcome, Protocol, ShutdownHow, Value};
use crate::model::errno::Errno;
use crate::model::event::{
    Ended, Folded, Observation, Remnant, Stamp, Started, TcpObservation, TcpState,
};

/// Longer bytes are not kept for quick replies: every socket may hold some.
const QUICK_REPLY: u64 = 1024 * 1024;

impl Socket {
    pub(super) fn start(&mut self, started: &Started, was_queued: bool) {
        if was_queued {
            take_out(&mut self.queued, started.id);
        }
        self.waiting.push(Pending {
            id: started.id,
            method: started.call.method(),
            thread: started.thread,
            since: Some(started.stamp),
        });
        if let Call::Connect { address } = started.call {
            self.target = Some(address);
            self.start_connect(started.stamp);
        }
    }

    fn start_connect(&mut self, stamp: Stamp) {
        // A refusal that no call was told of yet is this connect's answer: nothing is tried anew.
        let tries = match self.stage {
            Stage::New | Stage::Bound => true,
            Stage::Refused => self.error_taken,
            _ => false,
        };
        if self.protocol == Protocol::Tcp && tries {
            self.stage = Stage::Connecting;
            self.error_taken = false;
            self.settled = stamp.seq;
        }
    }

    /// A call has returned. Gives back what was queued on it, if that was its close.
    pub(super) fn end(&mut self, call: &Call, ended: &Ended) -> Vec<Pending> {
        take_out(&mut self.waiting, ended.id);
        if self.is_closed() {
            return Vec::new();
        }
        self.last_error = ended.outcome.errno().map(|errno| (call.method(), errno));
        match &ended.outcome {
            Outcome::Ok(value) => self.succeed(call, value, ended.stamp),
            Outcome::Error(errno) => self.fail(call, *errno, ended.stamp),
            Outcome::Interrupted => {}
        }
        if self.is_closed() {
            std::mem::take(&mut self.queued)
        } else {
            Vec::new()
        }
    }

    fn succeed(&mut self, call: &Call, value: &Value, stamp: Stamp) {
        match (call, value) {
            (Call::Bind { address }, _) => {
                self.bound_by_call = true;
                self.port_chosen = address.port() != 0;
                self.stage = Stage::Bound;
                if address.port() != 0 {
                    self.local = Some(*address);
                }
            }
            (Call::Listen { backlog }, _) => {
                self.backlog = Some(*backlog);
                self.stage = Stage::Listening;
                self.settled = stamp.seq;
            }
            (Call::Accept, _) => self.accepted += 1,
            (Call::Connect { address }, _) => {
                self.stage = Stage::Connected;
                self.connect_due = false;
                // What was asked while connect was under way may have been asked before it did anything.
                self.settled = stamp.seq;
                self.peer = Some(*address);
            }
            (
                Call::Send { .. } | Call::SendAll { .. } | Call::SendTo { .. },
                Value::Sent(count),
            ) => self.sent(call.method(), *count, stamp),
            (Call::Recv { max } | Call::RecvFrom { max }, Value::Received { bytes, peer, .. }) => {
                self.received(call.method(), bytes, *max > 0, stamp);
                let traffic = self.traffic_mut();
                traffic.last_sender = peer.or(traffic.last_sender);
            }
            (Call::Shutdown { how }, _) => self.shut(*how, stamp),
            (Call::SetBlocking { mode }, _) => self.mode = *mode,
            (Call::Close, _) => self.close(stamp),
            (Call::GetSockName, Value::Address(address)) if address.port() != 0 => {
                self.local = Some(*address);
            }
            (Call::GetPeerName, Value::Address(address)) => self.peer = Some(*address),
            _ => {}
        }
    }

    fn sent(&mut self, method: Method, count: u64, stamp: Stamp) {
        self.sent += count;
        let traffic = self.traffic_mut();
        traffic.come.sent = stamp.seq;
        traffic.last_moved = Some((method, stamp));
        if self.stage == Stage::New && self.protocol == Protocol::Udp {
            self.stage = Stage::Bound;
        }
    }

    fn received(&mut self, method: Method, bytes: &Bytes, asked: bool, stamp: Stamp) {
        self.received += bytes.len();
        let traffic = self.traffic_mut();
        traffic.come.received = stamp.seq;
        traffic.last_moved = Some((method, stamp));
        if bytes.is_empty() && self.protocol == Protocol::Tcp {
            // After a reset, and after our own shutdown(RD), b"" says nothing of the other end.
            if asked && self.stage == Stage::Connected && !self.read_shut {
                self.peer_finished = true;
                self.end_read = true;
            }
            return;
        }
        self.traffic_mut().last_bytes = Some(if bytes.len() <= QUICK_REPLY {
            bytes.clone()
        } else {
            Bytes::LetGo(bytes.len())
        });
    }

    /// Calls that nobody could take one by one have moved bytes.
    pub(super) fn moved(&mut self, folded: &Folded) {
        let come = &mut self.traffic.get_or_insert_default().come;
        let (count, last) = if folded.method.sends() {
            (&mut self.sent, &mut come.sent)
        } else {
            (&mut self.received, &mut come.received)
        };
        *count += folded.bytes;
        *last = folded.last.seq.max(*last);
    }

    fn shut(&mut self, how: ShutdownHow, stamp: Stamp) {
        match self.stage {
            // shutdown(WR) on a listener changes nothing; shutdown(RD) ends its listening.
            Stage::Listening if how == ShutdownHow::Write => {}
            // A port that bind() did not name is given up.
            Stage::Listening | Stage::Connecting => {
                self.stage = if self.port_chosen {
                    Stage::Bound
                } else {
                    Stage::New
                };
                self.settled = stamp.seq;
            }
            _ => self.mark_shut(how),
        }
    }

    fn mark_shut(&mut self, how: ShutdownHow) {
        self.read_shut |= matches!(how, ShutdownHow::Read | ShutdownHow::Both);
        self.write_shut |= matches!(how, ShutdownHow::Write | ShutdownHow::Both);
    }

    fn close(&mut self, stamp: Stamp) {
        self.stage = Stage::Closed;
        self.closed = Some(stamp);
        if let Some(traffic) = &mut self.traffic {
            traffic.last_bytes = None;
        }
        self.waiting.shrink_to_fit();
    }

    fn fail(&mut self, call: &Call, errno: Errno, stamp: Stamp) {
        let tcp = self.protocol == Protocol::Tcp;
        let connected = tcp && matches!(self.stage, Stage::Connected | Stage::Reset);
        let attempted = tcp && matches!(self.stage, Stage::Connecting | Stage::Refused);
        match (call, errno) {
            // The descriptor is gone whatever else close() reports.
            (Call::Close, errno) if errno != Errno::EBADF => self.close(stamp),
            (Call::Connect { .. }, Errno::EINPROGRESS | Errno::EALREADY) => self.go_on_connecting(),
            (Call::Connect { .. }, Errno::EISCONN) if attempted => self.stage = Stage::Connected,
            (_, Errno::ECONNREFUSED) if attempted => {
                self.stage = Stage::Refused;
                self.error_taken = true;
                self.settled = stamp.seq;
            }
            (Call::Connect { .. }, _)
            | (_, Errno::ETIMEDOUT | Errno::EHOSTUNREACH | Errno::ENETUNREACH)
                if attempted =>
            {
                self.stage = if self.bound_by_call {
                    Stage::Bound
                } else {
                    Stage::New
                };
            }
            (Call::Shutdown { how }, Errno::ENOTCONN) if cfg!(target_os = "linux") => {
                // Linux says that there is no connection, and shuts that half all the same.
                self.mark_shut(*how);
            }
            (_, Errno::ECONNRESET | Errno::ETIMEDOUT | Errno::EHOSTUNREACH) if connected => {
                self.lose(stamp);
            }
            (_, Errno::EPIPE) if connected && !self.write_shut => self.lose(stamp),
            _ => {}
        }
    }

    /// The handshake goes on in the background, unless the kernel has already told how it ended.
    fn go_on_connecting(&mut self) {
        if self.stage == Stage::Connected {
            return;
        }
        self.stage = Stage::Connecting;
        if let Some((stamp, seen)) = self.observed()
            && let Some(tcp) = seen.tcp
            && stamp.seq > self.settled
        {
            self.observe_tcp(tcp);
        }
    }

    /// The connection is gone, and a call was told.
    fn lose(&mut self, stamp: Stamp) {
        self.stage = Stage::Reset;
        self.error_taken = true;
        self.settled = stamp.seq;
    }

    pub(super) fn observe(&mut self, stamp: Stamp, observation: Observation) {
        if self
            .observed()
            .is_some_and(|(last, _)| last.seq > stamp.seq)
        {
            return;
        }
        self.local = observation
            .local
            .filter(|address| address.port() != 0)
            .or(self.local);
        self.peer = observation.peer.or(self.peer);
        if self.protocol == Protocol::Udp && self.stage == Stage::New && self.local.is_some() {
            self.stage = Stage::Bound;
        }
        // Only a connection that has sent its FIN lingers: it was not reset.
        let lingers = matches!(observation.remnant, Some(Remnant::TimeWait { .. }));
        self.write_shut |= self.stage == Stage::Connected && lingers;
        if let Some(tcp) = observation.tcp
            && stamp.seq > self.settled
        {
            self.observe_tcp(tcp);
        }
        self.observed = Some(Box::new(Observed {
            stamp,
            observation,
            received: self.received,
            accepted: self.accepted,
        }));
        if let Some(tcp) = observation.tcp.filter(|_| self.sent == 0) {
            self.knocks_again = self.knocks_again.max(tcp.retransmits);
        }
        self.see_come(stamp, &observation);
    }

    /// An answer that was asked for before a call ended may or may not count that call's bytes: nothing follows from it.
    fn see_come(&mut self, stamp: Stamp, observation: &Observation) {
        let come = &mut self.traffic.get_or_insert_default().come;
        if let Some(queue) = observation
            .receive_queue
            .filter(|_| come.received < stamp.seq)
        {
            come.arrived = come.arrived.max(Some(self.received + u64::from(queue)));
        }
        if let Some(queue) = observation.send_queue.filter(|_| come.sent < stamp.seq) {
            let acknowledged = self.sent.saturating_sub(u64::from(queue));
            come.acknowledged = come.acknowledged.max(Some(acknowledged));
        }
    }

    fn observe_tcp(&mut self, tcp: TcpObservation) {
        use TcpState::{
            CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynSent,
            TimeWait,
        };
        let connecting = self
            .waiting
            .iter()
            .any(|pending| pending.method == Method::Connect);
        match (self.stage, tcp.state) {
            (Stage::Connecting | Stage::Refused, Established | CloseWait | FinWait1 | FinWait2) => {
                self.stage = Stage::Connected;
                self.connect_due = true;
            }
            (Stage::Reset, Established | CloseWait) if !self.error_taken => {
                self.stage = Stage::Connected;
            }
            (Stage::Connecting, Closed) if !connecting => {
                self.stage = Stage::Refused;
                self.error_taken = false;
            }
            // Both FINs have been exchanged: the kernel keeps TIME-WAIT apart from the socket, which says CLOSED.
            (Stage::Connected, Closed) if self.write_shut => self.peer_finished = true,
            (Stage::Connected, Closed) => self.stage = Stage::Reset,
            (Stage::New | Stage::Bound | Stage::Refused, SynSent) => {
                self.stage = Stage::Connecting;
            }
            (Stage::New | Stage::Bound, Listen) => self.stage = Stage::Listening,
            _ => {}
        }
        self.peer_finished |= matches!(tcp.state, CloseWait | LastAck | Closing | TimeWait);
        // Without a shutdown of its own too: from a listener that was shut before it listened, Linux accepts such ones.
        let ended = matches!(tcp.state, FinWait1 | FinWait2 | LastAck | Closing);
        self.write_shut |= self.stage == Stage::Connected && ended;
    }
}

/// Takes a call out of a list: nearly always it is one of the youngest.
pub(super) fn take_out(list: &mut Vec<Pending>, id: CallId) {
    if let Some(index) = list.iter().rposition(|pending| pending.id == id) {
        list.remove(index);
    }
}
