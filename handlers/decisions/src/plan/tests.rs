//! Rows and notes first; then properties over arbitrary worlds, which [`world`] models.

mod world;

use proptest::prelude::*;

use self::world::{
    World, any_decision, any_record, any_record_type, any_world, decision, endpoint_id, observed, other_id, target_id,
};
use super::*;
use crate::dns::{RecordReport, RecordSight, RecordType, ZoneChoice};
use crate::facts::ConnectionRequest;

/// The whole plan: actions, `note: …` and `wait: …`.
fn lines(plan: &Plan) -> Vec<String> {
    let actions = plan.actions.iter().map(|action| match action {
        Action::Approve(_) => "approve".to_owned(),
        Action::Reject(_) => "reject".to_owned(),
        Action::CreateRecordSet { record_set, addresses, .. } => format!("create {} {addresses:?}", shown(record_set)),
        Action::ReplaceRecordSet { record_set, addresses, etag, .. } => {
            format!("replace {} {addresses:?} if {etag}", shown(record_set))
        }
        Action::DeleteRecordSet { record_set, etag } => format!("delete {} if {etag}", shown(record_set)),
        Action::CreateZone(new_zone) => format!("create zone {}", new_zone.zone.name()),
        Action::QueueValidation { state, .. } => format!("validate {state}"),
    });
    let notes = plan.notes.iter().map(|note| format!("note: {note}"));
    actions.chain(notes).chain(plan.wait.map(|wait| format!("wait: {wait}"))).collect()
}

/// The record's name, and its type where it is not A.
fn shown(record_set: &RecordSetRef) -> String {
    match record_set.record_type {
        RecordType::A => record_set.name.clone(),
        RecordType::Aaaa => format!("AAAA {}", record_set.name),
    }
}

fn check(observation: &Observation, effect: Effect, expected: &[&str]) {
    assert_eq!(lines(&plan(observation, &decision(effect))), expected, "{observation:?}");
}

/// An approved connection of a readable endpoint that has one name, in a linked zone and without a record.
fn approved() -> Observation {
    Observation {
        connection: connection("Approved", false),
        endpoint: seen("Approved"),
        has_zone_group: false,
        can_be_decided: true,
        is_named_by_azure: true,
        names: vec![observed("st.blob.core.windows.net", Some("st"), 1, &["10.0.0.4"])],
        ttl_seconds: 10,
        is_validation_enabled: true,
        is_validation_queued: false,
    }
}

fn connection(status: &str, is_settling: bool) -> Connection {
    Connection {
        id: target_id().child("privateEndpointConnections", "c").unwrap(),
        target: target_id(),
        endpoint: endpoint_id(),
        status: ConnectionStatus::parse(status),
        description: String::new(),
        is_settling,
        group_ids: None,
    }
}

fn seen(status: &str) -> EndpointSight {
    let status = ConnectionStatus::parse(status);
    EndpointSight::Seen(Endpoint {
        id: endpoint_id(),
        location: None,
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest { target: Some(target_id()), group_ids: Vec::new(), status, message: None }],
        virtual_network: None,
        network_interfaces: Vec::new(),
        names: Vec::new(),
    })
}

