//! Chance that repeats itself. Each question has a name, and its answer depends on the seed and that name alone, so that
//! leaving one thing out of a history changes nothing else in it.

use std::hash::Hasher;
use std::ops::Range;
use std::time::Duration;

/// The chance of one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice {
    seed: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that looks like any other.
    pub fn roll(self, question: &str) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        hasher.write_u64(self.seed);
        hasher.write(question.as_bytes());
        mix(hasher.finish())
    }

    /// One of so many.
    pub fn below(self, question: &str, count: usize) -> usize {
        let count = u64::try_from(count.max(1)).unwrap_or(1);
        usize::try_from(self.roll(question) % count).unwrap_or_default()
    }

    /// Yes, in so many of a thousand cases.
    pub fn in_thousand(self, question: &str, chances: u64) -> bool {
        self.roll(question) % 1000 < chances
    }

    /// A time within the range, in whole milliseconds.
    pub fn time(self, question: &str, range: Range<u64>) -> Duration {
        Duration::from_millis(range.start + self.roll(question) % (range.end - range.start).max(1))
    }

    /// One of these.
    pub fn pick<T: Clone>(self, question: &str, among: &[T]) -> T {
        among[self.below(question, among.len())].clone()
    }
}

/// FNV-1a, which is the same on every machine and in every version of Rust.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// The end of `SplitMix64`: neighbours become strangers. <https://prng.di.unimi.it/splitmix64.c>
fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
