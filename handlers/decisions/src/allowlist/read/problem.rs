//! What is wrong with an allowlist file, and where.

use std::fmt;

/// One mistake can repeat in every rule, and all problems go into one log record.
pub(in crate::allowlist) const PROBLEMS_MAX: usize = 50;

/// One thing that is wrong with an allowlist file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}; {}", self.line, self.column, self.message, self.remedy)
    }
}

/// Why a file is not an allowlist: the problems that were found, in the file's order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowlistError {
    /// At least one, and no more than a person can use.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub left_out: usize,
}

impl AllowlistError {
    pub(super) fn of(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let left_out = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        Self { problems, left_out }
    }
}

impl fmt::Display for AllowlistError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        if self.left_out > 0 {
            write!(formatter, "\nand {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for AllowlistError {}
