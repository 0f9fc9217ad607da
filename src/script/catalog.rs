//! The scripts that ship with the program, from `assets/scripts/`.

use super::ast::Script;
use super::syntax::{self, ScriptError};

/// Where a script is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// To everybody: in lists and quick starts.
    Shown,
    /// To the window's big buttons only: a part of a conversation, not a whole one.
    WindowOnly,
}

/// A script that ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is called on screen.
    pub title: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Where it is offered.
    pub shelf: Shelf,
}

impl CatalogEntry {
    /// The script itself.
    ///
    /// # Errors
    /// None with the texts that ship: a test reads each of them.
    pub fn script(&self) -> Result<Script, ScriptError> {
        match self.shelf {
            Shelf::Shown => syntax::parse(self.text),
            Shelf::WindowOnly => syntax::parse_open(self.text),
        }
    }
}

/// The one played when nothing else is asked for.
pub const DEFAULT: &CatalogEntry = &ALL[0];

/// The one behind which an automatic program follows: a server that a class connects to.
pub const CLASS_SERVER: &str = "class-server";

/// All of them.
pub const ALL: [CatalogEntry; 10] = [
    CatalogEntry {
        name: "tcp-capitalise",
        title: "TCP: reply in CAPITALS",
        summary: "A client sends a line over a connection; the server sends it back in CAPITALS.",
        text: include_str!("../../assets/scripts/tcp-capitalise.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "udp-capitalise",
        title: "UDP: reply in CAPITALS",
        summary: "The same with datagrams: no connection, no accept, an address with every send.",
        text: include_str!("../../assets/scripts/udp-capitalise.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "side-by-side",
        title: "Blocking beside non-blocking",
        summary: "The same recv twice: one client waits, the other gets EAGAIN; then both get the bytes.",
        text: include_str!("../../assets/scripts/side-by-side.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "non-blocking",
        title: "Blocking and non-blocking",
        summary: "recv that waits, recv that says EAGAIN, and recv after the other end has closed.",
        text: include_str!("../../assets/scripts/non-blocking.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "peer-to-peer",
        title: "Peer to peer",
        summary: "Two UDP peers, each bound, each sending and receiving, and no server.",
        text: include_str!("../../assets/scripts/peer-to-peer.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "one-loop",
        title: "One loop with select",
        summary: "A server with one thread waits for all its sockets at once: select, then accept or recv.",
        text: include_str!("../../assets/scripts/one-loop.script"),
        shelf: Shelf::Shown,
    },
    CatalogEntry {
        name: "start-server",
        title: "Start a server",
        summary: "socket, bind, listen, accept; then it replies in CAPITALS.",
        text: include_str!("../../assets/scripts/start-server.script"),
        shelf: Shelf::WindowOnly,
    },
    CatalogEntry {
        name: "start-client",
        title: "Start a client",
        summary: "socket, connect.",
        text: include_str!("../../assets/scripts/start-client.script"),
        shelf: Shelf::WindowOnly,
    },
    CatalogEntry {
        name: "send-hello",
        title: "Send \"hello sockets\"",
        summary: "One send from the open client.",
        text: include_str!("../../assets/scripts/send-hello.script"),
        shelf: Shelf::WindowOnly,
    },
    CatalogEntry {
        name: CLASS_SERVER,
        title: "A server for the class",
        summary: "It listens to everyone who can reach this computer, and replies in CAPITALS by itself.",
        text: include_str!("../../assets/scripts/class-server.script"),
        shelf: Shelf::WindowOnly,
    },
];

/// The script of that name.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    const ENTRIES: &[CatalogEntry] = &ALL;
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// Those offered to everybody.
pub fn shown() -> impl Iterator<Item = &'static CatalogEntry> {
    const ENTRIES: &[CatalogEntry] = &ALL;
    ENTRIES.iter().filter(|entry| entry.shelf == Shelf::Shown)
}
