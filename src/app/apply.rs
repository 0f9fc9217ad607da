//! Doing what the user asked: actions into calls.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use crate::model::address;
use crate::model::call::{
    BlockingMode, Call, CallId, Family, Outcome, ProgramId, SocketId, SocketLists, Value,
};
use crate::model::event::{Ended, Event, PlayerNote, Role, Threading};
use crate::model::socket::Socket;
use crate::network::{Request, ThreadChoice};
use crate::views::inspector::Tab;
use crate::views::{
    Action, NewSocket, Next, NoCalls, ReachableAnswer, ReachableQuestion, ToPlay, scrubber, theme,
};

use super::App;
use super::closing::Then;
use super::session::Looks;

/// What a socket is to have when it is born.
#[derive(Clone, Debug)]
pub(super) struct Birth {
    host: String,
    port: Option<u16>,
    mode: BlockingMode,
}

/// The call that bore a socket, and the socket.
pub(super) fn born(event: &Event) -> Option<(CallId, SocketId)> {
    let (Event::Ended(ended) | Event::Made(_, ended)) = event else {
        return None;
    };
    match &ended.outcome {
        Outcome::Ok(Value::Socket { id, .. }) => Some((ended.id, *id)),
        _ => None,
    }
}

impl App {
    /// Does what the user asked.
    pub(super) fn apply(&mut self, ctx: &egui::Context, action: Action) {
        if self.session.is_in_past() && Self::is_of_the_present(&action) {
            self.session.show_now();
        }
        if Self::is_of_what_is_shown(&action) && self.refuses_calls() {
            return;
        }
        match action {
            Action::NewSocket(wanted) => self.new_socket(&wanted),
            Action::AddSocket(program) => self.add_socket(program),
            Action::OneMoreLike(socket) => self.one_more_like(socket),
            Action::Call(socket, call) => self.call(socket, call, ThreadChoice::Own),
            Action::CallOnSecondThread(socket, call) => {
                self.call(socket, call, ThreadChoice::Second);
            }
            Action::MoveToSecondThread(socket, call) => {
                self.select(socket);
                self.network.move_to_second_thread(call);
            }
            Action::Select(program, timeout) => self.wait_for_all(program, timeout),
            Action::StopWaiting(call) => self.network.interrupt(call),
            Action::StartAutomatic(socket, reply, service) => {
                self.start_automatic(socket, reply, service);
            }
            Action::StopAutomatic(socket) => self.driver.stop_serving(socket),
            Action::StartRelay(order) => {
                self.driver.relay(order);
            }
            Action::StopRelay(id) => self.driver.stop_relay(id),
            Action::SetThreading(program, threading) => {
                self.network.set_threading(program, threading);
            }
            Action::Rename(socket, name) => {
                self.network.note(
                    None,
                    PlayerNote::Renamed {
                        socket,
                        name: name.into(),
                    },
                );
            }
            Action::MoveColumn(socket, before) => self.state.columns.move_before(socket, before),
            Action::FoldColumn(socket) => self.state.columns.toggle_fold(socket),
            Action::FoldProgram(program) => self.state.columns.toggle_program(program),
            Action::SelectSocket(socket) => self.select(socket),
            Action::SelectRow(row) => self.select_row(row),
            Action::ShowMoment(seq) => {
                if let Some(run) = &mut self.session.lesson {
                    run.forget_look();
                }
                self.session.show_moment(seq);
            }
            Action::ShowNow => self.session.show_now(),
            Action::DoNext => self.do_next(),
            Action::LeaveFirstSteps => self.session.play.leave_first_steps(),
            Action::CloseAll => self.close_all(Then::Nothing),
            Action::Reset => {
                // Nothing will be chosen: an empty drawer would only cover the first screen.
                self.settings.inspector_open = false;
                self.close_all(Then::NewSession);
            }
            Action::ShowPrevious(shows) => {
                self.session
                    .look(if shows && self.session.previous.is_some() {
                        Looks::Previous
                    } else {
                        Looks::Present
                    });
            }
            Action::Play(name) => self.ask_to_play(ToPlay::Script(name)),
            Action::Run(name) => self.run_script(&name, None),
            Action::PlayAnswer(answer) => self.answer_play(answer),
            Action::Transport(transport) => self.steer(transport),
            Action::SetMode(mode) => self.set_mode(mode),
            Action::Lesson(action) => self.lesson_action(action),
            Action::Exercise(action) => self.exercise_action(action),
            Action::TypeCall(text) => self.type_call(&text),
            Action::ReachableAnswer(answer) => self.answer_reachable(answer),
            Action::Export(format, path) => self.export(format, path),
            Action::BrowseExport(format) => self.browse(format),
            Action::SaveSession => self.ask_where_to_save(),
            Action::Open => self.ask_what_to_open(),
            Action::OpenFile(path) => self.open(path),
            Action::OpenLast => self.open_last(),
            Action::ClearLog => self.state.log.clear(&self.session.recording),
            Action::Copy(text) => ctx.copy_text(text),
            Action::SetTheme(choice) => {
                self.settings.theme = choice;
                theme::wear(ctx, choice);
            }
            Action::HoldStill(still) => {
                self.settings.reduced_motion = still;
                theme::hold_still(ctx, still);
            }
            Action::ToggleProjector => self.toggle_projector(ctx),
            Action::LargeHall(large) => self.settings.large_hall = large,
            Action::SetZoom(zoom) => ctx.set_zoom_factor(zoom.clamp(0.5, 3.0)),
            Action::ToggleInspector => self.settings.inspector_open = !self.settings.inspector_open,
            Action::OpenDetails => self.open_details(),
            Action::ShowTab(tab) => self.show_tab(tab),
            Action::Dismiss(id) => self.session.messages.retain(|message| message.id != id),
        }
    }

