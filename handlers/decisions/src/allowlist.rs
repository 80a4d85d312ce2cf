//! The allowlist: which connections are approved, held or rejected, and what goes with that.

mod check;
mod condition;
mod index;
mod known_connection;
mod limits;
mod options;
mod pattern;
mod present;
mod read;
mod rule;
mod spelling;
mod test_case;

pub use check::{CHECKS, Check, Finding, Severity};
pub use condition::{Condition, Conditions, Fact, Not, Place, Texts, Truth, Values};
pub use known_connection::KnownConnection;
pub use limits::{LIMITS, Limit};
pub use options::{DnsOptions, LinkRule, OnChange, ValidationOptions, ZoneScope};
pub use pattern::Pattern;
#[cfg(feature = "schema")]
pub use read::schema;
pub use read::{AllowlistError, Problem};
pub use rule::{Effect, Rule};
pub use test_case::{TestCase, TestOutcome};

pub(crate) use index::{Index, Names};
pub(crate) use spelling::nearest;

/// Everything that an allowlist file says. It never changes once it is read: the rules have an index.
#[derive(Clone, Debug, Default)]
pub struct Allowlist {
    /// Where the private DNS zones live, and what is done about them.
    pub dns: DnsOptions,
    /// How endpoints are proven.
    pub validation: ValidationOptions,
    /// What a change of the file does, where the file says it.
    pub on_change: Option<OnChange>,
    sets: Vec<NamedSet>,
    rules: Vec<Rule>,
    tests: Vec<TestCase>,
    index: Index,
}

/// A set of the file. Its values are where it is used.
#[derive(Clone, Debug)]
pub struct NamedSet {
    /// Its name.
    pub name: String,
    /// Whether any condition names it.
    pub is_used: bool,
    /// Where it stands.
    pub place: Place,
}

impl Allowlist {
    /// The rules, in the file's order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The tests, in the file's order.
    #[must_use]
    pub fn tests(&self) -> &[TestCase] {
        &self.tests
    }

    /// The sets, by their names.
    #[must_use]
    pub fn sets(&self) -> &[NamedSet] {
        &self.sets
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }
}
