//! One automatic program in the terminal: it follows the script that made its socket.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::model::automatic::{Automatic, Reply, Service};
use crate::model::call::{Call, Protocol, SocketId};
use crate::model::socket::Socket;
use crate::network::Request;
use crate::script::ast::Script;
use crate::script::automatic::Assignment;
use crate::script::options::{Pace, PlayOptions, PlayerState};

use super::{Ending, PlayError, Played, Printer, Stage};

/// How a server serves by itself.
pub(in crate::terminal) struct Serving {
    pub(in crate::terminal) reply: Reply,
    pub(in crate::terminal) service: Service,
    /// How long; `None`: until Ctrl-C.
    pub(in crate::terminal) longest: Option<Duration>,
    /// What to say once it can be reached, of its address.
    pub(in crate::terminal) ready: fn(SocketAddr, Protocol),
}

/// How far the automatic program has come.
#[derive(Default)]
pub(super) struct Served {
    /// Its socket, once it was asked for.
    socket: Option<SocketId>,
    /// Where it stands.
    automatic: Option<Automatic>,
    /// When it is to end.
    pub(super) until: Option<Instant>,
}

/// Plays a script, then has a program serve the clients of the socket named `server` by itself, until it ends, Ctrl-C
/// or its time is over; closes everything. Returns where the program stood at the end as well.
pub(in crate::terminal) fn serve(
    script: Script,
    options: PlayOptions,
    printer: &mut Printer<'_>,
    serving: &Serving,
) -> Result<(Played, Option<Automatic>), PlayError> {
    let mut stage = Stage::begin(script, options, None, printer)?;
    stage.served = Some(Served::default());
    stage.run(printer)?;
    let played = stage.report.as_ref();
    let failed = played.is_none_or(|report| report.stopped || !report.failures.is_empty());
    if !failed && stage.ending == Ending::Complete {
        stage.serve(printer, serving)?;
    }
    stage.close_all(printer)?;
    let automatic = stage.served.take().and_then(|served| served.automatic);
    Ok((stage.end(printer)?, automatic))
}

impl Stage {
    /// Starts the automatic program, and waits until it has ended.
    fn serve(&mut self, printer: &mut Printer<'_>, serving: &Serving) -> Result<(), PlayError> {
        self.until(printer, |stage| {
            stage.server().is_some() || stage.ending != Ending::Complete
        })?;
        let Some((server, local)) = self.server() else {
            return Ok(());
        };
        let protocol = server.protocol;
        let assignment = Assignment::new(server, serving.reply, serving.service);
        let assignment = assignment.map_err(PlayError::Refused)?;
        if let Some(served) = &mut self.served {
            served.socket = Some(assignment.socket);
            served.until = serving.longest.map(|longest| Instant::now() + longest);
        }
        self.driver.serve(assignment);
        (serving.ready)(local, protocol);
        self.until(printer, |stage| {
            let automatic = stage.served.as_ref().and_then(|it| it.automatic.as_ref());
            automatic.is_some_and(|automatic| !automatic.is_running())
        })
    }

    /// The script's server, once its port is known.
    fn server(&self) -> Option<(&Socket, SocketAddr)> {
        let server = self.recording.sockets().named("server")?;
        let local = server.local.filter(|local| local.port() != 0)?;
        Some((server, local))
    }

    /// Closes what is open, connections before listeners.
    fn close_all(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        loop {
            let sockets = self.recording.sockets();
            let connection = sockets.open().find(|socket| socket.parent.is_some());
            let Some(socket) = connection.or_else(|| sockets.open().next()) else {
                return Ok(());
            };
            let socket = socket.id;
            self.network.submit(Request {
                at_end: true,
                ..Request::on(socket, Call::Close)
            });
            self.until(printer, |stage| {
                let socket = stage.recording.sockets().get(socket);
                socket.is_none_or(Socket::is_closed)
            })?;
        }
    }

    /// The automatic program stands somewhere else.
    pub(super) fn automatic_stands(&mut self, automatic: Automatic) {
        if let Some(served) = &mut self.served {
            served.automatic = Some(automatic);
        }
    }

    /// Ends the script before a server where one of its calls failed: what follows was written for another answer.
    pub(super) fn stop_where_it_stands_still(&self, state: &PlayerState) {
        if self.served.is_some() && state.pace == Pace::Paused {
            self.driver.stop(self.id);
        }
    }

    /// Ends the automatic program once its time is over.
    pub(super) fn look_at_the_time(&mut self) {
        let now = Instant::now();
        let served = self.served.as_mut();
        if let Some(served) = served.filter(|served| served.until.is_some_and(|end| end <= now)) {
            served.until = None;
            self.stop(self.ending);
        }
    }

    /// Stops the automatic program, where there is one.
    pub(super) fn stop_serving(&self) {
        if let Some(socket) = self.served.as_ref().and_then(|served| served.socket) {
            self.driver.stop_serving(socket);
        }
    }
}