    /// One `select` for reading on all open sockets of a program.
    fn wait_for_all(&mut self, program: ProgramId, timeout: Option<Duration>) {
        let sockets = self.session.recording.sockets().open();
        let own = sockets.filter(|socket| socket.program == program);
        let watched = Arc::new(SocketLists::reading(own.map(|socket| socket.id).collect()));
        let call = Call::Select { watched, timeout };
        self.network.submit(Request::within(program, call));
    }

    fn select(&mut self, socket: SocketId) {
        self.session.selected = Some(socket);
        self.session.row = None;
        self.state.columns.reveal(socket);
        self.ask_of_crowd(socket);
    }

    /// Of a crowd the kernel is asked only about those that are chosen.
    fn ask_of_crowd(&self, socket: SocketId) {
        let known = self.session.recording.sockets().get(socket);
        if known.is_some_and(|socket| socket.in_crowd) {
            self.network.observe(socket);
        }
    }

    fn select_row(&mut self, row: Option<crate::model::recording::RowNumber>) {
        self.session.row = row;
        if self.session.is_in_past()
            && let Some(row) = row
            && let Some(moment) = scrubber::moment_of(row, &self.session.shown(&self.settings))
        {
            self.session.show_moment(moment);
        }
        let socket = row
            .and_then(|row| self.session.looked_at().numbered(row))
            .and_then(|entry| entry.socket);
        self.session.selected = socket.or(self.session.selected);
        if let Some(socket) = socket {
            self.state.columns.reveal(socket);
            self.ask_of_crowd(socket);
        }
        if row.is_some() {
            self.open_details();
        }
    }

    fn open_details(&mut self) {
        // Whoever reads the programs of clicks sees the row's line there; a lesson's show where the lesson stands.
        let in_lesson = self.session.shown(&self.settings).lesson.is_some();
        match self.state.inspector.choices.tab {
            Tab::Code if !in_lesson => self.show_tab(Tab::Code),
            Tab::Code | Tab::Methods | Tab::States | Tab::Details => self.show_tab(Tab::Details),
        }
    }

    fn show_tab(&mut self, tab: Tab) {
        self.settings.inspector_open = true;
        self.state.inspector.choices.tab = tab;
    }

    fn new_socket(&mut self, wanted: &NewSocket) {
        let name = role_name(wanted.role);
        let program = self
            .network
            .add_program(name, wanted.role, Threading::ThreadPerSocket);
        let call = Call::Socket {
            family: wanted.family,
            protocol: wanted.protocol,
        };
        let id = self
            .network
            .submit(Request::within(program, call).named(name));
        let birth = Birth {
            host: wanted.host.clone(),
            port: Some(wanted.port),
            mode: wanted.mode,
        };
        self.births.insert(id, birth);
        self.session.look(Looks::Present);
    }

    fn add_socket(&mut self, program: crate::model::call::ProgramId) {
        let choices = self.state.new_socket.choices.clone();
        let Some(role) = self
            .session
            .recording
            .sockets()
            .program(program)
            .map(|program| program.role)
        else {
            return;
        };
        // A peer's second TCP socket is the one that goes out.
        let name = if role == Role::Peer {
            "out"
        } else {
            role_name(role)
        };
        let call = Call::Socket {
            family: choices.family,
            protocol: choices.protocol,
        };
        let id = self
            .network
            .submit(Request::within(program, call).named(name));
        self.births.insert(
            id,
            Birth {
                host: choices.host,
                port: None,
                mode: choices.mode,
            },
        );
    }

