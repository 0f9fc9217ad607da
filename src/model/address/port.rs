//! The port field: 1025 to 65535, or 0 for any free one.

use std::error::Error;
use std::fmt;

use super::Typed;

/// A port a user may choose: 1025 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(u16);

/// What a port field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortChoice {
    /// This one.
    Port(Port),
    /// `0`: any free port; the system chooses when bind is called.
    AnyFree,
}

impl PortChoice {
    /// The number that goes into the address; 0 for any free port.
    pub fn get(self) -> u16 {
        match self {
            Self::Port(port) => port.get(),
            Self::AnyFree => 0,
        }
    }
}

impl Port {
    /// The smallest port offered.
    pub const MIN: u16 = 1025;
    /// The largest there is.
    pub const MAX: u16 = u16::MAX;

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }

    /// The port of that number, if it is one a user may choose.
    pub fn new(number: u16) -> Option<Self> {
        (number >= Self::MIN).then_some(Self(number))
    }

    /// Reads a port field. Spaces around the number do not matter.
    ///
    /// # Errors
    /// Says in one sentence why it is no port to choose.
    pub fn parse(text: &str) -> Result<PortChoice, PortError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PortError::Empty);
        }
        let (digits, negative) = match text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        if digits.is_empty() || !digits.chars().all(char::is_numeric) {
            return Err(PortError::NotANumber(text.to_owned()));
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PortError::OtherDigits(text.to_owned()));
        }
        if negative {
            return Err(PortError::Negative(text.to_owned()));
        }
        match digits.parse::<u16>() {
            Ok(0) => Ok(PortChoice::AnyFree),
            Ok(number) => Self::new(number)
                .map(PortChoice::Port)
                .ok_or(PortError::Low(number)),
            Err(_) => Err(PortError::TooBig(text.to_owned())),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no port to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortError {
    /// Nothing typed.
    Empty,
    /// No number at all.
    NotANumber(String),
    /// Digits of another script, such as full-width ones.
    OtherDigits(String),
    /// Below 0.
    Negative(String),
    /// 1 to 1024.
    Low(u16),
    /// Above 65535.
    TooBig(String),
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "type a port: 1025–65535, or 0 for any free one"),
            Self::NotANumber(text) => {
                write!(f, "{} is not a number: choose 1025–65535", Typed(text))
            }
            Self::OtherDigits(text) => {
                write!(
                    f,
                    "{} is not in the digits 0 to 9: type 1025–65535",
                    Typed(text)
                )
            }
            Self::Negative(text) => write!(f, "{} is below 0: choose 1025–65535", Typed(text)),
            // Linux keeps 1 to 1023; 1024 it gives to anybody.
            Self::Low(1024) => write!(f, "1024 is below 1025: Sockeye uses 1025–65535"),
            Self::Low(number) => write!(
                f,
                "{number} is below 1025: your system keeps the low ports (EACCES)"
            ),
            Self::TooBig(text) => write!(f, "{} is too big: choose 1025–65535", Typed(text)),
        }
    }
}

impl Error for PortError {}
