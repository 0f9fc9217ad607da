//! A relay, where it stands, and all that it does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use sockeye::model::automatic::{Ending, Standing};
use sockeye::model::call::Protocol;
use sockeye::model::recording::CallEntry;
use sockeye::model::relay::{Impairment, PerMille, RelayId, RelayOrder, Relaying};
use sockeye::network::NetworkHandle;
use sockeye::script::driver::{self, DriverEvent, DriverHandle};

use super::support::{DEADLINE, World, any_port};

/// A line with a relay in it.
pub struct Line {
    pub world: World,
    pub driver: DriverHandle,
    pub id: RelayId,
    /// Where clients find it.
    pub address: SocketAddr,
    state: Relaying,
    /// The most it has ever said to hold, bytes.
    pub most_held: u64,
    /// The most clients it has ever said to have.
    pub most_clients: usize,
}

impl Line {
    pub fn tcp(target: SocketAddr, impairment: Impairment) -> Self {
        Self::start(Protocol::Tcp, target, impairment)
    }

    pub fn udp(target: SocketAddr, impairment: Impairment) -> Self {
        Self::start(Protocol::Udp, target, impairment)
    }

    fn start(protocol: Protocol, target: SocketAddr, impairment: Impairment) -> Self {
        let world = World::new();
        let network: NetworkHandle = Arc::clone(&world.network) as NetworkHandle;
        let driver = driver::spawn(network, Arc::new(|| {})).unwrap();
        let id = driver.relay(RelayOrder {
            name: Arc::from("link"),
            protocol,
            listen: any_port(),
            target,
            impairment,
        });
        let state = loop {
            match driver.events().recv_timeout(DEADLINE).unwrap() {
                DriverEvent::Relay(state) if state.is_open => break *state,
                _ => {}
            }
        };
        Self {
            address: state.order.listen,
            world,
            driver,
            id,
            state,
            most_held: 0,
            most_clients: 0,
        }
    }

    /// Takes in what happens until the relay stands as wanted.
    #[track_caller]
    pub fn until(&mut self, what: &str, wanted: impl Fn(&Relaying) -> bool) -> Relaying {
        let deadline = Instant::now() + DEADLINE;
        while !wanted(&self.state) {
            match self.driver.events().recv_deadline(deadline) {
                Ok(event) => self.take(event),
                Err(error) => panic!("{error}: {what}; {:?}", self.state),
            }
        }
        self.state.clone()
    }

    /// Where it stands, once all that it has told is taken in.
    pub fn now(&mut self) -> Relaying {
        while let Ok(event) = self.driver.events().try_recv() {
            self.take(event);
        }
        self.state.clone()
    }

    fn take(&mut self, event: DriverEvent) {
        if let DriverEvent::Relay(state) = event {
            self.most_held = self.most_held.max(state.held);
            self.most_clients = self.most_clients.max(state.clients);
            self.state = *state;
        }
    }

    /// Stops it and waits for its end.
    #[track_caller]
    pub fn stop(&mut self) {
        self.driver.stop_relay(self.id);
        let ended = self.until("its end", |state| !state.is_running());
        assert_eq!(ended.standing, Standing::Ended(Ending::Stopped));
        let program = ended.program;
        self.world
            .wait_until("all its sockets are closed", |world| {
                let mut open = world.recording.sockets().open();
                !open.any(|socket| socket.program == program)
            });
    }

    /// The relay's rows whose statement contains `text`, the oldest first, once there are so many.
    #[track_caller]
    pub fn rows(&mut self, text: &str, at_least: usize) -> Vec<CallEntry> {
        let rows = |world: &World| -> Vec<CallEntry> {
            let recording = &world.recording;
            let rows = (0..recording.len()).filter_map(|index| recording.row(index));
            rows.filter(|row| row.outcome.is_some())
                .filter(|row| row.text(recording.sockets(), 64).contains(text))
                .collect()
        };
        self.world
            .wait_until(&format!("{at_least} of {text}"), |world| {
                rows(world).len() >= at_least
            });
        rows(&self.world)
    }
}

/// That many percent.
pub fn percent(text: &str) -> PerMille {
    PerMille::from_percent(text).unwrap()
}
