use azure_core::http::Request;
use portreeve_decisions::dead_letter::Cause;
use time::macros::datetime;

use super::*;
use crate::scripted::{ScriptedAnswer, ScriptedHttp, azure};

const JOB: &str = r#"{"subject":{"target":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"},"attempt":41,"correlation_id":"c1"}"#;
const SEVEN: &str = r#"{"DeliveryCount":11,"EnqueuedSequenceNumber":0,"EnqueuedTimeUtc":"Sat, 21 Nov 2026 08:05:09 GMT","LockToken":"t-7","LockedUntilUtc":"Sat, 21 Nov 2026 08:06:09 GMT","MessageId":"m-7","SequenceNumber":7,"State":"Active","TimeToLive":922337203685.4775}"#;
const EIGHT: &str = r#"{"DeliveryCount":11,"EnqueuedSequenceNumber":0,"EnqueuedTimeUtc":"Sat, 21 Nov 2026 08:05:09 GMT","LockToken":"t-8","LockedUntilUtc":"Sat, 21 Nov 2026 08:06:09 GMT","MessageId":"m-8","SequenceNumber":8,"State":"Active","TimeToLive":922337203685.4775}"#;

fn lent(number: u8, body: &str) -> ScriptedAnswer {
    let (properties, location) = match number {
        7 => (SEVEN, "https://elsewhere.example/reconcile-jobs/$deadletterqueue/messages/7/t-7"),
        _ => (EIGHT, "https://elsewhere.example/reconcile-jobs/$deadletterqueue/messages/8/t-8"),
    };
    let headers = vec![
        ("brokerproperties", properties),
        ("location", location),
        ("deadletterreason", "\"MaxDeliveryCountExceeded\""),
        ("deadlettererrordescription", "plain words"),
    ];
    (201, headers, body.to_owned())
}

fn answer(status: u16) -> ScriptedAnswer {
    (status, Vec::new(), String::new())
}

/// What was asked, in order, without the host, which is checked here.
fn asked(http: &ScriptedHttp) -> Vec<String> {
    let line = |request: &Request| {
        assert_eq!(request.url().host_str(), Some("contoso.servicebus.windows.net"), "a token goes nowhere else");
        let query = request.url().query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}{query}", request.method(), request.url().path())
    };
    http.requests().iter().map(line).collect()
}

const NEXT: &str = "POST /reconcile-jobs/$deadletterqueue/messages/head?timeout=1";
const UNLOCK_7: &str = "PUT /reconcile-jobs/$deadletterqueue/messages/7/t-7";
const UNLOCK_8: &str = "PUT /reconcile-jobs/$deadletterqueue/messages/8/t-8";
const TAKE_OUT_7: &str = "DELETE /reconcile-jobs/$deadletterqueue/messages/7/t-7";
const SEND: &str = "POST /reconcile-jobs/messages";

async fn read(answers: Vec<ScriptedAnswer>, wanted: &Wanted) -> (Letters<DeadLetter>, Vec<String>) {
    let (azure, http) = azure(answers);
    let read = azure.dead_letters(QueueName::ReconcileJobs, wanted).await;
    (read, asked(&http))
}

#[tokio::test]
async fn a_letter_is_read_whole_and_given_back() {
    let answers = vec![lent(7, JOB), lent(8, "no job"), answer(204), answer(200), answer(200)];
    let (read, asked) = read(answers, &Wanted::All).await;
    assert!(matches!(read.rest, Rest::Nothing));
    assert_eq!(asked, [NEXT, NEXT, NEXT, UNLOCK_7, UNLOCK_8]);
    let [seven, eight] = read.letters.try_into().unwrap();
    assert_eq!((seven.sequence_number, seven.message_id.as_str(), seven.delivery_count), (7, "m-7", 11));
    assert_eq!(seven.enqueued, Some(datetime!(2026-11-21 08:05:09 UTC)));
    assert_eq!(seven.description.as_deref(), Some("plain words"));
    assert_eq!(seven.cause(), Cause::GivenUp);
    assert!(!seven.broker_properties.contains_key("LockToken"));
    assert!(matches!(eight.cause(), Cause::NoJob(_)));
}

#[tokio::test]
async fn what_was_locked_is_given_back_after_an_error_too() {
    for failed in [401, 500, 0] {
        let (read, asked) = read(vec![lent(7, JOB), answer(failed), answer(200)], &Wanted::All).await;
        assert_eq!(asked, [NEXT, NEXT, UNLOCK_7]);
        assert_eq!(read.letters.len(), 1);
        let Rest::Unreadable(error) = read.rest else { panic!("{failed}") };
        assert_eq!(error.status, Some(failed).filter(|status| *status > 0));
    }
}

#[tokio::test]
async fn reading_ends_once_all_that_are_wanted_are_found() {
    let wanted = Wanted::Numbers([8].into());
    let (read, asked) = read(vec![lent(7, JOB), lent(8, JOB), answer(200), answer(200)], &wanted).await;
    assert_eq!(asked, [NEXT, NEXT, UNLOCK_7, UNLOCK_8]);
    assert_eq!(read.letters.iter().map(|letter| letter.sequence_number).collect::<Vec<_>>(), [8]);
}

#[tokio::test]
async fn so_many_letters_are_read_and_all_given_back() {
    let answers = [vec![lent(7, JOB); LETTERS_MAX], vec![answer(200); LETTERS_MAX]].concat();
    let (read, asked) = read(answers, &Wanted::All).await;
    assert!(matches!(read.rest, Rest::More));
    assert_eq!(
        (read.letters.len(), asked.iter().filter(|asked| *asked == UNLOCK_7).count()),
        (LETTERS_MAX, LETTERS_MAX)
    );
}

async fn resubmit(answers: Vec<ScriptedAnswer>) -> (Vec<Resubmitted>, Vec<String>) {
    let (azure, http) = azure(answers);
    let done = azure.resubmit(QueueName::ReconcileJobs, &Wanted::All).await;
    (done.letters.into_iter().map(|(_, outcome)| outcome).collect(), asked(&http))
}

#[tokio::test]
async fn a_job_is_sent_before_its_letter_is_taken_out() {
    let answers = vec![lent(7, JOB), answer(201), answer(200), lent(8, "no job"), answer(204), answer(200)];
    let (done, asked) = resubmit(answers).await;
    assert_eq!(asked, [NEXT, SEND, TAKE_OUT_7, NEXT, NEXT, UNLOCK_8]);
    assert!(matches!(done[..], [Resubmitted::Done, Resubmitted::NoJob(_)]), "{done:?}");
}

#[tokio::test]
async fn a_letter_stays_whose_job_may_not_be_on_the_queue() {
    let answers = vec![lent(7, JOB), answer(401), answer(401), answer(401), answer(204), answer(200)];
    let (done, asked) = resubmit(answers).await;
    assert_eq!(asked, [NEXT, SEND, SEND, SEND, NEXT, UNLOCK_7]);
    assert!(matches!(&done[..], [Resubmitted::NotSent(error)] if error.status == Some(401)), "{done:?}");
}

#[tokio::test]
async fn a_letter_that_cannot_be_taken_out_is_said_to_be_there() {
    let (done, asked) = resubmit(vec![lent(7, JOB), answer(201), answer(404), answer(204), answer(404)]).await;
    assert_eq!(asked, [NEXT, SEND, TAKE_OUT_7, NEXT, UNLOCK_7]);
    assert!(matches!(done[..], [Resubmitted::StillThere(_)]), "{done:?}");
}
