use super::*;

/// A private zone's creates: 57 of the 60 at once, and one a second.
const ZONE: Size = Size { burst: 60.0, per_second: 1.0, each_turn: 1.0 };
const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn at(seconds: f64) -> OffsetDateTime {
    START + Duration::from_secs_f64(seconds)
}

/// Asks as a newcomer, takes the token if there is one, and books a turn else.
fn ask(bucket: &mut Bucket, request: &str, has_precedence: bool, seconds: f64) -> Result<(), f64> {
    if bucket.wait(request, has_precedence, at(seconds)).is_zero() {
        bucket.take(request);
        return Ok(());
    }
    Err((bucket.book(request, at(seconds)) - START).as_seconds_f64())
}

/// One whose burst is used up.
fn empty() -> Bucket {
    let mut bucket = Bucket::new(ZONE, START);
    for number in 0..57 {
        assert_eq!(ask(&mut bucket, &number.to_string(), false, 0.0), Ok(()), "{number}");
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
    assert_eq!(ask(&mut bucket, "early", false, 1.9), Err(2.0));
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
fn one_refusal_corrects_the_count_and_a_second_one_the_share() {
    let mut bucket = Bucket::new(ZONE, START);
    let refuse = |bucket: &mut Bucket, seconds| {
        bucket.refused(Duration::from_secs(1), at(seconds));
        // Another that was under way says nothing new.
        bucket.refused(Duration::from_secs(1), at(seconds + 0.1));
        bucket.share
    };
    assert!((refuse(&mut bucket, 0.0) - 1.0).abs() < 1e-9, "the count was wrong, perhaps of a process before");
    assert!(bucket.level <= 0.2);
    assert!((refuse(&mut bucket, 2.0) - 0.5).abs() < 1e-3);
    let after = refuse(&mut bucket, 302.0);
    assert!((after - 0.5).abs() < 1e-3, "it had doubled meanwhile: {after}");
    assert!((refuse(&mut bucket, 2000.0) - 1.0).abs() < 1e-9, "the one before is long ago");
    for second in 0..200 {
        refuse(&mut bucket, 2100.0 + f64::from(second) * 2.0);
    }
    assert!(bucket.share >= SHARE_MIN);
}

#[test]
fn azures_own_count_corrects_ours_but_for_what_is_under_way() {
    let mut bucket = Bucket::new(ZONE, START);
    bucket.remaining(2, START);
    assert!(bucket.wait("a", false, START).is_zero());
    bucket.take("a");
    bucket.take("b");
    bucket.remaining(48, START);
    assert_eq!(bucket.wait("c", false, START), Duration::from_secs(1));
    bucket.remaining(50, START);
    assert!(bucket.wait("c", false, START).is_zero());
}

#[test]
fn a_bucket_at_rest_may_be_forgotten() {
    let mut bucket = Bucket::new(ZONE, START);
    assert!(bucket.is_at_rest(START));
    bucket.take("a");
    assert!(!bucket.is_at_rest(START));
    assert!(bucket.is_at_rest(at(1.0)));
    bucket.refused(Duration::ZERO, at(2.0));
    bucket.refused(Duration::ZERO, at(3.0));
    assert!(!bucket.is_at_rest(at(65.0)), "it has yet to get back its share");
}

/// Several processes draw on one limit of Azure's, which is a bucket of its own here: `Azure` takes or refuses, and each
/// process knows nothing of the others but that. Returns how many got through, and how many were refused, in each of the
/// last three and the first of four equal parts of the time.
fn draw_together(processes: usize, seconds: u32) -> (Vec<u32>, Vec<u32>) {
    let mut azure = (60.0_f64, START);
    let mut buckets: Vec<Bucket> = (0..processes).map(|_| Bucket::new(ZONE, START)).collect();
    let (mut taken, mut refused) = (vec![0; processes], vec![0; 4]);
    for step in 0..seconds * 10 {
        let now = at(f64::from(step) / 10.0);
        for turn in 0..processes {
            let process = (turn + usize::try_from(step).unwrap()) % processes;
            if !buckets[process].wait("any", true, now).is_zero() {
                continue;
            }
            buckets[process].take("any");
            azure.0 = (azure.0 + (now - azure.1).as_seconds_f64()).min(60.0);
            azure.1 = now;
            if azure.0 >= 1.0 {
                azure.0 -= 1.0;
                taken[process] += 1;
            } else {
                buckets[process].refused(Duration::from_secs(1), now);
                refused[usize::try_from(step / (seconds * 10 / 4)).unwrap()] += 1;
            }
        }
    }
    (taken, refused)
}

#[test]
fn processes_that_know_nothing_of_each_other_come_to_share_a_limit() {
    for (processes, refused_max) in [(1, 0), (4, 120), (16, 500)] {
        let (taken, refused) = draw_together(processes, 3600);
        let in_all: u32 = taken.iter().sum();
        let per_process = f64::from(in_all) / f64::from(u32::try_from(processes).unwrap());
        assert!(in_all >= 3600 * 8 / 10, "{processes} processes leave too much unused: {taken:?}");
        let fair = |share: &u32| (0.4..2.5).contains(&(f64::from(*share) / per_process));
        assert!(taken.iter().all(fair), "{processes} processes share unequally: {taken:?}");
        let later: u32 = refused[1..].iter().sum();
        assert!(later <= refused_max, "{processes} processes do not settle: {refused:?}");
    }
}
