//! When there are descriptors again, after an accept had found none.
//!
//! An accept that fails with EMFILE would fail again at once: asking by accept would be a spin of failing rows. So it is
//! found out without a call on any socket, a few times a second, for as long as there is no room: a descriptor of another
//! kind is opened and closed again. Room may come from anywhere in the process, or, after ENFILE, in the system.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::Builder;
use std::time::Duration;

use super::Shared;
use crate::model::event::Event;

/// Between two looks.
const APART: Duration = Duration::from_millis(200);
/// What anybody may open.
const ANYTHING: &str = "/dev/null";

/// Whether somebody looks for room.
#[derive(Debug, Default)]
pub(super) struct Room {
    sought: AtomicBool,
}

impl Shared {
    /// Sends [`Event::Room`] once there are descriptors again.
    pub(super) fn tell_of_room(self: &Arc<Self>) {
        if self.room.sought.swap(true, Ordering::AcqRel) {
            return;
        }
        let network = Arc::downgrade(self);
        let thread = Builder::new()
            .name("sockeye-room".to_owned())
            .stack_size(super::STACK)
            .spawn(move || seek(&network));
        if thread.is_err() {
            // Then only a close in this session tells.
            self.room.sought.store(false, Ordering::Release);
        }
    }
}

fn seek(network: &Weak<Shared>) {
    loop {
        std::thread::sleep(APART);
        let Some(shared) = network.upgrade() else {
            return;
        };
        if File::open(ANYTHING).is_ok() {
            shared.room.sought.store(false, Ordering::Release);
            return shared.send(Event::Room);
        }
    }
}
