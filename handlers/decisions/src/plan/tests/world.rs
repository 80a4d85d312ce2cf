//! The part of Azure that plans act on, as plain values: conditional writes, approvals that take time, names that come.

use std::collections::BTreeMap;
use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;

use crate::allowlist::{Effect, LinkRule};
use crate::catalogue::{Place, Placement};
use crate::decide::{Decision, Reason};
use crate::dns::{
    NewZone, ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordType, Zone, ZoneChoice,
};
use crate::facts::{Connection, ConnectionRequest, ConnectionStatus, Endpoint, EndpointName, EndpointSight};
use crate::plan::{Action, Observation, Plan};
use crate::resource_id::ResourceId;

#[derive(Clone, Debug)]
pub struct World {
    pub observation: Observation,
    /// The names that the endpoint reports once Azure has finished with it.
    pub names_to_come: Vec<ObservedName>,
    pub records: BTreeMap<RecordSetRef, RecordSet>,
    /// Whether the next look leaves the records unread, as the one right after an approval does.
    pub has_unread_records: bool,
    /// Whether the target's type shows that a write is under way.
    pub shows_settling: bool,
    writes: u32,
}

impl World {
    /// Of all endpoints, one other lives.
    pub fn lives(endpoint: &ResourceId) -> bool {
        *endpoint == endpoint_id() || *endpoint == other_id(true)
    }

    pub fn observe(&self) -> Observation {
        let mut observation = self.observation.clone();
        for observed in &mut observation.names {
            let Some(wanted) = observed.record_set() else { continue };
            observed.record = match self.records.get(&wanted) {
                _ if self.has_unread_records => RecordSight::NotRead,
                Some(record) => RecordSight::Present(record.clone()),
                None => RecordSight::Absent,
            };
            if let RecordSight::Present(RecordSet { owner: RecordOwner::Endpoint(owner), .. }) = &observed.record {
                observed.owner_is_gone = !Self::lives(owner);
            }
        }
        observation
    }

    /// Does what Azure would do, and fails the test where Azure would refuse for good.
    pub fn apply(&mut self, plan: &Plan) {
        self.has_unread_records = false;
        for action in &plan.actions {
            match action {
                Action::Approve(_) => self.set_status(ConnectionStatus::Approved),
                Action::Reject(_) => self.set_status(ConnectionStatus::Rejected),
                Action::CreateRecordSet { record_set, addresses, owner, .. } => {
                    // `If-None-Match: *`: where there is one already, 412 and no change.
                    if !self.records.contains_key(record_set) {
                        self.write(record_set, addresses, owner);
                    }
                }
                Action::ReplaceRecordSet { record_set, addresses, owner, etag, .. } => {
                    assert_eq!(&self.records[record_set].etag, etag, "nobody else writes here");
                    self.write(record_set, addresses, owner);
                }
                Action::DeleteRecordSet { record_set, etag } => {
                    let record = self.records.remove(record_set).expect("a record is there to be deleted");
                    assert_eq!(&record.etag, etag, "nobody else writes here");
                }
                Action::CreateZone(new_zone) => self.create_zone(new_zone),
                Action::QueueValidation { .. } => self.observation.is_validation_queued = true,
            }
        }
    }

    /// From now on every name that wants the zone finds it.
    fn create_zone(&mut self, new_zone: &NewZone) {
        let zone = Zone {
            id: new_zone.zone.clone(),
            name: new_zone.zone.name().to_owned(),
            linked_networks: vec![new_zone.network.clone()],
            is_new: true,
            link: LinkRule::AnyNetwork,
        };
        for observed in self.observation.names.iter_mut().chain(&mut self.names_to_come) {
            if observed.zone == ZoneChoice::ToCreate(new_zone.clone()) {
                let name =
                    observed.placement.as_ref().map_or_else(String::new, |placed| placed.home().record_name.clone());
                observed.zone = ZoneChoice::Found(zone.clone(), name);
            }
        }
    }

    /// Lets Azure finish what it is doing.
    pub fn let_time_pass(&mut self) {
        let connection = &mut self.observation.connection;
        connection.is_settling = false;
        if connection.status != ConnectionStatus::Approved {
            return;
        }
        if let EndpointSight::Seen(endpoint) = &mut self.observation.endpoint {
            endpoint.requests[0].status = ConnectionStatus::Approved;
            if self.observation.names.is_empty() && self.observation.is_named_by_azure {
                self.observation.names = self.names_to_come.clone();
            }
        }
    }

