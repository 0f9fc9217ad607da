//! The colours of pictures on paper: the window's light theme, as SVG writes them.
//!
//! The only place here that names any. A test holds them equal to the window's.

use crate::model::socket::SocketKind;

/// Behind everything.
pub const PAPER: &str = "#ffffff";
/// Words.
pub const TEXT: &str = "#151d24";
/// Quieter words.
pub const TEXT_QUIET: &str = "#414c56";
/// Separators, lines of what is not there.
pub const HAIR: &str = "#d6cfc1";
/// Outlines without a role.
pub const OUTLINE: &str = "#837c6e";
/// A call that waits.
pub const WAIT: Tint = Tint {
    full: "#655800",
    dim: "#fbe88a",
    faint: "#c9a800",
};
/// A call that failed.
pub const ERROR: Tint = Tint {
    full: "#b32f00",
    dim: "#f7e8e3",
    faint: "#d99780",
};
/// A call that would have had to wait.
pub const AGAIN: Tint = Tint {
    full: "#5e5830",
    dim: "#f3f0e0",
    faint: "#5e5830",
};
/// Words on an error's full colour.
pub const ON_ERROR: &str = "#ffffff";
/// What belongs to a program outside.
pub const OUTSIDE: Tint = Tint {
    full: TEXT_QUIET,
    dim: "#e6dfd2",
    faint: OUTLINE,
};

/// A colour in its three strengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Lines and words.
    pub full: &'static str,
    /// Fills.
    pub dim: &'static str,
    /// Hatches and what was not seen; never words.
    pub faint: &'static str,
}

/// A role's colour.
pub fn role(kind: SocketKind) -> Tint {
    match kind {
        SocketKind::Listener => Tint {
            full: "#08518c",
            dim: "#e4ecf2",
            faint: "#84a8c6",
        },
        SocketKind::Client => Tint {
            full: "#9e3a79",
            dim: "#f4e9f0",
            faint: "#ce9cbc",
        },
        SocketKind::Connection => Tint {
            full: "#006b4b",
            dim: "#e3efeb",
            faint: "#80b5a5",
        },
        SocketKind::UdpPeer => Tint {
            full: "#8f4a00",
            dim: "#f3ebe3",
            faint: "#c7a480",
        },
    }
}
