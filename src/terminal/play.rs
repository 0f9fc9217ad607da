//! One play of a script in the terminal: network, driver and recording in one loop; and one automatic program, which
//! follows the script that made its socket.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, bounded, never};

use crate::model::automatic::{Automatic, Reply, Service};
use crate::model::call::{Call, Protocol, SocketId};
use crate::model::event::{Event, PlayerNote};
use crate::model::recording::{Limits, Recording};
use crate::model::socket::Socket;
use crate::network::kernel::{KernelNetwork, process};
use crate::network::{NetworkHandle, Request, Subscription};
use crate::script::ast::Script;
use crate::script::automatic::Assignment;
use crate::script::driver::{self, DriverEvent, DriverHandle};
use crate::script::options::{Pace, PlayOptions, PlayerId, Report};

use super::printer::Printer;

/// How long a round of events may take before the other channels are looked at.
const ROUND: Duration = Duration::from_millis(10);

/// What came of a play.
pub(super) struct Played {
    pub(super) recording: Recording,
    pub(super) report: Report,
    pub(super) ending: Ending,
    /// Where the automatic program stood at the end.
    pub(super) automatic: Option<Automatic>,
}

/// How a play came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After the last statement.
    Complete,
    /// By Ctrl-C.
    Interrupted,
    /// By the reader of the output, who left (`| head`).
    NobodyReads,
}

/// Why nothing could be played.
pub(super) enum PlayError {
    /// The system refused what a network needs.
    System(io::Error),
    /// The output can't be written to.
    Output(io::Error),
    /// The driver refused the script.
    Refused(String),
}

/// Plays a script, printing as it happens; returns when everything is closed again.
pub(super) fn play(
    script: Script,
    options: PlayOptions,
    printer: &mut Printer<'_>,
) -> Result<Played, PlayError> {
    let mut stage = Stage::begin(script, options, printer)?;
    stage.run(printer)?;
    stage.end(printer)
}

/// Plays a script, then has a program serve the clients of the socket named `server` by itself, until it ends, Ctrl-C
/// or `longest`; closes everything.
pub(super) fn serve(
    script: Script,
    options: PlayOptions,
    printer: &mut Printer<'_>,
    serving: &Serving,
) -> Result<Played, PlayError> {
    let mut stage = Stage::begin(script, options, printer)?;
    stage.run(printer)?;
    let played = stage.report.as_ref();
    let failed = played.is_none_or(|report| report.stopped || !report.failures.is_empty());
    if !failed && stage.ending == Ending::Complete {
        stage.serve(printer, serving)?;
    }
    stage.close_all(printer)?;
    stage.end(printer)
}

/// How a server serves by itself.
pub(super) struct Serving {
    pub(super) reply: Reply,
    pub(super) service: Service,
    /// How long; `None`: until Ctrl-C.
    pub(super) longest: Option<Duration>,
    /// What to say once it can be reached, of its address.
    pub(super) ready: fn(SocketAddr, Protocol),
}

struct Stage {
    recording: Recording,
    subscription: Subscription,
    interrupted: Receiver<()>,
    driver: DriverHandle,
    network: NetworkHandle,
    id: PlayerId,
    report: Option<Report>,
    ending: Ending,
    finished: bool,
    /// What the automatic program serves, once it was asked for.
    serving: Option<SocketId>,
    /// Where the automatic program stands.
    automatic: Option<Automatic>,
    /// When it is to end.
    until: Option<Instant>,
}

impl Stage {
    fn begin(
        script: Script,
        options: PlayOptions,
        printer: &mut Printer<'_>,
    ) -> Result<Self, PlayError> {
        let network: NetworkHandle = KernelNetwork::start().map_err(PlayError::System)?;
        let (interrupt, interrupted) = bounded(1);
        process::on_interrupt(move || {
            // A full channel has said it already.
            interrupt.try_send(()).ok();
        })
        .map_err(PlayError::System)?;
        let subscription = network.subscribe(Arc::new(|| {}));
        let driver =
            driver::spawn(Arc::clone(&network), Arc::new(|| {})).map_err(PlayError::System)?;
        let mut stage = Self {
            recording: Recording::new(network.header(), Limits::default()),
            subscription,
            interrupted,
            id: driver.play(script, options),
            driver,
            network,
            report: None,
            ending: Ending::Complete,
            finished: false,
            serving: None,
            automatic: None,
            until: None,
        };
        let written = printer.header(&stage.recording);
        stage.printed(printer, written)?;
        Ok(stage)
    }

    fn end(mut self, printer: &mut Printer<'_>) -> Result<Played, PlayError> {
        let written = printer.end(&self.recording);
        self.printed(printer, written)?;
        Ok(Played {
            recording: self.recording,
            report: self.report.unwrap_or_default(),
            ending: self.ending,
            automatic: self.automatic,
        })
    }

