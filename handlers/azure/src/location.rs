//! The name of a region, in the one spelling that ARM compares: `East US` and `eastus` are the same place.
//!
//! Providers answer either, so Terraform folds them in the same way
//! (<https://github.com/hashicorp/go-azure-helpers/blob/main/resourcemanager/location/normalize.go>).

/// The region's name in lower case and without spaces; `None` where there is none.
pub(crate) fn location_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| *c != ' ').collect();
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_one_name() {
        for (text, expected) in [("eastus", Some("eastus")), ("East US 2", Some("eastus2")), ("", None), (" ", None)] {
            assert_eq!(location_name(text).as_deref(), expected, "{text}");
        }
    }
}
