//! The rules of a queue, one test for each, with the time handed in.

use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    message::NewMessage,
    queue::{LOCK_DURATION, LockLost, MAX_DELIVERY_COUNT, Part, Queue},
};
use crate::chance::guid;

const START: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

fn message(id: &str) -> NewMessage {
    let mut message = NewMessage::default();
    message.properties.message_id = Some(id.to_owned());
    message
}

fn received(queue: &mut Queue, now: OffsetDateTime) -> Option<String> {
    queue.receive_and_delete(Part::Main, now).map(|message| message.message_id)
}

#[test]
fn messages_come_out_in_the_order_they_went_in() {
    let mut queue = Queue::default();
    assert!(queue.send(message("a"), START));
    assert!(queue.send(message("b"), START));
    assert_eq!(received(&mut queue, START).as_deref(), Some("a"));
    assert_eq!(received(&mut queue, START).as_deref(), Some("b"));
    assert_eq!(received(&mut queue, START), None);
}

#[test]
fn a_duplicate_is_dropped_for_ten_minutes_even_after_the_first_was_received() {
    let mut queue = Queue::default();
    assert!(queue.send(message("a"), START));
    assert!(received(&mut queue, START).is_some());
    assert!(!queue.send(message("a"), START + Duration::seconds(599)));
    assert_eq!(received(&mut queue, START + Duration::seconds(599)), None);
    assert!(queue.send(message("a"), START + Duration::minutes(10)));
}

#[test]
fn messages_without_an_id_are_never_duplicates() {
    let mut queue = Queue::default();
    assert!(queue.send(NewMessage::default(), START));
    assert!(queue.send(NewMessage::default(), START));
}

#[test]
fn a_scheduled_message_becomes_active_at_its_time_behind_those_that_wait() {
    let mut queue = Queue::default();
    let due = START + Duration::seconds(30);
    queue.send(NewMessage { scheduled_enqueue_time: Some(due), ..message("later") }, START);
    queue.send(message("now"), START + Duration::seconds(1));
    assert_eq!(queue.next_due(), Some(due));
    let before = queue.contents(due - Duration::milliseconds(1));
    assert_eq!((before.active, before.scheduled.len()), (1, 1));
    assert_eq!(queue.contents(due).active, 2);
    assert_eq!(received(&mut queue, due).as_deref(), Some("now"));
    let later = queue.receive_and_delete(Part::Main, due).expect("it is due");
    assert_eq!((later.message_id.as_str(), later.enqueued_time), ("later", due));
}

#[test]
fn a_time_in_the_past_means_now() {
    let mut queue = Queue::default();
    queue.send(NewMessage { scheduled_enqueue_time: Some(START - Duration::hours(1)), ..message("a") }, START);
    assert_eq!(queue.contents(START).active, 1);
}

#[test]
fn a_locked_message_is_nobody_elses_until_the_lock_expires() {
    let mut queue = Queue::default();
    queue.send(message("a"), START);
    let (first, lock) = queue.peek_lock(Part::Main, START).expect("a message");
    assert_eq!((first.delivery_count, lock.locked_until), (1, START + LOCK_DURATION));
    assert!(queue.peek_lock(Part::Main, START + LOCK_DURATION - Duration::SECOND).is_none());
    let (second, _) = queue.peek_lock(Part::Main, START + LOCK_DURATION).expect("delivered again");
    assert_eq!(second.delivery_count, 2);
    assert_eq!(queue.complete(Part::Main, "a", lock.token, START + LOCK_DURATION), Err(LockLost));
}

#[test]
fn a_renewed_lock_lasts_from_its_renewal() {
    let mut queue = Queue::default();
    queue.send(message("a"), START);
    let (_, lock) = queue.peek_lock(Part::Main, START).expect("a message");
    let renewal = START + Duration::seconds(59);
    let renewed = queue.renew_lock(Part::Main, "a", lock.token, renewal).expect("still locked");
    assert_eq!(renewed.locked_until, renewal + LOCK_DURATION);
    assert!(queue.peek_lock(Part::Main, START + LOCK_DURATION).is_none());
    assert_eq!(queue.complete(Part::Main, "a", lock.token, renewal), Ok(()));
}

#[test]
fn settling_takes_the_right_id_and_token() {
    let mut queue = Queue::default();
    queue.send(message("a"), START);
    let (first, lock) = queue.peek_lock(Part::Main, START).expect("a message");
    assert_eq!(queue.complete(Part::Main, "b", lock.token, START), Err(LockLost));
    assert_eq!(queue.complete(Part::Main, "a", guid(), START), Err(LockLost));
    assert_eq!(queue.complete(Part::Main, &first.sequence_number.to_string(), lock.token, START), Ok(()));
    assert_eq!(queue.complete(Part::Main, "a", lock.token, START), Err(LockLost));
}

#[test]
fn the_last_abandoned_delivery_ends_in_the_dead_letter_queue() {
    let mut queue = Queue::default();
    queue.send(message("a"), START);
    for delivery in 1..=MAX_DELIVERY_COUNT {
        let (delivered, lock) = queue.peek_lock(Part::Main, START).expect("not dead yet");
        assert_eq!(delivered.delivery_count, delivery);
        queue.abandon(Part::Main, "a", lock.token, START).expect("locked");
    }
    assert!(queue.peek_lock(Part::Main, START).is_none());
    let (dead, lock) = queue.peek_lock(Part::DeadLetter, START).expect("dead-lettered");
    assert_eq!(dead.dead_letter.expect("a reason").reason, "MaxDeliveryCountExceeded");
    queue.complete(Part::DeadLetter, "a", lock.token, START).expect("locked");
    assert!(queue.contents(START).dead_letters.is_empty());
}

#[test]
fn a_message_that_outlived_its_time_to_live_is_not_delivered() {
    let mut queue = Queue::default();
    queue.send(NewMessage { time_to_live: Some(std::time::Duration::from_secs(5)), ..message("a") }, START);
    assert_eq!(received(&mut queue, START + Duration::seconds(5)), None);
}

#[test]
fn a_queue_is_busy_with_active_locked_and_soon_due_messages() {
    let mut queue = Queue::default();
    let due = START + Duration::seconds(30);
    queue.send(NewMessage { scheduled_enqueue_time: Some(due), ..message("a") }, START);
    assert!(!queue.is_busy(START, START + Duration::seconds(29)));
    assert!(queue.is_busy(START, due));
    let (_, lock) = queue.peek_lock(Part::Main, due).expect("active");
    assert!(queue.is_busy(due, due));
    queue.complete(Part::Main, "a", lock.token, due).expect("locked");
    assert!(!queue.is_busy(due, due));
}

#[test]
fn what_is_brought_forward_is_active_and_its_id_new_again() {
    let mut queue = Queue::default();
    let later = || NewMessage { scheduled_enqueue_time: Some(START + Duration::seconds(30)), ..message("a") };
    assert!(queue.send(message("b"), START));
    assert!(!queue.bring_forward(START), "nothing is scheduled");
    assert!(queue.send(later(), START));
    assert!(!queue.send(later(), START));
    assert!(queue.bring_forward(START));
    assert_eq!(queue.contents(START).active, 2);
    assert!(queue.send(later(), START));
    assert!(!queue.send(message("b"), START));
}
