//! The allowlist in force, or why there is none. With none, everything is held.

use std::sync::Arc;

use time::Date;

use crate::allowlist::{Allowlist, ZoneScope};
use crate::decide::{ConnectionFacts, Decision, decide};

/// What decisions are made by at this moment. Cheap to clone.
#[derive(Clone, Debug)]
pub enum InForce {
    /// This allowlist.
    Allowlist(Arc<Allowlist>),
    /// None, and why.
    Nothing(String),
}

impl InForce {
    /// Decides one connection on a day (UTC).
    #[must_use]
    pub fn decide(&self, facts: ConnectionFacts<'_>, today: Date) -> Decision {
        match self {
            Self::Allowlist(allowlist) => decide(allowlist, facts, today),
            Self::Nothing(why) => Decision::without_allowlist(why),
        }
    }

    /// The resource groups whose zones may be written to.
    #[must_use]
    pub fn zone_scopes(&self) -> &[ZoneScope] {
        match self {
            Self::Allowlist(allowlist) => &allowlist.dns.zones,
            Self::Nothing(_) => &[],
        }
    }
}
