//! Faults that a test asks for: answers that are wrong, lost or late, and requests that are cut off.

mod cut_off;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::Method;

pub use cut_off::{CutOff, Moment, UNCOUNTED_HEADER};

/// Which requests get which fault.
#[derive(Clone, Debug)]
pub struct FaultRule {
    /// Only this method; `None` for every one.
    pub method: Option<Method>,
    /// Only paths (with query) that contain this text, compared without case.
    pub path_contains: String,
    /// How many requests; the rule is gone afterwards.
    pub times: u32,
    /// The status to answer.
    pub status: u16,
    /// The error code to answer.
    pub code: String,
    /// Seconds for a `Retry-After` header.
    pub retry_after_seconds: Option<u64>,
    /// Whether the request is carried out first: its answer is lost, its effect is not.
    pub after_effect: bool,
}

/// What a request that is not answered normally gets.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Another answer.
    Answer(FaultRule),
    /// A late one.
    Delay(Duration),
}

/// A rule, with the delay where it asks for one instead of another answer.
type DueFault = (FaultRule, Option<Duration>);

/// The faults that are still due. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<DueFault>>>,
    /// For a request to any server, and not to ARM alone.
    pub cut_off: CutOff,
}

impl Faults {
    /// The next `rule.times` requests that match are answered as the rule says.
    pub fn answer_next(&self, rule: FaultRule) {
        self.lock().push((rule, None));
    }

    /// The next `times` requests that match are answered normally, but later.
    pub fn delay_next(&self, method: Option<Method>, path_contains: &str, times: u32, delay: Duration) {
        let rule = FaultRule {
            method,
            path_contains: path_contains.to_owned(),
            times,
            status: 200,
            code: String::new(),
            retry_after_seconds: None,
            after_effect: false,
        };
        self.lock().push((rule, Some(delay)));
    }

    /// Forgets all rules.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for this request, which is used up by it. Rules are tried in the order in which they were added.
    #[must_use]
    pub fn take(&self, method: &Method, path_and_query: &str) -> Option<Fault> {
        let path = path_and_query.to_ascii_lowercase();
        let mut rules = self.lock();
        let index = rules.iter().position(|(rule, _)| {
            rule.times > 0
                && rule.method.as_ref().is_none_or(|wanted| wanted == method)
                && path.contains(&rule.path_contains.to_ascii_lowercase())
        })?;
        rules[index].0.times -= 1;
        let (rule, delay) = rules[index].clone();
        if rule.times == 0 {
            rules.remove(index);
        }
        Some(delay.map_or(Fault::Answer(rule), Fault::Delay))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<DueFault>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::{Fault, FaultRule, Faults};

    #[test]
    fn a_fault_is_used_up_by_the_requests_it_is_for() {
        let faults = Faults::default();
        faults.answer_next(FaultRule {
            method: Some(Method::PUT),
            path_contains: "/privateEndpoints/".to_owned(),
            times: 2,
            status: 429,
            code: "TooManyRequests".to_owned(),
            retry_after_seconds: Some(1),
            after_effect: false,
        });
        let path = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/privateendpoints/pe?api-version=x";
        assert!(faults.take(&Method::GET, path).is_none());
        assert!(faults.take(&Method::PUT, "/subscriptions").is_none());
        for _ in 0..2 {
            assert!(matches!(faults.take(&Method::PUT, path), Some(Fault::Answer(rule)) if rule.status == 429));
        }
        assert!(faults.take(&Method::PUT, path).is_none());
    }
}
