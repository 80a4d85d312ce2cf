//! Two readings of the facts, made apart, agree: where a name's record goes, and whether other targets answer to the name.

use local_azure::Cloud;
use local_azure::cloud::group_members::{self, GroupMember};
use local_azure::cloud::resource::Resource;
use local_azure::cloud::resource_id::ResourceId;
use portreeve_decisions::catalogue::{Catalogue, Cloud as KnownCloud, TargetType};
use serde_json::{Value, json};

const CLOUDS: [(Cloud, KnownCloud, &str); 3] = [
    (Cloud::Public, KnownCloud::Public, "westeurope"),
    (Cloud::Government, KnownCloud::Government, "usgovvirginia"),
    (Cloud::China, KnownCloud::China, "chinanorth2"),
];

/// Targets of a type, one for each way in which its names can be formed.
fn targets(resource_type: &str, location: &str) -> Vec<Resource> {
    let path = resource_type.replacen("sites/slots", "sites/site/slots", 1);
    let id = format!("/subscriptions/s/resourceGroups/rg/providers/{path}/acct");
    let mut forms = vec![
        json!({}),
        json!({ "kind": "AIServices" }),
        json!({ "kind": "OpenAI" }),
        json!({ "sku": { "name": "Enterprise_E10" } }),
        json!({ "kind": "Unpartitioned" }),
        json!({ "properties": { "dnsEndpointType": "AzureDnsZone" } }),
    ];
    if resource_type == "Microsoft.App/managedEnvironments" {
        forms.push(json!({ "properties": { "reportsPlainNames": true } }));
    }
    let target = |form: Value| {
        let mut body = form.as_object().unwrap().clone();
        body.insert("location".to_owned(), json!(location));
        Resource { id: ResourceId::parse(&id).unwrap(), etag: String::new(), guid: String::new(), body }
    };
    forms.into_iter().map(target).collect()
}

/// What differs about the names of one target.
fn differences(row: &TargetType, known: KnownCloud, members: &[GroupMember]) -> Vec<String> {
    let named = members.iter().flat_map(|member| member.reported_fqdns().map(move |fqdn| (member, fqdn)));
    let difference = named.filter_map(|(member, fqdn)| {
        let placement = row.placement(known, std::slice::from_ref(&member.group_id), fqdn);
        let ours = placement.map(|placement| (placement.home().fqdn(), placement.is_shared));
        let theirs = Some((member.private_fqdn(), member.is_shared));
        (ours != theirs).then(|| format!("{} {fqdn}: {ours:?} and not {theirs:?}", row.resource_type))
    });
    difference.collect()
}

#[test]
fn the_catalogue_and_the_local_azure_agree_on_every_name() {
    let (mut own, mut shared, mut found) = (0, 0, Vec::new());
    for (cloud, known, location) in CLOUDS {
        // Of the types without zones, which are learned at run time, the catalogue says nothing.
        let rows = Catalogue::known().target_types().iter();
        for row in rows.filter(|row| row.zones.iter().any(|zone| zone.cloud == known)) {
            for target in targets(&row.resource_type, location) {
                let members = group_members::members(cloud, &target);
                shared += members.iter().filter(|member| member.is_shared).count();
                own += members.iter().filter(|member| !member.is_shared).count();
                found.extend(differences(row, known, &members));
            }
        }
    }
    found.dedup();
    assert_eq!(found, Vec::<String>::new());
    assert!(own > 500 && shared > 100, "{own} names of one target, {shared} of several");
}