    fn one_more_like(&mut self, socket: SocketId) {
        let Some(model) = self.session.recording.sockets().get(socket).cloned() else {
            return;
        };
        let program = self.network.add_program(
            role_name(model.role),
            model.role,
            Threading::ThreadPerSocket,
        );
        let call = Call::Socket {
            family: model.family,
            protocol: model.protocol,
        };
        let id = self
            .network
            .submit(Request::within(program, call).named(role_name(model.role)));
        let host = model.local.map_or_else(
            || self.state.new_socket.choices.host.clone(),
            |local| local.ip().to_string(),
        );
        self.births.insert(
            id,
            Birth {
                host,
                port: model.local.map(|local| local.port()),
                mode: model.mode,
            },
        );
    }

    /// A socket asked for has been born: its card's fields, its mode.
    pub(super) fn welcome(&mut self, call: CallId, socket: SocketId) {
        if !self.is_served_by_itself(socket) && !self.is_of_a_relay(socket) {
            self.session.selected = Some(socket);
        }
        let Some(birth) = self.births.remove(&call) else {
            return;
        };
        if let Some(port) = birth.port {
            self.state.cards.prepare(socket, &birth.host, port);
        }
        if birth.mode == BlockingMode::NonBlocking {
            self.network
                .submit(Request::on(socket, Call::SetBlocking { mode: birth.mode }));
        }
    }

    /// Whether nothing can be done to the sockets that are shown; then it says why.
    fn refuses_calls(&mut self) -> bool {
        let why = self.session.shown(&self.settings).no_calls();
        if let Some(why) = why.map(NoCalls::why) {
            self.session.say(why, false);
        }
        why.is_some()
    }

    fn call(&mut self, socket: SocketId, call: Call, thread: ThreadChoice) {
        if self.refuses_calls() {
            return;
        }
        if self.others_could_reach(socket, &call) && !self.reachable_allowed {
            self.state.dialogs.reachable = Some(ReachableQuestion::Call { socket, call });
            return;
        }
        self.select(socket);
        self.network.submit(Request {
            thread,
            ..Request::on(socket, call)
        });
    }

    /// Whether the call would open a port to others: a bind to more than loopback, or a listen without such a bind.
    fn others_could_reach(&self, socket: SocketId, call: &Call) -> bool {
        match call {
            Call::Bind { address } => address::is_reachable(address.ip()),
            Call::Listen { .. } => {
                let socket = self.session.recording.sockets().get(socket);
                socket.is_some_and(Socket::would_listen_to_others)
            }
            _ => false,
        }
    }

    fn answer_reachable(&mut self, answer: ReachableAnswer) {
        let Some(question) = self.state.dialogs.reachable.take() else {
            return;
        };
        self.reachable_allowed |= answer == ReachableAnswer::Allow;
        match (answer, question) {
            (ReachableAnswer::Cancel, _)
            | (
                ReachableAnswer::LoopbackInstead,
                ReachableQuestion::Script { .. } | ReachableQuestion::Typed { .. },
            ) => {
                self.drop_held();
            }
            (
                ReachableAnswer::Allow,
                ReachableQuestion::Script { .. } | ReachableQuestion::Typed { .. },
            ) => self.play_held(),
            (ReachableAnswer::Allow, ReachableQuestion::Call { socket, call }) => {
                self.call(socket, call, ThreadChoice::Own);
            }
            (ReachableAnswer::LoopbackInstead, ReachableQuestion::Call { socket, call }) => {
                self.call_on_loopback(socket, call);
            }
        }
    }

    /// Binds to this computer alone in place of a bind to others, or before a listen that would do so by itself.
    fn call_on_loopback(&mut self, socket: SocketId, call: Call) {
        let port = call.address().map_or(0, |address| address.port());
        let family = self
            .session
            .recording
            .sockets()
            .get(socket)
            .map_or(Family::Ipv4, |socket| socket.family);
        let bind = Call::Bind {
            address: (address::loopback(family), port).into(),
        };
        let id = self.network.submit(Request::on(socket, bind));
        if matches!(call, Call::Listen { .. }) {
            // Only once the bind has succeeded: without it, listen would take all addresses after all.
            self.after_bind.insert(id, Request::on(socket, call));
        }
    }

    /// A call has ended: what waited for its success is submitted, or forgotten.
    pub(super) fn follow(&mut self, ended: &Ended) {
        self.births.remove(&ended.id);
        if let Some(request) = self.after_bind.remove(&ended.id)
            && matches!(ended.outcome, Outcome::Ok(_))
        {
            self.network.submit(request);
        }
    }

    fn do_next(&mut self) {
        match self.session.next.clone() {
            Next::Run { script, .. } => self.run_script(&script, None),
            Next::Call { socket, call, .. } => self.call(socket, call, ThreadChoice::Own),
            Next::NewSocket { wanted, .. } => self.new_socket(&wanted),
            Next::Nothing { .. } => {}
        }
    }
}

/// What a program and its first socket are called.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Server => "server",
        Role::Client => "client",
        Role::Peer => "peer",
    }
}
