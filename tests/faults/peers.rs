//! Peers that are gone, or never were there: each row right, nothing killed, nothing left behind.

use sockeye::model::call::{Call, Outcome};
use sockeye::model::errno::Errno;
use sockeye::model::explain::explain;

use crate::support::alone::{alone, descriptors, threads, until};
use crate::support::{World, any_port, bind, send};

/// Pairs of which one end has closed.
const PAIRS: usize = 500;
/// Refused connects: that many sockets, each tried so often. Linux lets a refused socket try again.
const SOCKETS: usize = 2_000;
const TRIES: usize = 5;

/// Pass: of 1,000 sends to peers that have closed, each row is the kernel's answer, none a signal.
///
/// Seen failing with: `MSG_NOSIGNAL` left out (the process dies of SIGPIPE); the threads of closed sockets not let go.
#[test]
fn a_thousand_sends_to_closed_peers_are_a_thousand_rows() {
    alone(
        "faults::peers::a_thousand_sends_to_closed_peers_are_a_thousand_rows",
        || {
            let mut world = World::new();
            let (listener, address) = world.listener(5);
            let before = (threads().len(), descriptors());
            // What ignores it for the whole program is undone: each send must see to it by itself.
            die_of_sigpipe();
            let mut failed = 0;
            for pair in 0..PAIRS {
                let client = world.tcp(world.client);
                world.ok(client, Call::Connect { address });
                let conn = world.accept(listener);
                let expected = if pair % 2 == 0 {
                    // It ends in good order: the first send is answered by a reset (RFC 9293, 3.5.2).
                    world.ok(conn, Call::Close);
                    world.ok(client, send(b"into the void"));
                    [Errno::EPIPE, Errno::EPIPE]
                } else {
                    // It leaves bytes unread: that is a reset at once (RFC 1122, 4.2.2.13), told to one call.
                    world.ok(client, send(b"never read"));
                    world.wait_for_bytes(conn);
                    world.ok(conn, Call::Close);
                    [Errno::ECONNRESET, Errno::EPIPE]
                };
                // On a busy computer the reset comes a moment after the call that brought it about.
                world.wait_for_error(client);
                for errno in expected {
                    let row = world.call(client, send(b"x"));
                    assert_eq!(row.outcome.as_ref().and_then(Outcome::errno), Some(errno));
                    let sockets = world.recording.sockets();
                    assert!(explain(&row, sockets).is_some(), "{errno} is not explained");
                    assert_eq!((row.bytes_moved, row.offset), (0, None));
                    failed += 1;
                }
                world.ok(client, Call::Close);
            }
            assert_eq!(failed, 1_000);
            until("no descriptor left", || descriptors() == before.1);
            until("no thread left", || threads().len() == before.0);
        },
    );
}

/// As every program finds it: a write to a closed pipe or socket ends the process (`man 7 signal`).
#[allow(
    unsafe_code,
    reason = "no safe crate here gives a signal its default back"
)]
fn die_of_sigpipe() {
    // SAFETY: no handler is installed, and no memory is read.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_eq!(before, libc::SIG_IGN, "the network ignores it");
}

/// Pass: over 10,000 refused connects the number of descriptors and threads at the end is that of the start, and never
/// more than a few higher in between.
///
/// Seen failing with: the descriptor of a closed socket forgotten instead of closed (one more each round).
#[test]
fn ten_thousand_refused_connects_leave_descriptors_flat() {
    alone(
        "faults::peers::ten_thousand_refused_connects_leave_descriptors_flat",
        || {
            let mut world = World::new();
            // Bound and not listening: nobody else gets the port, and nobody answers at it.
            let nobody = world.tcp(world.server);
            world.ok(nobody, bind(any_port()));
            let address = world.local(nobody);
            let before = (threads().len(), descriptors());
            for round in 0..SOCKETS {
                let client = world.tcp(world.client);
                for _ in 0..TRIES {
                    let errno = world.errno(client, Call::Connect { address });
                    assert_eq!(errno, Errno::ECONNREFUSED);
                }
                world.ok(client, Call::Close);
                if round % 100 == 0 {
                    let open = descriptors().len();
                    assert!(open <= before.1.len() + 3, "{open} in round {round}");
                }
            }
            until("no descriptor left", || descriptors() == before.1);
            until("no thread left", || threads().len() == before.0);
        },
    );
}
