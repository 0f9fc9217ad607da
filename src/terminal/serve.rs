//! `sockeye serve`: a server that answers whoever connects, by itself, until Ctrl-C.

use std::io::{self, BufWriter, Write as _};
use std::net::{IpAddr, SocketAddr};

use crate::model::address::{loopback, nc_line, python_line, python_tuple, unspecified};
use crate::model::automatic::Standing;
use crate::model::call::{Family, Protocol};
use crate::network::interfaces;
use crate::script::options::{AtEnd, AtSurprise, PlayOptions, Reach};
use crate::script::syntax;

use super::args::ServeArgs;
use super::play::{self, Serving, complain};
use super::printer::{Form, Printer};
use super::{Done, FAILED, USAGE, exit_code, judged, save_session};

/// How many clients may wait to be accepted: a class.
const BACKLOG: i32 = 30;

/// Serves as the arguments say, printing the log as it happens.
pub(super) fn serve_command(args: &ServeArgs) -> Done {
    let protocol = if args.udp {
        Protocol::Udp
    } else {
        Protocol::Tcp
    };
    let script = syntax::parse(&script(protocol, args)).map_err(|error| {
        complain(&error.message);
        USAGE
    })?;
    let options = PlayOptions {
        at_surprise: AtSurprise::StandStill,
        at_end: AtEnd::LeaveOpen,
        reach: if args.reachable {
            Reach::Anyone
        } else {
            Reach::ThisComputer
        },
        ..PlayOptions::terminal("serve")
    };
    let serving = Serving {
        reply: args.reply.into(),
        service: args.how.into(),
        longest: args.longest,
        ready,
    };
    let form = if args.jsonl {
        Form::JsonLines
    } else {
        Form::Log
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let served = play::serve(script, options, &mut Printer::new(&mut out, form), &serving);
    let (played, automatic) = match served {
        Ok((played, automatic)) => (Ok(played), automatic),
        Err(error) => (Err(error), None),
    };
    let played = judged(played)?;
    if let Some(file) = &args.save {
        save_session(file, &played.recording)?;
    }
    match automatic.map(|automatic| automatic.standing) {
        Some(Standing::Ended(ending)) if !ending.is_wanted() => {
            complain(&format!("the server has ended: {}", ending.words()));
            Ok(FAILED)
        }
        _ => Ok(exit_code(&played)),
    }
}

/// The calls before the first client.
fn script(protocol: Protocol, args: &ServeArgs) -> String {
    let host = if args.reachable {
        unspecified(Family::Ipv4)
    } else {
        loopback(Family::Ipv4)
    };
    let tuple = python_tuple(&SocketAddr::new(host, args.port));
    match protocol {
        Protocol::Tcp => format!(
            "server = socket(AF_INET, SOCK_STREAM)\n\
             server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)\n\
             server.bind({tuple})\n\
             server.listen({BACKLOG})\n"
        ),
        Protocol::Udp => format!(
            "server = socket(AF_INET, SOCK_DGRAM)\n\
             server.bind({tuple})\n"
        ),
    }
}

/// Says what a client types, on standard error: what is printed stays the log alone.
fn ready(local: SocketAddr, protocol: Protocol) {
    let mut hosts = vec![local.ip()];
    if local.ip().is_unspecified() {
        let own = interfaces::addresses().unwrap_or_default();
        hosts = own
            .into_iter()
            .map(|(_, ip)| ip)
            .filter(IpAddr::is_ipv4)
            .collect();
        hosts.push(loopback(Family::Ipv4));
    }
    for host in hosts {
        let address = SocketAddr::new(host, local.port());
        // Where nobody reads that, nothing is lost.
        writeln!(
            io::stderr(),
            "clients type: {}   or in Python: {}",
            nc_line(&address, protocol),
            python_line(&address, protocol)
        )
        .ok();
    }
}