    fn run(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        self.until(printer, |stage| stage.finished && stage.report.is_some())
    }

    /// Starts the automatic program, and waits until it has ended.
    fn serve(&mut self, printer: &mut Printer<'_>, serving: &Serving) -> Result<(), PlayError> {
        let has_port = |stage: &Self| {
            let server = stage.recording.sockets().named("server");
            server.and_then(|server| server.local.filter(|local| local.port() != 0))
        };
        self.until(printer, |stage| {
            has_port(stage).is_some() || stage.ending != Ending::Complete
        })?;
        let (Some(server), Some(local)) =
            (self.recording.sockets().named("server"), has_port(self))
        else {
            return Ok(());
        };
        let assignment = Assignment::new(server, serving.reply, serving.service);
        let assignment = assignment.map_err(PlayError::Refused)?;
        self.serving = Some(assignment.socket);
        self.driver.serve(assignment);
        (serving.ready)(local, server.protocol);
        self.until = serving.longest.map(|longest| Instant::now() + longest);
        self.until(printer, |stage| {
            let automatic = stage.automatic.as_ref();
            automatic.is_some_and(|automatic| !automatic.is_running())
        })
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

    /// Goes on until `done`.
    fn until(
        &mut self,
        printer: &mut Printer<'_>,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), PlayError> {
        while !done(self) {
            self.wait(printer);
            if self.interrupted.try_recv().is_ok() {
                // The sender is gone with its one word: that would be ready for ever.
                self.interrupted = never();
                self.stop(Ending::Interrupted);
            }
            if self.until.is_some_and(|until| until <= Instant::now()) {
                self.until = None;
                self.stop(self.ending);
            }
            while let Ok(event) = self.driver.events().try_recv() {
                match event {
                    DriverEvent::Finished { report, .. } => self.report = Some(report),
                    DriverEvent::Refused { line, message, .. } => {
                        return Err(PlayError::Refused(format!("line {line}: {message}")));
                    }
                    DriverEvent::NotStarted { why, .. } => {
                        return Err(PlayError::Refused(why.to_string()));
                    }
                    DriverEvent::Automatic(automatic) => self.automatic = Some(automatic),
                    // What follows was written for another answer.
                    DriverEvent::State(state) if state.pace == Pace::Paused => {
                        self.driver.stop(self.id);
                    }
                    DriverEvent::State(_) => {}
                }
            }
            self.take_events(printer)?;
            let now = self.network.now();
            let written = printer.waits(&self.recording, now);
            self.printed(printer, written)?;
        }
        Ok(())
    }

    fn wait(&self, printer: &Printer<'_>) {
        let mut select = Select::new();
        select.recv(self.subscription.receiver());
        select.recv(self.driver.events());
        select.recv(&self.interrupted);
        let says = printer
            .next_wait()
            .map(|at| Instant::now() + Duration::from_nanos(at.saturating_sub(self.network.now())));
        match says.into_iter().chain(self.until).min() {
            Some(deadline) => {
                // Whether something came or the time did: both are looked at.
                select.ready_deadline(deadline).ok();
            }
            None => {
                select.ready();
            }
        }
    }

    fn take_events(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        let recording = &mut self.recording;
        let mut written = Ok(());
        let mut finished = false;
        self.subscription.drain(ROUND, |event| {
            finished |= matches!(
                event,
                Event::Player {
                    note: PlayerNote::Finished,
                    ..
                }
            );
            recording.apply(event.clone());
            if written.is_ok() {
                written = printer.event(&event, recording);
            }
        });
        self.finished |= finished;
        self.printed(printer, written)
    }

    /// Flushes what was printed; a reader who left ends the play.
    fn printed(
        &mut self,
        printer: &mut Printer<'_>,
        written: io::Result<()>,
    ) -> Result<(), PlayError> {
        match written.and_then(|()| printer.flush()) {
            Ok(()) => Ok(()),
            Err(_) if self.ending == Ending::NobodyReads => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.stop(Ending::NobodyReads);
                Ok(())
            }
            Err(error) => Err(PlayError::Output(error)),
        }
    }

    fn stop(&mut self, ending: Ending) {
        self.ending = ending;
        self.driver.stop(self.id);
        if let Some(socket) = self.serving {
            self.driver.stop_serving(socket);
        }
    }
}

/// Writes a line to standard error; where nobody reads that, nothing is lost.
pub(super) fn complain(message: &str) {
    let message = crate::model::payload::visible_text(message);
    writeln!(io::stderr(), "sockeye: {message}").ok();
}
