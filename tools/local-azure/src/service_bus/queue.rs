//! One queue with Service Bus's rules: a plain state machine. It has no clock; the time is an argument.
//!
//! | Rule | Source |
//! |---|---|
//! | a duplicate is accepted and dropped | <https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection> |
//! | a scheduled message gets its place in the queue when it becomes active | <https://learn.microsoft.com/azure/service-bus-messaging/message-sequencing> |
//! | a lock that expires or is given up means another delivery | <https://learn.microsoft.com/azure/service-bus-messaging/message-transfers-locks-settlement> |
//! | after the last delivery the message is dead-lettered | <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues> |

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    duplicate_detection::DuplicateDetection,
    message::{DeadLetter, Message, NewMessage},
    subqueue::Subqueue,
};
use crate::chance::guid;

/// How long a receiver has a message for itself: the service's default.
pub const LOCK_DURATION: Duration = Duration::seconds(60);

/// Deliveries before a message is dead-lettered: the service's default.
pub const MAX_DELIVERY_COUNT: u32 = 10;

/// A receiver's hold on a message.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Names the hold.
    pub token: Uuid,
    /// When it ends, unless it is renewed.
    pub locked_until: OffsetDateTime,
}

/// The message is not locked under that token any more, or never was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LockLost;

/// Which part of a queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The queue itself.
    Main,
    /// Its dead-letter queue.
    DeadLetter,
}

/// A queue and its dead-letter queue.
#[derive(Debug, Default)]
pub struct Queue {
    last_sequence_number: i64,
    scheduled: BTreeMap<(OffsetDateTime, i64), Message>,
    main: Subqueue,
    dead_letters: Subqueue,
    duplicates: DuplicateDetection,
}

impl Queue {
    /// Accepts a message; false where it is a duplicate and was dropped, which the sender is not told.
    pub fn send(&mut self, sent: NewMessage, now: OffsetDateTime) -> bool {
        let message_id = sent.properties.message_id.clone().unwrap_or_else(|| guid().simple().to_string());
        if !self.duplicates.is_new(&message_id, now) {
            return false;
        }
        let scheduled_for = sent.scheduled_enqueue_time.filter(|time| *time > now);
        let sequence_number = self.next_sequence_number();
        let message =
            Message { message_id, sequence_number, enqueued_time: now, delivery_count: 0, sent, dead_letter: None };
        match scheduled_for {
            Some(time) => drop(self.scheduled.insert((time, sequence_number), message)),
            None => self.main.add(message),
        }
        true
    }

    /// Makes every scheduled message active, as if its time had come; false where there is none.
    ///
    /// Their ids count as new from then on. A sender that makes the due time a part of the id would never use one again
    /// once that time is past, but here it is not.
    pub fn bring_forward(&mut self, now: OffsetDateTime) -> bool {
        let scheduled = std::mem::take(&mut self.scheduled);
        let is_any = !scheduled.is_empty();
        for message in scheduled.into_values() {
            self.duplicates.forget(&message.message_id);
            let sequence_number = self.next_sequence_number();
            self.main.add(Message { sequence_number, enqueued_time: now, ..message });
        }
        is_any
    }

    /// Does what time brings: scheduled messages become active, locks expire.
    pub fn advance(&mut self, now: OffsetDateTime) {
        while let Some(entry) = self.scheduled.first_entry().filter(|entry| entry.key().0 <= now) {
            let message = entry.remove();
            let sequence_number = self.next_sequence_number();
            self.main.add(Message { sequence_number, enqueued_time: now, ..message });
        }
        for message in self.main.expired_locks(now) {
            self.deliver_again(message);
        }
        for message in self.dead_letters.expired_locks(now) {
            self.dead_letters.add(message);
        }
    }

