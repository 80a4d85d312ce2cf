use azure_core::http::{Method, Request};
use url::Url;

use super::*;

const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const SUBSCRIPTION: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
const PATIENCE: Duration = Duration::from_secs(2);

fn counted(method: Method, path: &str, if_match: bool) -> Counted {
    let url = Url::parse("https://management.azure.com").unwrap().join(path).unwrap();
    let mut request = Request::new(url, method);
    if if_match {
        request.insert_header("if-match", "e1");
    }
    Counted::of(&request, Cloud::Public).unwrap()
}

fn in_subscription(path: &str) -> String {
    format!("{SUBSCRIPTION}/resourceGroups/rg/providers/{path}")
}

fn record(zone: &str, name: &str) -> Counted {
    let path = in_subscription(&format!("Microsoft.Network/privateDnsZones/{zone}/A/{name}"));
    counted(Method::Put, &path, false)
}

fn new_work() -> Place {
    Place::of(None, PATIENCE)
}

/// Uses so many tokens up in the five seconds before `START`, and returns what the next newcomer is told then.
fn use_up(limits: &Limits, tokens: usize, request: impl Fn(usize) -> Counted) -> BookedTurn {
    let patient = Duration::from_secs(3600);
    for number in 0..tokens {
        let turn = limits.turn(&request(number), &new_work(), patient, START - Duration::from_secs(5));
        assert!(matches!(turn, Turn::After(_)), "{number}: {turn:?}");
    }
    match limits.turn(&request(tokens), &new_work(), Duration::ZERO, START) {
        Turn::Booked(turn) => turn,
        Turn::After(wait) => panic!("there was a token left, after {wait:?}"),
    }
}

/// What a full zone allows for creates, and what comes in meanwhile.
const ZONE_TOKENS: usize = 57 + 5;

#[test]
fn each_request_counts_where_azure_counts_it() {
    let zone = in_subscription("Microsoft.Network/privateDnsZones/z.example");
    let of_zone = |what: &str| format!("{what} of record sets in {}", zone.to_ascii_lowercase());
    let whose = format!("subscription {}", &SUBSCRIPTION[15..]);
    let cases = [
        (
            Method::Get,
            "/subscriptions?api-version=1".to_owned(),
            false,
            "reads in the tenant".to_owned(),
            250.0,
            "reads of resources in the tenant".to_owned(),
            10_000.0,
        ),
        (
            Method::Get,
            in_subscription("Microsoft.KeyVault/vaults/kv"),
            false,
            format!("reads in {whose}"),
            250.0,
            format!("reads of microsoft.keyvault in {whose}"),
            10_000.0,
        ),
        (
            Method::Put,
            in_subscription("Microsoft.KeyVault/vaults/kv"),
            false,
            format!("writes in {whose}"),
            200.0,
            format!("writes of microsoft.keyvault in {whose}"),
            1_000.0,
        ),
        (Method::Put, format!("{zone}/A/x"), false, format!("writes in {whose}"), 200.0, of_zone("creates"), 60.0),
        (Method::Put, format!("{zone}/A/x"), true, format!("writes in {whose}"), 200.0, of_zone("updates"), 60.0),
        (
            Method::Delete,
            format!("{zone}/AAAA/x"),
            true,
            format!("deletes in {whose}"),
            200.0,
            of_zone("deletes"),
            60.0,
        ),
        (Method::Get, format!("{zone}/A/x"), false, format!("reads in {whose}"), 250.0, of_zone("gets"), 200.0),
        (Method::Get, format!("{zone}/ALL"), false, format!("reads in {whose}"), 250.0, of_zone("lists"), 100.0),
        (
            Method::Put,
            format!("{zone}/virtualNetworkLinks/l"),
            false,
            format!("writes in {whose}"),
            200.0,
            format!("writes of microsoft.network in {whose}"),
            1_000.0,
        ),
    ];
    for (method, path, if_match, arm, arm_burst, provider, provider_burst) in cases {
        let counted = counted(method, &path, if_match);
        assert_eq!((counted.arm.name.as_str(), counted.arm.size.burst), (arm.as_str(), arm_burst), "{path}");
        let limit = &counted.provider;
        assert_eq!((limit.name.as_str(), limit.size.burst), (provider.as_str(), provider_burst), "{path}");
    }
    let graph = Url::parse("https://management.azure.com/providers/Microsoft.ResourceGraph/resources").unwrap();
    assert_eq!(Counted::of(&Request::new(graph, Method::Post), Cloud::Public), None);
}

#[test]
fn other_clouds_count_by_the_hour() {
    let url = Url::parse(&format!("https://management.usgovcloudapi.net{}", in_subscription("N/t/n"))).unwrap();
    let size = |method| Counted::of(&Request::new(url.clone(), method), Cloud::Government).unwrap().arm.size;
    for (method, an_hour) in [(Method::Get, 12_000.0), (Method::Put, 1_200.0), (Method::Delete, 15_000.0)] {
        let size = size(method);
        assert!((size.burst - an_hour).abs() < 1e-6 && (size.per_second * 3600.0 - an_hour).abs() < 1e-6, "{size:?}");
    }
}

