//! What a relay keeps of one client.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{Protocol, SocketId};
use crate::model::relay::{DatagramPlan, Impairment, Way};

use super::held::{Borders, Held};

/// A client of a relay. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FlowId(pub(super) u64);

/// One client, with a socket of its own towards the target.
#[derive(Debug)]
pub(super) struct Flow {
    /// What the client talks to: its own connection, or the UDP socket of all clients.
    pub(super) near: SocketId,
    pub(super) client: SocketAddr,
    /// What talks to the target.
    pub(super) far: Option<SocketId>,
    /// Whether that is connected.
    pub(super) connected: bool,
    lines: [Line; 2],
    /// Bytes taken in, of both directions.
    pub(super) taken: u64,
    /// It is to be reset once all it holds has gone on.
    pub(super) resets: bool,
    /// When a datagram of it came last, nanoseconds.
    pub(super) last: u64,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) held: Held,
    pub(super) plan: DatagramPlan,
    /// The datagram that waits until another has passed.
    pub(super) back: Option<Arc<[u8]>>,
    /// A receive is under way.
    pub(super) taking: bool,
    /// A send is under way.
    pub(super) giving: bool,
    /// The end came, and may go on at this time, nanoseconds.
    pub(super) ends_at: Option<u64>,
    /// The end has gone on.
    pub(super) shut: bool,
}

impl Flow {
    pub(super) fn new(
        near: SocketId,
        client: SocketAddr,
        protocol: Protocol,
        impairment: Impairment,
    ) -> Self {
        let borders = match protocol {
            Protocol::Tcp => Borders::Stream,
            Protocol::Udp => Borders::Datagrams,
        };
        Self {
            near,
            client,
            far: None,
            connected: false,
            lines: Way::BOTH.map(|way| Line {
                held: Held::new(impairment, borders),
                plan: DatagramPlan::new(impairment, way),
                back: None,
                taking: false,
                giving: false,
                ends_at: None,
                shut: false,
            }),
            taken: 0,
            resets: false,
            last: 0,
        }
    }

    pub(super) fn line(&mut self, way: Way) -> &mut Line {
        let [to_target, to_client] = &mut self.lines;
        match way {
            Way::ToTarget => to_target,
            Way::ToClient => to_client,
        }
    }

    /// The socket of that side, once it can be used.
    fn side(&self, is_near: bool) -> Option<SocketId> {
        if is_near {
            Some(self.near)
        } else {
            self.far.filter(|_| self.connected)
        }
    }

    /// Where a direction comes from.
    pub(super) fn source(&self, way: Way) -> Option<SocketId> {
        self.side(way == Way::ToTarget)
    }

    /// Where a direction goes on.
    pub(super) fn sink(&self, way: Way) -> Option<SocketId> {
        self.side(way == Way::ToClient)
    }

    /// Bytes that are yet to go on.
    pub(super) fn held(&self) -> u64 {
        let back = |line: &Line| line.back.as_ref().map_or(0, |back| back.len() as u64);
        let lines = self.lines.iter();
        lines.map(|line| line.held.bytes() + back(line)).sum()
    }

    /// Whether nothing of it is under way, and its way to the target is settled.
    pub(super) fn is_quiet(&self) -> bool {
        self.connected && self.is_drained()
    }

    /// Whether nothing is left to go on.
    pub(super) fn is_drained(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.all(|line| line.held.is_empty() && !line.giving)
    }

    /// Whether both ends have gone on.
    pub(super) fn is_over(&self) -> bool {
        self.lines.iter().all(|line| line.shut)
    }
}
