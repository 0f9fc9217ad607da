//! One method of one socket: how its button looks, and the words on hover.

use super::{Answer, Situation, Step, busy_in, default_target, is_blocking, next_step, unread};
use crate::model::call::{Method, Protocol};
use crate::model::errno::Errno;
use crate::model::socket::{Socket, SocketTable, Stage};

/// How a method's button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// The natural next thing to do, done at once.
    Natural,
    /// It would be done at once.
    Allowed,
    /// It would wait: the socket is blocking.
    WillWait,
    /// It would answer this at once, because it would have to wait: the socket is non-blocking.
    WouldBlock(Errno),
    /// The system would refuse it with this.
    WouldFail(Errno),
    /// It would queue behind the call its thread is in.
    Queued,
    /// It is in its system call now.
    WaitingNow,
}

/// What a call would do, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// How its button looks.
    pub look: Look,
    /// Why, for hover: one short sentence.
    pub reason: String,
    /// Whether it is what is natural next for this socket, also where it would wait for it.
    pub natural: bool,
}

/// What `method` would do on `socket` now.
///
/// Follows what Linux answers, given what the kernel said last; only the call itself can know.
pub fn forecast(socket: &Socket, method: Method, sockets: &SocketTable) -> Forecast {
    let step = next_step(socket, sockets);
    one(socket, method, sockets, step.as_ref())
}

/// The forecast of every method, in the order of [`Method::ALL`].
pub fn forecasts(socket: &Socket, sockets: &SocketTable) -> Vec<(Method, Forecast)> {
    let step = next_step(socket, sockets);
    Method::ALL
        .into_iter()
        .map(|method| (method, one(socket, method, sockets, step.as_ref())))
        .collect()
}

fn one(socket: &Socket, method: Method, sockets: &SocketTable, step: Option<&Step>) -> Forecast {
    let natural = step.is_some_and(|step| step.method == method);
    let at = |look, reason: String| Forecast {
        look,
        reason,
        natural,
    };
    if socket
        .waiting
        .iter()
        .any(|pending| pending.method == method)
    {
        return at(
            Look::WaitingNow,
            format!("waits in {method}: Stop waiting ends it"),
        );
    }
    let answer = answer(socket, method, sockets);
    if let Answer::Fails(errno) = answer {
        let why = super::reason::of_failure(socket, method, errno);
        return at(Look::WouldFail(errno), format!("{errno}: {why}"));
    }
    if let Some(pending) = queues_behind(socket, method, sockets) {
        return at(
            Look::Queued,
            format!("queued: this thread is still in {pending}"),
        );
    }
    let reason = super::reason::of_answer(socket, method, answer, sockets);
    match answer {
        Answer::Waits(errno) if !is_blocking(socket) => {
            at(Look::WouldBlock(errno), format!("{reason}: {errno} now"))
        }
        Answer::Waits(_) => at(Look::WillWait, reason),
        Answer::Done | Answer::Empty | Answer::Fails(_) if natural => at(Look::Natural, reason),
        Answer::Done | Answer::Empty | Answer::Fails(_) => at(Look::Allowed, reason),
    }
}

/// The method that keeps the thread from making this call. Close ends the waits on its own socket instead.
fn queues_behind(socket: &Socket, method: Method, sockets: &SocketTable) -> Option<Method> {
    let one_thread = sockets
        .program(socket.program)
        .is_some_and(|program| program.threading == crate::model::event::Threading::OneThread);
    if method.never_queues() && !one_thread {
        return None;
    }
    if method == Method::Close && sockets.waiting_on(socket).next().is_some() {
        return None;
    }
    busy_in(socket, sockets).map(|pending| pending.method)
}

/// The table's answer, with what this socket's own history and queues change in it.
pub(super) fn answer(socket: &Socket, method: Method, sockets: &SocketTable) -> Answer {
    let cell = Situation::of(socket, sockets).answer(method);
    match (method, cell) {
        // A port that bind() named stays with the socket through a refusal or a reset.
        (Method::Bind, Answer::Done) if socket.port_chosen => Answer::Fails(Errno::EINVAL),
        (Method::Accept, Answer::Waits(_)) if super::queued_clients(socket) > 0 => Answer::Done,
        // After a connect in the background, the next one says that it is done; only then comes EISCONN.
        (Method::Connect, Answer::Fails(Errno::EISCONN))
            if socket.connect_due && socket.stage == Stage::Connected =>
        {
            Answer::Done
        }
        (Method::Connect, Answer::Waits(Errno::EINPROGRESS)) if is_blocking(socket) => {
            blocking_connect(socket, sockets)
        }
        (Method::Recv | Method::RecvFrom, cell) => receive(socket, cell, sockets),
        (Method::Send | Method::SendAll | Method::SendTo, Answer::Done) => {
            send(socket, method, cell)
        }
        _ => cell,
    }
}

/// On one computer a handshake takes microseconds; it waits only for a seat in the accept queue.
fn blocking_connect(socket: &Socket, sockets: &SocketTable) -> Answer {
    let listener =
        default_target(socket, sockets).and_then(|target| sockets.at(&target, socket.protocol));
    let full = listener
        .and_then(Socket::accept_queue)
        .is_some_and(|(queued, seats)| queued >= seats);
    if full {
        Answer::Waits(Errno::EINPROGRESS)
    } else {
        Answer::Done
    }
}

fn receive(socket: &Socket, cell: Answer, sockets: &SocketTable) -> Answer {
    let tcp = socket.protocol == Protocol::Tcp;
    match cell {
        // Bytes that came before a FIN, a reset or our own shutdown are still handed out.
        Answer::Waits(_) | Answer::Empty | Answer::Fails(Errno::ECONNRESET)
            if unread(socket, sockets) > 0 =>
        {
            Answer::Done
        }
        Answer::Waits(_) | Answer::Fails(Errno::ENOTCONN)
            if socket.read_shut && tcp && socket.stage != Stage::Connecting =>
        {
            Answer::Empty
        }
        // A shut UDP socket does not wait; asked not to wait, it still says EAGAIN.
        Answer::Waits(_) if socket.read_shut && is_blocking(socket) => Answer::Empty,
        _ => cell,
    }
}

fn send(socket: &Socket, method: Method, cell: Answer) -> Answer {
    if socket.write_shut {
        return Answer::Fails(Errno::EPIPE);
    }
    // The buffer was full, and nothing has gone better since.
    let full = matches!(
        socket.last_error,
        Some((
            Method::Send | Method::SendAll | Method::SendTo,
            Errno::EAGAIN
        ))
    ) && method.sends();
    let drained = socket
        .observed()
        .and_then(|(_, seen)| seen.send_queue)
        .is_some_and(|queue| queue == 0);
    if full && !drained {
        Answer::Waits(Errno::EAGAIN)
    } else {
        cell
    }
}
