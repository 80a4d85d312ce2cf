//! Lives a connection's whole life while the handler is killed at one of its requests.

use local_azure::arm::faults::Moment;
use serde_json::Value;

use crate::{Platform, life};

/// When the handler is killed.
#[derive(Clone, Copy, Debug)]
pub struct CrashPoint {
    /// At which of its requests, counted from 0.
    pub index: usize,
    /// On which side of the request's effect.
    pub moment: Moment,
}

/// What a life was like.
#[derive(Clone, Debug)]
pub struct Lived {
    /// All that was to be seen after each chapter.
    pub history: Vec<Value>,
    /// The handler's requests, as method and path, with a star for each GUID that the cloud made up.
    pub requests: Vec<String>,
    /// Whether the crash point was reached. There may be a request less, where events came in another order.
    pub has_crashed: bool,
}

/// Lives it once, on a platform of its own, with the crash or without.
///
/// # Errors
/// Where it cannot be lived to its end.
pub async fn live(crash: Option<CrashPoint>) -> anyhow::Result<Lived> {
    let platform = Platform::start_in_turn(&life::allowlist()).await?;
    let cut_off = platform.azure.cloud.faults().cut_off.clone();
    let reached = crash.map(|CrashPoint { index, moment }| cut_off.at(index, moment));
    let host = platform.azure.functions_host.clone();
    let killing = tokio::spawn(async move {
        let Some(reached) = reached else { return };
        if reached.await.is_ok() {
            host.kill_handler().await;
        }
    });
    let platform = platform.with_surroundings().await?;
    let history = platform.whole_life().await?;
    let requests = cut_off.requests().iter().map(|request| life::without_guids(request)).collect();
    killing.abort();
    Ok(Lived { history, requests, has_crashed: cut_off.has_cut() })
}

impl Lived {
    /// Where its history differs from another's, with what is seen here and what there.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let chapters = |lived: &Self| Value::Array(lived.history.clone());
        let mut differences = Vec::new();
        compare("", &chapters(self), &chapters(other), &mut differences);
        differences
    }
}

fn compare(pointer: &str, seen: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (seen, expected) {
        (Value::Object(ours), Value::Object(theirs)) if ours.keys().eq(theirs.keys()) => {
            for (name, value) in ours {
                compare(&format!("{pointer}/{name}"), value, &theirs[name], differences);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (value, expected)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{pointer}/{index}"), value, expected, differences);
            }
        }
        _ if seen == expected => {}
        _ => differences.push(format!("{pointer} is {seen} and not {expected}")),
    }
}
