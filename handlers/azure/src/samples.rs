//! What ARM answers, as documented, is understood: each sample read by the code that reads ARM.

use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::dns::{RecordOwner, RecordSetRef, RecordSight, RecordType};
use portreeve_decisions::facts::{Connection, ConnectionStatus};
use portreeve_decisions::resource_id::ResourceId;

use crate::arm::Arm;
use crate::scripted::arm;

fn answering(body: &str) -> Arm {
    arm(vec![(200, Vec::new(), body.to_owned())]).0
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

async fn connection(body: &str) -> Connection {
    let account = id(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/stdataprod001",
    );
    let row = Catalogue::known().target_type(&account).unwrap();
    let list = format!("{{\"value\":[{body}]}}");
    answering(&list).connections_below(&account, row).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_pending_connection_of_storage() {
    let connection = connection(include_str!("samples/arm-connection-pending-storage.json")).await;
    assert_eq!(connection.status, ConnectionStatus::Pending);
    assert_eq!(connection.target.name(), "stdataprod001");
    assert_eq!(connection.endpoint.name(), "pe-app-blob");
    assert_eq!(connection.description, "team-app INC0012345");
    assert_eq!(connection.group_ids, None);
    assert!(!connection.is_settling);
}

#[tokio::test]
async fn a_managed_endpoint_of_synapse() {
    let connection = connection(include_str!("samples/arm-connection-pending-managed-synapse.json")).await;
    assert_eq!(connection.endpoint.subscription(), "92b2afd7-e3db-4660-90c5-0da4aebf53d4");
    assert_eq!(connection.endpoint.name(), "mysynapse.AzureBlobStorage371");
}

#[tokio::test]
async fn the_interface_of_a_registrys_endpoint() {
    let interface = id(
        "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/networkInterfaces/pe-acr.nic",
    );
    let sample = include_str!("samples/arm-nic-acr.json");
    let endpoint = answering(sample).endpoint_of_interface(&interface).await.unwrap();
    assert_eq!(endpoint.unwrap().name(), "pe-acr");
    let names = answering(sample).names_on_interface(&interface).await.unwrap();
    let names: Vec<String> = names.iter().map(|name| format!("{} {:?}", name.fqdn, name.addresses)).collect();
    assert_eq!(
        names,
        ["acrforakssecurity.azurecr.io [10.1.1.21]", "acrforakssecurity.westus2.data.azurecr.io [10.1.1.20]"]
    );
}

#[tokio::test]
async fn a_record_set_that_a_zone_group_owns() {
    let zone = id(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net",
    );
    let record_set = RecordSetRef { zone, record_type: RecordType::A, name: "stdataprod001".to_owned() };
    let sight =
        answering(include_str!("samples/arm-recordset-zonegroup-owned.json")).record_set(&record_set).await.unwrap();
    let RecordSight::Present(record) = sight else { panic!("{sight:?}") };
    assert_eq!(record.etag, "89265689-ac8d-4f1c-8952-5c4cae12f7d6");
    assert_eq!(record.addresses, ["10.0.144.5".parse::<std::net::Ipv4Addr>().unwrap()]);
    assert!(
        matches!(record.owner, RecordOwner::ZoneGroup(creator) if creator.starts_with("created by private endpoint pe-app-blob"))
    );
}