#[test]
fn each_status_and_effect_has_its_plan() {
    use Effect::{Approve, Hold, Reject};
    let outside = |effect: &str| {
        format!(
            "note: the connection is approved, though not by this allowlist, which says {effect}; it is left as it is"
        )
    };
    let (outside_hold, outside_reject) = (outside("hold"), outside("reject"));
    let rejected = "note: the connection was rejected, which Azure makes final; the endpoint must be created again";
    let removed = "note: the target's side removed the connection; the endpoint can only be deleted and created again";
    let strange = "note: the connection's status is `Timeout\\u{7}`";
    let settling = "wait: a write to the connection is still under way";
    let cases: [(&str, bool, Effect, &[&str]); 21] = [
        ("Pending", false, Approve, &["approve"]),
        ("Pending", true, Approve, &[settling]),
        ("Pending", false, Reject, &["reject"]),
        ("Pending", true, Reject, &[settling]),
        ("Pending", false, Hold, &[]),
        ("Pending", true, Hold, &[]),
        ("Approved", false, Approve, &["create st [10.0.0.4]", "validate st.blob.core.windows.net=10.0.0.4"]),
        ("Approved", true, Approve, &[settling]),
        ("Approved", true, Hold, &[&outside_hold]),
        ("Rejected", true, Approve, &[rejected]),
        ("Approved", false, Hold, &[&outside_hold]),
        ("Approved", false, Reject, &[&outside_reject]),
        ("Rejected", false, Approve, &[rejected]),
        ("Rejected", false, Hold, &[]),
        ("Rejected", false, Reject, &[]),
        ("Disconnected", false, Approve, &[removed]),
        ("Disconnected", false, Hold, &[removed]),
        ("Disconnected", false, Reject, &[removed]),
        ("Timeout\u{7}", false, Approve, &[strange]),
        ("Timeout\u{7}", false, Hold, &[strange]),
        ("Timeout\u{7}", false, Reject, &[strange]),
    ];
    for (status, is_settling, effect, expected) in cases {
        let observation = Observation { connection: connection(status, is_settling), ..approved() };
        check(&observation, effect, expected);
    }
}

#[test]
fn what_the_endpoint_shows_decides_what_follows_an_approval() {
    let validate = "validate st.blob.core.windows.net=10.0.0.4";
    let unreadable = EndpointSight::Unreadable("403\nForbidden".to_owned());
    let cases: [(Observation, &[&str]); 9] = [
        (
            Observation { endpoint: seen("Pending"), ..approved() },
            &["wait: the endpoint does not know of its approval yet"],
        ),
        (
            Observation { endpoint: EndpointSight::Gone, ..approved() },
            &["note: the endpoint is gone; Azure will remove its connection"],
        ),
        (
            Observation { endpoint: unreadable, names: Vec::new(), ..approved() },
            &[
                "validate ",
                "note: the endpoint cannot be read (403\\nForbidden), so its names are the requester's to record",
            ],
        ),
        (
            Observation { has_zone_group: true, ..approved() },
            &[validate, "note: the endpoint has a DNS zone group, so Azure owns its records"],
        ),
        (Observation { names: Vec::new(), ..approved() }, &["wait: the endpoint reports no names and addresses yet"]),
        (
            Observation { names: Vec::new(), is_named_by_azure: false, ..approved() },
            &["validate ", "note: the endpoint reports no names"],
        ),
        (Observation { is_validation_queued: true, ..approved() }, &["create st [10.0.0.4]"]),
        (
            Observation { names: vec![observed("x.example", None, 1, &["10.0.0.4"])], ..approved() },
            &[
                "validate x.example=10.0.0.4",
                "note: x.example: no private DNS zone is known for this name, so it gets no record; if it needs one, write it by hand",
            ],
        ),
        (
            Observation { endpoint: seen("Pending"), has_zone_group: true, ..approved() },
            &["wait: the endpoint does not know of its approval yet"],
        ),
    ];
    for (observation, expected) in cases {
        check(&observation, Effect::Approve, expected);
    }
}

#[test]
fn a_name_that_cannot_be_recorded_does_not_keep_the_others_from_it() {
    let lost = ObservedName { zone: ZoneChoice::Missing, ..observed("b.example", Some("b"), 1, &["10.0.0.5"]) };
    let names = vec![lost, observed("a.example", Some("a"), 1, &["10.0.0.4"])];
    let expected = [
        "create a [10.0.0.4]",
        "validate a.example=10.0.0.4 b.example=10.0.0.5",
        "note: b.example: zone zone1.example is in none of the resource groups under dns.zones; create it there and link it",
    ];
    check(&Observation { names, ..approved() }, Effect::Approve, &expected);
}

#[test]
fn a_record_is_written_for_the_endpoint_that_the_target_names() {
    let actions = plan(&approved(), &decision(Effect::Approve)).actions;
    let Action::CreateRecordSet { owner, .. } = &actions[0] else { panic!("{actions:?}") };
    assert_eq!(*owner, endpoint_id());
    let Action::QueueValidation { connection, endpoint, .. } = &actions[1] else { panic!("{actions:?}") };
    assert_eq!((connection, endpoint), (&approved().connection.id, &endpoint_id()));
}

