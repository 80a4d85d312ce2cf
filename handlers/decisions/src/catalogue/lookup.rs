//! Answers for people: which type a word may mean, and whose a name could be. Nothing is decided by them.

use std::cmp::Reverse;

use super::{Catalogue, Cloud, KnownZone, Placement, zone};
use crate::allowlist::nearest;

/// How many types are suggested for a word that is none.
const SUGGESTIONS_MAX: usize = 3;

/// One way in which a name could be one of a type's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PossibleName<'a> {
    /// The cloud whose zones it was looked for in.
    pub cloud: Cloud,
    /// The type of the target.
    pub resource_type: &'a str,
    /// The group ids that lead to this place: those asked about, else all that do.
    pub group_ids: Vec<String>,
    /// Where its record belongs.
    pub placement: Placement,
    /// Where the zone's row comes from.
    pub source: &'a str,
}

impl Catalogue {
    /// The types that were probably meant by a text that is none: one that is spelt almost so, else those that are called
    /// so in their own namespace.
    #[must_use]
    pub fn meant_types(&self, text: &str) -> Vec<&str> {
        let names = || self.target_types.iter().map(|row| row.resource_type.as_str());
        if let Some(near) = nearest(text, names()) {
            return vec![near];
        }
        let is_called_so = |name: &&str| name.split_once('/').is_some_and(|(_, own)| own.eq_ignore_ascii_case(text));
        let called: Vec<&str> = names().filter(is_called_so).collect();
        if called.len() > SUGGESTIONS_MAX { Vec::new() } else { called }
    }

    /// Every type that could have the name, connected to by these group ids or, without any, by each of its own: what fits
    /// the longest suffix first.
    #[must_use]
    pub fn possible_names(&self, fqdn: &str, group_ids: &[String]) -> Vec<PossibleName<'_>> {
        let mut found: Vec<(usize, PossibleName<'_>)> = Vec::new();
        for cloud in Cloud::ALL {
            let of_types = self.target_types.iter().map(|row| &row.zones);
            for zones in of_types.chain(self.zones_of_others.values()) {
                let zones: Vec<&KnownZone> = zones.iter().filter(|zone| zone.cloud == cloud).collect();
                for (labels, name) in possible(cloud, &zones, fqdn, group_ids) {
                    merge(&mut found, labels, name);
                }
            }
        }
        found.sort_by_key(|(labels, _)| Reverse(*labels));
        found.into_iter().map(|(_, name)| name).collect()
    }
}

/// The places of one type in one cloud, each with the labels of the suffix that it fits.
fn possible<'a>(
    cloud: Cloud,
    zones: &[&'a KnownZone],
    fqdn: &str,
    group_ids: &[String],
) -> Vec<(usize, PossibleName<'a>)> {
    let asked: Vec<&[String]> = if group_ids.is_empty() {
        zones.iter().map(|zone| zone.group_ids.as_slice()).collect()
    } else {
        vec![group_ids]
    };
    let placed = asked.into_iter().filter_map(|ids| {
        let (placement, zone) = zone::placement(zones.iter().copied().filter(|zone| zone.is_for(ids)), fqdn)?;
        let name = PossibleName {
            cloud,
            resource_type: &zone.resource_type,
            group_ids: ids.to_vec(),
            placement,
            source: &zone.source,
        };
        Some((zone.public_suffix.split('.').count(), name))
    });
    placed.collect()
}

/// Adds a name, or its group ids to the same one that is there.
fn merge<'a>(found: &mut Vec<(usize, PossibleName<'a>)>, labels: usize, name: PossibleName<'a>) {
    let is_same = |there: &&mut (usize, PossibleName<'a>)| {
        let there = &there.1;
        (there.cloud, there.resource_type, &there.placement) == (name.cloud, name.resource_type, &name.placement)
    };
    match found.iter_mut().find(is_same) {
        Some((_, there)) => {
            let new = name.group_ids.into_iter().filter(|id| !there.group_ids.contains(id)).collect::<Vec<_>>();
            there.group_ids.extend(new);
        }
        None => found.push((labels, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fqdn: &str, group_ids: &[&str]) -> Vec<String> {
        let group_ids: Vec<String> = group_ids.iter().map(|&id| id.to_owned()).collect();
        let found = Catalogue::known().possible_names(fqdn, &group_ids);
        let line = |name: &PossibleName<'_>| {
            let home = name.placement.home();
            let ids = name.group_ids.join(" ");
            format!("{} {} [{ids}] {} in {}", name.cloud, name.resource_type, home.record_name, home.zone)
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn group_ids_that_lead_to_one_place_are_told_together() {
        assert_eq!(
            shown("acc.westeurope.batch.azure.com", &[]),
            [
                "public Microsoft.Batch/batchAccounts [batchAccount nodeManagement] acc.westeurope in privatelink.batch.azure.com",
                "public Microsoft.Authorization/resourceManagementPrivateLinks [ResourceManagement] acc.westeurope.batch in privatelink.azure.com",
            ]
        );
    }

    #[test]
    fn group_ids_that_are_asked_about_are_taken_together() {
        let zone = "kv in privatelink.vaultcore.azure.net";
        let expected = [format!("public Microsoft.KeyVault/vaults [VAULT other] {zone}")];
        assert_eq!(shown("kv.vault.azure.net", &["VAULT", "other"]), expected);
        assert_eq!(shown("kv.vault.azure.net", &["blob"]), [""; 0]);
    }

    #[test]
    fn zones_of_types_without_a_row_are_looked_at_too() {
        let found = shown("x.fabric.microsoft.com", &[]);
        assert!(found[0].starts_with("public Microsoft.Fabric/privateLinkServicesForFabric [workspace] "), "{found:?}");
    }

    #[test]
    fn a_misspelt_type_leads_to_the_one_that_was_meant() {
        let meant = |text| Catalogue::known().meant_types(text);
        assert_eq!(meant("microsoft.storage/storageacounts"), ["Microsoft.Storage/storageAccounts"]);
        assert_eq!(meant("storageaccounts"), ["Microsoft.Storage/storageAccounts"]);
        assert_eq!(meant("vaults"), ["Microsoft.KeyVault/vaults", "Microsoft.RecoveryServices/vaults"]);
        assert!(meant("Contoso.Things/things").is_empty());
        assert!(meant("accounts").is_empty());
    }
}
