//! Tests in the file: connections that its author knows the answer for.

use std::fmt;

use time::Date;

use super::condition::Place;
use super::{Allowlist, Effect, KnownConnection};
use crate::decide::{Decision, Explanation, decide, explain};
use crate::untrusted::escaped;

/// One entry of `tests`.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// What it shows.
    pub name: String,
    /// The connection to decide.
    pub connection: KnownConnection,
    /// The day to decide on; the day of the run where the file gives none.
    pub at: Option<Date>,
    /// What should become of the connection.
    pub expect: Effect,
    /// The rule that should be named.
    pub rule: Option<String>,
    /// Where it stands in the file.
    pub place: Place,
}

/// What a test came to.
#[derive(Clone, Debug)]
pub struct TestOutcome<'a> {
    /// The test.
    pub test: &'a TestCase,
    /// What was decided.
    pub decision: Decision,
    /// Where that is not what was expected: why it was decided so.
    pub failure: Option<Explanation>,
}

impl fmt::Display for TestOutcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TestCase { name, expect, rule, .. } = self.test;
        write!(formatter, "test `{}` expects {expect}", escaped(name, 100))?;
        if let Some(rule) = rule {
            write!(formatter, " by rule {rule}")?;
        }
        match &self.failure {
            None => formatter.write_str(", and so it is"),
            Some(explanation) => write!(formatter, " and gets {explanation}"),
        }
    }
}

impl Allowlist {
    /// Decides every connection of the file's tests, in the file's order.
    pub fn run_tests(&self, today: Date) -> impl Iterator<Item = TestOutcome<'_>> {
        self.tests().iter().map(move |test| {
            let (facts, day) = (test.connection.facts(), test.at.unwrap_or(today));
            let decision = decide(self, facts, day);
            let is_as_expected =
                decision.effect == test.expect && test.rule.as_deref().is_none_or(|rule| decision.rule() == Some(rule));
            let failure = (!is_as_expected).then(|| explain(self, facts, day));
            TestOutcome { test, decision, failure }
        })
    }
}
