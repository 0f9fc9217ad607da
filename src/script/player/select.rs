//! A `select` of the script: one call of the program whose sockets it watches.

use std::sync::Arc;
use std::time::Duration;

use crate::model::call::{Call, SocketLists};
use crate::network::{Network, Target};

use super::super::ast::{Name, NameLists, Statement};
use super::super::options::KnownSocket;
use super::Player;
use super::names::{Ready, never};

impl Player {
    /// Issues it, once each of its names has a socket.
    ///
    /// All are one program's: another program's descriptor would be a number without meaning.
    pub(super) fn select(
        &mut self,
        network: &dyn Network,
        statement: &Statement,
        lists: &NameLists,
        timeout: Option<Duration>,
        now: u64,
    ) -> Ready<()> {
        let mut watched: Vec<(Name, KnownSocket)> = Vec::new();
        for name in lists.names() {
            watched.push((Arc::clone(name), self.socket(name)?));
        }
        let Some((first, owner)) = watched.first().cloned() else {
            return never("it names no socket".to_owned());
        };
        if let Some((other, _)) = watched
            .iter()
            .find(|(_, socket)| socket.program != owner.program)
        {
            return never(format!(
                "{first} and {other} belong to two programs: a program can watch only its own sockets"
            ));
        }
        let id_of = |name: &Name| {
            let found = watched.iter().find(|(known, _)| known == name);
            found.map(|(_, socket)| socket.id)
        };
        let list = |names: &Vec<Name>| names.iter().filter_map(id_of).collect();
        let [read, write, except] = lists.0.each_ref().map(list);
        let call = Call::Select {
            watched: Arc::new(SocketLists {
                read,
                write,
                except,
            }),
            timeout,
        };
        let request = self.request(Target::Program(owner.program), call, None, statement.line);
        let id = network.submit(request.clone());
        let index = self.keep(id, &request, statement, &owner, now);
        if let Some(issued) = self.issued.get_mut(index) {
            issued.socket = None;
            let ids = watched.into_iter().map(|(name, socket)| (name, socket.id));
            issued.watched = ids.collect();
        }
        self.follow(index, statement, None);
        Ok(())
    }
}
