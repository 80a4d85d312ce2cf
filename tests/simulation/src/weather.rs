//! What goes wrong: at each exchange, at each event, and at each call of the host.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::dice::Dice;
use crate::scenario::BUSY_FOR;

/// What goes wrong at one exchange with ARM, Service Bus or the identity endpoint.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fault {
    /// The connection breaks before the request is read.
    ResetBefore,
    /// The request is carried out, and the connection breaks before its answer.
    ResetAfter,
    /// Nothing is carried out and nothing answered.
    Silence,
    /// The request is carried out, and nothing answered.
    SilenceAfter,
    /// The answer takes seconds.
    Slow,
    /// 429 with `Retry-After`, in seconds.
    Throttled(u64),
    /// 503 with or without `Retry-After`.
    Unavailable(Option<u64>),
    /// 500 or 502, with a page instead of JSON.
    Broken(u16),
    /// 409 `AnotherOperationInProgress`.
    Busy,
    /// 429 `RetryableErrorDueToAnotherOperation`.
    Locked,
    /// 412, though nobody wrote.
    Changed,
    /// 200 with something that is no JSON.
    Garbage,
    /// 401, as with a token that was taken back.
    Unauthorized,
    /// The process is killed before the request is read.
    KilledBefore,
    /// The process is killed between the request's effect and its answer.
    KilledAfter,
}

/// What goes wrong with one event.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum EventFault {
    /// It is never delivered.
    Lost,
    /// It is delivered once more, this much later.
    Twice(Duration),
    /// It is delivered this much later than others.
    Late(Duration),
}

/// The faults that an exchange can have.
const FAULTS: [Fault; 18] = [
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::Silence,
    Fault::SilenceAfter,
    Fault::Slow,
    Fault::Slow,
    Fault::Throttled(1),
    Fault::Throttled(17),
    Fault::Throttled(90),
    Fault::Unavailable(None),
    Fault::Unavailable(Some(5)),
    Fault::Broken(500),
    Fault::Broken(502),
    Fault::Busy,
    Fault::Locked,
    Fault::Changed,
    Fault::Garbage,
    Fault::Unauthorized,
];

/// A history's weather.
#[derive(Debug)]
pub(crate) struct Weather {
    source: Source,
    /// How often each exchange was made, so that each has a name of its own.
    counts: Mutex<BTreeMap<String, u32>>,
    /// What went wrong, by the exchange's or event's name.
    met: Mutex<Disturbances>,
}

/// What goes wrong, by the name of what it happens to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbances {
    pub faults: BTreeMap<String, Fault>,
    pub events: BTreeMap<String, EventFault>,
}

#[derive(Clone, Debug)]
enum Source {
    /// By chance: of a thousand exchanges so many go wrong, and so many kill the process, and of a thousand events.
    Chance { dice: Dice, faults: u64, kills: u64, events: u64, may_lose: bool },
    /// These and no others.
    Given(Disturbances),
}

impl Clone for Weather {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), counts: Mutex::default(), met: Mutex::default() }
    }
}

impl Weather {
    /// Some weather: fair, changing or foul.
    pub fn any(dice: Dice, may_lose: bool) -> Self {
        let faults = dice.pick("weather", &[0, 0, 20, 60, 200, 450]);
        let kills = dice.pick("kills", &[0, 0, 5, 30]);
        let events = dice.pick("events", &[0, 100, 400]);
        Self::from(Source::Chance { dice, faults, kills, events, may_lose })
    }

    /// Exactly these disturbances.
    pub fn given(disturbances: Disturbances) -> Self {
        Self::from(Source::Given(disturbances))
    }

    fn from(source: Source) -> Self {
        Self { source, counts: Mutex::default(), met: Mutex::default() }
    }

    /// What has gone wrong so far.
    pub fn met(&self) -> Disturbances {
        lock(&self.met).clone()
    }

    /// What goes wrong at this exchange. `what` names it, but for how often it was made before.
    pub fn at_exchange(&self, what: &str, now: Duration) -> Option<Fault> {
        let name = self.name(what);
        let fault = match &self.source {
            _ if now >= BUSY_FOR => None,
            Source::Given(given) => given.faults.get(&name).copied(),
            Source::Chance { dice, faults, kills, .. } => {
                let is_kill = dice.in_thousand(&format!("kill {name}"), *kills);
                let is_fault = dice.in_thousand(&format!("fault {name}"), *faults);
                match (is_kill, is_fault) {
                    (true, _) => Some(dice.pick(&format!("when {name}"), &[Fault::KilledBefore, Fault::KilledAfter])),
                    (false, true) => Some(dice.pick(&format!("which {name}"), &FAULTS)),
                    (false, false) => None,
                }
            }
        };
        if let Some(fault) = fault {
            lock(&self.met).faults.insert(name, fault);
        }
        fault
    }

    /// What goes wrong with this event.
    pub fn at_event(&self, what: &str, now: Duration) -> Option<EventFault> {
        let name = self.name(what);
        let fault = match &self.source {
            _ if now >= BUSY_FOR => None,
            Source::Given(given) => given.events.get(&name).copied(),
            Source::Chance { dice, events, may_lose, .. } => {
                let delay = dice.time(&format!("how late {name}"), 0..120_000);
                let lost = if *may_lose { EventFault::Lost } else { EventFault::Late(delay * 3) };
                let kinds = [lost, EventFault::Twice(delay), EventFault::Late(delay)];
                let is_fault = dice.in_thousand(&format!("event {name}"), *events);
                is_fault.then(|| dice.pick(&format!("how {name}"), &kinds))
            }
        };
        if let Some(fault) = fault {
            lock(&self.met).events.insert(name, fault);
        }
        fault
    }

    fn name(&self, what: &str) -> String {
        let mut counts = lock(&self.counts);
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        format!("{what} #{count}")
    }
}

impl fmt::Display for Weather {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Chance { faults, kills, events, .. } => {
                write!(formatter, "of a thousand exchanges {faults} go wrong and {kills} kill, of events {events}")
            }
            Source::Given(Disturbances { faults, events }) => {
                writeln!(formatter, "these disturbances and no others:")?;
                for (name, fault) in faults {
                    writeln!(formatter, "  {fault:?} at {name}")?;
                }
                for (name, fault) in events {
                    writeln!(formatter, "  {fault:?}: event {name}")?;
                }
                Ok(())
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