#[test]
fn the_state_to_prove_does_not_depend_on_the_order_that_azure_answers_in() {
    let names = [("a.example", ["10.0.0.4", "10.0.0.5"]), ("b.example", ["10.0.0.6", "10.0.0.7"])];
    let of = |turned: bool| {
        let mut names: Vec<ObservedName> = names.iter().map(|(fqdn, own)| observed(fqdn, None, 1, own)).collect();
        if turned {
            names.reverse();
            names.iter_mut().for_each(|observed| observed.name.addresses.reverse());
        }
        state_of(&Observation { names, ..approved() })
    };
    assert_eq!(of(false), of(true));
    assert_eq!(of(false), "a.example=10.0.0.4,10.0.0.5 b.example=10.0.0.6,10.0.0.7");
}

#[test]
fn an_action_reads_as_one_line() {
    let plan = plan(&approved(), &decision(Effect::Approve));
    let shown: Vec<String> = plan.actions.iter().map(ToString::to_string).collect();
    let expected = format!("queue validation of {}", approved().connection.id);
    assert_eq!(shown, ["create A st.zone1.example in rg-dns [10.0.0.4]".to_owned(), expected]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_plan_applied_and_planned_again_is_empty(mut world in any_world(), decision in any_decision()) {
        for _ in 0..8 {
            let is_read = !world.has_unread_records;
            let plan = plan(&world.observe(), &decision);
            if plan.is_empty() {
                return Ok(());
            }
            world.apply(&plan);
            // These change what there is to see; all others only bring it about.
            let is_final =
                |action: &Action| !matches!(action, Action::Approve(_) | Action::Reject(_) | Action::CreateZone(_));
            if is_read && plan.wait.is_none() && plan.actions.iter().all(is_final) {
                let next = super::plan(&world.observe(), &decision);
                prop_assert!(next.is_empty(), "{:?} after {:?}", lines(&next), lines(&plan));
            }
            world.let_time_pass();
        }
        prop_assert!(false, "never empty: {:?}", lines(&plan(&world.observe(), &decision)));
    }

    #[test]
    fn only_records_of_this_or_a_gone_endpoint_ever_change(mut world in any_world(), decision in any_decision()) {
        let before = world.records.clone();
        for _ in 0..8 {
            let plan = plan(&world.observe(), &decision);
            world.apply(&plan);
            world.let_time_pass();
        }
        for (record_set, record) in &before {
            let is_ours_to_change = match &record.owner {
                RecordOwner::Endpoint(owner) => owner == &endpoint_id() || !World::lives(owner),
                RecordOwner::ZoneGroup(_) | RecordOwner::Somebody => false,
            };
            prop_assert!(is_ours_to_change || world.records.get(record_set) == Some(record), "{record_set}");
        }
        for (record_set, record) in &world.records {
            let is_ours = record.owner == RecordOwner::Endpoint(endpoint_id());
            prop_assert!(is_ours || before.get(record_set) == Some(record), "{record_set}");
        }
    }

    #[test]
    fn a_connection_is_decided_once_and_only_as_the_decision_says(world in any_world(), decision in any_decision()) {
        let observation = world.observe();
        let plan = plan(&observation, &decision);
        for action in &plan.actions {
            let effect = match action {
                Action::Approve(_) => Effect::Approve,
                Action::Reject(_) => Effect::Reject,
                Action::CreateRecordSet { .. }
                | Action::ReplaceRecordSet { .. }
                | Action::CreateZone(_)
                | Action::QueueValidation { .. } => {
                    prop_assert_eq!(&observation.connection.status, &ConnectionStatus::Approved);
                    prop_assert_eq!(decision.effect, Effect::Approve);
                    continue;
                }
                Action::DeleteRecordSet { .. } => return Err(TestCaseError::fail("no connection asks for a deletion")),
            };
            prop_assert_eq!(&observation.connection.status, &ConnectionStatus::Pending);
            prop_assert_eq!(decision.effect, effect);
            prop_assert_eq!(plan.actions.len(), 1);
            prop_assert!(observation.can_be_decided && !observation.connection.is_settling);
        }
    }

    #[test]
    fn a_description_fits_every_provider(rule in "\\PC{0,200}", effect in prop::sample::select(&[Effect::Approve, Effect::Reject][..])) {
        let mut decided = decision(effect);
        decided.reason = crate::decide::Reason::Rule { id: rule.into(), owner: None, reason: None, ticket: None };
        let observation = Observation { connection: connection("Pending", false), ..approved() };
        let actions = plan(&observation, &decided).actions;
        let [Action::Approve(write) | Action::Reject(write)] = actions.as_slice() else { panic!("{actions:?}") };
        prop_assert!(write.description.is_ascii() && (1..=128).contains(&write.description.len()), "{}", write.description);
    }

    #[test]
    fn a_deleted_endpoint_takes_its_own_records_and_no_others(
        records in prop::collection::vec(any_record_type().prop_flat_map(|of| (Just(of), any_record(of))), 0..8)
    ) {
        let named = |index: usize, record_type| RecordSetRef { zone: world::zone_id(1), record_type, name: format!("r{index}") };
        let records: Vec<(RecordSetRef, RecordSet)> =
            records.into_iter().enumerate().map(|(index, (of, record))| (named(index, of), record)).collect();
        let plan = plan_removal(&endpoint_id(), &records);
        let (own, others): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|(_, record)| record.owner == RecordOwner::Endpoint(endpoint_id()));
        let expected: Vec<Action> = own
            .into_iter()
            .map(|(record_set, record)| Action::DeleteRecordSet { record_set, etag: record.etag })
            .collect();
        prop_assert_eq!(plan.actions, expected);
        prop_assert!(plan_removal(&endpoint_id(), &others).is_empty());
    }
}

