//! Work that may wait for a disk, or takes longer than a frame, on a thread of its own: the window only hands it in and hears of its end.

use std::any::Any;
use std::io::{self, Write};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::export::program::{FileNames, Language, RUNNER, Source, sources};
use crate::export::{Existing, Export, Format, SaveError, write_file};
use crate::load::load_file;
use crate::model::recording::Recording;
use crate::model::replay::Told;
use crate::neighbour::Neighbour;
use crate::network::interfaces;
use crate::script::{Loaded, What};

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// Write the settings.
    SaveSettings {
        /// Where.
        path: PathBuf,
        /// The file's text.
        text: String,
    },
    /// Save a recording as it stood when the job was made.
    Export {
        /// What.
        recording: Box<Recording>,
        /// As what.
        export: Export,
        /// Where.
        path: PathBuf,
        /// What happens to a file that is there.
        there: Existing,
        /// What programs are to be called.
        names: FileNames,
    },
    /// Write a recording as programs, to be shown.
    WritePrograms {
        /// What.
        recording: Box<Recording>,
        /// In what.
        language: Language,
        /// Tells one asking from another.
        asked: u64,
    },
    /// Write a session as it stands, making its folder where there is none; nobody is there to hear of a failure.
    KeepSession {
        /// What.
        recording: Box<Recording>,
        /// Where.
        path: PathBuf,
    },
    /// Read what a file holds.
    Open {
        /// Which.
        path: PathBuf,
    },
    /// Fold the picture and the past of a session that was read already.
    Tell {
        /// Which.
        session: Box<Recording>,
        /// Its file's name.
        title: String,
    },
    /// Look whether there is a file.
    LookForFile {
        /// Where.
        path: PathBuf,
    },
    /// Look up this computer's addresses.
    LookUpAddresses,
    /// Start this program once more, to play a lesson's neighbour.
    StartNeighbour {
        /// This program.
        executable: PathBuf,
        /// What the neighbour does, in the call language.
        script: Arc<str>,
        /// Ports written in it, and what is used in their place.
        ports: Vec<(u16, u16)>,
    },
    /// End a neighbour, which takes its process a moment.
    EndNeighbour(Neighbour),
}

/// Where an export went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The file or the folder, from the root on: what was typed may have begun anywhere.
    pub path: PathBuf,
    /// Whether it is a folder of programs.
    pub is_folder: bool,
    /// Whether something in it runs several programs together.
    pub has_runner: bool,
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// Settings could not be written; a success is not worth a word.
    SettingsFailed(String),
    /// The export, and where it went.
    Exported(Result<Saved, String>),
    /// The programs, or why there are none.
    Programs {
        /// Which asking this answers.
        asked: u64,
        /// The programs.
        programs: Result<Vec<Source>, String>,
    },
    /// A saved session out of a file, and the file's name.
    Session(String, Box<Told>),
    /// A script or a lesson out of a file.
    Loaded(Box<Loaded>),
    /// Why a file was not opened, its name first.
    OpenFailed(String),
    /// A file that was looked for is there; nothing is said of one that is not.
    FileThere(PathBuf),
    /// This computer's addresses by interface.
    Addresses(Vec<(String, IpAddr)>),
    /// The neighbour that was started.
    Neighbour(Result<Neighbour, String>),
}

/// The thread, as the window holds it. Dropping it lets the jobs already handed in finish.
#[derive(Debug)]
pub struct Background {
    jobs: Sender<Job>,
    done: Receiver<Done>,
    ended: Receiver<()>,
}

