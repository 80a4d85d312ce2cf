//! Judges whether an endpoint works, from what asking the world gave.
//!
//! Each check is one finding. A failure that time can cure (caches, a write that is still spreading) asks for another
//! try; any other is final.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::facts::{Connection, ConnectionStatus, EndpointName, EndpointSight};
use crate::untrusted::escaped;

/// Two names of the longest kind and a dozen addresses.
const DETAIL_MAX_CHARS: usize = 800;

/// What was asked of the world about one connection.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The connection on the target's side, or `None` where the target no longer lists it.
    pub connection: Option<Connection>,
    /// The endpoint on the requester's side.
    pub endpoint: EndpointSight,
    /// One entry for each of the endpoint's names.
    pub names: Vec<NameEvidence>,
}

/// What asking about one name gave.
#[derive(Clone, Debug)]
pub struct NameEvidence {
    /// The name and the addresses that it should lead to.
    pub expected: EndpointName,
    /// What the DNS server answered.
    pub resolution: Resolution,
    /// Who sees to the name's record.
    pub record_keeper: RecordKeeper,
    /// What each address answered on each of the service's ports; none where no port is known.
    pub answers: Vec<(u16, IpAddr, Answer)>,
}

/// Who sees to the record of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordKeeper {
    /// We do, or a zone group.
    Platform,
    /// Nobody: it is a name of Azure's that no private DNS zone is known for.
    Nobody,
    /// The owner of the resource, who chose the name.
    ResourceOwner,
}

/// What a DNS server answered for a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Resolution {
    /// The addresses, and the aliases on the way to them.
    Addresses {
        /// Every alias that was followed, in order.
        aliases: Vec<String>,
        /// The addresses, in order.
        addresses: Vec<IpAddr>,
    },
    /// The name does not exist, or has no addresses.
    NoSuchName,
    /// The server did not answer, or not to the question.
    Failed(String),
}

/// What a TCP connect gave.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It was accepted.
    Accepted,
    /// It was not, and why.
    Failed(String),
}

/// The result of one check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What it came to.
    pub outcome: Outcome,
    /// What was expected and what was observed, fit to log: foreign text in it is escaped.
    pub detail: String,
}

/// The checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The target's side says Approved.
    TargetApproved,
    /// The endpoint's side says Approved.
    EndpointApproved,
    /// A name leads to the endpoint's addresses, IPv4 and IPv6, and to nothing else.
    Resolves,
    /// An address accepts TCP on the service's port.
    Answers,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Not as it should be, and time may cure it.
    NotYet,
    /// Not as it should be, and time will not cure it.
    Failed,
    /// It could not be checked from here.
    Skipped,
    /// There is nothing left to prove: the endpoint was deleted meanwhile.
    Obsolete,
}

/// What all findings together come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that could be checked is as it should be.
    Passed,
    /// Worth another try later.
    TryAgain,
    /// A person must look.
    Failed,
    /// There is nothing left to prove.
    Obsolete,
}

/// Judges the evidence: one finding for each check, in a fixed order.
#[must_use]
pub fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = vec![target_side(evidence), endpoint_side(evidence)];
    for name in &evidence.names {
        findings.push(resolves(name));
        findings.extend(answers(name));
    }
    findings
}

/// What the findings come to: obsolete before failed before not yet.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Verdict {
    let any = |outcome: Outcome| findings.iter().any(|finding| finding.outcome == outcome);
    if any(Outcome::Obsolete) {
        Verdict::Obsolete
    } else if any(Outcome::Failed) {
        Verdict::Failed
    } else if any(Outcome::NotYet) {
        Verdict::TryAgain
    } else {
        Verdict::Passed
    }
}

fn target_side(evidence: &Evidence) -> Finding {
    let check = Check::TargetApproved;
    match &evidence.connection {
        Some(connection) => status_finding(check, &connection.status, "the target's side"),
        None if evidence.endpoint == EndpointSight::Gone => {
            Finding::new(check, Outcome::Obsolete, "the endpoint was deleted")
        }
        None => Finding::new(check, Outcome::Failed, "the target lists no such connection"),
    }
}

