//! Errors about addresses and ports.

use std::net::{IpAddr, SocketAddr};

use super::{Case, Explanation, name};
use crate::model::address::{Port, loopback};
use crate::model::call::{Call, Family, Protocol, SocketOption};
use crate::model::errno::Platform;
use crate::model::event::{Note, TcpState};
use crate::model::recording::time_wait_seconds;
use crate::model::socket::{Socket, Stage};

/// The largest datagram over IPv4: 65,535 less 20 bytes of IP header and 8 of UDP's (RFC 768, RFC 791).
const LONGEST_IPV4: u64 = 65_507;
/// Over IPv6 the length field does not count the IP header (RFC 8200).
const LONGEST_IPV6: u64 = 65_527;

impl Case<'_> {
    pub(super) fn address_in_use(&self) -> Explanation {
        let address = match self.call {
            Call::Bind { address } => Some(*address),
            _ => self.socket.local,
        };
        let Some(address) = address else {
            return Explanation::new(self.errno.plain(), "No free port was found.");
        };
        let holder = match self.note {
            Some(Note::HeldBy { socket }) => self.sockets.get(socket),
            _ => None,
        };
        if let (None, Some(Note::OldConnection { state, peer })) = (holder, self.note) {
            return self.or_another_port(self.old_connection(state, peer, &address), &address);
        }
        let told = match (holder, time_wait_seconds(self.note)) {
            (Some(holder), _) => held_by(holder, &address),
            (None, Some(seconds)) => Explanation::new(
                format!(
                    "An old connection still keeps port {}: TIME-WAIT, {seconds:.0} s left.",
                    address.port()
                ),
                "The end that closes first keeps the port for a while, so that late packets meet nobody new. \
                 SO_REUSEADDR lets a new server in, but only if the first one had set it too.",
            )
            .or_do(format!("Wait {seconds:.0} s, then bind again")),
            (None, None) => Explanation::new(
                format!("Another program holds port {}.", address.port()),
                if Platform::here() == Platform::MacOs && address.port() == 5000 {
                    "On a Mac, port 5000 is often AirPlay Receiver's (System Settings, General, AirDrop & Handoff)."
                } else {
                    "No socket of this session has it."
                },
            ),
        };
        self.or_another_port(told, &address)
    }

    /// A closed connection keeps the port until the other end has finished too.
    fn old_connection(
        &self,
        state: TcpState,
        peer: SocketAddr,
        address: &SocketAddr,
    ) -> Explanation {
        let why = format!(
            "This end was closed, but its connection is in {}: it keeps the port until the other end has finished too.",
            state.name()
        );
        let other = self.sockets.iter().rev().find(|other| {
            other.protocol == Protocol::Tcp
                && other.local == Some(peer)
                && other.peer.map(|peer| peer.port()) == Some(address.port())
        });
        match other {
            Some(other) => Explanation::new(
                format!("The old connection to {} is not over yet.", name(other)),
                why,
            )
            .or_call(format!("Close {}", name(other)), other, Call::Close),
            None => Explanation::new(
                format!("The old connection to {peer} is not over yet."),
                why,
            )
            .or_do("Let the other end close"),
        }
    }

    fn or_another_port(&self, told: Explanation, address: &SocketAddr) -> Explanation {
        if matches!(self.call, Call::Bind { .. }) {
            let port = next_port(address.port());
            let text = match port {
                0 => "Take any free port".to_owned(),
                port => format!("Take port {port} instead"),
            };
            told.or_call(
                text,
                self.socket,
                Call::Bind {
                    address: SocketAddr::new(address.ip(), port),
                },
            )
        } else {
            told
        }
    }

    pub(super) fn address_not_here(&self) -> Option<Explanation> {
        let address = self.call.address()?;
        match self.call {
            Call::Bind { .. } => Some(
                Explanation::new(
                    format!("{} is not an address of this computer.", address.ip()),
                    "bind() takes an address of your own: where others reach you, not where you want to go.",
                )
                .or_call(
                    "Bind to this computer only",
                    self.socket,
                    Call::Bind {
                        address: SocketAddr::new(loopback(self.socket.family), address.port()),
                    },
                ),
            ),
            _ => Some(Explanation::new(
                format!("Your system has no address to reach {} from.", address.ip()),
                "Either the address can't be reached from here, or no free port is left for this target.",
            )),
        }
    }

    pub(super) fn other_family(&self) -> Option<Explanation> {
        let address = self.call.address()?;
        let (ours, theirs) = match Family::of(&address) {
            Family::Ipv4 => ("IPv6", "IPv4"),
            Family::Ipv6 => ("IPv4", "IPv6"),
        };
        let local = SocketAddr::new(loopback(self.socket.family), address.port());
        let instead = match self.call {
            Call::Bind { .. } => Some(Call::Bind { address: local }),
            Call::Connect { .. } => Some(Call::Connect { address: local }),
            _ => None,
        };
        let told = Explanation::new(
            format!(
                "{} is an {theirs} address, and this is an {ours} socket.",
                address.ip()
            ),
            "The family is fixed by socket(): AF_INET takes IPv4 addresses, AF_INET6 takes IPv6 addresses.",
        );
        Some(match instead {
            Some(call) => told.or_call(format!("Use {}", local.ip()), self.socket, call),
            None => told,
        })
    }

    pub(super) fn not_allowed(&self) -> Option<Explanation> {
        let address = self.call.address()?;
        if matches!(self.call, Call::Bind { .. }) {
            return (address.port() < Port::MIN).then(|| {
                Explanation::new(
                    format!("Port {} is kept for administrators.", address.port()),
                    "Your system gives the low ports, 1 to 1023 on Linux, only to programs with special rights.",
                )
                .or_call(
                    "Take port 5000",
                    self.socket,
                    Call::Bind {
                        address: SocketAddr::new(address.ip(), 5000),
                    },
                )
            });
        }
        let broadcast = matches!(address.ip(), IpAddr::V4(ip) if ip.octets()[3] == 255);
        (broadcast && self.socket.protocol == Protocol::Udp).then(|| {
            Explanation::new(
                format!("{} reaches everybody: that has to be switched on.", address.ip()),
                "A datagram to a broadcast address needs SO_BROADCAST, so that nobody does it by mistake.",
            )
            .or_call(
                "Switch SO_BROADCAST on",
                self.socket,
                Call::SetSockOpt {
                    option: SocketOption::Broadcast,
                    value: 1,
                },
            )
        })
    }

    pub(super) fn nobody_named(&self) -> Explanation {
        let told = Explanation::new(
            "Nobody to send to.",
            "send() has no address, and this UDP socket has no peer. sendto() names one each time; connect() sets one for good.",
        );
        let Some(address) = self.target() else {
            return told;
        };
        let told = match self.call.payload() {
            Some(payload) => told.or_call(
                format!("Send it to {address}"),
                self.socket,
                Call::SendTo {
                    payload: payload.clone(),
                    address,
                },
            ),
            None => told,
        };
        told.or_call(
            format!("Set {address} as its peer"),
            self.socket,
            Call::Connect { address },
        )
    }

    pub(super) fn too_long(&self) -> Explanation {
        let length = self
            .call
            .payload()
            .map_or(0, crate::model::payload::Payload::len);
        let most = match self.socket.family {
            Family::Ipv4 => LONGEST_IPV4,
            Family::Ipv6 => LONGEST_IPV6,
        };
        Explanation::new(
            format!("{length} bytes do not fit into one datagram."),
            format!("UDP carries at most {most} bytes at a time, and does not cut a datagram up. Nothing was sent."),
        )
        .or_do("Send it in smaller pieces")
    }
}

fn held_by(holder: &Socket, address: &SocketAddr) -> Explanation {
    let who = name(holder);
    let told = match (holder.stage, holder.parent) {
        (_, Some(_)) => Explanation::new(
            format!("{} still uses {address}.", holder.id),
            format!(
                "The listener is closed, but {who}, a connection it accepted, keeps the port until it is closed."
            ),
        ),
        (Stage::Listening, _) => Explanation::new(
            format!("{who} holds it."),
            format!(
                "It listens on port {}. One port has one listener.",
                address.port()
            ),
        ),
        _ => Explanation::new(
            format!("{who} holds it."),
            format!(
                "That socket of this session has port {} until it is closed.",
                address.port()
            ),
        ),
    };
    told.or_call(format!("Close {who}"), holder, Call::Close)
}

/// The next port up; any free one after the last.
fn next_port(port: u16) -> u16 {
    port.checked_add(1).and_then(Port::new).map_or(0, Port::get)
}
