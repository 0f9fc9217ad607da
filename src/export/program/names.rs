//! Names that are only names: of files, and of variables in Python and C.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;

use crate::model::call::{ProgramId, SocketId};
use crate::model::recording::Recording;

use super::{FileNames, Language};

/// What a variable can't be called: keywords of both languages, and what the programs themselves use.
const TAKEN: &[&str] = &[
    // Python's keywords, in small letters as all names here are.
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "false",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "match",
    "none",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "true",
    "try",
    "while",
    "with",
    "yield",
    // C's.
    "auto",
    "bool",
    "case",
    "char",
    "const",
    "constexpr",
    "default",
    "do",
    "double",
    "enum",
    "extern",
    "float",
    "goto",
    "inline",
    "int",
    "long",
    "nullptr",
    "register",
    "restrict",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "typeof",
    "union",
    "unsigned",
    "void",
    "volatile",
    // What the programs call and name themselves.
    "again",
    "answer",
    "close",
    "data",
    "error",
    "event",
    "failed",
    "ioctl",
    "wait_until_arrived",
    "main",
    "read",
    "read_turns",
    "readable",
    "select",
    "socket",
    "stdin",
    "thread",
    "turn",
    "turns",
    "writable",
    // Python's functions that need no import.
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// Modules that Python loads for these programs: a file of that name beside them would be loaded instead. And what
/// Windows calls its devices, and the runner's own name.
const TAKEN_FILES: &[&str] = &[
    "abc",
    "array",
    "atexit",
    "aux",
    "binascii",
    "bisect",
    "builtins",
    "bz2",
    "codecs",
    "collections",
    "con",
    "contextlib",
    "copyreg",
    "encodings",
    "enum",
    "errno",
    "fcntl",
    "fnmatch",
    "functools",
    "genericpath",
    "heapq",
    "importlib",
    "io",
    "ipaddress",
    "itertools",
    "keyword",
    "linecache",
    "locale",
    "lzma",
    "marshal",
    "math",
    "msvcrt",
    "nt",
    "ntpath",
    "nul",
    "operator",
    "os",
    "pathlib",
    "posix",
    "posixpath",
    "prn",
    "queue",
    "random",
    "re",
    "reprlib",
    "run_all",
    "select",
    "selectors",
    "shutil",
    "signal",
    "site",
    "sitecustomize",
    "socket",
    "stat",
    "string",
    "struct",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "token",
    "tokenize",
    "traceback",
    "types",
    "typing",
    "usercustomize",
    "warnings",
    "weakref",
    "winreg",
    "zipfile",
    "zipimport",
    "zlib",
];

const LONGEST: usize = 32;

/// A name of small letters, digits and underscores that begins with a letter.
fn plain(name: &str, otherwise: &str) -> String {
    let letters = name.chars().map(|character| {
        let small = character.to_ascii_lowercase();
        if small.is_ascii_alphanumeric() {
            small
        } else {
            '_'
        }
    });
    let name: String = letters.take(LONGEST).collect();
    let name = name.trim_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name.to_owned(),
        Some(_) => format!("{otherwise}_{name}"),
        None => otherwise.to_owned(),
    }
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut tried = name.to_owned();
    let mut number = 2;
    while !taken.insert(tried.clone()) {
        tried = format!("{name}_{number}");
        number += 1;
    }
    tried
}

/// The programs' file names without their ending: those given, else their names in small letters.
pub(super) fn files(
    recording: &Recording,
    programs: &[ProgramId],
    given: &FileNames,
) -> HashMap<ProgramId, String> {
    // Some systems take capitals for small letters.
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let named = programs.iter().map(|id| {
        let program = recording.sockets().program(*id);
        let name = program.map_or("", |program| &program.name);
        let given = given.get(name).filter(|given| is_plain(given));
        let mut name = given.cloned().unwrap_or_else(|| plain(name, "program"));
        if TAKEN_FILES.contains(&name.to_ascii_lowercase().as_str()) {
            name.push_str("_program");
        }
        let small = unique(&name.to_ascii_lowercase(), &mut taken);
        // What makes it another's stands at its end.
        name.push_str(small.get(name.len()..).unwrap_or_default());
        (*id, name)
    });
    named.collect()
}

/// Whether it is a name as [`plain`] makes them, with capitals or without.
fn is_plain(name: &str) -> bool {
    plain(name, "") == name.to_ascii_lowercase() && !name.is_empty()
}

/// The variables of one program.
#[derive(Debug)]
pub(super) struct Names {
    sockets: HashMap<SocketId, String>,
    /// What was received last.
    pub(super) data: String,
    /// The other end that accept names.
    pub(super) peer: String,
    /// Who sent a datagram: one variable for each sender.
    senders: HashMap<SocketAddr, String>,
    sender: String,
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(recording: &Recording, program: ProgramId, language: Language) -> Self {
        let mut taken: BTreeSet<String> = TAKEN.iter().map(|word| (*word).to_owned()).collect();
        // Every function of the standard library is a word that gcc knows: only these are certain to be none.
        let is_known = |name: &str| {
            let word =
                name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
            ["server", "client", "conn", "peer", "listener", "sock"].contains(&word)
        };
        // A thread's name and a part's have a number at their end.
        let is_own = |name: &str| name.starts_with("thread_") || name.starts_with("part_");
        let own = recording.sockets().iter();
        let sockets: HashMap<SocketId, String> = own
            .filter(|socket| socket.program == program)
            .map(|socket| {
                let mut name = plain(&socket.name, "sock");
                let is_strange = language == Language::C && !is_known(&name);
                if taken.contains(&name) || is_own(&name) || is_strange {
                    name.push_str("_socket");
                }
                (socket.id, unique(&name, &mut taken))
            })
            .collect();
        let mut free = |wanted: &str| unique(wanted, &mut taken);
        let (peer, sender) = (free("addr"), free("address"));
        Self {
            sockets,
            data: "data".to_owned(),
            peer,
            senders: HashMap::new(),
            sender,
            taken,
        }
    }

    pub(super) fn socket(&self, id: SocketId) -> &str {
        self.sockets.get(&id).map_or("sock", String::as_str)
    }

    /// The variable for datagrams of that sender, made where it is new.
    pub(super) fn add_sender(&mut self, address: SocketAddr) {
        if self.senders.contains_key(&address) {
            return;
        }
        let name = match self.senders.len() + 1 {
            1 => self.sender.clone(),
            number => unique(&format!("{}{number}", self.sender), &mut self.taken),
        };
        self.senders.insert(address, name);
    }

    /// The variable that holds that sender's address.
    pub(super) fn sender(&self, address: SocketAddr) -> Option<&str> {
        self.senders.get(&address).map(String::as_str)
    }

    pub(super) fn senders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.senders.values().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}
