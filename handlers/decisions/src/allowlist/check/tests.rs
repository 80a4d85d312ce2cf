use time::macros::date;

use super::*;

const TODAY: Date = date!(2026 - 11 - 21);
const PLATFORM: &str = "11111111-1111-1111-1111-111111111111";

/// A rule that no check finds anything about, with more keys.
fn rule(id: &str, effect: &str, more: &str) -> String {
    format!("  - {{ id: {id}, effect: {effect}, owner: o, reason: r, {more} }}\n")
}

/// A rule by a requester whom Azure vouches for.
fn approve(id: &str, more: &str) -> String {
    rule(id, "approve", &format!("requester: {{ subscription: {PLATFORM} }}, {more}"))
}

/// Finds in these rules exactly this, as `check: message; remedy`, whatever there is about tests.
fn check(rules: &[String], expected: &[&str]) {
    let text = format!("version: 1\nrules:\n{}", rules.concat());
    check_text(&text, expected);
}

fn check_text(text: &str, expected: &[&str]) {
    let allowlist = Allowlist::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let found: Vec<String> = allowlist
        .check(TODAY)
        .iter()
        .filter(|finding| finding.check != "no-tests")
        .map(|finding| {
            format!("{} {} {}: {}; {}", finding.line, finding.severity, finding.check, finding.message, finding.remedy)
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn words_that_nobody_knows_are_told_from_misspelt_ones() {
    check(
        &[approve("a", "target: { type: Microsoft.Storage/storageAccount }")],
        &[
            "3 error unknown-type: type `microsoft.storage/storageaccount` is not known; did you mean `Microsoft.Storage/storageAccounts`?",
        ],
    );
    check(
        &[approve("a", "target: { type: [Microsoft.Storage/storageAccounts, Microsoft.Contoso/widgets] }")],
        &[
            "3 warning unknown-type: type `microsoft.contoso/widgets` is not known; compare it with Azure's documentation; its provider is asked at run time, and where that fails its connections are held",
        ],
    );
    check(
        &[approve("a", "target: { type: \"Microsoft.Contoso/*\" }")],
        &["3 warning unknown-type: `microsoft.contoso/*` matches no known type; compare it with Azure's documentation"],
    );
    check(
        &[approve("a", "target: { type: Microsoft.KeyVault/vaults, group_ids: [vault, vualt] }")],
        &["3 error unknown-group-id: group id `vualt` is not known; did you mean `vault`?"],
    );
    check(
        &[approve("a", "target: { group_ids: quantum }")],
        &[
            "3 warning unknown-group-id: group id `quantum` is not known; compare it with Azure's documentation; only types whose group ids are chosen by owners, or published nowhere, can have it",
        ],
    );
}

#[test]
fn group_ids_that_nobody_can_know_are_not_complained_of() {
    let about = |resource_type: &str, ids: &str| {
        [approve("a", &format!("target: {{ type: {resource_type}, group_ids: {ids} }}"))]
    };
    // Chosen by owners, published nowhere, of a type that is unknown.
    check(&about("Microsoft.Network/applicationGateways", "[public-frontend, \"p*\"]"), &[]);
    check(&about("Microsoft.ElasticSan/elasticSans", "blobs"), &[]);
    check(&about("Microsoft.HorizonDb/clusters", "cluster"), &[]);
    check(&about("[Microsoft.HorizonDb/clusters, Microsoft.KeyVault/vaults]", "vualt"), &[]);
    check(
        &about("Microsoft.Contoso/widgets", "vualt"),
        &[
            "3 warning unknown-type: type `microsoft.contoso/widgets` is not known; compare it with Azure's documentation; its provider is asked at run time, and where that fails its connections are held",
        ],
    );
}

#[test]
fn group_ids_of_slots_are_known_by_their_beginning() {
    let sites = |ids: &str| [approve("a", &format!("target: {{ type: Microsoft.Web/sites, group_ids: {ids} }}"))];
    for ids in
        ["sites", "SITES-Staging", "[sites, sites-blue]", "\"sites-*\"", "\"sites-st*\"", "\"*-blue\"", "\"site?\""]
    {
        check(&sites(ids), &[]);
    }
    let unknown = |id: &str| {
        format!(
            "3 warning unknown-group-id: group id `{id}` is not known; compare it with Azure's documentation; no connection asks for it"
        )
    };
    check(&sites("[sites, slot-blue]"), &[&unknown("slot-blue")]);
    check(
        &sites("\"slots-*\""),
        &["3 warning unknown-group-id: `slots-*` matches no known group id; compare it with Azure's documentation"],
    );
    // The prefix alone names no slot.
    check(
        &sites("[sites, sites-]"),
        &["3 error unknown-group-id: group id `sites-` is not known; did you mean `sites`?"],
    );
}

#[test]
fn slots_count_as_their_site() {
    let remedy =
        "connections of slots count as the site's; write `type: Microsoft.Web/sites` with `group_ids: [\"sites-*\"]`";
    let never = format!("3 error impossible: rule `a` never matches: {remedy}");
    let in_part = format!("3 warning impossible: type `Microsoft.Web/sites/slots` never matches: {remedy}");
    let rule = |target: &str| [approve("a", &format!("target: {{ {target} }}"))];
    check(&rule("type: Microsoft.Web/sites/slots"), &[&never]);
    check(&rule("type: microsoft.web/SITES/slots, group_ids: \"sites-*\""), &[&never]);
    check(&rule("type: [Microsoft.Web/sites, Microsoft.Web/sites/slots]"), &[&in_part]);
    // What is excluded so is not excluded at all.
    check(&rule("type: Microsoft.Web/sites, not: { type: Microsoft.Web/sites/slots }"), &[&in_part]);
    check(&rule("type: Microsoft.Web/sites, group_ids: \"sites-*\""), &[]);
    check(&rule("type: \"Microsoft.Web/*\""), &[]);
    check(&rule("name: app"), &[]);
}

/// What one rule has said is looked at once, but for each set of types anew.
#[test]
fn a_wrong_group_id_is_told_once_for_the_same_types() {
    let of = |id: &str, target: &str| approve(id, &format!("target: {{ name: {id}, {target} }}"));
    let vault = |id: &str| of(id, "type: Microsoft.KeyVault/vaults, group_ids: vualt");
    let misspelt =
        |line: u32| format!("{line} error unknown-group-id: group id `vualt` is not known; did you mean `vault`?");
    let hsm = |id: &str| of(id, "type: Microsoft.KeyVault/managedHSMs, group_ids: vualt");
    let found = |rules: &[String]| -> Vec<u32> {
        let text = format!("version: 1\nrules:\n{}", rules.concat());
        let findings = Allowlist::parse(&text).unwrap().check(TODAY);
        findings.iter().filter(|finding| finding.check == "unknown-group-id").map(|finding| finding.line).collect()
    };
    assert_eq!(found(&[vault("a"), vault("b"), hsm("c"), hsm("d"), vault("e")]), [3, 5]);
    check(&[of("a", "group_ids: vualt"), of("b", "group_ids: vualt")], &[&misspelt(3)]);
}

#[test]
fn a_rule_that_can_never_match_is_an_error() {
    check(
        &[approve("a", "target: { type: Microsoft.KeyVault/vaults, group_ids: blob }")],
        &[
            "3 warning unknown-group-id: group id `blob` is not known; compare it with Azure's documentation; no connection asks for it",
            "3 error impossible: rule `a` never matches: Microsoft.KeyVault/vaults has none of these group ids; use one of vault",
        ],
    );
    check(
        &[approve("a", "target: { type: Microsoft.Network/privateLinkServices, group_ids: x }")],
        &[
            "3 error impossible: rule `a` never matches: Microsoft.Network/privateLinkServices has none of these group ids; take `group_ids` out; this type has none",
        ],
    );
    check(
        &[approve("a", "target: { name: [x, y], not: { name: \"*\" } }")],
        &[
            "3 error impossible: rule `a` never matches: `target.not` excludes all that its conditions ask for; narrow the `not`, or take it out",
        ],
    );
    let network = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/hub";
    let elsewhere = format!("requester: {{ subscription: {PLATFORM}, virtual_network: {network} }}");
    check(
        &[rule("a", "approve", &elsewhere)],
        &[
            "3 error impossible: rule `a` never matches: its networks are in none of its subscriptions; an endpoint is in its network's subscription; name that one",
        ],
    );
    check(&[approve("a", "target: { name: [x, y], not: { name: x } }")], &[]);
}

#[test]
fn rules_that_others_leave_nothing_to_do_are_warned_of() {
    let wide = || approve("wide", "target: { name: \"st*\" }");
    let narrow = || approve("narrow", "target: { name: [stdata, \"st-a-*\"], group_ids: blob }");
    check(
        &[wide(), narrow()],
        &[
            "4 warning shadowed: rule `narrow` is never the one named: rule `wide` matches all that it does; take it out, or put it before `wide` on line 3",
        ],
    );
    check(&[narrow(), wide()], &[]);
    check(
        &[narrow(), rule("no", "reject", "target: { name: \"st*\" }")],
        &[
            "3 warning unreachable: rule `narrow` never decides: rule `no` says reject to all that it matches; take it out, or narrow `no` on line 4",
        ],
    );
    check(
        &[rule("wait", "hold", "target: { name: \"st*\" }"), narrow()],
        &[
            "4 warning unreachable: rule `narrow` never decides: rule `wait` says hold to all that it matches; take it out, or narrow `wait` on line 3",
        ],
    );
    check(
        &[wide(), approve("same", "target: { name: \"ST*\" }")],
        &["4 warning duplicate: rule `same` says the same as rule `wide` on line 3; keep one of the two"],
    );
    // Covered only until next year, only up to a limit, or but for what is excluded: not covered.
    for less in ["expires: 2027-06-30", "limit: 3", "not_before: 2027-01-01"] {
        check(&[approve("wide", &format!("target: {{ name: \"st*\" }}, {less}")), narrow()], &[]);
    }
    check(&[approve("wide", "target: { name: \"st*\", not: { group_ids: file } }"), narrow()], &[]);
}

#[test]
fn what_a_reject_rule_takes_away_is_noted() {
    let sandbox = rule("no", "reject", "requester: { resource_group: \"rg-sandbox-*\" }");
    let app = approve("app", "target: { name: stdata }");
    check(
        &[sandbox.clone(), app],
        &["3 note overlap: rule `no` may reject what these approve: `app`; nothing, if that is meant: reject wins"],
    );
    let elsewhere =
        rule("app", "approve", &format!("requester: {{ subscription: {PLATFORM}, resource_group: \"rg-app-*\" }}"));
    check(&[sandbox, elsewhere], &[]);
}

#[test]
fn a_rule_that_trusts_what_anybody_can_choose_is_warned_of() {
    check(
        &[rule("a", "approve", "target: { type: Microsoft.KeyVault/vaults }")],
        &[
            "3 warning no-requester: rule `a` approves whoever asks, from any tenant; name the requester's `subscription`; write \"*\" if everybody is meant",
        ],
    );
    check(
        &[rule("a", "approve", "target: { name: st }")],
        &[
            "3 warning no-requester: rule `a` approves whoever asks, from any tenant, for any type of target, those that are learned at run time included; name the requester's `subscription`; write \"*\" if everybody is meant",
        ],
    );
    check(
        &[rule("a", "approve", "requester: { resource_group: rg-app, location: westeurope }")],
        &[
            "3 warning imitable-requester: rule `a` asks the requester only for what anybody can choose; name the requester's `subscription`, `tenant` or `virtual_network` beside it",
        ],
    );
    check(
        &[rule("a", "approve", "requester: { subscription: \"*\" }"), rule("b", "reject", "target: { name: x }")],
        &["4 note overlap: rule `b` may reject what these approve: `a`; nothing, if that is meant: reject wins"],
    );
}

#[test]
fn a_network_is_anybodys_unless_its_subscription_is_said() {
    let network = |id: &str| rule("a", "approve", &format!("requester: {{ virtual_network: \"{id}\" }}"));
    let found = |rule: String| {
        let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{rule}")).unwrap();
        allowlist.check(TODAY).iter().any(|finding| finding.check == "imitable-requester")
    };
    assert!(found(network("*/virtualNetworks/hub-*")));
    assert!(found(rule("a", "approve", "requester: { subscription: \"*\", name: pe-* }")));
    assert!(!found(network(&format!("/subscriptions/{PLATFORM}/*/virtualNetworks/hub-*"))));
}

#[test]
fn a_file_in_need_of_care_says_so() {
    check(
        &[approve("a", "expires: 2026-11-20")],
        &[
            "3 warning expired: rule `a` expired: its last day was 2026-11-20; take it out, or agree on a new day with its owner",
        ],
    );
    check(
        &[approve("a", "expires: 2026-12-20")],
        &[
            "3 warning expires-soon: rule `a` has 29 days left: its last day is 2026-12-20; agree on a new day with its owner, or let it go",
        ],
    );
    check(&[approve("a", "expires: 2026-12-21")], &[]);
    check_text(
        "version: 1\nsets: { old: [x] }\nrules: [{ id: a, effect: hold }]",
        &[
            "2 warning unused-set: no condition names set `old`; use it as `{ set: … }`, or take it out",
            "3 warning missing-owner: nobody answers for rule `a`; add `owner:` with a person's or team's address",
            "3 warning missing-reason: rule `a` does not say why it exists; add `reason:` in a few words",
        ],
    );
    let untested = Allowlist::parse("version: 1\nrules: [{ id: a, effect: hold }]").unwrap();
    assert!(untested.check(TODAY).iter().any(|finding| finding.check == "no-tests"));
}

#[test]
fn checking_a_large_file_of_rules_that_all_meet_ends() {
    let rules: Vec<String> = (0..2_000)
        .map(|n| rule(&format!("r{n}"), if n % 2 == 0 { "approve" } else { "reject" }, "requester: { name: \"*a*\" }"))
        .collect();
    let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{}", rules.concat())).unwrap();
    assert!(allowlist.check(TODAY).len() > 1_000);
}
