//! What the log says: each thing once, while nothing changes.

use super::thread_log::Log;
use super::*;

const REFUSED: &str = "ERROR this version of the allowlist is refused, and changes nothing";

#[tokio::test]
async fn each_version_is_told_once_with_its_problems() {
    let log = Log::start();
    let place = Place::default();
    place.holds(V1);
    let mut process = place.start().await;
    assert_eq!(log.news(), [format!("INFO version {} of the allowlist is in force", hash_of(V1.as_bytes()))]);
    for _ in 0..3 {
        process.activation.look().await;
    }
    assert_eq!(log.news(), Vec::<String>::new(), "nothing is said of what has not changed");

    process.after(BAD).await;
    let records = log.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["event"], "allowlist");
    assert_eq!(records[0]["allowlist_hash"], hash_of(BAD.as_bytes()));
    assert_eq!(records[0]["allowlist_source"], "test");
    assert_eq!(records[0]["in_force_hash"], hash_of(V1.as_bytes()));
    assert!(records[0]["problems"].as_str().unwrap().starts_with("3:"), "{records:?}");
    for _ in 0..3 {
        process.activation.look().await;
    }
    assert_eq!(log.news(), Vec::<String>::new());
    process.after(HTML).await;
    assert_eq!(log.news(), [REFUSED]);
    process.after(BAD).await;
    assert_eq!(log.news(), [REFUSED], "it has changed again");
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_told_when_it_begins_and_when_it_ends() {
    let log = Log::start();
    let place = Place::default();
    place.holds(V1);
    let mut process = place.start().await;
    log.news();
    let mut looks = Vec::new();
    for (why, is_lasting) in
        [("no answer", false), ("still none", false), ("403", true), ("404", true), ("no answer", false)]
    {
        place.is_unreadable(unreadable(why, is_lasting));
        process.activation.look().await;
        looks.push(log.news());
    }
    let begins = "WARN the allowlist cannot be read at the moment; what is in force stays".to_owned();
    let lasts = "ERROR the allowlist cannot be read; what is in force stays".to_owned();
    assert_eq!(looks, [vec![begins], vec![], vec![lasts], vec![], vec![]]);
    process.after(V1).await;
    assert_eq!(log.news(), ["INFO the allowlist can be read again"]);
}

#[tokio::test]
async fn a_start_without_the_present_version_is_an_error_in_the_log() {
    let place = Place::default();
    place.holds(V1);
    place.start().await;
    place.holds(BAD);
    let log = Log::start();
    let mut process = place.start().await;
    let fell_back =
        "ERROR the last good version of the allowlist is in force, because the present one is not to be had";
    assert_eq!(log.news(), [REFUSED, fell_back]);
    process.activation.look().await;
    assert_eq!(log.news(), Vec::<String>::new());

    let empty = Place::default();
    empty.start().await;
    assert_eq!(log.news().last().unwrap(), "ERROR no allowlist is in force: every connection is held");
}

#[tokio::test]
async fn a_read_only_place_is_a_warning_once() {
    let log = Log::start();
    let place = Place::default();
    place.holds(V1);
    place.0.lock().unwrap().is_read_only = true;
    let mut process = place.start().await;
    assert_eq!(log.news()[1..], ["WARN the last good version of the allowlist cannot be kept"]);
    process.activation.look().await;
    process.after(V2).await;
    assert_eq!(log.news().len(), 1, "of the new version only");
}
