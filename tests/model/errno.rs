//! Error numbers, against Python's `errno` module and the systems' headers.

use sockeye::model::errno::{Errno, Platform};

use crate::python;

/// Linux: symbol, number, text and exception are those of Python on Linux.
#[test]
#[cfg(target_os = "linux")]
fn linux_errnos_are_pythons() {
    let program = "import sys, errno, os\nfor line in sys.stdin:\n  n = getattr(errno, line.strip())\n  print(n, type(OSError(n, '')).__name__, os.strerror(n), sep='|')";
    let symbols: Vec<String> = Errno::all().map(Errno::symbol).collect();
    assert!(symbols.len() >= 35);
    let lines = python::lines(program, &symbols.join("\n"));
    assert_eq!(lines.len(), symbols.len());
    for (errno, line) in Errno::all().zip(lines) {
        let ours = format!("{}|{}|{}", errno.0, errno.python_exception(), errno.text());
        assert_eq!(ours, line, "{errno}");
        assert_eq!(errno.code_on(Platform::Linux), Some(i32::from(errno.0)));
    }
}

/// macOS `sys/errno.h` and Winsock's error codes, from their headers.
#[test]
fn other_systems_have_their_own_numbers() {
    let cases = [
        (Errno::EAGAIN, 35, Some(("WSAEWOULDBLOCK", 10035))),
        (Errno::EINPROGRESS, 36, Some(("WSAEINPROGRESS", 10036))),
        (Errno::EALREADY, 37, Some(("WSAEALREADY", 10037))),
        (Errno::ENOTSOCK, 38, Some(("WSAENOTSOCK", 10038))),
        (Errno::EDESTADDRREQ, 39, Some(("WSAEDESTADDRREQ", 10039))),
        (Errno::EMSGSIZE, 40, Some(("WSAEMSGSIZE", 10040))),
        (Errno::EAFNOSUPPORT, 47, Some(("WSAEAFNOSUPPORT", 10047))),
        (Errno::EADDRINUSE, 48, Some(("WSAEADDRINUSE", 10048))),
        (Errno::EADDRNOTAVAIL, 49, Some(("WSAEADDRNOTAVAIL", 10049))),
        (Errno::ECONNRESET, 54, Some(("WSAECONNRESET", 10054))),
        (Errno::EISCONN, 56, Some(("WSAEISCONN", 10056))),
        (Errno::ENOTCONN, 57, Some(("WSAENOTCONN", 10057))),
        (Errno::ETIMEDOUT, 60, Some(("WSAETIMEDOUT", 10060))),
        (Errno::ECONNREFUSED, 61, Some(("WSAECONNREFUSED", 10061))),
        (Errno::EOPNOTSUPP, 102, Some(("WSAEOPNOTSUPP", 10045))),
        (Errno::EBADF, 9, Some(("WSAEBADF", 10009))),
        (Errno::EPERM, 1, None),
    ];
    for (errno, macos, windows) in cases {
        assert_eq!(errno.code_on(Platform::MacOs), Some(macos), "{errno}");
        let got = errno
            .symbol_on(Platform::Windows)
            .zip(errno.code_on(Platform::Windows));
        assert_eq!(got, windows, "{errno}");
    }
}

#[test]
fn symbols_read_back() {
    for errno in Errno::all() {
        assert_eq!(Errno::from_symbol(&errno.symbol()), Some(errno));
    }
    assert_eq!(Errno::from_symbol("EWOULDBLOCK"), Some(Errno::EAGAIN));
    assert_eq!(Errno::from_symbol("ENOTSUP"), Some(Errno::EOPNOTSUPP));
    assert_eq!(Errno::from_symbol("WSAEWOULDBLOCK"), Some(Errno::EAGAIN));
    assert_eq!(Errno::from_symbol("ENONSENSE"), None);
    assert_eq!(Errno::from_symbol(""), None);
}

#[test]
fn a_number_without_a_symbol_keeps_its_number() {
    let unknown = Errno(999);
    assert_eq!(unknown.symbol(), "errno 999");
    assert_eq!(Errno::from_symbol("errno 999"), Some(unknown));
    assert_eq!(unknown.python(), "OSError: [Errno 999] Unknown error 999");
    assert_eq!(unknown.symbol_on(Platform::Windows), None);
}

#[test]
fn every_errno_has_a_short_plain_sentence() {
    for errno in Errno::all() {
        let plain = errno.plain();
        assert!(
            plain.ends_with('.') && plain.len() <= 100,
            "{errno}: {plain}"
        );
        assert!(
            !plain.contains("kernel"),
            "{errno}: learners read \"your system\""
        );
    }
}
