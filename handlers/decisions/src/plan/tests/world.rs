//! The part of Azure that plans act on, as plain values: conditional writes, approvals that take time, names that come.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use proptest::sample::select;

use crate::allowlist::{Effect, LinkRule};
use crate::catalogue::Placement;
use crate::decide::{Decision, Reason};
use crate::dns::{NewZone, ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, Zone, ZoneChoice};
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
            link: LinkRule::AnyNetwork,
        };
        for observed in self.observation.names.iter_mut().chain(&mut self.names_to_come) {
            if observed.zone == ZoneChoice::ToCreate(new_zone.clone()) {
                observed.zone = ZoneChoice::Found(zone.clone());
            }
        }
    }

    /// Lets Azure finish what it is doing.
    pub fn let_time_pass(&mut self) {
        let connection = &mut self.observation.connection;
        connection.provisioning_state = connection.provisioning_state.as_ref().map(|_| "Succeeded".to_owned());
        if connection.status != ConnectionStatus::Approved {
            return;
        }
        if let EndpointSight::Seen(endpoint) = &mut self.observation.endpoint {
            endpoint.requests[0].status = ConnectionStatus::Approved;
            if self.observation.names.is_empty() && self.observation.has_known_zones {
                self.observation.names = self.names_to_come.clone();
            }
        }
    }

    fn set_status(&mut self, status: ConnectionStatus) {
        let connection = &mut self.observation.connection;
        assert_eq!(connection.status, ConnectionStatus::Pending, "Azure decides a connection once");
        connection.status = status;
        connection.provisioning_state = connection.provisioning_state.as_ref().map(|_| "Updating".to_owned());
    }

    fn write(&mut self, record_set: &RecordSetRef, addresses: &[Ipv4Addr], owner: &ResourceId) {
        assert!(!addresses.is_empty(), "ARM refuses a record set without records");
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

/// A name whose record, if it has a place, belongs in a zone that serves the endpoint.
pub fn observed(fqdn: &str, record_name: Option<&str>, zone: u8, addresses: &[&str]) -> ObservedName {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let name = format!("zone{zone}.example");
    let placement = record_name.map(|record_name| Placement {
        record_name: record_name.to_owned(),
        private_zone: name.clone(),
        public_zone: "public.example".to_owned(),
        port: 443,
    });
    let zone = Zone { id: zone_id(zone), name, linked_networks: Vec::new(), link: LinkRule::AnyNetwork };
    ObservedName {
        name: EndpointName { fqdn: fqdn.to_owned(), addresses },
        placement,
        zone: ZoneChoice::Found(zone),
        record: RecordSight::Absent,
        owner_is_gone: false,
    }
}

pub fn any_decision() -> impl Strategy<Value = Decision> {
    prop_oneof![3 => Just(Effect::Approve), 1 => Just(Effect::Hold), 1 => Just(Effect::Reject)].prop_map(decision)
}

pub fn any_record() -> impl Strategy<Value = RecordSet> {
    let owner = select(vec![
        RecordOwner::Endpoint(endpoint_id()),
        RecordOwner::Endpoint(other_id(true)),
        RecordOwner::Endpoint(other_id(false)),
        RecordOwner::ZoneGroup("created by private endpoint pe-x".to_owned()),
        RecordOwner::Somebody,
    ]);
    let addresses = prop::collection::vec(select(&["10.0.0.4", "10.0.0.5"][..]), 0..3);
    (owner, addresses, 0..9_u8).prop_map(|(owner, addresses, etag)| RecordSet {
        etag: format!("e{etag}"),
        addresses: addresses.into_iter().map(|address| address.parse().unwrap()).collect(),
        owner,
    })
}

fn any_name() -> impl Strategy<Value = ObservedName> {
    let addresses = prop::collection::vec(select(&["10.0.0.4", "10.0.0.5", "fd00::4"][..]), 0..3);
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
            name
        },
    )
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let status = prop_oneof![
        4 => Just(ConnectionStatus::Pending),
        6 => Just(ConnectionStatus::Approved),
        1 => Just(ConnectionStatus::Rejected),
        1 => Just(ConnectionStatus::Disconnected),
        1 => Just(ConnectionStatus::Other("Timeout".to_owned())),
    ];
    let provisioning_state = select(&[None, Some("Succeeded"), Some("Ready"), Some("Failed"), Some("Updating")][..]);
    (status, provisioning_state).prop_map(|(status, provisioning_state)| Connection {
        id: target_id().child("privateEndpointConnections", "c").unwrap(),
        target: target_id(),
        endpoint: endpoint_id(),
        status,
        description: "please".to_owned(),
        provisioning_state: provisioning_state.map(str::to_owned),
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
    let names = prop::collection::vec(any_name(), 0..4);
    let names_to_come = prop::collection::vec(any_name(), 1..4);
    let record_set = (select(&["a", "b"][..]), 1..=2_u8)
        .prop_map(|(name, zone)| RecordSetRef { zone: zone_id(zone), name: name.to_owned() });
    let records = prop::collection::btree_map(record_set, any_record(), 0..4);
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.9), any::<bool>(), prop::bool::weighted(0.3));
    (any_connection(), any_endpoint(), names, names_to_come, records, flags).prop_map(
        |(connection, endpoint, names, names_to_come, records, flags)| {
            let (has_zone_group, has_known_zones, is_validation_queued, has_unread_records) = flags;
            let observation = Observation {
                connection,
                endpoint,
                has_zone_group,
                has_known_zones,
                names,
                ttl_seconds: 10,
                is_validation_enabled: true,
                is_validation_queued,
            };
            World { observation, names_to_come, records, has_unread_records, writes: 0 }
        },
    )
}
