//! The allowlist in force, or why there is none. With none, everything is held.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};

use crate::allowlist::{Allowlist, DnsOptions, Effect, OnChange, ValidationOptions};
use crate::decide::{ConnectionFacts, Decision, Explanation, decide, explain};

static NO_DNS: DnsOptions = DnsOptions::NONE;
static USUAL_VALIDATION: ValidationOptions = ValidationOptions::USUAL;
/// Enough digits to tell the versions of one file apart, and few enough to read out on a call.
const HASH_DIGITS: usize = 16;

/// What decisions are made by at this moment. Cheap to clone: work that has begun keeps the one that it began with.
#[derive(Clone, Debug)]
pub enum InForce {
    /// This allowlist.
    Allowlist(Arc<ActiveAllowlist>),
    /// None, and why.
    Nothing(String),
}

/// An allowlist that is in force, and which version of it.
#[derive(Debug)]
pub struct ActiveAllowlist {
    /// What it says.
    pub allowlist: Allowlist,
    /// Which version it is.
    pub version: AllowlistVersion,
}

/// What tells one version of the allowlist from another, in every record of a decision by it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowlistVersion {
    /// The beginning of the text's SHA-256, as `sha256sum` prints it.
    pub hash: String,
    /// The path or URL that it came from.
    pub source: String,
    /// Since when it has been in force.
    pub activated_at: OffsetDateTime,
}

impl AllowlistVersion {
    /// The version that this text is, in force since then.
    #[must_use]
    pub fn of(text: &[u8], source: impl Into<String>, activated_at: OffsetDateTime) -> Self {
        Self { hash: hash_of(text), source: source.into(), activated_at }
    }

    /// For how long it has been in force, in whole seconds.
    #[must_use]
    pub fn age_seconds(&self, now: OffsetDateTime) -> u64 {
        // Another machine's clock may be ahead of ours.
        u64::try_from((now - self.activated_at).whole_seconds()).unwrap_or(0)
    }
}

/// The hash that names a version: the beginning of the text's SHA-256, in hexadecimal digits.
#[must_use]
pub fn hash_of(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).take(HASH_DIGITS / 2).collect()
}

impl InForce {
    /// This allowlist, as this version.
    #[must_use]
    pub fn allowlist(allowlist: Allowlist, version: AllowlistVersion) -> Self {
        Self::Allowlist(Arc::new(ActiveAllowlist { allowlist, version }))
    }

    /// Decides one connection on a day (UTC).
    #[must_use]
    pub fn decide(&self, facts: ConnectionFacts<'_>, today: Date) -> Decision {
        match self {
            Self::Allowlist(active) => decide(&active.allowlist, facts, today),
            Self::Nothing(why) => Decision::without_allowlist(why),
        }
    }

    /// Where records go.
    #[must_use]
    pub fn dns(&self) -> &DnsOptions {
        match self {
            Self::Allowlist(active) => &active.allowlist.dns,
            Self::Nothing(_) => &NO_DNS,
        }
    }

    /// How endpoints are proven.
    #[must_use]
    pub fn validation(&self) -> &ValidationOptions {
        match self {
            Self::Allowlist(active) => &active.allowlist.validation,
            Self::Nothing(_) => &USUAL_VALIDATION,
        }
    }

    /// Decides one connection on a day (UTC) and says why it came out so.
    #[must_use]
    pub fn explain(&self, facts: ConnectionFacts<'_>, today: Date) -> Explanation {
        match self {
            Self::Allowlist(active) => explain(&active.allowlist, facts, today),
            Self::Nothing(why) => {
                Explanation { decision: Decision::without_allowlist(why), lost: Vec::new(), nearest: Vec::new() }
            }
        }
    }

    /// Whether a sweep, and with it a change of the allowlist, may do this to a Pending connection.
    #[must_use]
    pub fn sweeps_may(&self, effect: Effect) -> bool {
        match self {
            Self::Allowlist(active) => match active.allowlist.on_change {
                None => effect == Effect::Approve,
                Some(OnChange::Report) => false,
                Some(OnChange::Reconcile) => effect != Effect::Hold,
            },
            Self::Nothing(_) => false,
        }
    }

    /// Which version is in force, where one is.
    #[must_use]
    pub fn version(&self) -> Option<&AllowlistVersion> {
        match self {
            Self::Allowlist(active) => Some(&active.version),
            Self::Nothing(_) => None,
        }
    }

    /// Whether both are the same version since the same moment, or both none. A version that came back after another is
    /// not the same: in between something else was decided by.
    #[must_use]
    pub fn is_same_version(&self, other: &Self) -> bool {
        self.version() == other.version()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_its_text() {
        let version = AllowlistVersion::of(b"", "allowlist.yaml", OffsetDateTime::UNIX_EPOCH);
        // The beginning of the SHA-256 of nothing.
        assert_eq!(version.hash, "e3b0c44298fc1c14");
        let later = OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_millis(90_500);
        assert_eq!(version.age_seconds(later), 90);
        assert_eq!(AllowlistVersion { activated_at: later, ..version }.age_seconds(OffsetDateTime::UNIX_EPOCH), 0);
    }
}
