//! Azure Resource Graph as it is in Azure: behind ARM by seconds or minutes, and each answer by a time of its own.
//!
//! It hears of changes by notifications, and of those that it missed when it looks at everything again:
//! <https://learn.microsoft.com/azure/governance/resource-graph/overview>.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use local_azure::arm::server::ArmServer;
use local_azure::chance;
use local_azure::cloud::{Cloud, state::State};
use tokio::time::Instant;

use crate::world::World;

/// How often is kept what Resource Graph may show later.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// What the cloud was like, from the longest lag ago until now.
#[derive(Default)]
pub(crate) struct Past(Mutex<VecDeque<(Instant, State)>>);

impl Past {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Instant, State)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the state as it is, and forgets what no lag leads back to.
    fn keep(&self, state: State, longest_lag: Duration) {
        let mut moments = self.lock();
        moments.push_back((Instant::now(), state));
        while moments.get(1).is_some_and(|(at, _)| at.elapsed() > longest_lag) {
            moments.pop_front();
        }
    }

    /// The cloud as it was this long ago, or at the first moment that is known.
    fn as_of(&self, ago: Duration) -> Option<State> {
        let moments = self.lock();
        let moment = moments.iter().rfind(|(at, _)| at.elapsed() >= ago).or_else(|| moments.front());
        moment.map(|(_, state)| state.clone())
    }
}

impl World {
    /// Keeps the cloud's past for as long as it is polled, where anything shows it.
    pub async fn keep_past(self: Arc<Self>) {
        while !self.scenario.graph_lag.is_zero() {
            self.past.keep(self.azure.cloud.read(State::clone), self.scenario.graph_lag);
            tokio::time::sleep(KEEP_EVERY).await;
        }
    }

    /// Who answers a question to Resource Graph that is asked at this moment.
    pub fn resource_graph(&self, actor: &str) -> Router {
        let longest = u64::try_from(self.scenario.graph_lag.as_millis()).unwrap_or_default();
        let lag = self.dice.time(&format!("lag of the graph {}", chance::now()), 0..longest);
        let Some(state) = self.past.as_of(lag) else { return self.azure.arm_router.clone() };
        self.history.tell(actor, format!("asks a graph that is {:.0} s behind", lag.as_secs_f64()));
        ArmServer { cloud: Cloud::of(state), ..self.azure.arm.clone() }.router("https")
    }
}
