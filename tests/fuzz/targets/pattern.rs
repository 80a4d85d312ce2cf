//! Globs: on short texts they agree with the definition, and on long ones they end soon.

#![no_main]

use std::time::{Duration, Instant};

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use portreeve_benchmarks::glob;
use portreeve_decisions::allowlist::Pattern;

/// The definition tries every split at every star.
const SHORT: usize = 10;
/// The longest pattern that a file may have, and the longest id that Azure hands out.
const PATTERN_MAX_CHARS: usize = 512;
const VALUE_MAX_CHARS: usize = 2048;
/// A million steps take milliseconds, even slowed by instrumentation and by others on the machine.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

/// Few letters, so that texts often match: two cases of one, another, one of two bytes, and the Kelvin sign, which
/// becomes `k` where letters are folded beyond ASCII.
const LETTERS: [char; 7] = ['a', 'A', 'b', 'k', '-', 'ä', '\u{212a}'];
const WILDCARDS: [char; 2] = ['*', '?'];

#[derive(Debug)]
struct Case {
    pattern: String,
    value: String,
    /// How often both are repeated for the long texts.
    times: usize,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut pattern = String::new();
        for _ in 0..input.int_in_range(0..=SHORT)? {
            let letters: &[char] = if input.ratio(2, 5)? { &WILDCARDS } else { &LETTERS };
            pattern.push(*input.choose(letters)?);
        }
        let mut value = String::new();
        for _ in 0..input.int_in_range(0..=SHORT)? {
            value.push(*input.choose(&LETTERS)?);
        }
        Ok(Self { pattern, value, times: input.int_in_range(1..=VALUE_MAX_CHARS)? })
    }
}

fuzz_target!(|case: Case| {
    let Case { pattern, value, times } = case;
    let compiled = Pattern::new(&pattern);
    let expected = glob::matches(&pattern, &value);
    assert_eq!(compiled.matches(&value), expected, "{pattern} on {value}");
    if expected {
        let lower = value.to_ascii_lowercase();
        assert!(lower.starts_with(compiled.literal_prefix()), "the beginning of {pattern} on {value}");
        assert!(lower.ends_with(compiled.literal_suffix()), "the end of {pattern} on {value}");
    }
    let pattern: String = pattern.repeat(times).chars().take(PATTERN_MAX_CHARS).collect();
    let value: String = value.repeat(times).chars().take(VALUE_MAX_CHARS).collect();
    let compiled = Pattern::new(&pattern);
    let started = Instant::now();
    std::hint::black_box(compiled.matches(&value));
    assert!(started.elapsed() < LONG_ENOUGH, "{pattern} on {value} took {:?}", started.elapsed());
});
