//! A handler that is killed at one of its requests leads to the same end. This is a slice of `cargo crash-sweep`: each kind of
//! write, the first token and the first poll, by turns before and after the effect.

use std::collections::BTreeSet;

use local_azure::arm::faults::Moment;
use platform::{CrashPoint, live};

#[tokio::test]
async fn a_handler_that_is_killed_at_any_kind_of_request_ends_the_same() {
    let reference = live(None).await.unwrap();
    assert_eq!(reference.history.len(), 3);
    let is_kept =
        |request: &str| !request.starts_with("GET") || request.contains("token") || request.contains("operations");
    let mut kinds = BTreeSet::new();
    let requests = reference.requests.iter().enumerate().filter(|(_, request)| is_kept(request));
    let firsts =
        requests.filter(|(_, request)| kinds.insert(request.rsplit_once('/').map(|(kind, _)| kind.to_owned())));
    let moments = [Moment::BeforeEffect, Moment::BeforeAnswer].into_iter().cycle();
    let points: Vec<_> = firsts.zip(moments).map(|((index, _), moment)| CrashPoint { index, moment }).collect();
    assert!(points.len() >= 9, "{:#?}", reference.requests);
    for point in points {
        let lived = live(Some(point)).await.unwrap();
        assert!(lived.has_crashed, "{point:?}");
        assert_eq!(
            lived.differences(&reference),
            Vec::<String>::new(),
            "{point:?} {}",
            reference.requests[point.index]
        );
    }
}
