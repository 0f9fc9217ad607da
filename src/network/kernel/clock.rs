//! Time and order: nanoseconds since the network started, the sequence number of each moment, and the wall clock
//! of the header.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::model::event::Stamp;

/// The network's clock. Monotonic (`CLOCK_MONOTONIC`), so that setting the time moves no row.
#[derive(Debug)]
pub(super) struct Clock {
    /// When the network started.
    origin: u64,
    seq: AtomicU64,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            origin: monotonic(),
            seq: AtomicU64::new(0),
        }
    }

    /// Nanoseconds since the start; enough for 584 years.
    pub(super) fn now(&self) -> u64 {
        monotonic().saturating_sub(self.origin)
    }

    /// This moment, with the next sequence number.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp {
            seq: self.seq.fetch_add(1, Ordering::Relaxed) + 1,
            at: self.now(),
        }
    }
}

/// Nanoseconds of the system's monotonic clock. It is asked twice a call, and std's `Instant` counts a while on top.
fn monotonic() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The wall-clock time now, RFC 3339 in UTC: `2026-03-01T09:05:07Z`.
pub(super) fn wall_clock() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    rfc3339(seconds)
}

/// Seconds since 1970 as RFC 3339 in UTC.
///
/// Years are counted from 1 March, which puts the leap day last: the day of the year then gives the month by a
/// straight line (5 months are 153 days).
fn rfc3339(seconds: u64) -> String {
    const DAYS_FROM_0000_03_01_TO_1970: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;

    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let days = days + DAYS_FROM_0000_03_01_TO_1970;
    let era = days / DAYS_IN_400_YEARS;
    let day = days % DAYS_IN_400_YEARS;
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day_of_month:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from `date -u -d @SECONDS +%FT%TZ`.
    #[test]
    fn wall_clock_is_the_civil_date() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (68_169_599, "1972-02-28T23:59:59Z"),
            (68_255_999, "1972-02-29T23:59:59Z"),
            (68_256_000, "1972-03-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (978_307_199, "2000-12-31T23:59:59Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn stamps_are_ordered() {
        let clock = Clock::start();
        let (first, second) = (clock.stamp(), clock.stamp());
        assert!(first.seq < second.seq && first.at <= second.at);
    }
}
