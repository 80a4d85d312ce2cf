//! How long a call may take, part by part, in one table.
//!
//! The host kills this process with everything in flight when one call takes longer than `functionTimeout` in `host.json`,
//! and Event Grid waits 30 seconds (<https://learn.microsoft.com/azure/event-grid/delivery-and-retry>). Whoever is still waiting when its
//! part is over does not wait on: it is put off, or refused so that the host's caller delivers it again.
//!
//! | Function | read | work | put off | hold back |
//! |---|---|---|---|---|
//! | `ConnectionEvent` | 6 s | 13 s | 10 s | |
//! | `ReconcileJob` | 30 s | 120 s | 10 s | 60 s |
//! | `ValidationJob` | 30 s | 75 s | 10 s | 60 s |
//! | `Sweep` | 30 s | 200 s | | |

use std::time::Duration;

/// The parts of a call. They follow one another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// Until its body is there and read: waiting for a turn, and for the host to send it.
    pub read: Duration,
    /// Until the work is done, waiting for a turn included.
    pub work: Duration,
    /// Until what is left of it is on a queue.
    pub put_off: Duration,
    /// How long a call for a message waits before it fails, see [`App::hold_back`](crate::app::App::hold_back).
    pub hold_back: Duration,
}

const PUT_OFF: Duration = Duration::from_secs(10);
const HOLD_BACK: Duration = Duration::from_secs(60);
/// No message is lost by waiting, but each refusal uses up one of its ten deliveries.
const READ_MESSAGE: Duration = Duration::from_secs(30);

/// An event is delivered again, so it is refused rather than kept waiting.
pub(crate) const CONNECTION_EVENT: Deadlines = Deadlines {
    read: Duration::from_secs(6),
    work: Duration::from_secs(13),
    put_off: PUT_OFF,
    hold_back: Duration::ZERO,
};

pub(crate) const RECONCILE_JOB: Deadlines =
    Deadlines { read: READ_MESSAGE, work: Duration::from_secs(120), put_off: PUT_OFF, hold_back: HOLD_BACK };

pub(crate) const VALIDATION_JOB: Deadlines =
    Deadlines { read: READ_MESSAGE, work: Duration::from_secs(75), put_off: PUT_OFF, hold_back: HOLD_BACK };

/// What is left the next sweep finds.
pub(crate) const SWEEP: Deadlines = Deadlines {
    read: READ_MESSAGE,
    work: Duration::from_secs(200),
    put_off: Duration::ZERO,
    hold_back: Duration::ZERO,
};

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn in_all(deadlines: Deadlines) -> Duration {
        let Deadlines { read, work, put_off, hold_back } = deadlines;
        read + work + put_off + hold_back
    }

    /// Half a minute is left for what no deadline covers, such as a machine that is too busy.
    #[test]
    fn every_call_is_answered_well_inside_the_hosts_timeout() {
        let host: Value = serde_json::from_str(include_str!("../../../host.json")).expect("JSON");
        let parts: Vec<u64> = host["functionTimeout"]
            .as_str()
            .expect("text")
            .split(':')
            .map(|part| part.parse().expect("digits"))
            .collect();
        let [hours, minutes, seconds] = parts[..] else { panic!("{parts:?}") };
        let timeout = Duration::from_secs(hours * 3600 + minutes * 60 + seconds);
        for deadlines in [CONNECTION_EVENT, RECONCILE_JOB, VALIDATION_JOB, SWEEP] {
            assert!(in_all(deadlines) + Duration::from_secs(30) <= timeout, "{deadlines:?}");
        }
        assert!(in_all(CONNECTION_EVENT) < Duration::from_secs(30), "Event Grid waits no longer");
    }
}
