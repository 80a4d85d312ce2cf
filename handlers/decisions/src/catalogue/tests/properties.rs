//! What holds for every row and any name.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

fn rows_with_a_type() -> Vec<&'static KnownZone> {
    Catalogue::known().target_types().iter().flat_map(|row| row.zones.iter()).collect()
}

fn any_row() -> impl Strategy<Value = &'static KnownZone> {
    any::<Index>().prop_map(|index| *index.get(&rows_with_a_type()))
}

/// Words that none of the placeholders or suffixes could take for theirs.
const RECORD_NAME: &str = "q[a-z0-9]{0,7}(\\.q[a-z0-9-]{0,4}q){0,2}";

/// Anything that looks a little like a label.
fn any_label() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "*",
        "@",
        "privatelink",
        "privatelink-global",
        "westeurope",
        "we",
        "2",
        "..",
        "%2f",
        "a/b",
        "größe",
        "data",
        "{regionName}",
    ];
    prop_oneof![
        3 => "[a-z0-9-]{1,12}",
        1 => "[A-Z]{1,8}",
        2 => select(odd.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => "[a-z]{300}",
    ]
}

fn any_fqdn() -> impl Strategy<Value = String> {
    let suffix = || any_row().prop_flat_map(|row| select(vec![&row.public_suffix, &row.private_zone]));
    let suffix = prop_oneof![
        4 => suffix().prop_map(|suffix| filled(suffix)),
        1 => suffix().prop_map(|suffix| suffix.clone()),
        1 => suffix().prop_map(|suffix| filled(suffix).to_uppercase()),
        1 => any_label(),
    ];
    (prop::collection::vec(any_label(), 0..5), suffix)
        .prop_map(|(labels, suffix)| labels.into_iter().chain([suffix]).collect::<Vec<_>>().join("."))
}

fn is_record_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name == "@" || name.strip_prefix("*.").unwrap_or(name).split('.').all(is_label)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_record_and_its_zone_make_the_name_again(row in any_row(), name in RECORD_NAME, is_private in any::<bool>()) {
        let (suffix, zone) = (filled(&row.public_suffix), filled(&row.private_zone));
        let is_private = is_private || row.has("existing");
        let fqdn = format!("{name}.{}", if is_private { &zone } else { &suffix });
        let placement = of_type(&row.resource_type).placement(row.cloud, &row.group_ids, &fqdn).unwrap();
        let expected = Place { zone: zone.clone(), record_name: if row.has("wildcard") { format!("*.{name}") } else { name.clone() } };
        let place = if row.has("existing") { &placement.places[0] } else { placement.home() };
        prop_assert_eq!(place, &expected);
        prop_assert_eq!(place.fqdn(), format!("{}.{zone}", expected.record_name));
        // The private form of most names is the public one with one label more.
        let labels = zone.split('.').filter(|label| !label.starts_with("privatelink"));
        if labels.collect::<Vec<_>>().join(".") == suffix {
            let without_mark = place.fqdn().split('.').filter(|label| !label.starts_with("privatelink")).collect::<Vec<_>>().join(".");
            prop_assert_eq!(without_mark, format!("{}.{suffix}", expected.record_name));
        }
        // Only a name in the public form is looked for in the public zone.
        let has_public = placement.places.iter().any(|place| place.zone == suffix);
        prop_assert_eq!(has_public, !is_private);
    }

    #[test]
    fn whatever_a_name_says_its_record_can_stand_in_a_path_and_its_zone_is_one_of_the_rows(
        row in any_row(), with_group_ids in any::<bool>(), fqdn in any_fqdn()
    ) {
        let of_type = of_type(&row.resource_type);
        let group_ids = if with_group_ids { row.group_ids.clone() } else { Vec::new() };
        let Some(placement) = of_type.placement(row.cloud, &group_ids, &fqdn) else { return Ok(()) };
        prop_assert!(placement.home < placement.places.len() && fqdn.len() <= 253);
        for place in &placement.places {
            prop_assert!(is_record_name(&place.record_name), "{:?}", place);
            prop_assert!(place.zone.split('.').all(is_record_name), "{:?}", place);
            // Nothing in a zone comes from elsewhere than the name: no other region, code, prefix or partition.
            let filled_in = |template: &String| template.split('.').zip(place.zone.split('.')).all(|(wanted, label)| {
                wanted == label || (wanted.starts_with('{') && fqdn.split('.').any(|of_name| of_name == label))
            });
            let is_of = |zone: &KnownZone| {
                let fits = |template: &String| template.split('.').count() == place.zone.split('.').count() && filled_in(template);
                fits(&zone.private_zone) || fits(&zone.public_suffix)
            };
            prop_assert!(of_type.zones.iter().filter(|zone| zone.cloud == row.cloud).any(is_of), "{:?}", place);
        }
    }

    #[test]
    fn a_name_with_a_region_goes_to_no_other_region(region in "[a-z]{4,15}[0-9]?", name in RECORD_NAME, is_private in any::<bool>()) {
        for row in rows_with_a_type().into_iter().filter(|row| row.public_suffix.contains("{regionName}") && !row.has("existing")) {
            let template = if is_private { &row.private_zone } else { &row.public_suffix };
            let fqdn = format!("{name}.{}", template.replace("{regionName}", &region));
            let placement = of_type(&row.resource_type).placement(row.cloud, &row.group_ids, &fqdn).unwrap();
            prop_assert_eq!(&placement.home().zone, &row.private_zone.replace("{regionName}", &region));
        }
    }

    #[test]
    fn whatever_a_provider_names_as_zones_is_plain(zones in prop::collection::vec("\\PC{0,60}|(privatelink|[a-z.]{1,9}|[{}*/%A-Z._-]{0,3}){1,6}", 0..5)) {
        let resource = crate::catalogue::learned::PrivateLinkResource { group_id: Some("g".to_owned()), required_zone_names: zones };
        let row = Catalogue::known().unknown_type("Contoso.Widgets/factories", "2026-01-01");
        let row = row.with_private_link_resources(Cloud::Public, &[resource]);
        for zone in row.zones.iter() {
            prop_assert!(zone.private_zone.split('.').count() >= 3 && zone.public_suffix.split('.').count() >= 2);
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
            prop_assert!(zone.private_zone.bytes().all(is_plain) && !zone.private_zone.contains(".."), "{:?}", zone);
        }
    }
}