    fn set_status(&mut self, status: ConnectionStatus) {
        let connection = &mut self.observation.connection;
        assert_eq!(connection.status, ConnectionStatus::Pending, "Azure decides a connection once");
        connection.status = status;
        connection.is_settling = self.shows_settling;
    }

    fn write(&mut self, record_set: &RecordSetRef, addresses: &[IpAddr], owner: &ResourceId) {
        assert!(!addresses.is_empty(), "ARM refuses a record set without records");
        let is_of_type = |address: &IpAddr| RecordType::of(*address) == record_set.record_type;
        assert!(addresses.iter().all(is_of_type), "ARM refuses addresses of the other family");
        self.writes += 1;
        let etag = format!("w{}", self.writes);
        let owner = RecordOwner::Endpoint(owner.clone());
        self.records.insert(record_set.clone(), RecordSet { etag, addresses: addresses.to_vec(), owner });
    }
}

fn id(subscription: u8, rest: &str) -> ResourceId {
    let guid = "########-####-####-####-############".replace('#', &subscription.to_string());
    ResourceId::parse(&format!("/subscriptions/{guid}/resourceGroups/{rest}")).unwrap()
}

pub fn target_id() -> ResourceId {
    id(3, "rg-data/providers/Microsoft.Storage/storageAccounts/st")
}

pub fn endpoint_id() -> ResourceId {
    id(2, "rg-app/providers/Microsoft.Network/privateEndpoints/pe-app")
}

/// Another endpoint, which lives or is gone.
pub fn other_id(lives: bool) -> ResourceId {
    let name = if lives { "pe-living" } else { "pe-gone" };
    id(2, &format!("rg-app/providers/Microsoft.Network/privateEndpoints/{name}"))
}

pub fn zone_id(zone: u8) -> ResourceId {
    id(3, &format!("rg-dns/providers/Microsoft.Network/privateDnsZones/zone{zone}.example"))
}

pub fn decision(effect: Effect) -> Decision {
    Decision { effect, reason: Reason::Rule { id: "r".into(), owner: None, reason: None, ticket: None } }
}

/// A name whose record, if it has a place, belongs in a zone that serves the endpoint. Its addresses are of one family.
pub fn observed(fqdn: &str, record_name: Option<&str>, zone: u8, addresses: &[&str]) -> ObservedName {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let record_type = addresses.first().map_or(RecordType::A, |address| RecordType::of(*address));
    let name = format!("zone{zone}.example");
    let placement = record_name.map(|record_name| Placement {
        places: [&name, "public.example"].map(|zone| place(zone, record_name)).to_vec(),
        home: 0,
        port: Some(443),
        is_shared: false,
        first_labels: Vec::new(),
    });
    let zone = Zone { id: zone_id(zone), name, linked_networks: Vec::new(), is_new: false, link: LinkRule::AnyNetwork };
    ObservedName {
        name: EndpointName { fqdn: fqdn.to_owned(), addresses },
        record_type,
        placement,
        is_targets: true,
        zone: ZoneChoice::Found(zone, record_name.unwrap_or_default().to_owned()),
        record: RecordSight::Absent,
        owner_is_gone: false,
    }
}

fn place(zone: &str, record_name: &str) -> Place {
    Place { zone: zone.to_owned(), record_name: record_name.to_owned() }
}

pub fn any_decision() -> impl Strategy<Value = Decision> {
    prop_oneof![3 => Just(Effect::Approve), 1 => Just(Effect::Hold), 1 => Just(Effect::Reject)].prop_map(decision)
}

pub fn any_record(record_type: RecordType) -> impl Strategy<Value = RecordSet> {
    let owner = select(vec![
        RecordOwner::Endpoint(endpoint_id()),
        RecordOwner::Endpoint(other_id(true)),
        RecordOwner::Endpoint(other_id(false)),
        RecordOwner::ZoneGroup("created by private endpoint pe-x".to_owned()),
        RecordOwner::Somebody,
    ]);
    let own = match record_type {
        RecordType::A => ["10.0.0.4", "10.0.0.5"],
        RecordType::Aaaa => ["fd00::4", "fd00::5"],
    };
    let addresses = prop::collection::vec(select(own.to_vec()), 0..3);
    (owner, addresses, 0..9_u8).prop_map(|(owner, addresses, etag)| RecordSet {
        etag: format!("e{etag}"),
        addresses: addresses.into_iter().map(|address| address.parse().unwrap()).collect(),
        owner,
    })
}

