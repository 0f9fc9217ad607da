//! One play of a script in the terminal: network, driver and recording in one loop.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, TryRecvError, bounded, never};

use crate::model::event::{Event, PlayerNote, TcpState};
use crate::model::payload::visible;
use crate::model::recording::{Limits, Recording};
use crate::model::socket::Socket;
use crate::network::kernel::{KernelNetwork, process};
use crate::network::{NetworkHandle, Subscription};
use crate::script::ast::Script;
use crate::script::driver::{self, DriverEvent, DriverHandle};
use crate::script::options::{PlayOptions, PlayerId, Report};

use super::guide::{Guide, Scene};
use super::printer::Printer;

mod serving;

use serving::Served;
pub(super) use serving::{Serving, serve};

/// How long a round of events may take before the other channels are looked at.
const ROUND: Duration = Duration::from_millis(10);

/// How long connections may take to settle after the last close: on one computer they need a few milliseconds.
const SETTLED: Duration = Duration::from_millis(200);

/// What came of a play.
pub(super) struct Played {
    pub(super) recording: Recording,
    pub(super) report: Report,
    pub(super) ending: Ending,
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
    guide: Option<Guide>,
    printer: &mut Printer<'_>,
) -> Result<Played, PlayError> {
    let mut stage = Stage::begin(script, options, guide, printer)?;
    stage.run(printer)?;
    stage.end(printer)
}

struct Stage {
    /// Goes along with a lesson.
    guide: Option<Guide>,
    recording: Recording,
    subscription: Subscription,
    interrupted: Receiver<()>,
    driver: DriverHandle,
    network: NetworkHandle,
    id: PlayerId,
    report: Option<Report>,
    ending: Ending,
    finished: bool,
    /// The automatic program that follows the script.
    served: Option<Served>,
}

impl Stage {
    fn begin(
        script: Script,
        options: PlayOptions,
        guide: Option<Guide>,
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
            guide,
            recording: Recording::new(network.header(), Limits::default()),
            subscription,
            interrupted,
            id: driver.play(script, options),
            driver,
            network,
            report: None,
            ending: Ending::Complete,
            finished: false,
            served: None,
        };
        let written = printer.header(&stage.recording);
        stage.printed(printer, written)?;
        Ok(stage)
    }

    fn end(mut self, printer: &mut Printer<'_>) -> Result<Played, PlayError> {
        self.settle(printer)?;
        let written = printer
            .end(&self.recording)
            .and_then(|()| self.guided(|guide, scene| guide.summary(scene, printer)));
        self.printed(printer, written)?;
        Ok(Played {
            recording: self.recording,
            report: self.report.unwrap_or_default(),
            ending: self.ending,
        })
    }

    fn run(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        self.until(printer, |stage| stage.finished && stage.report.is_some())
    }

    /// Goes on until `done`.
    fn until(
        &mut self,
        printer: &mut Printer<'_>,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), PlayError> {
        while !done(self) {
            self.wait(printer);
            self.look_at_the_time();
            if self.interrupted.try_recv().is_ok() {
                // The sender is gone with its one word: that would be ready for ever.
                self.interrupted = never();
                self.stop(Ending::Interrupted);
            }
            let mut stands = None;
            while let Ok(event) = self.driver.events().try_recv() {
                match event {
                    DriverEvent::Finished { report, .. } => self.report = Some(report),
                    DriverEvent::Refused { line, message, .. } => {
                        return Err(PlayError::Refused(format!("line {line}: {message}")));
                    }
                    DriverEvent::NotStarted { why, .. } => {
                        return Err(PlayError::Refused(why.to_string()));
                    }
                    DriverEvent::Automatic(automatic) => self.automatic_stands(automatic),
                    // What it does is said in notes, which are printed as they come.
                    DriverEvent::Relay(_) => {}
                    DriverEvent::State(state) => {
                        self.stop_where_it_stands_still(&state);
                        stands = Some(state);
                    }
                }
            }
            self.take_events(printer)?;
            // What has happened is printed before anybody is asked what comes next.
            if let Some(state) = stands {
                let written = self.guided(|guide, scene| guide.stands(&state, scene, printer));
                self.printed(printer, written)?;
            }
            self.take_typed(printer)?;
            let now = self.network.now();
            let written = printer.waits(&self.recording, now);
            self.printed(printer, written)?;
        }
        Ok(())
    }

    /// Takes in how the connections that were just closed come to their end: their states change for some milliseconds
    /// more, and what is kept should not stop in the middle.
    fn settle(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        let until = Instant::now() + SETTLED;
        while self.recording.sockets().iter().any(is_passing) {
            let next = self.subscription.receiver();
            let mut select = Select::new();
            select.recv(next);
            if select.ready_deadline(until).is_err() {
                break;
            }
            self.take_events(printer)?;
        }
        Ok(())
    }

    fn wait(&self, printer: &Printer<'_>) {
        let mut select = Select::new();
        select.recv(self.subscription.receiver());
        select.recv(self.driver.events());
        select.recv(&self.interrupted);
        if let Some(guide) = &self.guide {
            select.recv(guide.typed());
        }
        let says = printer
            .next_wait()
            .map(|at| Instant::now() + Duration::from_nanos(at.saturating_sub(self.network.now())));
        let ends = self.served.as_ref().and_then(|served| served.until);
        match says.into_iter().chain(ends).min() {
            Some(deadline) => {
                // Whether something came or the time did: both are looked at.
                select.ready_deadline(deadline).ok();
            }
            None => {
                select.ready();
            }
        }
    }

    /// Lets the guide do something, where there is one.
    fn guided(
        &mut self,
        act: impl FnOnce(&mut Guide, &Scene<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(guide) = &mut self.guide else {
            return Ok(());
        };
        let scene = Scene {
            recording: &self.recording,
            driver: &self.driver,
            id: self.id,
            now: self.network.now(),
        };
        act(guide, &scene)
    }

    fn take_typed(&mut self, printer: &mut Printer<'_>) -> Result<(), PlayError> {
        let typed = match self.guide.as_ref().map(|guide| guide.typed().try_recv()) {
            None | Some(Err(TryRecvError::Empty)) => return Ok(()),
            Some(Ok(line)) => Some(line),
            Some(Err(TryRecvError::Disconnected)) => None,
        };
        let written = self.guided(|guide, scene| guide.answered(typed.as_deref(), scene, printer));
        self.printed(printer, written)
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
        self.stop_serving();
    }
}

/// Writes a line to standard error; where nobody reads that, nothing is lost.
pub(super) fn complain(message: &str) {
    let message = visible(message.as_bytes());
    writeln!(io::stderr(), "sockeye: {message}").ok();
}

/// Whether a closed connection is in a state that it leaves by itself as soon as the other end has closed too.
fn is_passing(socket: &Socket) -> bool {
    let passing = [
        TcpState::FinWait1,
        TcpState::FinWait2,
        TcpState::Closing,
        TcpState::LastAck,
    ];
    socket.is_closed()
        && socket
            .kernel_state()
            .is_some_and(|state| passing.contains(&state))
}
