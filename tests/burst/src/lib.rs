//! A burst of connections against Azure's own limits: how long it takes to drain, beside what the limits themselves allow.
//!
//! The handler is the real one, in several instances that share nothing. ARM with its limits, and Service Bus, are the
//! local Azure's, in memory and under a virtual clock; Event Grid delivers everything at once. In the end each connection is
//! compared with what it should have come to.

mod bound;
mod host;
mod ledger;
mod outside;
mod world;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use local_azure::arm::recorded_requests::RecordedRequest;
use local_azure::chance;
use time::macros::datetime;
use tokio::time::Instant;

use crate::ledger::Ledger;
use crate::world::World;

/// How often is looked whether everything is as it should be.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A drain that takes so many times the bound will not end.
const GIVE_UP_AFTER: u32 = 60;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    /// Connections that are asked for, all at once.
    pub connections: usize,
    /// Zones that their records go to, in equal parts.
    pub zones: usize,
    /// Instances of the app.
    pub instances: usize,
    /// Whether each Function has so many of its own, as on the Flex Consumption plan
    /// (<https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling>).
    pub each_function: bool,
    /// Subscriptions that endpoints and targets are spread over, up to 60.
    pub subscriptions: usize,
    /// Subscriptions that zones are spread over, up to 30.
    pub zone_subscriptions: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was simulated.
    pub burst: Burst,
    /// The time in which the limits themselves allow it, and which of them is the tightest.
    pub bound: (Duration, &'static str),
    /// The time that it took until the last connection was approved and had its record.
    pub drained_in: Duration,
    /// The time that it took until the last was proven, too.
    pub proven_in: Duration,
    /// The connections that in the end are not approved, or of which the zone of the endpoint's network has no record with
    /// exactly the endpoint's addresses.
    pub lost: usize,
    /// The connections whose proof never passed.
    pub unproven: usize,
    /// The messages that nobody could finish.
    pub dead_letters: usize,
    /// Requests to ARM until the last connection was approved and had its record.
    pub calls: usize,
    /// Those that were answered 429, in each quarter of the time.
    pub refused: [usize; 4],
    /// Requests that were sent before the time that a refusal had named.
    pub early: usize,
}

impl Burst {
    /// Simulates it on a thread and a clock of its own.
    ///
    /// # Errors
    /// Where the cloud cannot be set up.
    pub fn run(self) -> anyhow::Result<Report> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        runtime.block_on(self.simulate())
    }

    async fn simulate(self) -> anyhow::Result<Report> {
        chance::repeat(1, datetime!(2026-01-05 08:00 UTC));
        let (world, events) = World::new(self).await?;
        let world = Arc::new(world);
        let bound = bound::of(&self);
        let began = Instant::now();
        let azure = &world.azure;
        let (before, mut marks) = (azure.arm.requests.all().len(), Vec::new());
        let ledger = Arc::new(Ledger::of(&world));
        host::start(&world, &ledger, events);
        let is_in_time = || began.elapsed() < bound.0 * GIVE_UP_AFTER;
        let mut unsettled = ledger.expected();
        while !unsettled.is_empty() && is_in_time() {
            tokio::time::sleep(LOOK_EVERY).await;
            marks.push(azure.arm.requests.count());
            azure.cloud.read(|state| unsettled.retain(|expected| !expected.is_settled(state)));
        }
        let (drained_in, requests) = (began.elapsed(), azure.arm.requests.all().split_off(before));
        while !ledger.unproven().is_empty() && is_in_time() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let quarter =
            |part: usize| marks.get((marks.len() * part / 4).saturating_sub(1)).map_or(0, |mark| mark - before);
        let is_refused = |request: &&RecordedRequest| request.status == 429;
        let refused = [0, 1, 2, 3].map(|part| {
            let from = if part == 0 { 0 } else { quarter(part) };
            requests[from..quarter(part + 1).max(from)].iter().filter(is_refused).count()
        });
        Ok(Report {
            burst: self,
            bound,
            drained_in,
            proven_in: began.elapsed(),
            lost: azure.cloud.read(|state| ledger.lost(state)),
            unproven: ledger.unproven().len(),
            dead_letters: azure.bus.dead_letters().len(),
            calls: requests.len(),
            refused,
            early: azure.arm.limits.early_requests(),
        })
    }
}

impl Report {
    /// The time that it took, in times of the bound.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.drained_in.as_secs_f64() / self.bound.0.as_secs_f64()
    }

    /// The part of the calls that was answered 429.
    #[must_use]
    pub fn refused_share(&self) -> f64 {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        count(self.refused.iter().sum()) / count(self.calls.max(1))
    }

    /// What was promised and is not so. Processes that share nothing cannot keep what one alone does, but they must come
    /// to terms.
    #[must_use]
    pub fn broken_promises(&self) -> Vec<String> {
        let always = [
            (self.lost == 0, format!("{} connections were lost", self.lost)),
            (self.unproven == 0, format!("{} connections were not proven", self.unproven)),
            (self.dead_letters == 0, format!("{} messages became dead letters", self.dead_letters)),
            (self.refused[3] <= self.refused[0], "refusals did not become fewer".to_owned()),
        ];
        let alone = [
            (self.early == 0, format!("{} requests came before their time", self.early)),
            (self.ratio() <= 1.05, "it took more than 1.05 times the bound".to_owned()),
            (self.refused_share() <= 0.01, "more than 1 % of the calls were refused".to_owned()),
        ];
        let is_alone = self.burst.instances == 1 && !self.burst.each_function;
        let promises = always.into_iter().chain(alone.into_iter().filter(|_| is_alone));
        promises.filter(|(is_kept, _)| !is_kept).map(|(_, why)| why).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Burst { connections, zones, instances, each_function, subscriptions, zone_subscriptions } = self.burst;
        writeln!(formatter, "connections   {connections}")?;
        writeln!(formatter, "zones         {zones} in {zone_subscriptions} subscriptions")?;
        writeln!(formatter, "endpoints in  {subscriptions} subscriptions")?;
        let whose = if each_function { " of each Function" } else { "" };
        writeln!(formatter, "instances     {instances}{whose}")?;
        writeln!(formatter, "lower bound   {:.0} s, by {}", self.bound.0.as_secs_f64(), self.bound.1)?;
        writeln!(formatter, "drained in    {:.0} s", self.drained_in.as_secs_f64())?;
        writeln!(formatter, "ratio         {:.3}", self.ratio())?;
        writeln!(formatter, "calls         {}", self.calls)?;
        let share = self.refused_share() * 100.0;
        writeln!(formatter, "429           {share:.2} %, by quarters of the time {:?}", self.refused)?;
        writeln!(formatter, "early         {}", self.early)?;
        writeln!(formatter, "lost          {}", self.lost)?;
        writeln!(formatter, "proven in     {:.0} s", self.proven_in.as_secs_f64())?;
        writeln!(formatter, "unproven      {}", self.unproven)?;
        write!(formatter, "dead letters  {}", self.dead_letters)
    }
}
