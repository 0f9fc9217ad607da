//! How long a test waits for what must come.

use std::time::Duration;

/// Far more than anything here takes, also on a busy computer; only a failure waits so long.
pub const DEADLINE: Duration = Duration::from_mins(1);
