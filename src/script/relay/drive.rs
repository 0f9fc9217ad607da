//! What a relay does next of itself: what it may take in, and what is due to go on.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::sync::Arc;

use crate::model::automatic::Standing;
use crate::model::call::{Protocol, SocketId};
use crate::model::relay::{Arrival, Copies, Fate, Way};

use super::flow::{Flow, FlowId};
use super::held::Next;
use super::turn::{CHUNK, Turn};
use super::{MOST_CLIENTS, Relay};

impl Relay {
    /// Puts up what can be done at the time `now`; when something more can be if nothing happens before, nanoseconds.
    pub(super) fn drive(&mut self, now: u64) -> Option<u64> {
        if self.ending.is_some() {
            return None;
        }
        if self.is_tcp()
            && self.is_open
            && !self.accepting
            && self.standing == Standing::Serving
            && self.flows.len() < MOST_CLIENTS
        {
            self.accepting = true;
            self.due.push_back(Turn::Accept);
        }
        let mut next: Option<u64> = None;
        let ids: Vec<FlowId> = self.flows.keys().copied().collect();
        for id in ids {
            let at = self.drive_flow(id, now);
            next = next.into_iter().chain(at).min();
        }
        next
    }

    fn drive_flow(&mut self, id: FlowId, now: u64) -> Option<u64> {
        let protocol = self.order.protocol;
        let flow = self.flows.get_mut(&id)?;
        if flow.is_over() {
            self.finish(id);
            return None;
        }
        if flow.resets && flow.is_drained() {
            self.counts.resets += 1;
            let after = self.order.impairment.reset_after.map_or(0, NonZeroU64::get);
            self.say(format!(
                "resets the connection after byte {after}, as planned"
            ));
            self.reset(id);
            return None;
        }
        let mut next: Option<u64> = None;
        for way in Way::BOTH {
            if may_take(flow, way, protocol) {
                flow.line(way).taking = true;
                self.due.push_back(Turn::Take(id, way));
            }
            if flow.sink(way).is_none() || flow.line(way).giving {
                continue;
            }
            let line = flow.line(way);
            match line.held.next(now) {
                Next::Ready(bytes) => {
                    line.giving = true;
                    self.due.push_back(Turn::Give(id, way, Arc::from(bytes)));
                }
                Next::At(at) => next = next.into_iter().chain([at]).min(),
                Next::Nothing => match line.ends_at.filter(|_| !line.shut) {
                    Some(at) if now >= at => {
                        line.giving = true;
                        self.due.push_back(Turn::Shut(id, way));
                    }
                    at => next = next.into_iter().chain(at).min(),
                },
            }
        }
        next
    }

    /// Bytes of a stream arrived at `at`, nanoseconds.
    pub(super) fn stream(&mut self, id: FlowId, way: Way, bytes: &Arc<[u8]>, at: u64) {
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let mut bytes = Arc::clone(bytes);
        if let Some(after) = self.order.impairment.reset_after {
            let left = after.get().saturating_sub(flow.taken);
            flow.resets |= bytes.len() as u64 >= left;
            let kept = usize::try_from(left).unwrap_or(usize::MAX);
            if let Some(kept) = bytes.get(..kept) {
                bytes = Arc::from(kept);
            }
        }
        flow.taken += bytes.len() as u64;
        if !bytes.is_empty() {
            flow.line(way).held.push(at, bytes);
        }
    }

    /// A datagram arrived at `at`, nanoseconds: its plan says what becomes of it.
    pub(super) fn datagram(&mut self, id: FlowId, way: Way, bytes: &Arc<[u8]>, at: u64) {
        let target = self.order.target;
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let client = flow.client;
        flow.last = at;
        let line = flow.line(way);
        let Arrival {
            number,
            fate,
            releases,
        } = line.plan.arrives();
        let mut dropped = 0;
        let mut go_on = |bytes: &Arc<[u8]>, copies: Copies| {
            for _ in 0..copies.count() {
                if line.held.has_room(bytes.len()) {
                    line.held.push(at, Arc::clone(bytes));
                } else {
                    dropped += 1;
                }
            }
        };
        let did = match fate {
            Fate::Lost => {
                self.counts.lost += 1;
                Some("loses")
            }
            Fate::HeldBack => {
                line.back = Some(Arc::clone(bytes));
                Some("holds back")
            }
            Fate::Passes(copies) => {
                go_on(bytes, copies);
                if let (Some(back), Some(copies)) = (line.back.take(), releases) {
                    go_on(&back, copies);
                    self.counts.swapped += 1;
                    self.counts.repeated += u64::from(copies == Copies::Two);
                }
                self.counts.repeated += u64::from(copies == Copies::Two);
                (copies == Copies::Two).then_some("repeats")
            }
        };
        self.counts.dropped += dropped;
        let to = match way {
            Way::ToTarget => target,
            Way::ToClient => client,
        };
        if let Some(did) = did {
            self.say(format!("{did} datagram {number} to {to}, as planned"));
        }
        if dropped > 0 {
            self.say(format!(
                "drops datagram {number} to {to}: it holds too many"
            ));
        }
    }

    /// A new client, whose near end is there.
    pub(super) fn new_flow(&mut self, near: SocketId, client: SocketAddr) -> FlowId {
        self.next_flow += 1;
        let id = FlowId(self.next_flow);
        let (protocol, impairment) = (self.order.protocol, self.order.impairment);
        let flow = Flow::new(near, client, protocol, impairment);
        self.flows.insert(id, flow);
        if protocol == Protocol::Udp {
            self.clients.insert(client, id);
        } else {
            self.as_they_are(near);
        }
        self.due.push_back(Turn::Far(id));
        id
    }

    /// Slices are to go out as they are, and not joined by the system.
    pub(super) fn as_they_are(&mut self, socket: SocketId) {
        if self.order.impairment.slice.is_some() {
            self.due.push_back(Turn::NoDelay(socket));
        }
    }
}

/// Whether more of a direction may be taken in.
fn may_take(flow: &mut Flow, way: Way, protocol: Protocol) -> bool {
    // Datagrams of all clients come to one socket, and are taken there.
    let here = protocol == Protocol::Tcp || way == Way::ToClient;
    if !here || flow.resets || flow.source(way).is_none() {
        return false;
    }
    let line = flow.line(way);
    // A datagram that finds no room is dropped; a stream waits.
    let has_room = protocol == Protocol::Udp || line.held.has_room(CHUNK as usize);
    !line.taking && line.ends_at.is_none() && has_room
}
