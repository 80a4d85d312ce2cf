//! Every row of the four files says something that can be meant, and fits the others.

use std::collections::BTreeSet;

use super::*;

const FLAGS: [&str; 4] = ["apex", "wildcard", "wildcard-names", "existing"];
const PLACEHOLDERS: [&str; 5] = ["{regionName}", "{regionCode}", "{partitionId}", "{dnsPrefix}", "{subzone}"];

fn is_date(text: &str) -> bool {
    time::Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).is_ok()
}

fn is_api_version(text: &str) -> bool {
    is_date(text.strip_suffix("-preview").unwrap_or(text))
}

/// A source without a date or version tells nobody what to compare a row with. An inference has none.
fn is_source(text: &str) -> bool {
    let is_year =
        |word: &str| word.len() >= 4 && word.starts_with("20") && word.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
    let is_version =
        |word: &str| word.split('.').count() >= 2 && word.split('.').all(|part| part.parse::<u32>().is_ok());
    text.starts_with("inferred") || text.split([' ', ';', '(', ')', ':']).any(|word| is_year(word) || is_version(word))
}

fn is_group_id(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) && !text.is_empty()
}

#[test]
fn every_type_is_well_formed() {
    let types = Catalogue::known().target_types();
    for row in types {
        let name = &row.resource_type;
        let (namespace, of_namespace) = name.split_once('/').unwrap();
        assert!(namespace.split('.').count() >= 2 && !of_namespace.is_empty(), "{name}");
        assert!(is_api_version(&row.api_version), "{name}: {}", row.api_version);
        assert!(is_source(&row.source), "{name}: {}", row.source);
        assert!(!row.service.is_empty() && row.service.trim() == row.service, "{name}");
        assert!(row.note.is_empty() || row.note.ends_with('.'), "{name}: {}", row.note);
        assert!(row.group_ids.listed().iter().all(|id| is_group_id(id) && id != "*"), "{name}");
        let states: BTreeSet<&String> = row.terminal_states.iter().collect();
        assert_eq!(states.len(), row.terminal_states.len(), "{name}");
        let fields: BTreeSet<&String> = row.writable_fields.iter().chain(&row.read_only_fields).collect();
        assert_eq!(fields.len(), row.writable_fields.len() + row.read_only_fields.len(), "{name}");
        assert_eq!(Catalogue::known().target_type(&target(name)).unwrap().resource_type, *name);
        assert_eq!(of_type(&name.to_uppercase()).resource_type, *name);
    }
}

#[test]
fn the_first_terminal_state_is_that_of_success() {
    for row in Catalogue::known().target_types() {
        let Some(first) = row.terminal_states.first() else { continue };
        assert!(["Succeeded", "Ready", "Approved"].contains(&first.as_str()), "{}: {first}", row.resource_type);
    }
}

#[test]
fn the_types_stand_once_each_in_one_order() {
    let names = Catalogue::known().target_types().iter().map(|row| row.resource_type.to_ascii_lowercase());
    let names: Vec<String> = names.collect();
    assert!(names.is_sorted_by(|before, after| before < after), "{names:?}");
}

#[test]
fn every_zone_is_well_formed() {
    let is_lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && (PLACEHOLDERS.contains(&label) || label.bytes().all(is_lower));
    for row in Catalogue::known().zones() {
        // Zones are compared without folding case, and a suffix with a leading dot would never match.
        for zone in [&row.public_suffix, &row.private_zone] {
            assert!(zone.split('.').count() >= 2 && zone.split('.').all(is_label), "{zone}");
        }
        let is_mark = |label: &str| label == "privatelink" || label.starts_with("privatelink-");
        assert_eq!(row.private_zone.split('.').filter(|label| is_mark(label)).count(), 1, "{}", row.private_zone);
        assert!(!row.public_suffix.split('.').any(is_mark), "{}", row.public_suffix);
        let (of_suffix, of_zone) = (placeholders(&row.public_suffix), placeholders(&row.private_zone));
        assert_eq!(of_suffix.iter().collect::<BTreeSet<_>>(), of_zone.iter().collect::<BTreeSet<_>>(), "{row:?}");
        assert_eq!(of_suffix.iter().collect::<BTreeSet<_>>().len(), of_suffix.len(), "{row:?}");
        assert!(row.flags.iter().all(|flag| FLAGS.contains(&flag.as_str())), "{row:?}");
        assert!(row.port != Some(0) && is_source(&row.source), "{row:?}");
        let is_all = row.shared_names == ["*"];
        let is_shared_label = |label: &str| label == "*" || (!label.is_empty() && label.bytes().all(is_lower));
        let are_names = row.shared_names.iter().all(|name| name != "*" && name.split('.').all(is_shared_label));
        assert!(is_all || are_names, "{row:?}");
    }
}

