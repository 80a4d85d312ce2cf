use super::*;
use crate::facts::{ConnectionRequest, Endpoint};
use crate::resource_id::ResourceId;

const TARGET: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/stdata";
const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-app";

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

fn connection(status: &str) -> Option<Connection> {
    Some(Connection {
        id: id(&format!("{TARGET}/privateEndpointConnections/c")),
        target: id(TARGET),
        endpoint: id(ENDPOINT),
        status: ConnectionStatus::parse(status),
        description: String::new(),
        is_settling: false,
        group_ids: None,
    })
}

fn endpoint(target: Option<&str>, status: &str) -> EndpointSight {
    let status = ConnectionStatus::parse(status);
    EndpointSight::Seen(Endpoint {
        id: id(ENDPOINT),
        location: None,
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest {
            target: target.map(id),
            group_ids: vec!["blob".to_owned()],
            status,
            message: None,
        }],
        virtual_network: None,
        network_interfaces: Vec::new(),
        names: Vec::new(),
    })
}

fn addresses(text: &str) -> Vec<IpAddr> {
    text.split_whitespace().map(|address| address.parse().unwrap()).collect()
}

fn resolved(to: &str) -> Resolution {
    Resolution::Addresses {
        aliases: vec!["stdata.privatelink.blob.core.windows.net".to_owned()],
        addresses: addresses(to),
    }
}

fn name(expected: &str, resolution: Resolution) -> NameEvidence {
    let expected = EndpointName { fqdn: "stdata.blob.core.windows.net".to_owned(), addresses: addresses(expected) };
    let accepted = expected.addresses.iter().map(|address| (443, *address, Answer::Accepted)).collect();
    NameEvidence { expected, resolution, record_keeper: RecordKeeper::Platform, answers: accepted }
}

fn good() -> Evidence {
    Evidence {
        connection: connection("Approved"),
        endpoint: endpoint(Some(TARGET), "Approved"),
        names: vec![name("10.0.0.4", resolved("10.0.0.4"))],
    }
}

/// The verdict, and every finding that is not a pass.
fn check(evidence: &Evidence, expected: Verdict, complaints: &[(Outcome, &str)]) {
    let findings = findings(evidence);
    let found: Vec<(Outcome, &str)> = findings
        .iter()
        .filter(|finding| finding.outcome != Outcome::Passed)
        .map(|finding| (finding.outcome, finding.detail.as_str()))
        .collect();
    assert_eq!(found, complaints);
    assert_eq!(verdict(&findings), expected);
}

#[test]
fn an_endpoint_that_works_passes_every_check() {
    check(&good(), Verdict::Passed, &[]);
    let checks: Vec<Check> = findings(&good()).iter().map(|finding| finding.check).collect();
    assert_eq!(checks, [Check::TargetApproved, Check::EndpointApproved, Check::Resolves, Check::Answers]);
    let resolves = &findings(&good())[2].detail;
    assert_eq!(
        resolves,
        "stdata.blob.core.windows.net leads to 10.0.0.4 through stdata.privatelink.blob.core.windows.net"
    );
}

#[test]
fn each_side_must_be_approved() {
    use Outcome::{Failed, NotYet, Skipped};
    let target_side = [
        ("Pending", Verdict::TryAgain, NotYet, "the target's side says Pending"),
        ("Rejected", Verdict::Failed, Failed, "the target's side says Rejected"),
        ("Disconnected", Verdict::Failed, Failed, "the target's side says Disconnected"),
        ("Timeout\u{1b}[2J", Verdict::Failed, Failed, "the target's side says Timeout\\u{1b}[2J"),
    ];
    for (status, expected, outcome, detail) in target_side {
        check(&Evidence { connection: connection(status), ..good() }, expected, &[(outcome, detail)]);
    }
    let alias = "the endpoint names its target by alias";
    let unreadable = EndpointSight::Unreadable("403\nAuthorizationFailed".to_owned());
    let endpoint_side = [
        (endpoint(Some(TARGET), "Pending"), Verdict::TryAgain, NotYet, "the endpoint's side says Pending"),
        (endpoint(Some(TARGET), "Disconnected"), Verdict::Failed, Failed, "the endpoint's side says Disconnected"),
        (endpoint(None, "Approved"), Verdict::Passed, Skipped, alias),
        (unreadable, Verdict::Passed, Skipped, "the endpoint cannot be read: 403\\nAuthorizationFailed"),
    ];
    for (endpoint, expected, outcome, detail) in endpoint_side {
        check(&Evidence { endpoint, ..good() }, expected, &[(outcome, detail)]);
    }
}

