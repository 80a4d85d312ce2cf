use proptest::prelude::*;

use super::*;

const ACCOUNT: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/stdata";

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

#[test]
fn an_id_tells_its_parts() {
    let connection = id(&format!("{ACCOUNT}/privateEndpointConnections/stdata.6e6bf72b"));
    assert_eq!(connection.subscription(), "11111111-1111-1111-1111-111111111111");
    assert_eq!(connection.resource_group(), "rg-data");
    assert_eq!(connection.resource_type(), "Microsoft.Storage/storageAccounts/privateEndpointConnections");
    assert_eq!(connection.name(), "stdata.6e6bf72b");
    assert_eq!(connection.parent(), Some(id(ACCOUNT)));
    assert_eq!(id(ACCOUNT).parent(), None);
    assert_eq!(id(ACCOUNT).child("privateEndpointConnections", "stdata.6e6bf72b").unwrap(), connection);
}

#[test]
fn ids_are_equal_whatever_their_ascii_case() {
    assert_eq!(id(ACCOUNT), id(&ACCOUNT.to_ascii_uppercase()));
    assert!(id(ACCOUNT).is_type("microsoft.storage/STORAGEACCOUNTS"));
}

#[test]
fn letters_that_only_look_alike_are_different() {
    let latin = id(&ACCOUNT.replace("rg-data", "rg-k"));
    let kelvin = id(&ACCOUNT.replace("rg-data", "rg-\u{212a}"));
    assert_ne!(latin, kelvin);
}

#[test]
fn what_is_not_an_id_is_refused_with_the_problem() {
    let refused = [
        "",
        "/",
        "stdata",
        "https://evil.example/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c/d",
        "/subscriptions/not-a-guid/resourceGroups/a/providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/../providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c/..",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a%2Fb/providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c/d?x=1",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c/d#x",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/b/c/d\\e",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a\u{1b}[2J/providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a\u{202e}b/providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a//providers/b/c/d",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/evil.example:443/providers/b/c/d",
    ];
    for text in refused {
        let error = ResourceId::parse(text).unwrap_err().to_string();
        assert!(!error.contains('\u{1b}') && !error.contains('\u{202e}'), "{error}");
    }
    assert!(ResourceId::parse(&format!("{ACCOUNT}{}", "a".repeat(3000))).is_err());
}

proptest! {
    #[test]
    fn reading_never_panics_and_keeps_what_it_accepts(text in "\\PC{0,80}|/subscriptions/[0-9a-f-]{36}/[a-zA-Z/.%?]{0,80}") {
        if let Ok(id) = ResourceId::parse(&text) {
            prop_assert_eq!(ResourceId::parse(id.as_str()).unwrap(), id);
        }
    }
}

#[test]
fn a_child_is_one_type_and_one_name_below() {
    for (child_type, name) in [("A", "a/b/c"), ("A/b/c", "a"), ("A", "a/.."), ("A", "")] {
        assert!(id(ACCOUNT).child(child_type, name).is_err(), "{child_type} {name}");
    }
}

#[test]
fn the_parts_that_rules_ask_for_are_those_of_the_id() {
    let ids = [
        "/subscriptions/AAAAAAAA-1111-1111-1111-111111111111/resourceGroups/RG/providers/Microsoft.KeyVault/vaults/KV",
        "/subscriptions/AAAAAAAA-1111-1111-1111-111111111111/resourceGroups/RG/providers/Microsoft.Sql/servers/S/databases/DB",
    ];
    for id in ids.map(|id| ResourceId::parse(id).unwrap()) {
        let parts = id.folded_parts();
        assert_eq!(parts.resource_type, id.resource_type().to_ascii_lowercase());
        assert_eq!(parts.subscription, id.subscription().to_ascii_lowercase());
        assert_eq!(parts.resource_group, id.resource_group().to_ascii_lowercase());
        assert_eq!(parts.name, id.name().to_ascii_lowercase());
    }
}
