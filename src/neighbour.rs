//! The neighbour: another process that takes part in a lesson.
//!
//! It is this program once more, playing the lesson's neighbour script in its terminal form, so that a learner who has
//! no second computer sees two programs talk all the same.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::model::event::PlayerNote;
use crate::model::recording::Recording;

/// A neighbour at work. Dropped, it is ended.
#[derive(Debug)]
pub struct Neighbour(Child);

impl Neighbour {
    /// Starts `executable` (this program) with a script in the call language. `ports`: those written in it, and what
    /// is used in their place. Waits for nothing: a script is at most
    /// [`MAX_NEIGHBOUR`](crate::script::lesson::MAX_NEIGHBOUR) bytes, which a pipe takes at once.
    ///
    /// # Errors
    /// When the system gives no process.
    pub fn start(executable: &Path, script: &str, ports: &[(u16, u16)]) -> io::Result<Self> {
        let mut command = Command::new(executable);
        command.args(["play", "-", "--deadline", "600"]);
        for (written, used) in ports {
            command.args(["--move-port", &format!("{written}={used}")]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take();
        let neighbour = Self(child);
        if let Some(mut stdin) = stdin {
            stdin.write_all(script.as_bytes())?;
        }
        Ok(neighbour)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // It may have ended by itself; killed or not, its end is taken in, so that nothing of it is left.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The ports that scripts wrote, each with what was used in its place last, where that was another.
pub fn mapped_ports(recording: &Recording) -> Vec<(u16, u16)> {
    let mut mapped = BTreeMap::new();
    for entry in recording.notes() {
        if let PlayerNote::PortMapped { written, used } = entry.note {
            mapped.insert(written, used);
        }
    }
    mapped.into_iter().collect()
}
