//! `cargo burst`: simulates a burst of connections against Azure's limits, and says how it came out.

use std::process::ExitCode;

use clap::Parser;
use portreeve_burst::Burst;

/// Simulates a burst of connections against Azure's own limits. Exit code 1 where a promise is broken.
#[derive(Parser)]
struct Arguments {
    /// Connections that are asked for, all at once.
    #[arg(default_value_t = 10_000)]
    connections: usize,
    /// Zones that their records go to.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    zones: u8,
    /// Instances of the app.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    instances: u8,
    /// Each Function has so many of its own, as on the Flex Consumption plan.
    #[arg(long)]
    each_function: bool,
    /// Subscriptions that endpoints and targets are spread over.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=60))]
    subscriptions: u8,
    /// Subscriptions that zones are spread over.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=30))]
    zone_subscriptions: u8,
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { connections, zones, instances, each_function, subscriptions, zone_subscriptions } =
        Arguments::parse();
    let burst = Burst {
        connections,
        zones: zones.into(),
        instances: instances.into(),
        each_function,
        subscriptions: subscriptions.into(),
        zone_subscriptions: zone_subscriptions.into(),
    };
    let report = burst.run()?;
    println!("{report}");
    let broken = report.broken_promises();
    for why in &broken {
        println!("broken        {why}");
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
