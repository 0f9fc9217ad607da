//! The three lists of a `select`: what it is asked to watch, and what it answers.

use serde::{Deserialize, Serialize};

use super::SocketId;

/// The three lists of a `select`, in Python's order. Each keeps the order it was written in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketLists {
    /// To be ready for a receive or an accept that does not wait.
    pub read: Vec<SocketId>,
    /// To be ready for a send that does not wait.
    pub write: Vec<SocketId>,
    /// To have something exceptional: on TCP urgent data, which nothing here sends.
    pub except: Vec<SocketId>,
}

impl SocketLists {
    /// Sockets watched for reading alone.
    pub fn reading(read: Vec<SocketId>) -> Self {
        Self {
            read,
            ..Self::default()
        }
    }

    /// The three lists.
    pub fn lists(&self) -> [&[SocketId]; 3] {
        [&self.read, &self.write, &self.except]
    }

    /// The sockets named in any list, each once, in the order of their first mention.
    pub fn sockets(&self) -> Vec<SocketId> {
        let mut sockets: Vec<SocketId> = Vec::new();
        for id in self.lists().into_iter().flatten() {
            if !sockets.contains(id) {
                sockets.push(*id);
            }
        }
        sockets
    }

    /// Whether any list names the socket.
    pub fn names(&self, socket: SocketId) -> bool {
        self.lists().into_iter().any(|list| list.contains(&socket))
    }

    /// Whether no list names anything: as an answer, that the time was over.
    pub fn is_empty(&self) -> bool {
        self.lists().into_iter().all(<[SocketId]>::is_empty)
    }

    /// As Python writes three lists: `[server, conn], [], []`.
    pub fn python(&self, name: impl Fn(SocketId) -> String) -> String {
        self.lists().map(|list| written(list, &name)).join(", ")
    }

    /// The same without the empty lists at the end, but for the first: `[conn]`.
    pub fn short(&self, name: impl Fn(SocketId) -> String) -> String {
        let lists = self.lists();
        let last = lists.iter().rposition(|list| !list.is_empty());
        let shown: Vec<String> = lists[..=last.unwrap_or(0)]
            .iter()
            .map(|list| written(list, &name))
            .collect();
        shown.join(", ")
    }
}

fn written(list: &[SocketId], name: &impl Fn(SocketId) -> String) -> String {
    let names: Vec<String> = list.iter().map(|id| name(*id)).collect();
    format!("[{}]", names.join(", "))
}
