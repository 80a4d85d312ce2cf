use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::scripted::arm;

const GROUP: &str =
    "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network";

fn endpoint(names: Vec<EndpointName>) -> Endpoint {
    let id = |name: &str| ResourceId::parse(&format!("{GROUP}/{name}")).unwrap();
    Endpoint {
        id: id("privateEndpoints/pe"),
        location: None,
        provisioning_state: "Succeeded".to_owned(),
        requests: Vec::new(),
        virtual_network: None,
        network_interfaces: vec![id("networkInterfaces/pe.nic")],
        names,
    }
}

fn texts(addresses: Vec<IpAddr>) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn name(fqdn: &str, addresses: &[&str]) -> EndpointName {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    EndpointName { fqdn: fqdn.to_owned(), addresses }
}

#[tokio::test]
async fn an_endpoint_with_names_is_not_asked_again() {
    let (arm, http, _) = arm(Vec::new());
    let names = vec![name("a.example", &["10.0.0.4", "10.0.0.5"]), name("b.example", &["10.0.0.4"])];
    assert_eq!(texts(arm.addresses_of(&endpoint(names)).await.unwrap()), ["10.0.0.4", "10.0.0.5"]);
    assert!(http.requests().is_empty());
}

#[tokio::test]
async fn a_pending_endpoint_has_the_addresses_of_its_interface() {
    let configuration = |address: &str| json!({ "properties": { "privateIPAddress": address, "privateLinkConnectionProperties": { "fqdns": [] } } });
    let without = json!({ "properties": { "privateIPAddress": null } });
    let configurations = json!([configuration("10.0.0.4"), without, configuration("fd00::4"), configuration("no")]);
    let body = json!({ "properties": { "ipConfigurations": configurations } }).to_string();
    let (arm, http, _) = arm(vec![(200, Vec::new(), body)]);
    assert_eq!(texts(arm.addresses_of(&endpoint(Vec::new())).await.unwrap()), ["10.0.0.4", "fd00::4"]);
    assert!(http.requests()[0].url().path().ends_with("/networkInterfaces/pe.nic"));
}

#[tokio::test]
async fn an_interface_that_cannot_be_read_is_an_error() {
    let (arm, ..) = arm(vec![(403, Vec::new(), "{}".to_owned())]);
    assert_eq!(arm.addresses_of(&endpoint(Vec::new())).await.unwrap_err().kind, ErrorKind::Forbidden);
}
