//! Sends whose bytes must have arrived before another program goes on.

use std::collections::HashMap;

use crate::model::call::{Call, Method, Protocol, SocketId, SocketOption};
use crate::model::recording::Recording;

use super::session::{Op, Session};

/// So many bytes of a connection are certain to find room at its other end.
const SETTLES: u64 = 16 * 1024;

/// Which connections have so little under way that it can be waited for: else the other end may first have to receive.
#[derive(Debug)]
pub(super) struct Settling {
    /// The operation with which a socket had sent too much.
    full_at: HashMap<SocketId, usize>,
    /// Where a receive buffer was set, nothing is certain to find room.
    never: bool,
}

impl Settling {
    pub(super) fn of(session: &Session) -> Self {
        let mut sent: HashMap<SocketId, u64> = HashMap::new();
        let mut settling = Self {
            full_at: HashMap::new(),
            never: false,
        };
        for (index, op) in session.ops.iter().enumerate() {
            let (Some(call), Some(entry)) = (op.call(), &op.entry) else {
                continue;
            };
            let buffer = SocketOption::ReceiveBuffer;
            settling.never |= matches!(call, Call::SetSockOpt { option, .. } if *option == buffer);
            if let Some(id) = op.socket().filter(|_| call.method().sends()) {
                let sent = sent.entry(id).or_default();
                *sent += entry.bytes_moved;
                if *sent > SETTLES {
                    settling.full_at.entry(id).or_insert(index);
                }
            }
        }
        settling
    }

    /// Whether a socket had sent little up to an operation, and with it.
    fn is_small(&self, id: SocketId, to: usize) -> bool {
        !self.never && self.full_at.get(&id).is_none_or(|full| *full > to)
    }
}

/// The connections on which a thread has sent since it last waited for that, the latest last.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    sent: Vec<SocketId>,
}

impl Unsettled {
    /// Notes a call of the thread.
    pub(super) fn call(&mut self, op: &Op, recording: &Recording) {
        let socket = op.socket().and_then(|id| recording.sockets().get(id));
        let (Some(socket), Some(call)) = (socket, op.call().filter(|_| op.is_ok())) else {
            return;
        };
        let sends = call.method().sends();
        if sends || call.method() == Method::Close {
            self.settle(socket.id);
            let is_stream = socket.protocol == Protocol::Tcp;
            self.sent.extend((sends && is_stream).then_some(socket.id));
        }
    }

    /// Notes that it waits for that, or need not.
    pub(super) fn settle(&mut self, id: SocketId) {
        self.sent.retain(|other| *other != id);
    }

    /// Those to wait for at an operation.
    pub(super) fn at(&self, op: usize, settling: &Settling) -> Vec<SocketId> {
        let sent = self.sent.iter().copied();
        sent.filter(|id| settling.is_small(*id, op)).collect()
    }
}
