//! The table itself: every row is read, and what it says is something that the code knows.

use super::{ConnectionPut, Listing, TargetType, all};

#[test]
fn every_row_is_whole() {
    assert_eq!(all().len(), 96);
    for row in all() {
        let name = &row.resource_type;
        assert!(!row.api_versions.is_empty(), "{name}");
        assert!(row.api_versions.is_sorted_by(|newer, older| newer > older), "{name}: the newest first, each once");
        assert!([200, 201].contains(&row.create_status), "{name}");
        assert!(row.owner_methods.iter().all(|method| ["PUT", "PATCH", "DELETE"].contains(&method.as_str())), "{name}");
        assert!(["", "actionRequired", "actionsRequired"].contains(&row.actions_field.as_str()), "{name}");
        assert_eq!(row.progress_state.is_empty(), ["", "{status}"].contains(&row.terminal_state.as_str()), "{name}");
        assert!(std::ptr::eq(TargetType::find(&name.to_uppercase()).expect("itself"), row), "{name}");
    }
}

#[test]
fn columns_that_are_assumed_are_columns() {
    let header = include_str!("../target_types.csv").lines().next().expect("a header");
    let columns: Vec<&str> = header.split(',').collect();
    for row in all() {
        assert!(row.assumed.iter().all(|column| columns.contains(&column.as_str())), "{}", row.resource_type);
    }
    let assumed = all().iter().filter(|row| row.assumed.iter().any(|column| column == "connection_put"));
    let puts: Vec<ConnectionPut> = assumed.map(|row| row.connection_put).collect();
    for put in [ConnectionPut::Sync200, ConnectionPut::Async201, ConnectionPut::Async202] {
        assert!(puts.contains(&put), "{put:?}: what is unknown is varied");
    }
}

#[test]
fn a_path_is_about_the_target_that_it_names() {
    let group = "/subscriptions/s/resourceGroups/rg/providers";
    let table = [
        (format!("{group}/Microsoft.Web/sites/s/slots/t/privateEndpointConnections/c"), "Microsoft.Web/sites/slots"),
        (format!("{group}/microsoft.web/Sites/s/privateLinkResources?x=y"), "Microsoft.Web/sites"),
        (
            "/subscriptions/s/providers/Microsoft.Storage/storageAccounts".to_owned(),
            "Microsoft.Storage/storageAccounts",
        ),
    ];
    for (path, resource_type) in table {
        assert_eq!(TargetType::of_path(&path).map(|row| row.resource_type.as_str()), Some(resource_type), "{path}");
    }
    for path in ["/subscriptions", "/providers/Microsoft.Storage", "/x/providers/Microsoft.Network/virtualNetworks/v"] {
        assert!(TargetType::of_path(path).is_none(), "{path}");
    }
}

#[test]
fn listings_are_those_of_the_cli() {
    let not_listed = all().iter().filter(|row| row.listing == Listing::None);
    let names: Vec<&str> = not_listed.map(|row| row.resource_type.as_str()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!(TargetType::find("Microsoft.Devices/IotHubs").map(|row| row.listing), Some(Listing::Array));
}
