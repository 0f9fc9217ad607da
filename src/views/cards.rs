//! The card of a socket: its state, its methods with their fields, its waits and its queues.

use crate::model::call::SocketId;

/// What the cards remember between frames.
#[derive(Debug, Default)]
pub struct CardsState {}

impl CardsState {
    /// Says what the fields of a new socket's card start with.
    pub fn prepare(&mut self, _socket: SocketId, _host: &str, _port: u16) {}
}
