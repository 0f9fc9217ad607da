//! What a button says comes true: on real sockets, each forecast is compared with what the call then answers.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::net::SocketAddr;

use sockeye::model::call::{BlockingMode, Call, Method, Outcome, ShutdownHow, Value};
use sockeye::model::lifecycle::{Forecast, Look, badge, forecast};
use support::scenes::scene;
use support::{World, any_port, bind, reuse_address, send, send_to, shut};

/// The states a socket is brought into, and the badge it has there; one with its port in it starts with this.
const SCENES: [(&str, &str); 22] = [
    ("tcp new", "NEW"),
    ("tcp bound", "BOUND :"),
    ("tcp listening", "LISTEN"),
    ("tcp listening, one queued", "LISTEN"),
    ("tcp listener after shutdown_rd", "NEW"),
    ("tcp listener after shutdown_wr", "LISTEN"),
    ("tcp connecting", "CONNECTING"),
    ("tcp refused", "REFUSED"),
    ("tcp refused, not told", "FAILED"),
    ("tcp connected in the background", "CONNECTED"),
    ("tcp established", "CONNECTED"),
    ("tcp established, unread", "CONNECTED"),
    ("tcp after shutdown_wr", "HALF CLOSED"),
    ("tcp after shutdown_rd", "CONNECTED"),
    ("tcp peer closed", "PEER CLOSED"),
    ("tcp peer closed, unread", "PEER CLOSED"),
    ("tcp both finished", "BOTH FINISHED"),
    ("tcp peer reset", "RESET"),
    ("udp new", "NEW"),
    ("udp bound, one waiting", "BOUND :"),
    ("udp connected", "PEER SET"),
    ("udp connected, port closed, one sent", "PEER SET"),
];

#[test]
fn forecasts_come_true_on_real_sockets() {
    let mut world = World::new();
    let mut wrong = Vec::new();
    for (state, word) in SCENES {
        for method in Method::ALL {
            if matches!(method, Method::Socket | Method::SendAll) {
                continue;
            }
            let scene = scene(&mut world, state);
            let what = format!("the badge {word} of {state}");
            world.wait_for(scene.socket, &what, |socket| {
                badge(socket).starts_with(word)
            });
            let socket = world.known(scene.socket);
            let said = forecast(socket, method, world.recording.sockets());
            let entry = world.call(scene.socket, call(method, scene.target));
            let got = entry.outcome.expect("it ended");
            if !agrees(&said, &got) {
                wrong.push(format!("{state}: {method}: said {said:?}, got {got:?}"));
            }
            for socket in scene.all {
                world.call(socket, Call::Close);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn agrees(said: &Forecast, got: &Outcome) -> bool {
    let bytes = match got {
        Outcome::Ok(Value::Received { bytes, .. }) => Some(bytes.len()),
        _ => None,
    };
    let told = match bytes {
        Some(0) => said.reason.contains("b\"\""),
        Some(count) => said.reason.starts_with(&format!("{count} byte")),
        None => true,
    };
    let look = match said.look {
        Look::Natural | Look::Allowed => matches!(got, Outcome::Ok(_)),
        Look::WouldBlock(errno) | Look::WouldFail(errno) => *got == Outcome::Error(errno),
        Look::WillWait | Look::Queued | Look::WaitingNow => false,
    };
    look && told
}

fn call(method: Method, address: SocketAddr) -> Call {
    match method {
        Method::Bind => bind(any_port()),
        Method::Listen => Call::Listen { backlog: 1 },
        Method::Accept => Call::Accept,
        Method::Select => unreachable!("on no single socket"),
        Method::Connect => Call::Connect { address },
        Method::Send => send(b"hi"),
        Method::Recv => Call::Recv { max: 100 },
        Method::SendTo => send_to(b"hi", address),
        Method::RecvFrom => Call::RecvFrom { max: 100 },
        Method::Shutdown => shut(ShutdownHow::Write),
        Method::Close => Call::Close,
        Method::SetBlocking => Call::SetBlocking {
            mode: BlockingMode::Blocking,
        },
        Method::GetSockName => Call::GetSockName,
        Method::GetPeerName => Call::GetPeerName,
        Method::SetSockOpt | Method::GetSockOpt => reuse_address(),
        Method::Socket | Method::SendAll => panic!("{method} is not compared"),
    }
}
