use super::*;

/// A private zone's creates: 57 of the 60 at once, and one a second.
const ZONE: Size = Size { burst: 60.0, per_second: 1.0, each_turn: 1.0 };
/// ARM's reads in a subscription.
const READS: Size = Size { burst: 250.0, per_second: 25.0, each_turn: 3.0 };
const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn at(seconds: f64) -> OffsetDateTime {
    START + Duration::from_secs_f64(seconds)
}

fn share(tokens: &Tokens) -> f64 {
    match tokens.sharing {
        Sharing::Guessed { share, .. } => share,
        Sharing::Told => panic!("nobody told"),
    }
}

#[test]
fn a_burst_is_spread() {
    let mut tokens = Tokens::full(ZONE, START);
    assert_eq!(tokens.until(1.0, START), Some(Duration::ZERO));
    for _ in 0..57 {
        tokens.take(START);
    }
    let spread = tokens.next_at - START;
    assert!(spread > time::Duration::seconds(2) && spread < time::Duration::seconds(3), "{spread}");
}

#[test]
fn one_refusal_corrects_the_count_and_a_second_one_the_share() {
    let mut tokens = Tokens::full(ZONE, START);
    let refuse = |tokens: &mut Tokens, seconds| {
        tokens.pass(at(seconds));
        tokens.refused(false, at(seconds));
        // Another that was under way says nothing new.
        tokens.refused(true, at(seconds));
        share(tokens)
    };
    assert!((refuse(&mut tokens, 0.0) - 1.0).abs() < 1e-9, "the count was wrong, perhaps of a process before");
    assert!(tokens.level <= 0.0);
    assert!((refuse(&mut tokens, 9.0) - 1.0).abs() < 1e-9, "it is of the same overload");
    assert!((refuse(&mut tokens, 10.0) - 0.5).abs() < 1e-3);
    let after = refuse(&mut tokens, 310.0);
    assert!((after - 0.5).abs() < 1e-3, "it had doubled meanwhile: {after}");
    assert!((refuse(&mut tokens, 2000.0) - 1.0).abs() < 1e-9, "the one before is long ago");
    for second in 0..200 {
        refuse(&mut tokens, 2100.0 + f64::from(second) * 10.0);
    }
    assert!(share(&tokens) >= SHARE_MIN);
}

#[test]
fn azures_own_count_corrects_ours_but_for_what_is_under_way() {
    let mut tokens = Tokens::full(READS, START);
    tokens.remaining(2);
    tokens.take(START);
    tokens.take(START);
    assert!(tokens.level.abs() < 1e-9, "{tokens:?}");
    tokens.remaining(96);
    assert!(tokens.level.abs() < 1e-9, "they may be under way: {tokens:?}");
    tokens.remaining(98);
    assert!((tokens.level - 2.0).abs() < 1e-9, "{tokens:?}");
}

#[test]
fn the_less_is_left_the_slower_it_goes_and_never_very_slowly() {
    for (left, apart) in
        [(100, Duration::from_millis(40)), (10, Duration::from_millis(400)), (1, Duration::from_secs(2))]
    {
        let mut tokens = Tokens::full(READS, START);
        tokens.remaining(left + 1);
        tokens.take(START);
        let next = tokens.next_at - START;
        assert!((next - apart).abs() < time::Duration::milliseconds(1), "{left}: {next}");
    }
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_waiting() {
    let mut tokens = Tokens::full(READS, at(3600.0));
    tokens.take(at(3600.0));
    tokens.pass(START);
    assert_eq!(tokens.until(1.0, START), Some(Duration::ZERO));
}

/// What several processes get from one limit of Azure's that know nothing of each other, while all want as much as they
/// can get: how much each got, and how often they were refused in each quarter of the time. `tells` is whether Azure
/// says with each answer what is left.
fn draw_together(processes: usize, size: Size, tells: bool, seconds: u32) -> (Vec<u32>, [u32; 4]) {
    const STEPS_A_SECOND: u32 = 20;
    let mut azure = Tokens { level: size.burst, ..Tokens::full(size, START) };
    let mut each: Vec<(Tokens, OffsetDateTime)> = (0..processes).map(|_| (Tokens::full(size, START), START)).collect();
    let (mut got, mut refused) = (vec![0; processes], [0; 4]);
    for step in 0..seconds * STEPS_A_SECOND {
        let now = at(f64::from(step) / f64::from(STEPS_A_SECOND));
        azure.level = (azure.level + size.per_second / f64::from(STEPS_A_SECOND)).min(size.burst);
        for turn in 0..processes {
            let process = (turn + usize::try_from(step).unwrap()) % processes;
            let (tokens, closed_until) = &mut each[process];
            tokens.pass(now);
            if *closed_until > now || tokens.until(1.0, now) != Some(Duration::ZERO) {
                continue;
            }
            tokens.take(now);
            if azure.level >= 1.0 {
                azure.level -= 1.0;
                got[process] += 1;
                if tells {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small")]
                    tokens.remaining(azure.level as u32);
                }
            } else {
                tokens.refused(false, now);
                *closed_until = now + Duration::from_secs(1);
                refused[usize::try_from(step * 4 / (seconds * STEPS_A_SECOND)).unwrap()] += 1;
            }
        }
    }
    (got, refused)
}

#[test]
fn processes_that_know_nothing_of_each_other_come_to_share_a_limit() {
    for (processes, size, tells, refused_max) in [
        (1, ZONE, false, 0),
        (4, ZONE, false, 200),
        (16, ZONE, false, 600),
        (1, READS, true, 0),
        (4, READS, true, 0),
        (16, READS, true, 400),
    ] {
        let seconds = if tells { 600 } else { 3600 };
        let (got, refused) = draw_together(processes, size, tells, seconds);
        let case = format!("{processes} processes, told: {tells}: {got:?}, refused {refused:?}");
        let in_all = f64::from(got.iter().sum::<u32>());
        assert!(in_all >= f64::from(seconds) * 0.8 * size.per_second, "too much is unused, {case}");
        let per_process = in_all / f64::from(u32::try_from(processes).unwrap());
        let is_fair = |got: &u32| (0.4..2.5).contains(&(f64::from(*got) / per_process));
        assert!(got.iter().all(is_fair), "unequal, {case}");
        assert!(processes > 1 || refused == [0; 4], "refused alone, {case}");
        assert!(refused[1..].iter().sum::<u32>() <= refused_max, "it does not settle, {case}");
    }
}
