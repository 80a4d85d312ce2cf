//! Makes a history that goes wrong as short as it can be: whatever can be left out without setting it right is left out.

use std::time::Duration;

use crate::run::run;
use crate::scenario::Scenario;
use crate::weather::{Disturbances, Weather};

/// The smallest scenario found that still violates something, in at most `runs` tries.
#[must_use]
pub fn shrink(scenario: &Scenario, runs: usize) -> Scenario {
    let met = run(scenario).met;
    let mut shrinking = Shrinking { best: scenario.clone(), met, runs_left: runs };
    let given = Weather::given(shrinking.met.clone());
    shrinking.offer(Scenario { weather: given, ..scenario.clone() });
    loop {
        let before = shrinking.size();
        shrinking.leave_out_steps();
        shrinking.leave_out_disturbances();
        if shrinking.size() == before || shrinking.runs_left == 0 {
            return shrinking.best;
        }
    }
}

struct Shrinking {
    best: Scenario,
    /// What goes wrong in the best.
    met: Disturbances,
    runs_left: usize,
}

impl Shrinking {
    fn size(&self) -> usize {
        self.best.steps.len() + self.met.faults.len() + self.met.events.len() + self.best.instances
    }

    /// Takes the candidate for the best where it still goes wrong.
    fn offer(&mut self, candidate: Scenario) -> bool {
        if self.runs_left == 0 {
            return false;
        }
        self.runs_left -= 1;
        let report = run(&candidate);
        let goes_wrong = !report.violations.is_empty();
        if goes_wrong {
            self.best = candidate;
            self.met = report.met;
        }
        goes_wrong
    }

    fn leave_out_steps(&mut self) {
        if self.best.instances > 1 {
            self.offer(Scenario { instances: 1, ..self.best.clone() });
        }
        if !self.best.graph_lag.is_zero() {
            self.offer(Scenario { graph_lag: Duration::ZERO, ..self.best.clone() });
        }
        let mut chunk = self.best.steps.len().div_ceil(2);
        while chunk > 0 {
            let mut from = 0;
            while from < self.best.steps.len() {
                let mut candidate = self.best.clone();
                let to = (from + chunk).min(candidate.steps.len());
                candidate.steps.drain(from..to);
                if !self.offer(candidate) {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
    }

    fn leave_out_disturbances(&mut self) {
        let mut chunk = (self.met.faults.len() + self.met.events.len()).div_ceil(2);
        while chunk > 0 {
            let mut from = 0;
            while from < self.met.faults.len() + self.met.events.len() {
                let mut fewer = self.met.clone();
                let mut number = 0;
                let mut is_kept = || {
                    number += 1;
                    number <= from || number > from + chunk
                };
                fewer.faults.retain(|_, _| is_kept());
                fewer.events.retain(|_, _| is_kept());
                let candidate = Scenario { weather: Weather::given(fewer), ..self.best.clone() };
                if !self.offer(candidate) {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
    }
}