#[test]
fn a_connection_that_is_no_longer_listed_fails_while_its_endpoint_lives() {
    let complaints = [
        (Outcome::Failed, "the target lists no such connection"),
        (Outcome::Skipped, "there is no connection to compare with"),
    ];
    check(&Evidence { connection: None, ..good() }, Verdict::Failed, &complaints);
}

#[test]
fn a_deleted_endpoint_leaves_nothing_to_prove_whatever_else_fails() {
    let deleted = (Outcome::Obsolete, "the endpoint was deleted");
    let gone = Evidence { endpoint: EndpointSight::Gone, names: Vec::new(), ..good() };
    check(&gone, Verdict::Obsolete, &[deleted]);
    check(&Evidence { connection: None, ..gone.clone() }, Verdict::Obsolete, &[deleted, deleted]);
    let rejected = (Outcome::Failed, "the target's side says Rejected");
    check(&Evidence { connection: connection("Rejected"), ..gone }, Verdict::Obsolete, &[rejected, deleted]);
}

#[test]
fn a_name_must_lead_to_the_endpoint_and_nowhere_else() {
    let fqdn = "stdata.blob.core.windows.net";
    let cases = [
        ("10.0.0.4", resolved("20.60.1.1"), format!("{fqdn} leads to 20.60.1.1, expected 10.0.0.4")),
        ("10.0.0.4", resolved("10.0.0.4 20.60.1.1"), format!("{fqdn} leads to 10.0.0.4, 20.60.1.1, expected 10.0.0.4")),
        ("10.0.0.4 10.0.0.5", resolved("10.0.0.4"), format!("{fqdn} leads to 10.0.0.4, expected 10.0.0.4, 10.0.0.5")),
        (
            "10.0.0.4",
            resolved("10.0.0.4 2001:db8::1"),
            format!("{fqdn} leads to 10.0.0.4, 2001:db8::1, expected 10.0.0.4"),
        ),
        ("10.0.0.4 fd00::4", resolved("10.0.0.4"), format!("{fqdn} leads to 10.0.0.4, expected 10.0.0.4, fd00::4")),
        ("fd00::4", resolved("fd00::5"), format!("{fqdn} leads to fd00::5, expected fd00::4")),
        ("10.0.0.4 fd00::4", resolved("fd00::4"), format!("{fqdn} leads to fd00::4, expected 10.0.0.4, fd00::4")),
        ("10.0.0.4", resolved(""), format!("{fqdn} leads to no address, expected 10.0.0.4")),
        ("10.0.0.4", Resolution::NoSuchName, format!("{fqdn} does not resolve, expected 10.0.0.4")),
        (
            "10.0.0.4",
            Resolution::Failed("timed out\u{7}".to_owned()),
            format!("{fqdn} could not be resolved: timed out\\u{{7}}"),
        ),
    ];
    for (expected, resolution, detail) in cases {
        let evidence = Evidence { names: vec![name(expected, resolution)], ..good() };
        check(&evidence, Verdict::TryAgain, &[(Outcome::NotYet, &detail)]);
    }
}

#[test]
fn the_order_of_addresses_and_how_often_they_come_do_not_matter() {
    let cases = [
        ("10.0.0.4 10.0.0.5", "10.0.0.5 10.0.0.4"),
        ("10.0.0.4 fd00::4", "fd00::4 10.0.0.4"),
        ("10.0.0.4", "10.0.0.4 10.0.0.4"),
        ("fd00::4", "fd00:0::4"),
    ];
    for (expected, observed) in cases {
        check(&Evidence { names: vec![name(expected, resolved(observed))], ..good() }, Verdict::Passed, &[]);
    }
}

