use futures::{FutureExt, future};
use portreeve_decisions::dns::RecordType;
use tokio::sync::oneshot;

use super::*;

type Records = Vec<(RecordSetRef, RecordSet)>;

fn id(name: &str) -> ResourceId {
    let group = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/providers/Microsoft.Network";
    ResourceId::parse(&format!("{group}/{name}")).unwrap()
}

fn zone(name: &str) -> ResourceId {
    id(&format!("privateDnsZones/{name}"))
}

fn record(name: &str, owner: RecordOwner) -> (RecordSetRef, RecordSet) {
    let record_set = RecordSetRef { zone: zone("a.example"), record_type: RecordType::A, name: name.to_owned() };
    (record_set, RecordSet { etag: "e".to_owned(), addresses: Vec::new(), owner })
}

/// What a reading finds: one record of ours.
fn found(name: &str) -> Result<Records, &'static str> {
    Ok(vec![record(name, RecordOwner::Endpoint(id("privateEndpoints/pe")))])
}

/// The names that a removal gets where a reading would give this.
async fn names(
    listings: &FreshListings,
    zone: &ResourceId,
    read: impl Future<Output = Result<Records, &'static str>>,
) -> Result<Vec<String>, &'static str> {
    let records = listings.get_or_read(zone, read).await?;
    Ok(records.iter().map(|(record_set, _)| record_set.name.clone()).collect())
}

async fn never() -> Result<Records, &'static str> {
    panic!("it is not read again")
}

#[tokio::test]
async fn a_listing_serves_whoever_was_there_when_its_reading_began() {
    let (all, zone) = (RecordListings::default(), zone("a.example"));
    let (first, second) = (all.fresh(), all.fresh());
    assert_eq!(names(&first, &zone, async { found("once") }).await.unwrap(), ["once"]);
    assert_eq!(names(&second, &zone, never()).await.unwrap(), ["once"]);
    let third = all.fresh();
    assert_eq!(names(&third, &zone, async { found("anew") }).await.unwrap(), ["anew"]);
    assert_eq!(names(&second, &zone, never()).await.unwrap(), ["anew"]);
}

#[tokio::test]
async fn whoever_comes_during_a_reading_waits_for_the_next_and_no_other_zone_does() {
    let (all, zone) = (RecordListings::default(), zone("a.example"));
    let (first, second) = (all.fresh(), all.fresh());
    let (answer, answered) = oneshot::channel();
    let mut reading = Box::pin(names(&first, &zone, async { answered.await.unwrap() }));
    assert!(reading.as_mut().now_or_never().is_none());
    let (third, fourth) = (all.fresh(), all.fresh());
    let waiting = future::join3(
        names(&second, &zone, never()),
        names(&third, &zone, async { found("anew") }),
        names(&fourth, &zone, never()),
    );
    let mut waiting = Box::pin(waiting);
    assert!(waiting.as_mut().now_or_never().is_none());
    let other = self::zone("b.example");
    let elsewhere = names(&third, &other, async { found("elsewhere") }).now_or_never();
    assert_eq!(elsewhere.unwrap().unwrap(), ["elsewhere"]);

    answer.send(found("once")).unwrap();
    assert_eq!(reading.await.unwrap(), ["once"]);
    let (second, third, fourth) = waiting.await;
    assert_eq!(second.unwrap(), ["once"]);
    assert_eq!((third.unwrap(), fourth.unwrap()), (vec!["anew".to_owned()], vec!["anew".to_owned()]));
}

#[tokio::test]
async fn a_listing_that_fails_or_is_dropped_is_not_kept() {
    let (all, zone) = (RecordListings::default(), zone("a.example"));
    let (first, second) = (all.fresh(), all.fresh());
    assert_eq!(names(&first, &zone, async { Err("busy") }).await, Err("busy"));
    assert!(names(&first, &zone, future::pending()).now_or_never().is_none());
    assert_eq!(names(&second, &zone, async { found("then") }).await.unwrap(), ["then"]);
}

#[tokio::test]
async fn only_what_is_ours_is_kept_and_only_while_somebody_is_under_way() {
    let (all, zone) = (RecordListings::default(), zone("a.example"));
    let removal = all.fresh();
    let mut listed = found("ours").unwrap();
    listed.push(record("byhand", RecordOwner::Somebody));
    listed.push(record("grouped", RecordOwner::ZoneGroup("pe".to_owned())));
    let kept = removal.get_or_read(&zone, async { Ok::<_, &str>(listed) }).await.unwrap();
    assert_eq!(kept.len(), 1);
    let weak = Arc::downgrade(&kept);
    drop(kept);
    assert!(weak.upgrade().is_some());
    drop(removal);
    assert!(weak.upgrade().is_none());
}
