//! The lessons that ship with the program, from `assets/lessons/`.

use super::{Lesson, LessonError};

/// Which part of the course a lesson belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the lecture says.
    Lecture,
    /// What comes after it.
    Further,
}

/// A lesson that ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShelfEntry {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Which part it belongs to.
    pub part: Part,
    /// Its file's text.
    pub text: &'static str,
}

impl ShelfEntry {
    /// The lesson itself.
    ///
    /// # Errors
    /// None with the texts that ship: a test reads each of them.
    pub fn lesson(&self) -> Result<Lesson, LessonError> {
        super::parse(self.text)
    }
}

/// All of them, in the order they are taught: lesson 1 first.
pub const ALL: &[ShelfEntry] = &[
    ShelfEntry {
        name: "net-code",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/01-net-code.toml"),
    },
    ShelfEntry {
        name: "socket-address-port",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/02-socket-address-port.toml"),
    },
    ShelfEntry {
        name: "accept-makes-a-socket",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/03-accept-makes-a-socket.toml"),
    },
    ShelfEntry {
        name: "tcp-capitals",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/04-tcp-capitals.toml"),
    },
    ShelfEntry {
        name: "udp-capitals",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/05-udp-capitals.toml"),
    },
    ShelfEntry {
        name: "blocking-waits",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/06-blocking-waits.toml"),
    },
    ShelfEntry {
        name: "never-waits",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/07-never-waits.toml"),
    },
    ShelfEntry {
        name: "peers",
        part: Part::Lecture,
        text: include_str!("../../../assets/lessons/08-peers.toml"),
    },
    ShelfEntry {
        name: "stream-or-messages",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/09-stream-or-messages.toml"),
    },
    ShelfEntry {
        name: "closing",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/10-closing.toml"),
    },
    ShelfEntry {
        name: "errors-on-purpose",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/11-errors-on-purpose.toml"),
    },
    ShelfEntry {
        name: "queues",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/12-queues.toml"),
    },
    ShelfEntry {
        name: "one-server-many-clients",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/13-one-server-many-clients.toml"),
    },
    ShelfEntry {
        name: "your-neighbour",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/14-your-neighbour.toml"),
    },
    ShelfEntry {
        name: "a-bad-line",
        part: Part::Further,
        text: include_str!("../../../assets/lessons/15-a-bad-line.toml"),
    },
];

/// The lesson of that name, or of that number, counted from 1.
pub fn find(name: &str) -> Option<&'static ShelfEntry> {
    let by_name = ALL.iter().find(|entry| entry.name == name);
    by_name.or_else(|| ALL.get(name.parse::<usize>().ok()?.checked_sub(1)?))
}