/// One name, once for each type of record that its addresses need.
fn any_name() -> impl Strategy<Value = Vec<ObservedName>> {
    let addresses = prop::collection::vec(select(&["10.0.0.4", "10.0.0.5", "fd00::4", "fd00::5"][..]), 0..4);
    let placed = prop::option::weighted(0.9, select(&["a", "b"][..]));
    (select(&["x.example", "y.example"][..]), placed, 1..=2_u8, addresses, 0..8_u8).prop_map(
        |(fqdn, record_name, zone, addresses, zone_choice)| {
            let mut name = observed(fqdn, record_name, zone, &addresses);
            match zone_choice {
                0 => name.zone = ZoneChoice::Missing,
                1 => name.zone = ZoneChoice::NotLinked(zone_id(zone)),
                2 => name.zone = ZoneChoice::ToCreate(NewZone { zone: zone_id(zone), network: other_id(true) }),
                _ => {}
            }
            let by_type = ObservedName::by_record_type(&name.name).into_iter();
            by_type.map(|(record_type, of_type)| ObservedName { record_type, name: of_type, ..name.clone() }).collect()
        },
    )
}

fn any_names(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<ObservedName>> {
    prop::collection::vec(any_name(), count).prop_map(|names| names.concat())
}

pub fn any_record_type() -> impl Strategy<Value = RecordType> {
    select(&[RecordType::A, RecordType::Aaaa][..])
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let status = prop_oneof![
        4 => Just(ConnectionStatus::Pending),
        6 => Just(ConnectionStatus::Approved),
        1 => Just(ConnectionStatus::Rejected),
        1 => Just(ConnectionStatus::Disconnected),
        1 => Just(ConnectionStatus::Other("Timeout".to_owned())),
    ];
    (status, prop::bool::weighted(0.2)).prop_map(|(status, is_settling)| Connection {
        id: target_id().child("privateEndpointConnections", "c").unwrap(),
        target: target_id(),
        endpoint: endpoint_id(),
        status,
        description: "please".to_owned(),
        is_settling,
        group_ids: None,
    })
}

fn any_endpoint() -> impl Strategy<Value = EndpointSight> {
    let seen = select(vec![ConnectionStatus::Pending, ConnectionStatus::Approved]).prop_map(|status| {
        EndpointSight::Seen(Endpoint {
            id: endpoint_id(),
            location: None,
            provisioning_state: "Succeeded".to_owned(),
            requests: vec![ConnectionRequest {
                target: Some(target_id()),
                group_ids: Vec::new(),
                status,
                message: None,
            }],
            virtual_network: None,
            network_interfaces: Vec::new(),
            names: Vec::new(),
        })
    });
    prop_oneof![8 => seen, 1 => Just(EndpointSight::Gone), 1 => Just(EndpointSight::Unreadable("403".to_owned()))]
}

pub fn any_world() -> impl Strategy<Value = World> {
    let record = (select(&["a", "b"][..]), 1..=2_u8, any_record_type()).prop_flat_map(|(name, zone, record_type)| {
        let record_set = RecordSetRef { zone: zone_id(zone), record_type, name: name.to_owned() };
        (Just(record_set), any_record(record_type))
    });
    let records = prop::collection::vec(record, 0..6).prop_map(|records| records.into_iter().collect());
    let often = || prop::bool::weighted(0.9);
    let seldom = || prop::bool::weighted(0.1);
    let flags = (seldom(), often(), often(), any::<bool>(), prop::bool::weighted(0.3), any::<bool>());
    (any_connection(), any_endpoint(), any_names(0..4), any_names(1..4), records, flags).prop_map(
        |(connection, endpoint, names, names_to_come, records, flags)| {
            let (
                has_zone_group,
                can_be_decided,
                is_named_by_azure,
                is_validation_queued,
                has_unread_records,
                shows_settling,
            ) = flags;
            let observation = Observation {
                connection,
                endpoint,
                has_zone_group,
                can_be_decided,
                is_named_by_azure,
                names,
                ttl_seconds: 10,
                is_validation_enabled: true,
                is_validation_queued,
            };
            World { observation, names_to_come, records, has_unread_records, shows_settling, writes: 0 }
        },
    )
}