#[test]
fn a_name_without_addresses_of_its_own_leads_nowhere() {
    let complaints = [
        (Outcome::NotYet, "stdata.blob.core.windows.net leads to no address, expected no address"),
        (Outcome::Skipped, "the port of stdata.blob.core.windows.net is not known"),
    ];
    check(&Evidence { names: vec![name("", resolved(""))], ..good() }, Verdict::TryAgain, &complaints);
}

#[test]
fn a_name_that_leads_elsewhere_tells_where_no_zone_is_known_for_it() {
    let fqdn = "stdata.blob.core.windows.net";
    let no_zone = "; no private DNS zone is known for the name, so no record is written";
    let failed = Resolution::Failed("timed out".to_owned());
    let cases = [
        (resolved("20.60.1.1"), format!("{fqdn} leads to 20.60.1.1, expected 10.0.0.4{no_zone}")),
        (Resolution::NoSuchName, format!("{fqdn} does not resolve, expected 10.0.0.4{no_zone}")),
        (failed, format!("{fqdn} could not be resolved: timed out")),
    ];
    let names = |resolution| vec![NameEvidence { record_keeper: RecordKeeper::Nobody, ..name("10.0.0.4", resolution) }];
    for (resolution, detail) in cases {
        check(&Evidence { names: names(resolution), ..good() }, Verdict::TryAgain, &[(Outcome::NotYet, &detail)]);
    }
    // Somebody else may have written the record.
    check(&Evidence { names: names(resolved("10.0.0.4")), ..good() }, Verdict::Passed, &[]);
}

#[test]
fn a_name_that_its_owner_chose_is_its_owners_to_record() {
    let names =
        |resolution| vec![NameEvidence { record_keeper: RecordKeeper::ResourceOwner, ..name("10.0.0.4", resolution) }];
    let detail = "stdata.blob.core.windows.net does not resolve, expected 10.0.0.4; the name is the resource owner's own, and theirs to record";
    let skipped = [(Outcome::Skipped, detail)];
    check(&Evidence { names: names(Resolution::NoSuchName), ..good() }, Verdict::Passed, &skipped);
    check(&Evidence { names: names(resolved("10.0.0.4")), ..good() }, Verdict::Passed, &[]);
}

#[test]
fn an_address_must_accept_connections_where_the_port_is_known() {
    let answers = |answers| Evidence {
        names: vec![NameEvidence { answers, ..name("10.0.0.4", resolved("10.0.0.4")) }],
        ..good()
    };
    let address = addresses("10.0.0.4")[0];
    let refused = vec![(443, address, Answer::Failed("connection refused".to_owned()))];
    check(&answers(refused), Verdict::TryAgain, &[(Outcome::NotYet, "10.0.0.4 on TCP 443: connection refused")]);
    check(
        &answers(Vec::new()),
        Verdict::Passed,
        &[(Outcome::Skipped, "the port of stdata.blob.core.windows.net is not known")],
    );
}

#[test]
fn the_gravest_finding_decides_the_verdict() {
    use Outcome::{Failed, NotYet, Obsolete, Passed, Skipped};
    let cases: [(&[Outcome], Verdict); 7] = [
        (&[Passed, Passed], Verdict::Passed),
        (&[Passed, Skipped], Verdict::Passed),
        (&[Skipped, NotYet, Passed], Verdict::TryAgain),
        (&[NotYet, Failed], Verdict::Failed),
        (&[Failed, NotYet], Verdict::Failed),
        (&[Failed, Obsolete], Verdict::Obsolete),
        (&[Obsolete, NotYet], Verdict::Obsolete),
    ];
    for (outcomes, expected) in cases {
        let findings: Vec<Finding> =
            outcomes.iter().map(|&outcome| Finding::new(Check::Resolves, outcome, "")).collect();
        assert_eq!(verdict(&findings), expected, "{outcomes:?}");
    }
}
