use super::*;

const LIMIT: RateLimit = RateLimit { burst: 3, per_second: 0.5 };

fn after(start: Instant, seconds: f64) -> Instant {
    start + Duration::from_secs_f64(seconds)
}

#[test]
fn a_bucket_has_a_burst_and_fills_up_again_and_no_further() {
    let start = Instant::now();
    let mut bucket = TokenBucket::full(LIMIT, start);
    let taken = |bucket: &mut TokenBucket, seconds| bucket.take(after(start, seconds)).map_err(|it| it.wait_seconds);
    assert_eq!([(); 4].map(|()| taken(&mut bucket, 0.0)), [Ok(2), Ok(1), Ok(0), Err(2)]);
    assert_eq!(taken(&mut bucket, 2.0), Ok(0));
    assert_eq!([(); 4].map(|()| taken(&mut bucket, 100.0)), [Ok(2), Ok(1), Ok(0), Err(2)]);
}

#[test]
fn asking_early_begins_the_wait_anew() {
    let start = Instant::now();
    let mut bucket = TokenBucket::full(LIMIT, start);
    for _ in 0..4 {
        let _ = bucket.take(start);
    }
    let early = bucket.take(after(start, 1.5)).unwrap_err();
    assert_eq!(early.told_before, Some(Duration::from_millis(1500)));
    assert!(bucket.take(after(start, 2.2)).unwrap_err().told_before.is_some());
    assert_eq!(bucket.take(after(start, 3.3)), Ok(0));
}

#[test]
fn requests_count_by_principal_subscription_and_kind_and_records_by_zone() {
    let limits = RequestLimits::default();
    let zone = "/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z.example";
    let start = Instant::now();
    let count = |principal: &str, method: Method, path: &str, if_match: Option<&str>| {
        let route = super::super::path::parse(path).unwrap();
        let precondition = Precondition { if_match: if_match.map(str::to_owned), if_none_match: None };
        let counted = limits.count(principal, &method, &route, &precondition, start);
        counted.map_err(|error| (error.status, error.code, error.retry_after_seconds))
    };
    assert_eq!(count("p", Method::GET, "/subscriptions", None), Ok(None), "off until asked for");
    let writes = RateLimit { burst: 1, per_second: 1.0 };
    limits.set(RateLimits { reads: LIMIT, writes: LIMIT, record_set_writes: writes, ..RateLimits::PUBLIC });

    let reads = "x-ms-ratelimit-remaining-subscription-reads";
    assert_eq!(count("p", Method::GET, zone, None), Ok(Some((reads, 2))));
    assert_eq!(
        count("p", Method::GET, &zone.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"), None),
        Ok(Some((reads, 1)))
    );
    assert_eq!(count("other", Method::GET, zone, None), Ok(Some((reads, 2))));
    assert_eq!(count("p", Method::GET, "/subscriptions", None), Ok(Some(("x-ms-ratelimit-remaining-tenant-reads", 2))));

    let record = format!("{zone}/A/one");
    assert!(count("p", Method::PUT, &record, None).is_ok());
    // Whoever asks.
    let refused = Err((429, "ResourceRequestsThrottled".to_owned(), Some(1)));
    assert_eq!(count("other", Method::PUT, &format!("{zone}/A/two"), None), refused);
    assert!(count("other", Method::PUT, &record, Some("e")).is_ok(), "updates count apart");
    assert!(count("p", Method::PUT, &format!("{zone}/virtualNetworkLinks/l"), None).is_ok());
    assert!(count("p", Method::PUT, zone, None).is_ok());
    let used_up = Err((429, "SubscriptionRequestsThrottled".to_owned(), Some(2)));
    assert_eq!(count("p", Method::PUT, zone, None), used_up);
    assert_eq!(limits.early_requests(), 0);
}
