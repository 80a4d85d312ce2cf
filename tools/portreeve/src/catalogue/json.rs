//! Types for programs, one shape for `list` (an array of them) and `show`.
//!
//! ```json
//! {
//!   "resource_type": "Microsoft.KeyVault/vaults", "service": "Azure Key Vault", "api_version": "2025-05-01",
//!   "group_ids": ["vault"], "group_ids_are": "listed",
//!   "listing": "list", "approval": "put", "can_be_approved": true,
//!   "terminal_states": ["Succeeded"], "writable_fields": ["etag"], "read_only_fields": ["location"],
//!   "names_are": "azure", "is_learned": false, "note": "…", "source": "…",
//!   "zones": [
//!     {
//!       "cloud": "public", "resource_type": "…", "group_ids": ["vault"], "public_suffix": "vault.azure.net",
//!       "private_zone": "privatelink.vaultcore.azure.net", "port": 443, "first_labels": ["{name}"],
//!       "flags": [], "shared_names": [], "source": "…"
//!     }
//!   ]
//! }
//! ```
//!
//! `group_ids_are` is `listed`, `none`, `chosen_by_owner` or `unpublished`; `group_ids` is empty but for the first.
//! `listing`, `approval`, `names_are`, `first_labels`, `flags` and `shared_names` are the words that the catalogue's own files explain.
//! `port` is null where it is not known. Keys may be added, never changed.

use portreeve_decisions::catalogue::{Approval, Cloud, GroupIds, KnownZone, Listing, Naming, TargetType};
use serde::Serialize;

/// One type.
#[derive(Debug, Serialize)]
pub struct JsonType<'a> {
    resource_type: &'a str,
    service: &'a str,
    api_version: &'a str,
    group_ids: &'a [String],
    group_ids_are: &'static str,
    listing: Listing,
    approval: Approval,
    can_be_approved: bool,
    terminal_states: &'a [String],
    writable_fields: &'a [String],
    read_only_fields: &'a [String],
    names_are: Naming,
    /// Whether its group ids or zones are learned at run time.
    is_learned: bool,
    note: &'a str,
    source: &'a str,
    zones: Vec<&'a KnownZone>,
}

impl<'a> JsonType<'a> {
    /// A type with its zones in one cloud, or in all.
    pub fn of(target_type: &'a TargetType, cloud: Option<Cloud>) -> Self {
        let group_ids_are = match target_type.group_ids {
            GroupIds::None => "none",
            GroupIds::Listed(_) => "listed",
            GroupIds::ChosenByOwner => "chosen_by_owner",
            GroupIds::Unpublished => "unpublished",
        };
        Self {
            resource_type: &target_type.resource_type,
            service: &target_type.service,
            api_version: &target_type.api_version,
            group_ids: target_type.group_ids.listed(),
            group_ids_are,
            listing: target_type.listing,
            approval: target_type.approval,
            can_be_approved: target_type.can_be_approved(),
            terminal_states: &target_type.terminal_states,
            writable_fields: &target_type.writable_fields,
            read_only_fields: &target_type.read_only_fields,
            names_are: target_type.naming,
            is_learned: target_type.is_learned(),
            note: &target_type.note,
            source: &target_type.source,
            zones: zones_in(target_type, cloud).collect(),
        }
    }
}

/// The zones of a type in one cloud, or in all.
pub fn zones_in(target_type: &TargetType, cloud: Option<Cloud>) -> impl Iterator<Item = &KnownZone> {
    target_type.zones.iter().filter(move |zone| cloud.is_none_or(|cloud| zone.cloud == cloud))
}
