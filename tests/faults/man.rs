//! Which errors the manual allows each call.
//!
//! The ERRORS sections of Linux man-pages 6.03, section 2, for sockets of the internet families: what is said there to
//! be for other families alone (paths of `AF_UNIX`) is left out. From `man 2 accept` also what "various Linux kernels can
//! return", and the network errors of TCP that its DESCRIPTION names; from `ip(7)`, `tcp(7)` and `udp(7)` what they
//! add to a call. `EWOULDBLOCK` is EAGAIN.

use sockeye::model::call::Method;
use sockeye::model::errno::Errno as E;

/// `accept(2)` names these two for protocols that are not the internet's; they have no symbol here.
pub const UNNAMED: [E; 2] = [ENOSR, ENONET];

const ENOSR: E = E(63);
const ENONET: E = E(64);

/// socket(2)
const SOCKET: &[E] = &[
    E::EACCES,
    E::EAFNOSUPPORT,
    E::EINVAL,
    E::EMFILE,
    E::ENFILE,
    E::ENOBUFS,
    E::ENOMEM,
    E::EPROTONOSUPPORT,
];

/// bind(2), ip(7)
const BIND: &[E] = &[
    E::EACCES,
    E::EADDRINUSE,
    E::EADDRNOTAVAIL,
    E::EBADF,
    E::EFAULT,
    E::EINVAL,
    E::ENOMEM,
    E::ENOTSOCK,
];

/// listen(2)
const LISTEN: &[E] = &[E::EADDRINUSE, E::EBADF, E::ENOTSOCK, E::EOPNOTSUPP];

/// accept(2)
const ACCEPT: &[E] = &[
    E::EAGAIN,
    E::EBADF,
    E::ECONNABORTED,
    E::EFAULT,
    E::EHOSTDOWN,
    E::EHOSTUNREACH,
    E::EINTR,
    E::EINVAL,
    E::EMFILE,
    E::ENETDOWN,
    E::ENETUNREACH,
    E::ENFILE,
    E::ENOBUFS,
    E::ENOMEM,
    ENONET,
    E::ENOPROTOOPT,
    ENOSR,
    E::ENOTSOCK,
    E::EOPNOTSUPP,
    E::EPERM,
    E::EPROTO,
    E::EPROTONOSUPPORT,
    E::ESOCKTNOSUPPORT,
    E::ETIMEDOUT,
];

/// connect(2), ip(7)
const CONNECT: &[E] = &[
    E::EACCES,
    E::EADDRINUSE,
    E::EADDRNOTAVAIL,
    E::EAFNOSUPPORT,
    E::EAGAIN,
    E::EALREADY,
    E::EBADF,
    E::ECONNREFUSED,
    E::EFAULT,
    E::EHOSTUNREACH,
    E::EINPROGRESS,
    E::EINTR,
    E::EISCONN,
    E::ENETUNREACH,
    E::ENOTSOCK,
    E::EPERM,
    E::EPROTOTYPE,
    E::ETIMEDOUT,
];

/// send(2); tcp(7): ETIMEDOUT; udp(7): ECONNREFUSED
const SENDS: &[E] = &[
    E::EACCES,
    E::EAGAIN,
    E::EALREADY,
    E::EBADF,
    E::ECONNREFUSED,
    E::ECONNRESET,
    E::EDESTADDRREQ,
    E::EFAULT,
    E::EINTR,
    E::EINVAL,
    E::EISCONN,
    E::EMSGSIZE,
    E::ENOBUFS,
    E::ENOMEM,
    E::ENOTCONN,
    E::ENOTSOCK,
    E::EOPNOTSUPP,
    E::EPIPE,
    E::ETIMEDOUT,
];

/// recv(2); tcp(7): ECONNRESET and ETIMEDOUT
const RECEIVES: &[E] = &[
    E::EAGAIN,
    E::EBADF,
    E::ECONNREFUSED,
    E::ECONNRESET,
    E::EFAULT,
    E::EINTR,
    E::EINVAL,
    E::ENOMEM,
    E::ENOTCONN,
    E::ENOTSOCK,
    E::ETIMEDOUT,
];

/// shutdown(2)
const SHUTDOWN: &[E] = &[E::EBADF, E::EINVAL, E::ENOTCONN, E::ENOTSOCK];

/// close(2)
const CLOSE: &[E] = &[E::EBADF, E::EDQUOT, E::EINTR, E::EIO, E::ENOSPC];

/// ioctl(2)
const SETS_MODE: &[E] = &[E::EBADF, E::EFAULT, E::EINVAL, E::ENOTTY];

/// getsockname(2)
const OWN_NAME: &[E] = &[E::EBADF, E::EFAULT, E::EINVAL, E::ENOBUFS, E::ENOTSOCK];

/// getpeername(2)
const PEERS_NAME: &[E] = &[
    E::EBADF,
    E::EFAULT,
    E::EINVAL,
    E::ENOBUFS,
    E::ENOTCONN,
    E::ENOTSOCK,
];

/// select(2)
const SELECT: &[E] = &[E::EBADF, E::EINTR, E::EINVAL, E::ENOMEM];

/// setsockopt(2), getsockopt(2)
const OPTIONS: &[E] = &[E::EBADF, E::EFAULT, E::EINVAL, E::ENOPROTOOPT, E::ENOTSOCK];

/// What that call may answer.
pub fn errors_of(method: Method) -> &'static [E] {
    match method {
        Method::Socket => SOCKET,
        Method::Bind => BIND,
        Method::Listen => LISTEN,
        Method::Accept => ACCEPT,
        Method::Connect => CONNECT,
        Method::Send | Method::SendAll | Method::SendTo => SENDS,
        Method::Recv | Method::RecvFrom => RECEIVES,
        Method::Shutdown => SHUTDOWN,
        Method::Close => CLOSE,
        Method::SetBlocking => SETS_MODE,
        Method::SetSockOpt | Method::GetSockOpt => OPTIONS,
        Method::GetSockName => OWN_NAME,
        Method::GetPeerName => PEERS_NAME,
        Method::Select => SELECT,
    }
}
