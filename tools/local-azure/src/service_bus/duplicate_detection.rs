//! Duplicate detection: which message ids were accepted lately.

use std::collections::{HashSet, VecDeque};

use time::{Duration, OffsetDateTime};

/// How long an id is remembered: the service's default.
/// Source: <https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection>.
const HISTORY_WINDOW: Duration = Duration::minutes(10);

/// The ids of the last ten minutes. The window starts when a message is sent, scheduled ones included.
#[derive(Debug, Default)]
pub struct DuplicateDetection {
    ids: HashSet<String>,
    in_order: VecDeque<(OffsetDateTime, String)>,
}

impl DuplicateDetection {
    /// Remembers `message_id`; false where it is remembered already.
    pub fn is_new(&mut self, message_id: &str, now: OffsetDateTime) -> bool {
        while let Some((_, forgotten)) = self.in_order.pop_front_if(|(seen, _)| *seen + HISTORY_WINDOW <= now) {
            self.ids.remove(&forgotten);
        }
        let is_new = self.ids.insert(message_id.to_owned());
        if is_new {
            self.in_order.push_back((now, message_id.to_owned()));
        }
        is_new
    }

    /// Forgets `message_id` before its time.
    pub fn forget(&mut self, message_id: &str) {
        self.ids.remove(message_id);
        self.in_order.retain(|(_, id)| id != message_id);
    }
}
