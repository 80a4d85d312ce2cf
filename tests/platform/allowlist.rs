//! Allowlists for stories, in the few words that differ between them.

/// The platform team's subscription: targets live here.
pub const PLATFORM: &str = "11111111-1111-1111-1111-111111111111";
/// The application teams' subscription: endpoints live here.
pub const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";
/// The network team's subscription: zones live here.
pub const CONNECTIVITY: &str = "33333333-3333-3333-3333-333333333333";

/// The usual `dns`: the network team's group `rg-dns`, after one that does not exist, because a group that cannot be read
/// must not keep the others from being used.
pub const USUAL_DNS: &str = "dns: { zones: [{ subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-not-there }, { subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-dns }] }";

/// An allowlist with these rules, each a YAML flow mapping, and the usual `dns`.
#[must_use]
pub fn allowlist(rules: &[&str]) -> String {
    allowlist_with(&[USUAL_DNS], rules)
}

/// An allowlist with these rules and these keys beside them, such as `validation: { attempts: 1 }`.
#[must_use]
pub fn allowlist_with(keys: &[&str], rules: &[&str]) -> String {
    let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
    let rules: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    format!("version: 1\n{keys}rules:\n{}", if rules.is_empty() { "  []\n" } else { &rules })
}