#[test]
fn what_has_no_token_soon_is_not_sent_and_has_its_turn() {
    let limits = Limits::new(Cloud::Public);
    let turn = use_up(&limits, ZONE_TOKENS, |number| record("z.example", &number.to_string()));
    assert_eq!(turn.due, START + Duration::from_secs(1));
    assert!(turn.limit.starts_with("creates of record sets in "), "{}", turn.limit);
    let elsewhere = limits.turn(&record("another.example", "x"), &new_work(), Duration::ZERO, START);
    assert_eq!(elsewhere, Turn::After(Duration::ZERO), "zones do not wait for each other");
}

#[test]
fn a_short_wait_is_sat_out_in_order() {
    let limits = Limits::new(Cloud::Public);
    let request = |number: usize| record("z.example", &number.to_string());
    use_up(&limits, ZONE_TOKENS, request);
    let waits = [100, 101].map(|number| limits.turn(&request(number), &new_work(), PATIENCE, START));
    assert_eq!(waits[0], Turn::After(Duration::from_secs(2)), "behind the one that has its turn");
    assert!(matches!(&waits[1], Turn::Booked(turn) if turn.due == START + Duration::from_secs(3)), "{waits:?}");
}

#[test]
fn the_slower_of_two_limits_is_waited_for() {
    let limits = Limits::new(Cloud::Public);
    let turn = use_up(&limits, 190 + 50, |number| record(&format!("z{number}.example"), "x"));
    assert_eq!(turn.limit, format!("writes in subscription {}", &SUBSCRIPTION[15..]));
}

#[test]
fn work_that_comes_back_for_a_limit_goes_first_and_need_not_begin_in_vain() {
    let limits = Limits::new(Cloud::Public);
    let turn = use_up(&limits, ZONE_TOKENS, |number| record("z.example", &number.to_string()));
    let early = limits.still_awaited(&turn.limit, "job", Duration::ZERO, START);
    assert_eq!(early.map(|turn| turn.due), Some(START + Duration::from_secs(2)), "behind the one that has its turn");
    assert_eq!(limits.still_awaited(&turn.limit, "job", Duration::ZERO, START + Duration::from_secs(3)), None);
    assert_eq!(limits.still_awaited("a limit of another process", "job", Duration::ZERO, START), None);

    let now = START + Duration::from_secs(3);
    let back = Place::of(Some(&turn.limit), PATIENCE);
    assert_eq!(limits.turn(&record("z.example", "x"), &back, Duration::ZERO, now), Turn::After(Duration::ZERO));
}

#[test]
fn the_reads_of_work_that_has_begun_go_before_those_of_new_work() {
    let limits = Limits::new(Cloud::Public);
    let read = |number: usize| counted(Method::Get, &in_subscription(&format!("N/t/{number}")), false);
    let begun = new_work();
    let before = START - Duration::from_secs(6);
    assert_eq!(limits.turn(&read(1000), &begun, Duration::ZERO, before), Turn::After(Duration::ZERO));
    let turn = use_up(&limits, 237 + 125, read);
    let soon = turn.due + Duration::from_millis(10);
    assert!(matches!(limits.turn(&read(2000), &new_work(), Duration::ZERO, soon), Turn::Booked(_)));
    assert_eq!(limits.turn(&read(2001), &begun, Duration::ZERO, soon), Turn::After(Duration::ZERO));
}

#[test]
fn a_refusal_closes_the_limit_that_refused_and_no_other() {
    for (is_arms, closed_elsewhere) in [(true, true), (false, false)] {
        let limits = Limits::new(Cloud::Public);
        let (here, elsewhere) = (record("z.example", "x"), record("another.example", "x"));
        let refused = Some(Refused { retry_after: Some(Duration::from_secs(17)), is_arms });
        limits.told(&here, Told { remaining: None, refused }, START);
        let later = START + Duration::from_secs(16);
        assert!(limits.is_closed(&here, later));
        assert_eq!(limits.is_closed(&elsewhere, later), closed_elsewhere);
        let turn = limits.turn(&here, &new_work(), PATIENCE, START);
        assert!(matches!(turn, Turn::Booked(turn) if turn.due >= START + Duration::from_secs(17)));
        assert!(!limits.is_closed(&here, START + Duration::from_secs(17)));
    }
}

#[test]
fn buckets_at_rest_are_forgotten_when_there_are_many() {
    let limits = Limits::new(Cloud::Public);
    for number in 0..3 * BUCKETS_KEPT_MAX {
        let path = format!("/subscriptions/{number}/resourceGroups/rg/providers/N/t/n");
        let now = START + Duration::from_secs(number as u64);
        assert_eq!(
            limits.turn(&counted(Method::Get, &path, false), &new_work(), PATIENCE, now),
            Turn::After(Duration::ZERO)
        );
    }
    assert!(limits.with(|buckets| buckets.len()) <= BUCKETS_KEPT_MAX + 2);
}
