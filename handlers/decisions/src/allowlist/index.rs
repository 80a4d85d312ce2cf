//! Finds the rules that could match a connection without looking at the others.
//!
//! What target and endpoint are called is always known, so the conditions on that are indexed. Conditions that say the
//! same share their [`Values`], and each distinct one is a *class*. A rule's classes, one for each of the seven facts
//! that its conditions are about, are its *key*; the facts that it has conditions on are its *shape*. To find the rules
//! for a connection, each fact's text is looked up once, which gives the classes that contain it; then, for each of the
//! few shapes in use, the keys that these classes make are looked up.
//!
//! | value of a class | found by |
//! |---|---|
//! | plain text | one look-up |
//! | glob with a literal beginning | one look-up for each length of beginnings in use |
//! | glob with a literal end | one look-up for each length of ends in use |
//! | glob with wildcards on both sides | one try each |
//!
//! A rule that is found thus matches as far as names go; who asks still has to look at its other conditions.

mod classes;
mod keys;

use std::borrow::Cow;
use std::collections::BTreeSet;

use smallvec::SmallVec;

use self::classes::FactClasses;
use self::keys::Keys;
use super::condition::Values;
use super::{Fact, Rule};

/// What target and endpoint are called: the texts of [`Fact::OF_IDS`], in lower case.
pub(crate) type Names<'a> = [Cow<'a, str>; Fact::OF_IDS.len()];
/// Where a class's number stands in a key: 0 is no condition.
type Key = [u32; Fact::OF_IDS.len()];

/// The index of an allowlist's rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    facts: [FactClasses; Fact::OF_IDS.len()],
    keys: Keys,
}

/// The classes that contain each fact's text.
type Found = [SmallVec<[u32; 8]>; Fact::OF_IDS.len()];

impl Index {
    /// The index of these rules, which are named by their positions.
    pub fn of(rules: &[Rule]) -> Self {
        let mut builders: [classes::Builder; Fact::OF_IDS.len()] = Default::default();
        let mut keys = Vec::with_capacity(rules.len());
        for rule in rules {
            let key: Key = std::array::from_fn(|at| match rule.conditions.on(Fact::OF_IDS[at]).map(|on| &on.values) {
                Some(values) if matches!(**values, Values::Texts(_)) => builders[at].class(values),
                _ => 0,
            });
            keys.push(key);
        }
        Self { facts: builders.map(classes::Builder::finish), keys: Keys::of(keys) }
    }

    /// Calls `visit` with the position of every rule whose conditions on names hold, in no order, some perhaps twice.
    pub fn candidates(&self, names: &Names<'_>, mut visit: impl FnMut(usize)) {
        self.keys.matching(&self.found(names), |rule| visit(rule as usize));
    }

    /// At most `limit` positions for each fact: of rules that have a condition on it which holds, in the file's order.
    /// Rules that match but for something else are among them.
    pub fn neighbours(&self, names: &Names<'_>, limit: usize) -> BTreeSet<usize> {
        let found = self.found(names);
        let mut rules = BTreeSet::new();
        for (at, classes) in found.iter().enumerate() {
            let of_fact = classes.iter().flat_map(|&class| self.keys.with_class(at, class).iter().take(limit));
            rules.extend(of_fact.take(limit).map(|&rule| rule as usize));
        }
        rules
    }

    fn found(&self, names: &Names<'_>) -> Found {
        std::array::from_fn(|at| self.facts[at].containing(&names[at]))
    }
}
