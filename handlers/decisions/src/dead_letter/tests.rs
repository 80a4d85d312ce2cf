use super::*;
use crate::event::Subject;

const VAULT: &str =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";

fn reconcile(attempt: u32) -> ReconcileJob {
    let subject = Subject::Target(ResourceId::parse(VAULT).unwrap());
    ReconcileJob { subject, attempt, is_from_sweep: false, awaits: None, turns: 0, correlation_id: "c1".into() }
}

fn validation(attempt: u32) -> ValidationJob {
    let connection = ResourceId::parse(&format!("{VAULT}/privateEndpointConnections/c")).unwrap();
    ValidationJob {
        connection,
        endpoint: ResourceId::parse(VAULT).unwrap(),
        attempt,
        awaits: None,
        turns: 0,
        correlation_id: "c2".into(),
    }
}

fn letter(queue: QueueName, reason: &str, body: String) -> DeadLetter {
    DeadLetter { queue, sequence_number: 17, reason: Some(reason.to_owned()), body, ..DeadLetter::default() }
}

#[test]
fn the_cause_is_told_by_the_job_and_the_brokers_reason() {
    let cases = [
        (reconcile(RECONCILE_MAX_ATTEMPTS + 1), DELIVERIES_USED_UP, Cause::GivenUp),
        (reconcile(RECONCILE_MAX_ATTEMPTS), DELIVERIES_USED_UP, Cause::ReconcileFailed),
        (reconcile(3), EXPIRED, Cause::Expired),
        (reconcile(3), "by hand", Cause::Other),
    ];
    for (job, reason, cause) in cases {
        let body = serde_json::to_string(&job).unwrap();
        assert_eq!(letter(QueueName::ReconcileJobs, reason, body).cause(), cause, "{job:?} {reason}");
    }
    let body = serde_json::to_string(&validation(7)).unwrap();
    assert_eq!(letter(QueueName::ValidationJobs, DELIVERIES_USED_UP, body).cause(), Cause::ValidationFailed);
}

#[test]
fn a_resubmitted_job_has_all_its_tries_before_it_and_stays_the_same_otherwise() {
    let body = serde_json::to_string(&reconcile(41)).unwrap();
    let sent = letter(QueueName::ReconcileJobs, DELIVERIES_USED_UP, body).resubmission().unwrap();
    assert_eq!(serde_json::from_str::<ReconcileJob>(&sent.body).unwrap(), reconcile(0));
    let body = serde_json::to_string(&validation(7)).unwrap();
    let sent = letter(QueueName::ValidationJobs, DELIVERIES_USED_UP, body).resubmission().unwrap();
    assert_eq!(serde_json::from_str::<ValidationJob>(&sent.body).unwrap(), validation(0));
}

#[test]
fn one_letter_has_one_message_id_and_another_has_another() {
    let body = serde_json::to_string(&reconcile(41)).unwrap();
    let first = letter(QueueName::ReconcileJobs, DELIVERIES_USED_UP, body);
    let looked_at = DeadLetter { delivery_count: 99, ..first.clone() };
    let other = DeadLetter { sequence_number: 18, ..first.clone() };
    let id = |letter: &DeadLetter| letter.resubmission().unwrap().message_id;
    assert_eq!(id(&first), id(&looked_at));
    assert_ne!(id(&first), id(&other));
}

#[test]
fn what_is_no_job_of_its_queue_is_not_resubmitted() {
    let of_the_other_queue = serde_json::to_string(&validation(0)).unwrap();
    for body in ["", "{\"approve\":\"everything\"}", "\u{1b}[2J", of_the_other_queue.as_str()] {
        let letter = letter(QueueName::ReconcileJobs, DELIVERIES_USED_UP, body.to_owned());
        let Cause::NoJob(why) = letter.cause() else { panic!("{body}") };
        assert!(why.starts_with("the body is no reconcile job: ") && !why.contains('\u{1b}'), "{why}");
        assert_eq!(letter.resubmission(), Err(why));
    }
}
