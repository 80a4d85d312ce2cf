//! The messages of a queue, or of its dead-letter queue, that a receiver can get: available or locked.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    message::Message,
    queue::{LOCK_DURATION, Lock, LockLost},
};
use crate::chance::guid;

#[derive(Debug, Default)]
pub(super) struct Subqueue {
    available: BTreeMap<i64, Message>,
    locked: BTreeMap<Uuid, (OffsetDateTime, Message)>,
}

impl Subqueue {
    pub fn add(&mut self, message: Message) {
        self.available.insert(message.sequence_number, message);
    }

    /// Takes the first message out. Ones that outlived their time to live are forgotten on the way.
    pub fn receive(&mut self, now: OffsetDateTime) -> Option<Message> {
        loop {
            let mut message = self.available.pop_first()?.1;
            if message.expires_at().is_none_or(|expiry| expiry > now) {
                message.delivery_count += 1;
                return Some(message);
            }
        }
    }

    /// Lends the first message out under a lock.
    pub fn peek_lock(&mut self, now: OffsetDateTime) -> Option<(Message, Lock)> {
        let message = self.receive(now)?;
        let lock = Lock { token: guid(), locked_until: now + LOCK_DURATION };
        self.locked.insert(lock.token, (lock.locked_until, message.clone()));
        Some((message, lock))
    }

    /// Takes a locked message out for good; `id` is its message id or its sequence number.
    pub fn settle(&mut self, id: &str, token: Uuid) -> Result<Message, LockLost> {
        let (_, message) = self.locked.get(&token).ok_or(LockLost)?;
        if message.message_id != id && message.sequence_number.to_string() != id {
            return Err(LockLost);
        }
        Ok(self.locked.remove(&token).ok_or(LockLost)?.1)
    }

    pub fn renew(&mut self, id: &str, token: Uuid, now: OffsetDateTime) -> Result<Lock, LockLost> {
        let message = self.settle(id, token)?;
        let lock = Lock { token, locked_until: now + LOCK_DURATION };
        self.locked.insert(token, (lock.locked_until, message));
        Ok(lock)
    }

    /// Takes back the messages whose lock has expired.
    pub fn expired_locks(&mut self, now: OffsetDateTime) -> Vec<Message> {
        self.locked.extract_if(.., |_, (until, _)| *until <= now).map(|(_, (_, message))| message).collect()
    }

    pub fn next_lock_expiry(&self) -> Option<OffsetDateTime> {
        self.locked.values().map(|(until, _)| *until).min()
    }

    pub fn available_count(&self) -> usize {
        self.available.len()
    }

    pub fn locked_count(&self) -> usize {
        self.locked.len()
    }

    /// All messages, in the order of the queue.
    pub fn messages(&self) -> Vec<Message> {
        let locked = self.locked.values().map(|(_, message)| message);
        let mut messages: Vec<Message> = self.available.values().chain(locked).cloned().collect();
        messages.sort_by_key(|message| message.sequence_number);
        messages
    }
}
