//! Ours, from the text of the file.

use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::ours::{self, Ours, Question};
use portreeve_benchmarks::rules::{Rules, Verdict};
use portreeve_benchmarks::{generate, yaml};
use portreeve_decisions::decide::Decision;

use crate::engine::Engine;

pub struct Portreeve(Ours);

impl Engine for Portreeve {
    const NAME: &'static str = "portreeve";
    const IS_QUICK: bool = true;
    type Question = Question;
    type Answer = Decision;

    fn load(rules: &Rules) -> Self {
        Self(Ours::parse(&yaml::render(rules)))
    }

    fn question(&self, connection: &Connection) -> Question {
        Question::new(connection)
    }

    fn answer(&self, question: &Question) -> Decision {
        self.0.decide(question, generate::TODAY)
    }

    fn verdict(&self, answer: &Decision) -> Verdict {
        ours::verdict(answer)
    }
}
