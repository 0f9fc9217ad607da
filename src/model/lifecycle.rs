//! What each call would do in each state, and why.
use super::errno::Errno;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Natural,
    Allowed,
    WillWait,
    WouldBlock(Errno),
    WouldFail(Errno),
    Queued,
    WaitingNow,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub look: Look,
    pub reason: String,
}