fn endpoint_side(evidence: &Evidence) -> Finding {
    let check = Check::EndpointApproved;
    match (&evidence.endpoint, &evidence.connection) {
        (EndpointSight::Gone, _) => Finding::new(check, Outcome::Obsolete, "the endpoint was deleted"),
        (EndpointSight::Unreadable(why), _) => {
            Finding::new(check, Outcome::Skipped, &format!("the endpoint cannot be read: {why}"))
        }
        (EndpointSight::Seen(_), None) => {
            Finding::new(check, Outcome::Skipped, "there is no connection to compare with")
        }
        (EndpointSight::Seen(endpoint), Some(connection)) => match endpoint.status_for(&connection.target) {
            Some(status) => status_finding(check, status, "the endpoint's side"),
            None => Finding::new(check, Outcome::Skipped, "the endpoint names its target by alias"),
        },
    }
}

fn status_finding(check: Check, status: &ConnectionStatus, side: &str) -> Finding {
    let outcome = match status {
        ConnectionStatus::Approved => Outcome::Passed,
        ConnectionStatus::Pending => Outcome::NotYet,
        ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => Outcome::Failed,
    };
    Finding::new(check, outcome, &format!("{side} says {}", status.as_str()))
}

fn resolves(name: &NameEvidence) -> Finding {
    let check = Check::Resolves;
    let fqdn = &name.expected.fqdn;
    let expected = sorted(&name.expected.addresses);
    let astray = match &name.resolution {
        Resolution::Addresses { addresses, aliases } if sorted(addresses) == expected && !expected.is_empty() => {
            let through = aliases.last().map(|alias| format!(" through {alias}")).unwrap_or_default();
            let detail = format!("{fqdn} leads to {}{through}", shown(&expected));
            return Finding::new(check, Outcome::Passed, &detail);
        }
        Resolution::Addresses { addresses, .. } => {
            format!("{fqdn} leads to {}, expected {}", shown(&sorted(addresses)), shown(&expected))
        }
        Resolution::NoSuchName => format!("{fqdn} does not resolve, expected {}", shown(&expected)),
        Resolution::Failed(why) => {
            return Finding::new(check, Outcome::NotYet, &format!("{fqdn} could not be resolved: {why}"));
        }
    };
    let (outcome, why) = match name.record_keeper {
        RecordKeeper::Platform => (Outcome::NotYet, ""),
        RecordKeeper::Nobody => {
            (Outcome::NotYet, "; no private DNS zone is known for the name, so no record is written")
        }
        RecordKeeper::ResourceOwner => {
            (Outcome::Skipped, "; the name is the resource owner's own, and theirs to record")
        }
    };
    Finding::new(check, outcome, &format!("{astray}{why}"))
}

fn answers(name: &NameEvidence) -> Vec<Finding> {
    if name.answers.is_empty() {
        let detail = format!("the port of {} is not known", name.expected.fqdn);
        return vec![Finding::new(Check::Answers, Outcome::Skipped, &detail)];
    }
    let finding = |(port, address, answer): &(u16, IpAddr, Answer)| match answer {
        Answer::Accepted => Finding::new(Check::Answers, Outcome::Passed, &format!("{address} accepts TCP on {port}")),
        Answer::Failed(why) => {
            Finding::new(Check::Answers, Outcome::NotYet, &format!("{address} on TCP {port}: {why}"))
        }
    };
    name.answers.iter().map(finding).collect()
}

fn sorted(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut sorted = addresses.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn shown(addresses: &[IpAddr]) -> String {
    if addresses.is_empty() {
        return "no address".to_owned();
    }
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}

impl Finding {
    fn new(check: Check, outcome: Outcome, detail: &str) -> Self {
        // Names, aliases and reasons come from DNS servers and from ARM.
        Self { check, outcome, detail: escaped(detail, DETAIL_MAX_CHARS) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Passed => "passed",
            Self::TryAgain => "try_again",
            Self::Failed => "failed",
            Self::Obsolete => "obsolete",
        })
    }
}

#[cfg(test)]
mod tests;
