//! Any text at all: reading it ends in an allowlist or in problems with places, the same ones each time, and whatever is
//! read can be used. How long it may take is the fuzzer's `-timeout`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portreeve_benchmarks::generate::{self, TODAY};
use portreeve_benchmarks::ours::Question;
use portreeve_decisions::allowlist::{Allowlist, AllowlistError};
use portreeve_decisions::decide::{decide, explain, might_act};

/// Connections that the example files and the generated ones know something of.
static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    let connections = generate::connections(1, &generate::rules(1, 24), 12);
    connections.iter().map(Question::new).collect()
});

fuzz_target!(|text: &str| {
    let (first, second) = (Allowlist::parse(text), Allowlist::parse(text));
    match (&first, &second) {
        (Ok(first), Ok(second)) => use_both(first, second),
        (Err(first), Err(second)) => {
            assert_eq!(first, second, "the same text has other problems the second time");
            check_problems(text, first);
        }
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => panic!("the same text is read once only: {error}"),
    }
});

fn use_both(first: &Allowlist, second: &Allowlist) {
    for question in QUESTIONS.iter() {
        let facts = question.facts();
        let decision = decide(first, facts, TODAY);
        assert_eq!(decision, decide(second, facts, TODAY));
        let explanation = explain(first, facts, TODAY);
        assert_eq!(decision, explanation.decision);
        assert_eq!(explanation, explain(second, facts, TODAY));
        assert_eq!(might_act(first, facts, TODAY), might_act(second, facts, TODAY));
    }
    assert_eq!(first.run_tests(TODAY).count(), first.tests().len());
    assert_eq!(first.check(TODAY).len(), second.check(TODAY).len());
}

fn check_problems(text: &str, error: &AllowlistError) {
    assert!(!error.problems.is_empty(), "refused without a problem");
    // To YAML a carriage return alone ends a line too. What a file lacks at its end is missed on the line after the last.
    let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count() as u64;
    for problem in &error.problems {
        assert!((1..=lines).contains(&problem.line), "{lines} lines, and a problem on line {}", problem.line);
        assert!(problem.column >= 1);
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty());
    }
    assert!(!error.to_string().contains(|c: char| c.is_control() && c != '\n'), "a problem shows control characters");
}
