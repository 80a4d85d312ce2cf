//! The short codes that some services put into names instead of a location: rows of `region_codes.csv`, as the zone
//! list of Azure's bicep modules has them. A location without a row stands for itself; that is assumed.

use std::{collections::HashMap, sync::LazyLock};

/// The code of a location, such as `eus` of `eastus`.
#[must_use]
pub fn code_of(location: &str) -> &str {
    static CODES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        let lines = include_str!("region_codes.csv").lines().skip(1);
        lines.filter_map(|line| line.split_once(',')).collect()
    });
    CODES.get(location).copied().unwrap_or(location)
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn locations_have_codes_in_two_clouds_and_stand_for_themselves_elsewhere() {
        for (location, code) in [("eastus", "eus"), ("usgovvirginia", "ugv"), ("chinanorth2", "chinanorth2")] {
            assert_eq!(code_of(location), code);
        }
    }
}
