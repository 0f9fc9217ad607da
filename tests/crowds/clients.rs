//! Clients in a process of their own: one process can't hold both ends of ten thousand connections.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Does what it reads, a line each, and says when it is done.
const PROGRAM: &str = r#"
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
address = (sys.argv[1], int(sys.argv[2]))
ends = []

def connect(count):
    for _ in range(count):
        ends.append(socket.create_connection(address))
    return len(ends)

def ask(count):
    "Every so manieth says what no other says, and reads the answer. How many were answered in CAPITALS."
    right = 0
    for number in range(count):
        end = ends[number * len(ends) // count]
        said = b"client %d says hello" % number
        end.sendall(said)
        heard = b""
        while len(heard) < len(said):
            some = end.recv(len(said) - len(heard))
            if not some:
                break
            heard += some
        right += heard == said.upper()
    return right

def close(count):
    for end in [ends.pop() for _ in range(count)]:
        end.close()
    return len(ends)

for line in sys.stdin:
    what, count = line.split()
    print(globals()[what](int(count)), flush=True)
"#;

/// The process with the clients.
pub struct Clients {
    child: Child,
    orders: ChildStdin,
    answers: Receiver<u64>,
}

impl Clients {
    pub fn of(address: SocketAddr) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", PROGRAM])
            .args([address.ip().to_string(), address.port().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 makes the clients");
        let orders = child.stdin.take().expect("a pipe");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let answer = line.trim().parse().expect("a number");
                if sender.send(answer).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            orders,
            answers,
        }
    }

    /// Tells them what to do; `answer` says when it is done.
    pub fn tell(&mut self, what: &str, count: u64) {
        writeln!(self.orders, "{what} {count}").expect("they listen");
    }

    /// Their answer, if it is there.
    pub fn answer(&self) -> Option<u64> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
