//! Allowlists for stories, in the few words that differ between them.

/// The platform team's subscription: targets live here.
pub const PLATFORM: &str = "11111111-1111-1111-1111-111111111111";
/// The application teams' subscription: endpoints live here.
pub const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";
/// The network team's subscription: zones live here.
pub const CONNECTIVITY: &str = "33333333-3333-3333-3333-333333333333";

/// An allowlist with these rules, each a YAML flow mapping, and for zones the network team's group `rg-dns`, after one
/// that does not exist: a group that cannot be read must not keep the others from being used.
#[must_use]
pub fn allowlist(rules: &[&str]) -> String {
    let mut text = format!(
        "version: 1\ndns:\n  zones:\n    - {{ subscription: {CONNECTIVITY}, resource_group: rg-not-there }}\n    - {{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}\nrules:\n"
    );
    for rule in rules {
        text.push_str(&format!("  - {rule}\n"));
    }
    if rules.is_empty() {
        text.push_str("  []\n");
    }
    text
}
