//! What an engine must do to be measured.

use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::rules::{Rules, Verdict};

/// Something that decides connections by rules.
pub trait Engine {
    /// Its name in the results.
    const NAME: &'static str;
    /// Whether a trial can take it with as many rules as the others.
    const IS_QUICK: bool;
    /// A connection as the engine is asked about it. Preparing it is not measured.
    type Question;
    /// What it answers. Reading it is not measured.
    type Answer;

    /// Prepares the rules.
    fn load(rules: &Rules) -> Self;
    /// Prepares a connection.
    fn question(&self, connection: &Connection) -> Self::Question;
    /// Decides: what is measured.
    fn answer(&self, question: &Self::Question) -> Self::Answer;
    /// Reads the answer.
    fn verdict(&self, answer: &Self::Answer) -> Verdict;
}
