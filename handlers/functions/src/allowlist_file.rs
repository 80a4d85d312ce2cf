//! Loads the allowlist file. Without a good one everything is held, and the log says so as an error.

use std::path::Path;
use std::sync::Arc;

use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::in_force::InForce;

/// The allowlist of this file, or nothing and why.
pub(crate) fn load(path: Option<&Path>) -> InForce {
    match read(path) {
        Ok((allowlist, path)) => {
            let (rules, zone_groups) = (allowlist.rules().len(), allowlist.dns.zones.len());
            tracing::info!(event = "allowlist", file = %path.display(), rules, zone_groups, "the allowlist is in force");
            InForce::Allowlist(Arc::new(allowlist))
        }
        Err(problems) => {
            for problem in &problems {
                tracing::error!(event = "allowlist", "{problem}");
            }
            tracing::error!(
                event = "allowlist",
                problems = problems.len(),
                "no allowlist is in force: every connection is held"
            );
            InForce::Nothing(problems.into_iter().next().unwrap_or_default())
        }
    }
}

fn read(path: Option<&Path>) -> Result<(Allowlist, &Path), Vec<String>> {
    let Some(path) = path else {
        return Err(vec!["setting PORTREEVE_ALLOWLIST is not set; write the allowlist file's path".to_owned()]);
    };
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::InvalidData => "save it as UTF-8",
            std::io::ErrorKind::IsADirectory => "name a file in it",
            _ => "put the allowlist there and let the app read it",
        };
        vec![format!("{shown}: {error}; {remedy}")]
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > Allowlist::FILE_MAX_BYTES as u64 {
        return Err(vec![format!("{shown}: it is larger than 32 MiB; this is not an allowlist")]);
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    match Allowlist::parse(&text) {
        Ok(allowlist) => Ok((allowlist, path)),
        Err(error) => {
            let left_out = (error.left_out > 0).then(|| format!("{shown}: and {} more problems", error.left_out));
            Err(error.problems.iter().map(|problem| format!("{shown}:{problem}")).chain(left_out).collect())
        }
    }
}