impl Background {
    /// Starts the thread. `wake` is called when something is done.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(wake: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (jobs, inbox) = unbounded();
        let (outbox, done) = unbounded();
        let (end, ended) = bounded(0);
        thread::Builder::new()
            .name("sockeye-files".to_owned())
            .spawn(move || {
                // Held until the thread ends: the window waits for that on its way out.
                let _end: Sender<()> = end;
                work(inbox, &outbox, &*wake, carry_out);
            })?;
        Ok(Self { jobs, done, ended })
    }

    /// One whose jobs nobody carries out: a test takes them, and answers when it likes.
    #[cfg(test)]
    pub(crate) fn by_hand() -> (Self, Receiver<Job>, Sender<Done>) {
        let (jobs, inbox) = unbounded();
        let (outbox, done) = unbounded();
        let (_, ended) = bounded(0);
        (Self { jobs, done, ended }, inbox, outbox)
    }

    /// Hands in a job. Never waits.
    pub fn submit(&self, job: Job) {
        // The thread lives as long as this handle, whatever a job does.
        self.jobs.send(job).ok();
    }

    /// The next result, if there is one.
    pub fn done(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    /// Ends the thread after the jobs handed in, waiting at most `patience`. Only for after the last frame.
    pub fn finish(self, patience: std::time::Duration) {
        drop(self.jobs);
        // Disconnected when the thread is gone; a time-out leaves it behind, which the process's end cleans up.
        self.ended.recv_timeout(patience).ok();
    }
}

/// Carries the jobs out, one after the other, until nobody can hand in more. One that panics has failed; the others go on.
fn work(
    inbox: Receiver<Job>,
    outbox: &Sender<Done>,
    wake: &(dyn Fn() + Send + Sync),
    carry_out: impl Fn(Job) -> Option<Done>,
) {
    for job in inbox {
        let broken = Broken::of(&job);
        // A job owns all that it works on: nothing half done is left behind.
        let result = catch_unwind(AssertUnwindSafe(|| carry_out(job)));
        let result = result.unwrap_or_else(|panic| broken.done(panic.as_ref()));
        if result.is_some_and(|result| outbox.send(result).is_ok()) {
            wake();
        }
    }
}

/// What is said of a job that panics.
enum Broken {
    Settings(PathBuf),
    Export(PathBuf),
    Programs(u64),
    Open(PathBuf),
    Addresses,
    Neighbour,
    /// Nobody waits for its end.
    Unheard,
}

impl Broken {
    fn of(job: &Job) -> Self {
        match job {
            Job::SaveSettings { path, .. } => Self::Settings(path.clone()),
            Job::Export { path, .. } => Self::Export(path.clone()),
            Job::WritePrograms { asked, .. } => Self::Programs(*asked),
            Job::Open { path } => Self::Open(path.clone()),
            Job::Tell { title, .. } => Self::Open(PathBuf::from(title)),
            Job::LookUpAddresses => Self::Addresses,
            Job::StartNeighbour { .. } => Self::Neighbour,
            Job::KeepSession { .. } | Job::LookForFile { .. } | Job::EndNeighbour(_) => {
                Self::Unheard
            }
        }
    }

    fn done(self, panic: &(dyn Any + Send)) -> Option<Done> {
        let message = panic.downcast_ref::<&str>().copied();
        let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let why = format!("Sockeye has a fault: {}", message.unwrap_or("a panic"));
        let of = |path: PathBuf| format!("{}: {why}", path.display());
        Some(match self {
            Self::Settings(path) => Done::SettingsFailed(of(path)),
            Self::Export(path) => Done::Exported(Err(of(path))),
            Self::Programs(asked) => Done::Programs {
                asked,
                programs: Err(why),
            },
            Self::Open(path) => Done::OpenFailed(of(path)),
            Self::Addresses => Done::Addresses(Vec::new()),
            Self::Neighbour => Done::Neighbour(Err(why)),
            Self::Unheard => return None,
        })
    }
}

