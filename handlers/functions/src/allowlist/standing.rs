//! How things stand with the allowlist at this moment, as all Functions and `GET /status` read it.

use portreeve_decisions::in_force::InForce;
use tokio::sync::watch;

use super::source::Unreadable;

/// How things stand with the allowlist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// What decisions are made by; `None` until the first look at the source has ended.
    pub in_force: Option<InForce>,
    /// The version that the source holds now, where it was refused.
    pub refused: Option<RefusedVersion>,
    /// Why the source cannot be read, where it cannot.
    pub unreadable: Option<Unreadable>,
}

/// A version that was not put in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RefusedVersion {
    /// Its hash; none where it was too large to be read.
    pub hash: Option<String>,
    /// Everything that is wrong with it, each in a line.
    pub problems: Vec<String>,
}

impl Standing {
    /// This in force, and nothing wrong.
    pub fn fixed(in_force: InForce) -> Self {
        Self { in_force: Some(in_force), ..Self::default() }
    }
}

/// What is in force, as soon as that is known.
pub(crate) async fn in_force(mut standing: watch::Receiver<Standing>) -> InForce {
    match standing.wait_for(|standing| standing.in_force.is_some()).await {
        Ok(standing) => standing.in_force.clone().unwrap_or_else(ending),
        Err(_) => ending(),
    }
}

fn ending() -> InForce {
    InForce::Nothing("the process is ending".to_owned())
}
