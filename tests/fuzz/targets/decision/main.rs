//! A small allowlist and a connection: what is decided is what a scan finds that knows nothing of the index, and what
//! is said about the decision agrees with it.

#![no_main]

mod case;
mod values;

use libfuzzer_sys::fuzz_target;
use portreeve_benchmarks::generate::TODAY;
use portreeve_benchmarks::naive::Scan;
use portreeve_benchmarks::ours::{self, Ours, Question};
use portreeve_benchmarks::rules::{Effect, Fact};
use portreeve_benchmarks::yaml;

use crate::case::Case;

fuzz_target!(|case: Case| {
    let Case { rules, connection } = case;
    let text = yaml::render(&rules);
    let ours = Ours::parse(&text);
    let question = Question::new(&connection);
    let decision = ours.decide(&question, TODAY);
    let observed = ours::verdict(&decision);
    let expected = Scan::new(&rules).verdict(&connection, TODAY);
    assert_eq!(observed, expected, "{connection:?} by\n{text}");
    assert_eq!(ours.explain(&question, TODAY).decision, decision, "{connection:?} by\n{text}");

    // Facts that cost a request are read only where they might lead to something.
    let mut unread = connection.clone();
    Fact::READ_APART.into_iter().for_each(|fact| unread.set(fact, None));
    unread.approved = None;
    let might_act = ours.might_act(&Question::new(&unread), TODAY);
    assert!(might_act || observed.effect == Effect::Hold, "not worth reading: {connection:?} by\n{text}");
});