#[test]
fn every_first_label_begins_with_the_name_of_the_target() {
    for row in Catalogue::known().zones() {
        for form in &row.first_labels {
            let rest = form.strip_prefix("{name}").unwrap_or_else(|| panic!("{form} in {row:?}"));
            let rest = rest.strip_suffix('*').unwrap_or(rest);
            // Without a hyphen before the rest, every longer name would do.
            assert!(rest.is_empty() || rest.starts_with('-'), "{form} in {row:?}");
            assert!(!form.ends_with("}*") && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        }
        let has_other_first_labels = row.flags.iter().any(|flag| flag.contains("wildcard") || flag == "apex");
        assert!(row.first_labels.is_empty() || !has_other_first_labels, "{row:?}");
        let is_shared = !row.shared_names.is_empty();
        assert!(row.first_labels.is_empty() || !is_shared, "names of all have no target: {row:?}");
    }
}

#[test]
fn every_zone_is_for_group_ids_of_its_type_and_said_once() {
    let mut seen = BTreeSet::new();
    for row in Catalogue::known().zones() {
        assert!(!row.group_ids.is_empty(), "{row:?}");
        let Some(of_type) = Catalogue::known().named(&row.resource_type) else { continue };
        assert_eq!(row.resource_type, of_type.resource_type);
        for id in &row.group_ids {
            let is_listed = of_type.group_ids.listed().contains(id);
            let is_any = id == "*" && of_type.group_ids == GroupIds::ChosenByOwner;
            assert!(is_listed || is_any, "{id} is no group id of {}", row.resource_type);
            // Otherwise it would hang on the order of the rows where a name goes.
            let key = (row.cloud, row.resource_type.clone(), id.to_ascii_lowercase(), row.public_suffix.clone());
            assert!(seen.insert(key), "{id} {} twice", row.public_suffix);
        }
    }
}

#[test]
fn every_published_group_id_has_zones_in_the_public_cloud_or_none_at_all() {
    // Types whose zones nobody has published; the provider is asked.
    let unpublished = [
        "microsoft.aadiam/privateLinkForAzureAd",
        "Microsoft.HealthcareApis/services",
        "Microsoft.NotificationHubs/namespaces",
        "Microsoft.OffAzure/masterSites",
    ];
    for row in Catalogue::known().target_types().iter().filter(|row| row.naming == Naming::Azure) {
        let lacks =
            |id: &&String| !row.zones.iter().any(|zone| zone.cloud == Cloud::Public && zone.group_ids.contains(id));
        let lacking: Vec<&String> = row.group_ids.listed().iter().filter(lacks).collect();
        let is_unpublished = unpublished.contains(&row.resource_type.as_str());
        assert_eq!(!lacking.is_empty(), is_unpublished, "{} lacks zones for {lacking:?}", row.resource_type);
        let is_silent = row.group_ids == GroupIds::Unpublished || is_unpublished;
        assert_eq!(row.zones.is_empty(), is_silent, "{}", row.resource_type);
        assert_eq!(row.lacks_zones(), is_silent, "{}", row.resource_type);
    }
}

#[test]
fn types_whose_owners_choose_the_names_have_no_zones_of_azure() {
    let of_owners: Vec<&str> = Catalogue::known()
        .target_types()
        .iter()
        .filter(|row| row.naming == Naming::Owner)
        .map(|row| {
            assert!(row.zones.is_empty() && !row.lacks_zones());
            row.resource_type.as_str()
        })
        .collect();
    let expected = [
        "Microsoft.Network/applicationGateways",
        "Microsoft.Network/privateLinkServices",
        "Microsoft.Web/hostingEnvironments",
    ];
    assert_eq!(of_owners, expected);
}

#[test]
fn every_region_code_is_one_label_for_one_region() {
    let rows: Vec<(String, String)> = rows(include_str!("../region_codes.csv"));
    let (names, codes): (BTreeSet<String>, BTreeSet<String>) = rows.iter().cloned().unzip();
    assert_eq!((names.len(), codes.len()), (rows.len(), rows.len()));
    assert!(rows.len() >= 81);
    for text in names.iter().chain(&codes) {
        assert!(
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{text}"
        );
    }
    assert!(include_str!("../region_codes.csv").lines().next().unwrap().starts_with("# "));
    for (name, code) in rows {
        let fqdn = format!("x.{code}.backup.windowsazure.com");
        let expected = format!("x in privatelink.{code}.backup.windowsazure.com");
        assert_eq!(
            home(Cloud::Public, "Microsoft.RecoveryServices/vaults", &["AzureBackup"], &fqdn),
            expected,
            "{name}"
        );
    }
}
