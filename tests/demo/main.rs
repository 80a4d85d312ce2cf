//! `cargo demo`: Portreeve's main job, end to end, on an embedded local Azure.
//!
//! It plays the parts of the platform and application teams, watches what becomes of their endpoints, and fails if
//! anything is not as the story says.

mod story;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use local_azure::interruption::Interruption;
use local_azure::running_cloud::OperationPace;
use platform::{Platform, handler_executable};

use story::{Chapter, chapters};

const ALLOWLIST: &str = include_str!("allowlist.yaml");

#[tokio::main]
async fn main() -> ExitCode {
    let ended = async {
        let mut interruption = Interruption::listen()?;
        tokio::select! {
            result = demo() => result,
            () = interruption.wait() => anyhow::bail!("interrupted"),
        }
    };
    match ended.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Whoever closed our output no longer wants to read; then there is nobody to tell.
            let _ = writeln!(io::stderr(), "the demo stopped: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> anyhow::Result<bool> {
    writeln!(io::stdout(), "Building the handler…")?;
    let executable = handler_executable()?;
    let started = Instant::now();
    say(started, "starting a local Azure, with the handler in its Functions host")?;
    let platform =
        Platform::start_with(ALLOWLIST, executable, OperationPace::default()).await?.with_surroundings().await?;
    say(started, "the platform team makes its private DNS zones")?;
    for zone in story::ZONES {
        platform.zone(zone).await?;
    }
    let mut chapters = chapters();
    for chapter in &mut chapters {
        say(started, &format!("{:<20} {}", chapter.endpoint, chapter.act))?;
        chapter.play(&platform).await?;
    }
    say(started, "all endpoints are made; waiting until nothing is in flight")?;
    platform.at_rest(Duration::ZERO).await;
    for chapter in chapters.iter().filter(|chapter| chapter.is_deleted_again) {
        say(started, &format!("{:<20} is deleted again", chapter.endpoint))?;
        platform.arm.delete(&chapter.id()).await?;
    }
    platform.at_rest(Duration::ZERO).await;
    conclude(&platform, &chapters, started).await
}

/// Prints what became of each endpoint and why. True where everything is as the story says.
async fn conclude(platform: &Platform, chapters: &[Chapter], started: Instant) -> anyhow::Result<bool> {
    let mut outcomes = Vec::new();
    for chapter in chapters {
        outcomes.push(chapter.outcome(platform).await?);
    }
    writeln!(io::stdout(), "\n{}", table::of(&outcomes))?;
    let mut is_as_told = true;
    for (chapter, outcome) in chapters.iter().zip(&outcomes) {
        for difference in chapter.differences(outcome) {
            is_as_told = false;
            writeln!(io::stdout(), "NOT AS TOLD: {}: {difference}", chapter.endpoint)?;
        }
    }
    let verdict = if is_as_told { "Everything is as the story says" } else { "The story went differently" };
    writeln!(io::stdout(), "{verdict}: {} endpoints in {:.1} s.", chapters.len(), started.elapsed().as_secs_f64())?;
    Ok(is_as_told)
}

fn say(started: Instant, text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{:>6.2} s  {text}", started.elapsed().as_secs_f64())
}
