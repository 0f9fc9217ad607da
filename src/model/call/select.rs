//! The three lists of a `select`: what it is asked to watch, and what it answers.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::SocketId;

/// A list of so many sockets is never cut where it is shown.
pub const SHORT_LIST: usize = 16;

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
    /// So many sockets a list may name: Python's `select` takes no more descriptors (`FD_SETSIZE`).
    pub const MOST: usize = 1024;

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
        let mut seen = HashSet::new();
        let all = self.lists().into_iter().flatten().copied();
        all.filter(|id| seen.insert(*id)).collect()
    }

    /// Whether any list names the socket.
    pub fn names(&self, socket: SocketId) -> bool {
        self.lists().into_iter().any(|list| list.contains(&socket))
    }

    /// Whether no list names anything: as an answer, that the time was over.
    pub fn is_empty(&self) -> bool {
        self.lists().into_iter().all(<[SocketId]>::is_empty)
    }

    /// As Python writes three lists: `[server, conn], [], []`. Of a list of more than `most` sockets, and more than
    /// 16, that many names and their true number: `[a, b, … (1024 sockets)]`.
    pub fn python(&self, most: usize, name: impl Fn(SocketId) -> String) -> String {
        self.lists()
            .map(|list| written(list, most, &name))
            .join(", ")
    }

    /// The same without the empty lists at the end, but for the first: `[conn]`. Long lists are cut.
    pub fn short(&self, name: impl Fn(SocketId) -> String) -> String {
        let lists = self.lists();
        let last = lists.iter().rposition(|list| !list.is_empty());
        let shown: Vec<String> = lists[..=last.unwrap_or(0)]
            .iter()
            .map(|list| written(list, 0, &name))
            .collect();
        shown.join(", ")
    }
}

fn written(list: &[SocketId], most: usize, name: &impl Fn(SocketId) -> String) -> String {
    let most = most.max(SHORT_LIST);
    let mut names: Vec<String> = list.iter().take(most).map(|id| name(*id)).collect();
    if list.len() > most {
        names.push(format!("… ({} sockets)", list.len()));
    }
    format!("[{}]", names.join(", "))
}