#[test]
fn the_records_of_an_endpoint_go_whatever_the_letter_case_of_its_id() {
    let shout = ResourceId::parse(&endpoint_id().as_str().to_ascii_uppercase()).unwrap();
    let of = |owner: ResourceId| RecordSet {
        etag: "e7".to_owned(),
        addresses: Vec::new(),
        owner: RecordOwner::Endpoint(owner),
    };
    let named =
        |name: &str| RecordSetRef { zone: world::zone_id(1), record_type: RecordType::A, name: name.to_owned() };
    let v6 = RecordSetRef { record_type: RecordType::Aaaa, ..named("own") };
    let records = [(named("own"), of(shout.clone())), (v6, of(shout)), (named("other"), of(other_id(true)))];
    assert_eq!(lines(&plan_removal(&endpoint_id(), &records)), ["delete own if e7", "delete AAAA own if e7"]);
}

#[test]
fn a_missing_zone_is_made_once_and_before_anything_is_proven() {
    let mut observation = approved();
    let new_zone = NewZone { zone: world::zone_id(1), network: other_id(true) };
    observation.names[0].zone = ZoneChoice::ToCreate(new_zone);
    observation.names.push(observation.names[0].clone());
    observation.names[1].placement.as_mut().unwrap().places[0].record_name = "st2".to_owned();
    check(&observation, Effect::Approve, &[&format!("create zone {}", world::zone_id(1).name())]);
}

#[test]
fn an_endpoint_may_cause_ten_new_zones_and_not_eleven() {
    let with_new_zones = |count: u8| {
        let name = |number: u8| {
            let zone = world::zone_id(number);
            let new_zone = NewZone { zone, network: other_id(true) };
            let fqdn = format!("n{number}.example");
            let name = observed(&fqdn, Some(&fqdn), 1, &["10.0.0.4"]);
            ObservedName { zone: ZoneChoice::ToCreate(new_zone), ..name }
        };
        let mut observation = approved();
        // A name that needs no new zone gets its record either way.
        observation.names.extend((1..=count).map(name));
        plan(&observation, &decision(Effect::Approve))
    };
    let of = |plan: &Plan, begin: &str| lines(plan).iter().filter(|line| line.starts_with(begin)).count();
    let ten = with_new_zones(10);
    assert_eq!((of(&ten, "create zone "), of(&ten, "note: "), of(&ten, "create st ")), (10, 0, 1));
    let eleven = with_new_zones(11);
    assert_eq!((of(&eleven, "create zone "), of(&eleven, "note: "), of(&eleven, "create st ")), (0, 11, 1));
    let notes: Vec<String> = lines(&eleven).into_iter().filter(|line| line.contains("more new zones")).collect();
    assert_eq!(notes.len(), 11);
}

