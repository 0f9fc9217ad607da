//! EAGAIN, EINPROGRESS and EALREADY: not failures, the call would have had to wait.

use super::{Case, Explanation, name};
use crate::model::call::{BlockingMode, Call, Method, Protocol};
use crate::model::errno::Errno;
use crate::model::payload::Payload;
use crate::model::socket::Stage;

const NO_FAILURE: &str = "Not a failure: the call would have had to wait.";

impl Case<'_> {
    pub(super) fn would_wait(&self) -> Option<Explanation> {
        let method = self.call.method();
        if method == Method::Connect {
            return Some(self.connecting());
        }
        if self.then.stage == Stage::Connecting {
            let told = Explanation::new(
                "Still connecting.",
                "Bytes can go and come once the handshake is done.",
            );
            return Some(self.ask_again(told));
        }
        Some(match method {
            Method::Accept => self.no_client(),
            Method::Recv | Method::RecvFrom => self.no_bytes(),
            Method::Send | Method::SendAll | Method::SendTo => self.full(),
            _ => return None,
        })
    }

    fn connecting(&self) -> Explanation {
        let full = self.call.address().and_then(|target| {
            let listener = self.sockets.at(&target, Protocol::Tcp)?;
            let (queued, seats) = listener.accept_queue()?;
            (queued >= seats).then_some(listener)
        });
        let told = if self.errno == Errno::EALREADY {
            Explanation::new(
                "Still connecting.",
                "The connect before this one has not been answered yet.",
            )
        } else {
            Explanation::new(
                "Connecting goes on in the background.",
                "A non-blocking connect starts the handshake and returns at once. Called again, it says how far that has come.",
            )
        };
        let told = match full {
            Some(listener) => told.or_call(
                format!("Make room: the accept queue of {} is full", name(listener)),
                listener,
                Call::Accept,
            ),
            None => told,
        };
        self.ask_again(told)
    }

    fn no_client(&self) -> Explanation {
        let told = Explanation::new("Nobody is in the accept queue.", NO_FAILURE);
        let told = match self.idle_client() {
            Some((client, call)) => told.or_call("Let a client connect", client, call),
            None => told.or_do("Let a client connect"),
        };
        self.ask_again(told)
    }

    /// A client of this session that could connect to this listener.
    fn idle_client(&self) -> Option<(&crate::model::socket::Socket, Call)> {
        let local = self.socket.local?;
        let client = self.sockets.open().find(|other| {
            other.protocol == Protocol::Tcp
                && other.id != self.socket.id
                && other.family == self.socket.family
                && matches!(other.stage, Stage::New | Stage::Refused)
        })?;
        let address = crate::model::address::dialable(&local);
        Some((client, Call::Connect { address }))
    }

    fn no_bytes(&self) -> Explanation {
        let udp = self.socket.protocol == Protocol::Udp;
        if udp && self.then.stage == Stage::New {
            let told = Explanation::new(
                "No port yet: nothing can reach this socket.",
                "A UDP socket gets a port by bind(), or by its first sendto().",
            )
            .or_do("Bind it to a port");
            return self.ask_again(told);
        }
        let headline = match (udp, self.socket.received) {
            (true, 0) => "No datagram has come yet.",
            (true, _) => "No other datagram has come yet.",
            (false, _) => "Nothing in the buffer yet.",
        };
        let told = Explanation::new(headline, NO_FAILURE);
        let other = self.sockets.other_end(self.socket);
        let told = match other {
            Some(other) if !udp && !other.write_shut => told.or_call(
                "Let the other end send",
                other,
                Call::Send {
                    payload: Payload::literal(b"hello sockets"),
                },
            ),
            _ => told.or_do("Let somebody send"),
        };
        self.ask_again(told)
    }

    fn full(&self) -> Explanation {
        let told = Explanation::new(
            "The send buffer is full.",
            "Your system keeps what the other end has not taken yet, and there is no room for more.",
        );
        let told = match self.sockets.other_end(self.socket) {
            Some(other) => told.or_call(
                format!("Let {} read", name(other)),
                other,
                Call::Recv { max: 1024 * 1024 },
            ),
            None => told.or_do("Let the other end read"),
        };
        self.ask_again(told)
    }

    /// The two answers to every would-block: later, or by waiting.
    fn ask_again(&self, told: Explanation) -> Explanation {
        let told = told.or_call("Ask again later", self.socket, self.call.clone());
        if self.socket.mode == BlockingMode::Blocking {
            return told;
        }
        let mode = BlockingMode::Blocking;
        told.or_call(
            "Wait instead of asking",
            self.socket,
            Call::SetBlocking { mode },
        )
    }
}
