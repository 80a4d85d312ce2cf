//! What people do in a history, and when; all of it follows from the seed.

use std::fmt;
use std::time::Duration;

use crate::allowlists::Version;
use crate::dice::Dice;
use crate::weather::Weather;

/// People do things for this long; then the weather clears, and everything has to come right.
pub(crate) const BUSY_FOR: Duration = Duration::from_secs(600);

/// An application team: the resource group of its endpoints.
#[derive(Debug)]
pub(crate) struct Team {
    pub group: &'static str,
}

/// The teams.
pub(crate) const TEAMS: [Team; 3] = [Team { group: "rg-app" }, Team { group: "rg-web" }, Team { group: "rg-lab" }];

/// The endpoints that a team may have.
pub(crate) const ENDPOINTS_EACH: usize = 3;

/// Something that endpoints connect to.
#[derive(Debug)]
pub(crate) struct Target {
    pub name: &'static str,
    pub resource_type: &'static str,
    pub group_id: &'static str,
    /// Where its names' records belong.
    pub zone: &'static str,
}

/// The targets. Their types are written in different ways: at once, by an operation that is asked for its status, and by one
/// that is asked for its place; one has two names.
pub(crate) const TARGETS: [Target; 4] = [
    Target {
        name: "stsim",
        resource_type: "Microsoft.Storage/storageAccounts",
        group_id: "blob",
        zone: "privatelink.blob.core.windows.net",
    },
    Target {
        name: "kv-sim",
        resource_type: "Microsoft.KeyVault/vaults",
        group_id: "vault",
        zone: "privatelink.vaultcore.azure.net",
    },
    Target {
        name: "sql-sim",
        resource_type: "Microsoft.Sql/servers",
        group_id: "sqlServer",
        zone: "privatelink.database.windows.net",
    },
    Target {
        name: "cosmos-sim",
        resource_type: "Microsoft.DocumentDB/databaseAccounts",
        group_id: "Sql",
        zone: "privatelink.documents.azure.com",
    },
];

/// One thing that somebody does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Deed {
    /// A team makes an endpoint `pe-N` to a target.
    CreateEndpoint { team: usize, number: usize, target: usize, has_zone_group: bool },
    /// A team deletes its endpoint.
    DeleteEndpoint { team: usize, number: usize },
    /// A partner asks for a connection, from a subscription that nobody here can read.
    AskAsPartner { number: usize, target: usize },
    /// The target is deleted.
    DeleteTarget { target: usize },
    /// The target is made, where it is not there.
    CreateTarget { target: usize },
    /// A person writes the record of a target's name, whatever stands there.
    WriteRecord { target: usize },
    /// A person deletes the record of a target's name.
    DeleteRecord { target: usize },
    /// A person approves or rejects what a team's endpoint asks for.
    Decide { team: usize, number: usize, approve: bool },
    /// Ops put another version of the allowlist in force.
    ChangeAllowlist { version: usize },
    /// An instance of the app is killed, and started again by the host.
    Kill { instance: usize },
    /// Somebody who may publish events forges one about an endpoint or target.
    ForgeEvent { kind: usize, team: usize, number: usize, target: usize },
    /// Somebody who may send messages puts something on a queue.
    ForgeMessage { kind: usize, team: usize, number: usize, target: usize },
}

/// A deed and its time.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub at: Duration,
    pub deed: Deed,
}

/// Everything that makes a history.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(crate) seed: u64,
    /// How many instances of the app run.
    pub(crate) instances: usize,
    /// Whether the timer runs. Without it no event may be lost.
    pub(crate) has_sweeps: bool,
    /// By how much Resource Graph may be behind.
    pub(crate) graph_lag: Duration,
    pub(crate) versions: Vec<Version>,
    pub(crate) steps: Vec<Step>,
    pub(crate) weather: Weather,
}

impl Scenario {
    /// The scenario of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let has_sweeps = dice.in_thousand("has sweeps", 700);
        let instances = dice.pick("instances", &[1, 1, 2, 3]);
        // A limit is kept within one instance. Several may each see room.
        let has_limits = instances == 1 && dice.in_thousand("has limits", 600);
        let versions = 0..=dice.below("versions", 4);
        let versions: Vec<Version> = versions.map(|number| Version::any(dice, number, has_limits)).collect();
        let count = 3 + dice.below("steps", 22);
        let mut steps: Vec<Step> = (0..count).map(|number| step(dice, number, versions.len())).collect();
        for step in &mut steps {
            // A zone group may take the record of an endpoint beside its own, and no event tells of that.
            if let Deed::CreateEndpoint { has_zone_group, target, .. } = &mut step.deed {
                *has_zone_group &= has_sweeps;
                // Where places are few, everybody wants the same.
                *target = if has_limits { dice.below("crowded target", TARGETS.len()) } else { *target };
            }
        }
        steps.sort_by_key(|step| step.at);
        Self {
            seed,
            instances,
            has_sweeps,
            graph_lag: Duration::from_secs(dice.pick("graph lag", &[0, 0, 20, 90, 300])),
            versions,
            steps,
            weather: Weather::any(dice, has_sweeps),
        }
    }
}

fn step(dice: Dice, number: usize, versions: usize) -> Step {
    let question = |what: &str| format!("step {number} {what}");
    // Half of them close together, so that they meet.
    let span = if dice.in_thousand(&question("close"), 500) { 20_000 } else { BUSY_FOR.as_secs() * 1000 };
    let target = dice.below(&question("target"), TARGETS.len());
    let (team, endpoint) =
        (dice.below(&question("team"), TEAMS.len()), dice.below(&question("number"), ENDPOINTS_EACH));
    let kind = dice.below(&question("kind"), 8);
    let deed = match dice.below(&question("deed"), 100) {
        0..44 => {
            let has_zone_group = dice.in_thousand(&question("zone group"), 120);
            Deed::CreateEndpoint { team, number: endpoint, target, has_zone_group }
        }
        44..58 => Deed::DeleteEndpoint { team, number: endpoint },
        58..63 => Deed::AskAsPartner { number: endpoint, target },
        63..66 => Deed::DeleteTarget { target },
        66..69 => Deed::CreateTarget { target },
        69..73 => Deed::WriteRecord { target },
        73..77 => Deed::DeleteRecord { target },
        77..80 => Deed::Decide { team, number: endpoint, approve: kind.is_multiple_of(2) },
        80..87 => Deed::ChangeAllowlist { version: dice.below(&question("version"), versions) },
        87..94 => Deed::Kill { instance: kind },
        94..97 => Deed::ForgeEvent { kind, team, number: endpoint, target },
        _ => Deed::ForgeMessage { kind, team, number: endpoint, target },
    };
    Step { at: dice.time(&question("at"), 0..span), deed }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, instances, has_sweeps, graph_lag, versions, steps, weather } = self;
        let lag = graph_lag.as_secs();
        let sweeps = if *has_sweeps { format!("sweeps up to {lag} s behind") } else { "no sweeps".to_owned() };
        writeln!(formatter, "seed {seed}: {instances} instances, {sweeps}, {weather}")?;
        for (number, version) in versions.iter().enumerate() {
            writeln!(formatter, "  allowlist {number}: {version:?}")?;
        }
        for Step { at, deed } in steps {
            writeln!(formatter, "  {:9.3} s  {deed:?}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