    /// When [`Queue::advance`] has something to do next.
    #[must_use]
    pub fn next_due(&self) -> Option<OffsetDateTime> {
        let scheduled = self.scheduled.first_key_value().map(|((time, _), _)| *time);
        [scheduled, self.main.next_lock_expiry(), self.dead_letters.next_lock_expiry()].into_iter().flatten().min()
    }

    /// Lends the first message out under a lock.
    pub fn peek_lock(&mut self, part: Part, now: OffsetDateTime) -> Option<(Message, Lock)> {
        self.advance(now);
        self.part(part).peek_lock(now)
    }

    /// Takes the first message out for good.
    pub fn receive_and_delete(&mut self, part: Part, now: OffsetDateTime) -> Option<Message> {
        self.advance(now);
        self.part(part).receive(now)
    }

    /// The receiver is done: the message leaves the queue.
    ///
    /// # Errors
    /// Where the lock is not held any more.
    pub fn complete(&mut self, part: Part, id: &str, token: Uuid, now: OffsetDateTime) -> Result<(), LockLost> {
        self.advance(now);
        self.part(part).settle(id, token).map(drop)
    }

    /// The receiver gives the message back: it is delivered again, or dead-lettered.
    ///
    /// # Errors
    /// Where the lock is not held any more.
    pub fn abandon(&mut self, part: Part, id: &str, token: Uuid, now: OffsetDateTime) -> Result<(), LockLost> {
        self.advance(now);
        let message = self.part(part).settle(id, token)?;
        match part {
            Part::Main => self.deliver_again(message),
            Part::DeadLetter => self.dead_letters.add(message),
        }
        Ok(())
    }

    /// Prolongs a lock.
    ///
    /// # Errors
    /// Where the lock is not held any more.
    pub fn renew_lock(&mut self, part: Part, id: &str, token: Uuid, now: OffsetDateTime) -> Result<Lock, LockLost> {
        self.advance(now);
        self.part(part).renew(id, token, now)
    }

    /// What is in the queue at `now`.
    pub fn contents(&mut self, now: OffsetDateTime) -> QueueContents {
        self.advance(now);
        QueueContents {
            active: self.main.available_count(),
            locked: self.main.locked_count(),
            scheduled: self.scheduled.values().cloned().collect(),
            messages: self.main.messages(),
            dead_letters: self.dead_letters.messages(),
        }
    }

    /// True where a message is active, locked, or becomes active before `horizon`.
    pub fn is_busy(&mut self, now: OffsetDateTime, horizon: OffsetDateTime) -> bool {
        self.advance(now);
        let soon = self.scheduled.first_key_value().is_some_and(|((time, _), _)| *time <= horizon);
        soon || self.main.available_count() + self.main.locked_count() > 0
    }

    fn deliver_again(&mut self, mut message: Message) {
        if message.delivery_count < MAX_DELIVERY_COUNT {
            return self.main.add(message);
        }
        message.dead_letter = Some(DeadLetter {
            reason: "MaxDeliveryCountExceeded".to_owned(),
            error_description: format!("No receiver completed the message in {MAX_DELIVERY_COUNT} deliveries."),
        });
        // A dead letter stays until somebody takes it, however long it was meant to live.
        message.sent.time_to_live = None;
        self.dead_letters.add(message);
    }

    fn next_sequence_number(&mut self) -> i64 {
        self.last_sequence_number += 1;
        self.last_sequence_number
    }

    fn part(&mut self, part: Part) -> &mut Subqueue {
        match part {
            Part::Main => &mut self.main,
            Part::DeadLetter => &mut self.dead_letters,
        }
    }
}

/// What is in a queue at one moment.
#[derive(Clone, Debug)]
pub struct QueueContents {
    /// How many messages wait for a receiver.
    pub active: usize,
    /// How many a receiver holds.
    pub locked: usize,
    /// Those that become active later, soonest first.
    pub scheduled: Vec<Message>,
    /// Those that are active or locked, in order.
    pub messages: Vec<Message>,
    /// Those that nobody could complete.
    pub dead_letters: Vec<Message>,
}
