//! How long something takes, however busy the computer is.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this thread had of the processor so far.
pub fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_secs(now.tv_sec.unsigned_abs())
        + Duration::from_nanos(now.tv_nsec.unsigned_abs())
}