fn carry_out(job: Job) -> Option<Done> {
    match job {
        Job::SaveSettings { path, text } => {
            let written = in_own_folder(&path, |file| file.write_all(text.as_bytes()));
            written
                .err()
                .map(|error| Done::SettingsFailed(format!("{}: {error}", path.display())))
        }
        Job::Export {
            recording,
            export,
            path,
            there,
            names,
        } => Some(Done::Exported(
            match export.save(&recording, &path, there, &names) {
                Ok(()) => Ok(Saved {
                    is_folder: matches!(export, Export::Programs(_)),
                    has_runner: path.join(RUNNER).is_file(),
                    path: std::path::absolute(&path).unwrap_or(path),
                }),
                Err(SaveError::Exists(path)) => Err(format!(
                    "{} is there already. Save again to replace it.",
                    path.display()
                )),
                Err(SaveError::Io(path, error)) => Err(format!("{}: {error}", path.display())),
                Err(error) => Err(error.to_string()),
            },
        )),
        Job::WritePrograms {
            recording,
            language,
            asked,
        } => Some(Done::Programs {
            asked,
            programs: sources(&recording, language).map_err(|why| why.to_string()),
        }),
        Job::KeepSession { recording, path } => {
            in_own_folder(&path, |file| Format::JsonLines.write(&recording, file)).ok();
            None
        }
        Job::LookForFile { path } => path.is_file().then_some(Done::FileThere(path)),
        Job::Open { path } => Some(open(&path)),
        Job::Tell { session, title } => Some(told(title, *session)),
        Job::StartNeighbour {
            executable,
            script,
            ports,
        } => {
            let started = Neighbour::start(&executable, &script, &ports);
            Some(Done::Neighbour(started.map_err(|error| {
                format!(
                    "The neighbour could not be started ({}): {error}",
                    executable.display()
                )
            })))
        }
        Job::EndNeighbour(neighbour) => {
            drop(neighbour);
            None
        }
        Job::LookUpAddresses => Some(Done::Addresses(interfaces::addresses().unwrap_or_default())),
    }
}

fn open(path: &Path) -> Done {
    match load_file(path) {
        Ok(Loaded {
            title,
            what: What::Session(session),
        }) => told(title, *session),
        Ok(loaded) => Done::Loaded(Box::new(loaded)),
        Err(why) => Done::OpenFailed(why),
    }
}

fn told(title: String, session: Recording) -> Done {
    Done::Session(title, Box::new(Told::of(session)))
}

/// Writes a file of Sockeye's own, whose folder may not be there yet.
fn in_own_folder(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    write_file(path, fill)
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a job that panics is what is tested")]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Done, Job, carry_out, unbounded, work};

    #[test]
    fn a_job_that_panics_has_failed_and_the_next_ones_are_carried_out() {
        let (jobs, inbox) = unbounded();
        let (outbox, done) = unbounded();
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let settings = |path: &str| Job::SaveSettings {
            path: PathBuf::from(path),
            text: String::new(),
        };
        let open = Job::Open {
            path: PathBuf::from("broken.jsonl"),
        };
        let look = Job::LookForFile { path: here.clone() };
        for job in [open, settings("broken.toml"), look] {
            assert!(jobs.send(job).is_ok());
        }
        drop(jobs);
        let woken = AtomicUsize::new(0);
        let wake = || {
            woken.fetch_add(1, Ordering::Relaxed);
        };
        work(inbox, &outbox, &wake, |job| match job {
            Job::Open { .. } => panic!("line 7 is odd"),
            Job::SaveSettings { path, .. } => panic!("no {}", path.display()),
            job => carry_out(job),
        });
        let said: Vec<Done> = done.try_iter().collect();
        let [
            Done::OpenFailed(open),
            Done::SettingsFailed(settings),
            Done::FileThere(found),
        ] = &said[..]
        else {
            panic!("{said:?}");
        };
        assert_eq!(open, "broken.jsonl: Sockeye has a fault: line 7 is odd");
        assert_eq!(settings, "broken.toml: Sockeye has a fault: no broken.toml");
        assert_eq!(found, &here);
        assert_eq!(woken.into_inner(), 3, "each is said at once");
    }
}
