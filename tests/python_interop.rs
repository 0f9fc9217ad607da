//! Sockeye's sockets against Python's, in all four directions, and the shipped scripts against Python's parser.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use common::{file, needed, read_until, run, script, sockeye, wait};
use std::io::Read;
use std::process::{Child, Command, Stdio};

use sockeye::script::catalog;

fn python() -> Command {
    needed("python3", "--version")
}

/// Starts a program of `tests/programs/`.
fn program(name: &str, port: &str) -> Child {
    python()
        .arg(file(&format!("programs/{name}")))
        .arg(port)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The port a server prints on its first line.
fn port_of(server: &mut Child) -> String {
    let line = read_until(server.stdout.as_mut().unwrap(), "\n");
    line.trim().to_owned()
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text.trim().to_owned()
}

#[test]
fn sockeye_is_a_tcp_client_of_python() {
    let mut server = program("tcpServer.py", "0");
    let port = port_of(&mut server);
    let script = script(&format!(
        "client = socket(AF_INET, SOCK_STREAM)
client.connect((\"127.0.0.1\", {port}))
client.send(b\"hello sockets\")  # -> 13
client.recv(1024)  # -> b\"HELLO SOCKETS\"
client.shutdown(SHUT_WR)
client.recv(1024)  # -> b\"\"
client.close()
"
    ));
    let (code, out, err) = run(&["play", script.path().to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(wait(&mut server), 0);
}

#[test]
fn sockeye_is_a_udp_client_of_python() {
    let mut server = program("udpServer.py", "0");
    let port = port_of(&mut server);
    let script = script(&format!(
        "client = socket(AF_INET, SOCK_DGRAM)
client.sendto(b\"hello sockets\", (\"127.0.0.1\", {port}))  # -> 13
reply, sender = client.recvfrom(2048)  # -> b\"HELLO SOCKETS\"
"
    ));
    let (code, out, err) = run(&["play", script.path().to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(wait(&mut server), 0);
}

/// Plays a server's script, whose port is taken from the log, to a Python client; the client's last words.
fn served(text: &str, client: &str) -> String {
    let script = script(text);
    let path = script.path().to_str().unwrap();
    let mut server = sockeye(&["play", path, "--free-ports", "--deadline", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = server.stdout.take().unwrap();
    let seen = read_until(&mut log, " is ") + &read_until(&mut log, " here");
    let port = seen.split(' ').rev().nth(1).unwrap();
    read_until(&mut log, "… waits");
    let mut client = program(client, port);
    let answer = said(&mut client);
    assert_eq!(wait(&mut client), 0);
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(wait(&mut server), 0, "{rest}");
    answer
}

#[test]
fn sockeye_is_a_tcp_server_to_python() {
    let text = "server = socket(AF_INET, SOCK_STREAM)
server.bind((\"127.0.0.1\", 5000))
server.listen(1)
conn, peer = server.accept()
data = conn.recv(1024)  # -> b\"hello from python\"
conn.send(data.upper())  # -> 17
conn.recv(1024)  # -> b\"\"
conn.close()
server.close()
";
    assert_eq!(served(text, "tcpClient.py"), "HELLO FROM PYTHON");
}

#[test]
fn sockeye_is_a_udp_server_to_python() {
    let text = "server = socket(AF_INET, SOCK_DGRAM)
server.bind((\"127.0.0.1\", 5000))
data, address = server.recvfrom(2048)  # -> b\"hello from python\"
server.sendto(data.upper(), address)  # -> 17
server.close()
";
    assert_eq!(served(text, "udpClient.py"), "HELLO FROM PYTHON");
}

#[test]
fn python_reads_the_shipped_scripts_as_the_same_list_of_statements() {
    // One line per statement: its line number.
    let count = "import ast, sys
for node in ast.parse(sys.stdin.read()).body:
    assert isinstance(node, (ast.Assign, ast.Expr)) and isinstance(node.value, ast.Call), ast.dump(node)
    print(node.lineno)";
    let check_every = file("scripts/every-method.script");
    let own = std::fs::read_to_string(check_every).unwrap();
    let texts = catalog::ALL.iter().map(|entry| (entry.name, entry.text));
    for (name, text) in texts.chain([("every-method", own.as_str())]) {
        let mut parser = python()
            .args(["-c", count])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut parser.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let lines = said(&mut parser);
        assert_eq!(wait(&mut parser), 0, "{name}");
        let ours: Vec<String> = sockeye::script::syntax::parse_open(text)
            .unwrap()
            .statements
            .iter()
            .map(|statement| statement.line.to_string())
            .collect();
        assert_eq!(lines, ours.join("\n"), "{name}");
    }
}
