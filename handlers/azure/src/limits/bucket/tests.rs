use super::*;

/// A private zone's creates: 57 of the 60 at once, and one a second.
const ZONE: Size = Size { burst: 60.0, per_second: 1.0, each_turn: 1.0 };
const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn at(seconds: f64) -> OffsetDateTime {
    START + time::Duration::seconds_f64(seconds)
}

/// As long as several tokens that are there are apart.
const APART: Duration = Duration::from_millis(150);

/// Takes a token if there is one, and books a turn else.
fn ask(bucket: &mut Bucket, request: &str, has_precedence: bool, seconds: f64) -> Result<(), f64> {
    let wait = bucket.wait(request, has_precedence, at(seconds));
    if wait <= APART {
        bucket.take(request, at(seconds));
        return Ok(());
    }
    Err((bucket.book(request, at(seconds)) - START).as_seconds_f64())
}

/// One whose burst is used up just now: 57 tokens, and those that came in meanwhile.
fn empty() -> Bucket {
    let mut bucket = Bucket::new(ZONE, at(-3.0));
    for number in 0..60 {
        bucket.take(&number.to_string(), at(-3.0));
    }
    bucket
}

#[test]
fn those_who_wait_come_back_one_by_one_at_the_limits_own_rate() {
    let mut bucket = empty();
    for number in 1..=500_u32 {
        assert_eq!(ask(&mut bucket, &format!("record {number}"), false, 0.0), Err(f64::from(number)));
    }
    // Each finds its token when it comes back, and a newcomer none.
    for number in 1..=500_u32 {
        let (request, now) = (format!("record {number}"), f64::from(number) + 0.2);
        assert!(ask(&mut bucket, "newcomer", false, now).is_err());
        assert_eq!(ask(&mut bucket, &request, true, now), Ok(()), "{number}");
    }
}

#[test]
fn a_request_stands_in_line_once_and_keeps_its_turn() {
    let mut bucket = empty();
    assert_eq!(ask(&mut bucket, "record", false, 0.0), Err(1.0));
    assert_eq!(ask(&mut bucket, "record", false, 0.3), Err(1.0));
    assert_eq!(ask(&mut bucket, "another", false, 0.3), Err(2.0));
}

#[test]
fn newcomers_stand_behind_those_who_wait() {
    let mut bucket = empty();
    for number in 1..=3 {
        let _ = ask(&mut bucket, &format!("record {number}"), false, 0.0);
    }
    // Two tokens are there, and they are for two who are about to come.
    assert_eq!(ask(&mut bucket, "newcomer", false, 2.5), Err(4.0));
    assert_eq!(ask(&mut bucket, "record 2", true, 2.5), Ok(()));
    assert_eq!(ask(&mut bucket, "record 1", true, 2.5), Ok(()));
    assert!(ask(&mut bucket, "record 3", true, 2.5).is_err());
}

#[test]
fn a_turn_that_nobody_comes_for_is_the_next_ones() {
    let mut bucket = empty();
    assert_eq!(ask(&mut bucket, "lost", false, 0.0), Err(1.0));
    assert_eq!(ask(&mut bucket, "early", false, 1.8), Err(2.0));
    assert_eq!(ask(&mut bucket, "newcomer", false, 7.1), Ok(()));
}

#[test]
fn a_bucket_is_closed_for_everybody_until_azure_said() {
    let mut bucket = Bucket::new(ZONE, START);
    let _ = ask(&mut bucket, "first", false, 0.0);
    bucket.refused(Duration::from_secs(17), at(1.0));
    for (request, has_precedence) in [("newcomer", false), ("comes back", true)] {
        assert!(bucket.wait(request, has_precedence, at(17.9)) >= Duration::from_millis(100), "{request}");
        assert!(bucket.book(request, at(2.0)) >= at(18.0), "{request}");
    }
    // Its tokens came back meanwhile, as they do at Azure.
    assert!(bucket.wait("comes back", true, at(18.0)).is_zero());
}

#[test]
fn a_turn_that_was_booked_is_put_off_by_a_refusal() {
    let mut bucket = empty();
    assert_eq!(ask(&mut bucket, "record", false, 0.0), Err(1.0));
    bucket.refused(Duration::from_secs(30), at(0.5));
    assert_eq!(bucket.wait("record", true, at(1.0)), Duration::from_millis(29_500));
    assert_eq!(bucket.book("record", at(1.0)), at(30.5));
}

#[test]
fn refusals_in_a_row_double_the_wait_by_a_minute_at_most() {
    let mut bucket = Bucket::new(ZONE, START);
    let mut now = START;
    let refuse = |bucket: &mut Bucket, now: &mut OffsetDateTime| {
        bucket.refused(Duration::from_secs(10), *now);
        // Others that were under way say nothing new.
        bucket.refused(Duration::from_secs(10), *now);
        bucket.let_through(*now);
        let wait = bucket.closed_for(*now);
        *now += wait;
        wait.as_secs()
    };
    assert_eq!([(); 8].map(|()| refuse(&mut bucket, &mut now)), [10, 10, 10, 10, 20, 40, 70, 70]);
    bucket.let_through(now);
    assert_eq!(refuse(&mut bucket, &mut now), 10);
}

#[test]
fn a_bucket_at_rest_may_be_forgotten() {
    let mut bucket = Bucket::new(ZONE, START);
    assert!(bucket.is_at_rest(START));
    bucket.take("a", START);
    assert!(!bucket.is_at_rest(START));
    assert!(bucket.is_at_rest(at(1.0)));
    bucket.book("b", at(1.0));
    assert!(!bucket.is_at_rest(at(1.0)), "somebody stands in line");
    bucket.refused(Duration::ZERO, at(2.0));
    bucket.refused(Duration::ZERO, at(12.0));
    assert!(!bucket.is_at_rest(at(75.0)), "it has yet to get back its share");
}
