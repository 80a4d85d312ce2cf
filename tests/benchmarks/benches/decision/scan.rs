//! The plain scan that the others must agree with: one rule tested after the other.

use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::generate::TODAY;
use portreeve_benchmarks::naive::Scan;
use portreeve_benchmarks::rules::{Rules, Verdict};

use crate::engine::Engine;

pub struct NaiveScan(Scan);

impl Engine for NaiveScan {
    const NAME: &'static str = "scan";
    const IS_QUICK: bool = true;
    type Question = Connection;
    type Answer = Verdict;

    fn load(rules: &Rules) -> Self {
        Self(Scan::new(rules))
    }

    fn question(&self, connection: &Connection) -> Connection {
        connection.clone()
    }

    fn answer(&self, question: &Connection) -> Verdict {
        self.0.verdict(question, TODAY)
    }

    fn verdict(&self, answer: &Verdict) -> Verdict {
        answer.clone()
    }
}
