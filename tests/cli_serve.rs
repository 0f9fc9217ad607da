//! `sockeye serve`: a server that answers by itself, in the terminal.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clients stand for other programs, whose calls nobody counts; helpers of tests fail as tests do"
)]

mod common;

use common::{DEADLINE, read_until, run, sockeye, wait};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Stdio};

/// A running server, and where it listens.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["serve"];
        all.extend(arguments);
        all.extend(["--port", "0"]);
        let mut child = sockeye(&all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut err = child.stderr.take().unwrap();
        let line = read_until(&mut err, "in Python");
        child.stderr = Some(err);
        let mut words = line.split_whitespace().skip_while(|word| *word != "nc");
        let host = words.find(|word| word.starts_with("127.")).unwrap();
        let port: u16 = words.next().unwrap().parse().unwrap();
        let address = SocketAddr::new(host.parse().unwrap(), port);
        Self { child, address }
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.address).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        client
    }

    /// Presses Ctrl-C. What it said, and its exit code.
    fn interrupt(mut self) -> (i32, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let mut out = String::new();
        let mut pipe = self.child.stdout.take().unwrap();
        pipe.read_to_string(&mut out).unwrap();
        (wait(&mut self.child), out)
    }
}

fn exchange(client: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    client.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    client.read_exact(&mut back).unwrap();
    back
}

#[test]
fn every_kind_prints_its_calls_and_ends_by_ctrl_c() {
    for how in ["one-after-another", "thread-per-client", "one-loop"] {
        let server = Server::start(&["capitals", "--how", how]);
        let mut client = server.client();
        assert_eq!(exchange(&mut client, b"hello"), b"HELLO");
        let (code, out) = server.interrupt();
        assert_eq!(code, 130, "{out}");
        for row in [
            "server.listen(30)",
            "conn, addr = server.accept()",
            "conn.recv(1024)",
            "→ b\"hello\"",
            "conn.send(b\"HELLO\")",
            "ends: you stopped it",
            "conn.close()",
            "server.close()",
        ] {
            assert!(out.contains(row), "{row:?} is missing in\n{out}");
        }
        let place = |row: &str| out.find(row).unwrap();
        assert!(place("conn.close()") < place("server.close()"), "{out}");
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
    }
}

#[test]
fn it_answers_datagrams_and_hostile_bytes_stay_visible_words() {
    let server = Server::start(&["echo", "--udp", "--jsonl"]);
    let client = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    let bytes = b"\x1b[2J\0\r\n\xff";
    client.send_to(bytes, server.address).unwrap();
    let mut back = [0; 64];
    let (len, _) = client.recv_from(&mut back).unwrap();
    assert_eq!(&back[..len], bytes);
    let (code, out) = server.interrupt();
    assert_eq!(code, 130);
    assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
    for line in out.lines() {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(read.is_ok(), "{line}");
    }
    assert!(out.contains("\"sendto\""), "{out}");
}

#[test]
fn it_ends_by_itself_after_its_time_and_saves_the_session() {
    let saved = tempfile::NamedTempFile::new().unwrap();
    let path = saved.path().to_str().unwrap();
    let (code, out, err) = run(&[
        "serve", "echo", "--port", "0", "--for", "0.1", "--save", path,
    ]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("clients type: nc 127.0.0.1 "), "{err}");
    assert!(out.contains("server.close()"), "{out}");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with("{\"sockeye\":1"), "{text}");
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    let mut server = Server::start(&["capitals"]);
    drop(server.child.stdout.take());
    // The next row has nobody to read it.
    let mut client = server.client();
    client.write_all(b"hello").unwrap();
    assert_eq!(wait(&mut server.child), 0);
}

#[test]
fn a_port_that_is_taken_is_said_and_nothing_else_is_opened() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let (code, out, err) = run(&["serve", "capitals", "--port", &port]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("EADDRINUSE"), "{err}");
    assert!(!out.contains("listen("), "{out}");
    assert!(out.contains("server.close()"), "{out}");
}

#[test]
fn bad_usage_is_exit_2() {
    for arguments in [
        &["serve"][..],
        &["serve", "shouting"],
        &["serve", "echo", "--how", "all-at-once"],
        &["serve", "echo", "--port", "80"],
        &["serve", "echo", "--for", "-1"],
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
}
