//! The catalogue's words, in those of people.

use portreeve_decisions::catalogue::{Approval, GroupIds, KnownZone, Listing, Naming};

/// The group ids, in a column.
pub fn group_ids(group_ids: &GroupIds) -> String {
    match group_ids {
        GroupIds::None => "none".to_owned(),
        GroupIds::Listed(ids) => ids.join(", "),
        GroupIds::ChosenByOwner => "chosen by its owner".to_owned(),
        GroupIds::Unpublished => "learned at run time".to_owned(),
    }
}

/// How connections are listed, in a column.
pub fn listed_in_short(listing: Listing) -> &'static str {
    match listing {
        Listing::List => "list",
        Listing::BareList => "bare list",
        Listing::Resource => "resource",
    }
}

/// How connections are listed.
pub fn listed(listing: Listing) -> &'static str {
    match listing {
        Listing::List => "by the list call",
        Listing::BareList => "by the list call, which answers a bare array",
        Listing::Resource => "in the resource itself: there is no list call",
    }
}

/// How a connection is approved, in a column.
pub fn approved_in_short(approval: Approval) -> &'static str {
    match approval {
        Approval::Put | Approval::PutWithId | Approval::PutWithIdAndName | Approval::PutWithoutDescription => "PUT",
        Approval::Patch => "PATCH",
        Approval::None => "by Azure alone",
    }
}

/// How a connection is approved.
pub fn approved(approval: Approval) -> &'static str {
    match approval {
        Approval::Put => "by PUT of the new state and the endpoint's id",
        Approval::PutWithId => "by PUT of the new state and the connection's own id, without the endpoint",
        Approval::PutWithIdAndName => "by PUT of the new state, the endpoint's id and the connection's own id and name",
        Approval::PutWithoutDescription => {
            "by PUT of the new status and the endpoint's id; the description is read-only, so it names no rule"
        }
        Approval::Patch => "by PATCH of the new state",
        Approval::None => "by Azure alone: there is no call for it",
    }
}

/// Whose names endpoints have.
pub fn named(naming: Naming) -> &'static str {
    match naming {
        Naming::Azure => "Azure's",
        Naming::Owner => "the resource owner's, in no zone of Azure",
    }
}

/// What is special about a zone.
pub fn special(zone: &KnownZone) -> String {
    let flags = zone.flags.iter().map(|flag| self::flag(flag).to_owned());
    let shared = match zone.shared_names.as_slice() {
        [] => None,
        [all] if all == "*" => Some("all names are shared".to_owned()),
        names => Some(format!("shared: {}", names.join(", "))),
    };
    flags.chain(shared).chain(first_labels(&zone.first_labels)).collect::<Vec<_>>().join("; ")
}

/// What names of a target begin with, where that is known.
pub fn first_labels(forms: &[String]) -> Option<String> {
    let longer = forms.iter().filter(|form| *form != "{name}").map(|form| form.replace("{name}", "NAME"));
    let longer: String = longer.map(|form| format!(" or {form}")).collect();
    (!forms.is_empty()).then(|| format!("names begin with the target's own{longer}"))
}

fn flag(flag: &str) -> &str {
    match flag {
        "apex" => "the suffix itself is a name",
        "wildcard" => "the record is for all names below",
        "wildcard-names" => "names may begin with `*`",
        "existing" => "only where the zone is there already",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use portreeve_decisions::catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_flag_of_the_catalogue_has_words() {
        for has in Catalogue::known().zones().flat_map(|zone| &zone.flags) {
            assert_ne!(flag(has), has);
        }
    }

    #[test]
    fn what_names_begin_with_is_said_where_it_is_known() {
        let said = |forms: &[&str]| first_labels(&forms.iter().map(|&form| form.to_owned()).collect::<Vec<_>>());
        assert_eq!(said(&[]), None);
        assert_eq!(said(&["{name}"]).as_deref(), Some("names begin with the target's own"));
        let both = said(&["{name}", "{name}-secondary"]);
        assert_eq!(both.as_deref(), Some("names begin with the target's own or NAME-secondary"));
    }
}