#[test]
fn a_type_that_azure_alone_decides_is_left_to_it() {
    let left = "note: Azure has no call that approves or rejects connections to this type; it is left to Azure itself";
    let undecided = |status: &str, is_settling: bool| Observation {
        connection: connection(status, is_settling),
        can_be_decided: false,
        ..approved()
    };
    for effect in [Effect::Approve, Effect::Reject] {
        check(&undecided("Pending", false), effect, &[left]);
        check(&undecided("Pending", true), effect, &[left]);
    }
    check(&undecided("Pending", false), Effect::Hold, &[]);
    assert!(Note::NoCallDecides.needs_attention() && !Note::NoCallDecides.may_be_late());
    // Once Azure has approved it, its names are recorded like any.
    let recorded = ["create st [10.0.0.4]", "validate st.blob.core.windows.net=10.0.0.4"];
    check(&undecided("Approved", false), Effect::Approve, &recorded);
}

#[test]
fn a_name_with_addresses_of_both_families_has_two_records() {
    let names = || {
        let of = |address| observed("st.blob.core.windows.net", Some("st"), 1, &[address]);
        vec![of("10.0.0.4"), of("fd00::4")]
    };
    let validate = "validate st.blob.core.windows.net=10.0.0.4 st.blob.core.windows.net=fd00::4";
    let both = Observation { names: names(), ..approved() };
    check(&both, Effect::Approve, &["create st [10.0.0.4]", "create AAAA st [fd00::4]", validate]);
    let of = |address: &str, owner| {
        RecordSight::Present(RecordSet { etag: "e1".to_owned(), addresses: vec![address.parse().unwrap()], owner })
    };
    let mut one_moved = both.clone();
    one_moved.names[0].record = of("10.0.0.4", RecordOwner::Endpoint(endpoint_id()));
    one_moved.names[1].record = of("fd00::9", RecordOwner::Endpoint(endpoint_id()));
    check(&one_moved, Effect::Approve, &["replace AAAA st [fd00::4] if e1", validate]);
    let mut one_foreign = both;
    one_foreign.names[0].record = of("10.0.0.9", RecordOwner::Somebody);
    let conflict = "note: st.blob.core.windows.net: conflict: A st.zone1.example in rg-dns leads elsewhere and is not ours (its metadata names no owner); it is left as it is";
    check(&one_foreign, Effect::Approve, &["create AAAA st [fd00::4]", validate, conflict]);
}

#[test]
fn a_record_of_the_zone_itself_reads_as_the_zone() {
    let of = |name: &str, record_type| {
        RecordSetRef { zone: world::zone_id(1), record_type, name: name.to_owned() }.to_string()
    };
    assert_eq!(of("@", RecordType::A), "A zone1.example in rg-dns");
    assert_eq!(of("@", RecordType::Aaaa), "AAAA zone1.example in rg-dns");
    assert_eq!(of("*.env", RecordType::A), "A *.env.zone1.example in rg-dns");
    assert_eq!(of("st.z6", RecordType::Aaaa), "AAAA st.z6.zone1.example in rg-dns");
}

#[test]
fn only_a_zone_can_be_late() {
    let late = |report: RecordReport| Note::Name("x.example".to_owned(), report).may_be_late();
    assert!(late(RecordReport::ZoneMissing("z".to_owned())) && late(RecordReport::ZoneNotLinked(world::zone_id(1))));
    assert!(!late(RecordReport::NoZoneKnown) && !late(RecordReport::NoAddress));
}

#[test]
fn nothing_is_proven_where_the_file_says_so() {
    let observation = Observation { is_validation_enabled: false, ..approved() };
    check(&observation, Effect::Approve, &["create st [10.0.0.4]"]);
}

#[test]
fn an_unread_record_is_created_only_where_there_is_none() {
    let unread = |sight: RecordSight| {
        let mut observation = approved();
        observation.names[0].record = sight;
        lines(&plan(&observation, &decision(Effect::Approve)))
    };
    assert_eq!(unread(RecordSight::NotRead), unread(RecordSight::Absent));
}
