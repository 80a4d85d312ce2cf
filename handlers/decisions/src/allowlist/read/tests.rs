use super::*;
use crate::allowlist::{Fact, Values};

const GOOD: &str = r#"
version: 1
dns:
  zones:
    - { subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-dns }
    - { subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-hub, link: any_network }
rules:
  - id: defender-from-platform
    effect: approve
    owner: secops@contoso.example
    reason: Defender for Containers over Private Link
    target: { type: Microsoft.Security/privateLinks, group_ids: [containers] }
    requester:
      subscription: [11111111-1111-1111-1111-111111111111, "2222*"]
      resource_group: "rg-aks-*"
    not_before: 2026-01-01
    expires: 2027-06-30
  - id: never-from-sandbox
    effect: reject
    requester: { resource_group: rg-sandbox }
"#;

/// Every problem of a file, a line each.
fn problems(text: &str) -> Vec<String> {
    match Allowlist::parse(text) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

fn rule(lines: &str) -> String {
    format!("version: 1\nrules:\n  - {{ id: a, effect: approve, {lines} }}\n")
}

#[test]
fn a_good_file_is_read_in_its_order() {
    let allowlist = Allowlist::parse(GOOD).unwrap();
    let ids: Vec<&str> = allowlist.rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["defender-from-platform", "never-from-sandbox"]);
    assert_eq!(allowlist.rules[0].place.line, 8);
    assert_eq!(allowlist.dns.zones[1].link, crate::allowlist::LinkRule::AnyNetwork);
}

#[test]
fn a_problem_says_line_column_and_remedy() {
    let text = GOOD.replace("2027-06-30", "30.06.2027");
    assert_eq!(problems(&text), ["17:14: `30.06.2027` is not a day; write year, month and day, as in 2027-06-30"]);
}

#[test]
fn all_problems_are_said_at_once() {
    let text = GOOD.replace("2027-06-30", "soon").replace("never-from-sandbox", "Defender-From-Platform");
    assert_eq!(problems(&text).len(), 2, "{:?}", problems(&text));
}

/// The file with one text in place of another has exactly these problems.
fn check_changed(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    assert_eq!(problems(&GOOD.replace(from, to)), expected, "{from} -> {to}");
}

#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    let keys = "use one of id, effect, owner, reason, ticket, target, requester, not_before, expires, limit";
    let text = "write a text, in quotes if it is a number, `{ set: NAME }`, or a list of such";
    let cases = [
        ("owner:", "onwer:", "10:5: there is no key `onwer` here; did you mean `owner`?".to_owned()),
        ("owner:", "colour:", format!("10:5: there is no key `colour` here; {keys}")),
        ("type:", "typ:", "12:15: there is no key `typ` here; did you mean `type`?".to_owned()),
        ("\nrules:", "\nruls:", "7:1: there is no key `ruls` here; did you mean `rules`?".to_owned()),
        ("effect: reject", "effect: deny", "19:13: `deny` cannot stand here; did you mean `reject`?".to_owned()),
        ("effect: reject", "effect: rejct", "19:13: `rejct` cannot stand here; did you mean `reject`?".to_owned()),
        ("effect: reject", "effect: ignore", "19:13: `ignore` cannot stand here; use one of approve, hold, reject".to_owned()),
        ("effect: reject", "effect: reject\n     owner: me", "19:13: `reject owner` cannot stand here; write `reject` alone, and indent the line below it as its own key".to_owned()),
        ("link: any_network", "link: all", "6:91: `all` cannot stand here; use one of endpoint_network, any_network".to_owned()),
        ("    effect: reject\n", "", "19:5: the key `effect` is missing; add `effect: approve`, `effect: hold` or `effect: reject`".to_owned()),
        ("version: 1", "", "7:1: the key `version` is missing; begin the file with `version: 1`".to_owned()),
        ("version: 1", "version: one", "2:10: this is not a whole number that can stand here; write it in digits alone, as in `version: 1`".to_owned()),
        ("version: 1", "version: 2", "2:10: version 2 is newer than this Portreeve, which reads version 1; update Portreeve first, or write `version: 1`".to_owned()),
        ("resource_group: rg-sandbox", "name: 12", format!("20:18: integer `12` cannot stand here; {text}")),
        ("resource_group: rg-sandbox", "name: { a: b }", "20:26: there is no key `a` here; use `set`".to_owned()),
        ("{ resource_group: rg-sandbox }", "rg-sandbox", "20:16: keys with values belong here; write them as `key: value`".to_owned()),
        ("id: never-from-sandbox", "id: [a]", "18:9: one text belongs here; write it without brackets or keys".to_owned()),
        ("    reason:", "    owner: me\n    reason:", "11:5: the key `owner` stands here twice; keep one of the two".to_owned()),
        ("rg-dns }", "rg-dns }\n---", "7:5: a second document begins here; keep one, and take the `---` out".to_owned()),
        ("\"rg-aks-*\"", "*-prod", "15:23: to YAML a `*` in front makes this an alias; put a glob in quotes, as in \"*-prod\"".to_owned()),
        ("    effect: reject", "\teffect: reject", "18:9: while scanning a plain scalar, found a tab; indent with spaces; YAML takes no tabs there".to_owned()),
        ("secops@", "secops: ", "10:18: mapping values are not allowed in this context; put a text with `: ` in it in quotes, or mend the indentation".to_owned()),
        ("[containers]", "[containers", "12:65: mismatched bracket '[' closed by '}'; close it, or mend the line before it".to_owned()),
        ("\"rg-aks-*\"", "!secret rg", "15:31: the tag `!secret` means nothing here; take it out, or put the text in quotes".to_owned()),
    ];
    for (from, to, expected) in cases {
        check_changed(from, to, &[&expected]);
    }
}

#[test]
fn a_misspelt_reference_is_told_what_was_probably_meant() {
    let file = |subscription: &str, rule: &str| {
        let sets = "sets: { platform: [11111111-1111-1111-1111-111111111111] }";
        let rules =
            format!("rules: [{{ id: from-platform, effect: hold, requester: {{ subscription: {subscription} }} }}]");
        let id = |provider: &str| {
            format!("/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/providers/{provider}")
        };
        let (target, endpoint) = (id("Microsoft.KeyVault/vaults/kv"), id("Microsoft.Network/privateEndpoints/pe"));
        let connection = format!("connection: {{ target: {target}, endpoint: {endpoint} }}");
        format!("version: 1\n{sets}\n{rules}\ntests: [{{ name: t, {connection}, expect: hold, rule: {rule} }}]\n")
    };
    assert_eq!(problems(&file("{ set: platform }", "from-platform")), [""; 0]);
    let cases = [
        (file("{ sets: platform }", "from-platform"), "there is no key `sets` here; did you mean `set`?"),
        (file("{ set: platfrom }", "from-platform"), "there is no set `platfrom`; did you mean `platform`?"),
        (file("{ set: hubs }", "from-platform"), "there is no set `hubs`; give it its values under `sets`"),
        (file("platform", "from-platform"), "`platform` is not a subscription; write `{ set: platform }` for the set"),
        (file("{ set: platform }", "From-platform"), "there is no rule `From-platform`; did you mean `from-platform`?"),
        (file("{ set: platform }", "other"), "there is no rule `other`; name a rule's id, in the same letter case"),
    ];
    for (text, expected) in cases {
        let found = problems(&text);
        assert!(found.len() == 1 && found[0].ends_with(expected), "{expected}: {found:?}");
    }
}

#[test]
fn values_of_another_shape_are_refused_in_words_that_say_what_belongs_there() {
    let cases = [
        ("dns: { create_missing_zones: no }", "2:30: this is neither true nor false; write `true` or `false`"),
        (
            "validation: { ports: { Microsoft.Sql/servers: [70000] } }",
            "2:48: this is not a whole number that can stand here; write digits alone, up to 65535",
        ),
        ("on_change: [report]", "2:12: one text belongs here; write it without brackets or keys"),
        (
            "tests: [{ name: t, expect: hold, connection: { target: st } }]",
            "2:56: `st` is not a resource id: it does not start with `/subscriptions/`; write the whole id, as Azure shows it: /subscriptions/GUID/resourceGroups/…/providers/…",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(problems(&format!("version: 1\n{lines}\n")), [expected], "{lines}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_at_its_place() {
    let cases = [
        (
            "33333333-3333-3333-3333-333333333333, resource_group: rg-dns",
            "hub, resource_group: rg-dns",
            "5:7: `hub` is not a subscription; write the subscription's GUID",
        ),
        (
            "resource_group: rg-dns",
            "resource_group: rg/../x",
            "5:7: `rg/../x` is not a resource group; write its name, without a path or globs",
        ),
        (
            "resource_group: rg-dns",
            "resource_group: \"rg-*\"",
            "5:7: `rg-*` is not a resource group; write its name, without a path or globs",
        ),
        (
            "Microsoft.Security/privateLinks",
            "privateLinks",
            "12:21: `privateLinks` is not a resource type; write it as Microsoft.Storage/storageAccounts",
        ),
        ("[containers]", "[]", "12:65: an empty list matches nothing; list a value, or leave the key out"),
        ("[containers]", "\" \"", "12:65: an empty text matches nothing; write a value, or leave the key out"),
        ("\"2222*\"", "x2222", "14:60: `x2222` is not a subscription; write the subscription's GUID, or a glob"),
        (
            "\"2222*\"",
            "2222",
            "14:60: integer `2222` cannot stand here; write a text, in quotes if it is a number, or `{ set: NAME }`",
        ),
        (
            "2026-01-01",
            "2028-01-01",
            "8:5: rule `defender-from-platform` expires before it begins; put `expires` after `not_before`",
        ),
        ("2026-01-01", "2026-02-30", "16:17: `2026-02-30` is not a day; write one that the calendar has"),
        (
            "never-from-sandbox",
            "\"never\\u001b[2J\"",
            "18:9: `never\\u{1b}[2J` cannot be a rule's id; use 1 to 64 letters, digits, `-`, `_` or `.`",
        ),
        (
            "never-from-sandbox",
            "Defender-from-Platform",
            "18:9: the rule on line 8 has the id `Defender-from-Platform` already; give each rule an id of its own",
        ),
    ];
    for (from, to, expected) in cases {
        check_changed(from, to, &[expected]);
    }
}

#[test]
fn a_service_is_a_data_factory_by_its_full_id() {
    const GROUP: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/providers";
    let with =
        |service: &str| problems(&rule(&format!("requester: {{ subscription: \"9*\", service: \"{service}\" }}")));
    assert_eq!(with(&format!("{GROUP}/microsoft.datafactory/FACTORIES/adf")), [""; 0]);
    for other in ["Microsoft.Search/searchServices/s", "Microsoft.Kusto/clusters/c"] {
        let found = with(&format!("{GROUP}/{other}"));
        let says =
            "no other service's endpoints can be told apart; name a Data Factory, and leave the others' to a person";
        assert!(found.len() == 1 && found[0].starts_with("3:73: ") && found[0].ends_with(says), "{found:?}");
    }
    for text in ["adf", &format!("{GROUP}/Microsoft.DataFactory/factories/*")] {
        let found = with(text);
        assert!(found.len() == 1 && found[0].ends_with("factories/NAME, without globs"), "{text}: {found:?}");
    }
}

/// To serde an empty condition would be one that was never set, and its rule would approve more than was meant.
#[test]
fn a_key_without_a_value_never_widens_a_rule() {
    let keys = ["type", "subscription", "resource_group", "name", "group_ids"].map(|key| ("target", key));
    let keys = keys.into_iter().chain(["subscription", "resource_group", "name"].map(|key| ("requester", key)));
    let other = |part: &str| if part == "target" { "requester" } else { "target" };
    for (part, key) in keys {
        for nothing in ["", "~", "null"] {
            let text = rule(&format!("{}: {{ name: x }}, {part}: {{ {key}: {nothing} }}", other(part)));
            assert!(problems(&text)[0].ends_with("the key has no value; write one, or take the key out"), "{text}");
        }
    }
    for key in ["target", "requester", "not_before", "expires", "owner", "reason"] {
        let text = rule(&format!("{key}: ")).replace("approve, ", "hold, ");
        assert!(problems(&text)[0].ends_with("the key has no value; write one, or take the key out"), "{text}");
    }
    assert_eq!(problems("version: 1\nrules:\n"), ["2:1: the key has no value; write one, or take the key out"]);
}

/// A value that nothing is ever equal to would make a dead letter of a reject rule.
#[test]
fn what_could_never_match_for_how_it_is_written_is_refused_or_put_right() {
    let cases = [
        ("target: { name: \" st1\" }", "has a blank at an end"),
        ("target: { name: \"st1\\u00a0\" }", "has a blank at an end"),
        ("target: { name: \"a\\u202eb\" }", "a character that is not seen"),
        ("requester: { address: 10.1.2.3/8 }", "is an address within a range"),
        ("requester: { not: { not: { message: hello } } }", "`not` cannot stand in `not`"),
    ];
    for (conditions, expected) in cases {
        let found = problems(&rule(conditions));
        assert!(found.iter().any(|problem| problem.contains(expected)), "{conditions}: {found:?}");
    }
    let network = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/Hub";
    let allowlist = Allowlist::parse(&rule(&format!("requester: {{ virtual_network: {network}/ }}"))).unwrap();
    let condition = allowlist.rules[0].conditions.on(Fact::RequesterVirtualNetwork).unwrap();
    assert!(matches!(&*condition.values, Values::Texts(texts) if texts.contains(&network.to_ascii_lowercase())));
}

#[test]
fn an_approve_rule_without_conditions_is_refused() {
    let expected = ["3:5: rule `a` would approve every connection there is; name at least a `target` or a `requester`"];
    assert_eq!(problems(&rule("owner: me")), expected);
    assert_eq!(problems(&rule("target: {}, requester: {}")), expected);
    assert_eq!(problems("version: 1\nrules: [{ id: freeze, effect: hold }]"), [""; 0]);
}

#[test]
fn what_is_no_allowlist_at_all_is_named() {
    let empty = "the file is empty; write `version: 1` and the rules; `rules: []` holds every connection";
    let html =
        "this is HTML or XML and no allowlist; see where the file came from; often this is a sign-in or error page";
    let cases = [
        ("", format!("1:1: {empty}")),
        ("# rules to come\n", format!("2:1: {empty}")),
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", format!("1:1: {html}")),
        ("\n<?xml version=\"1.0\"?><Error/>", format!("2:1: {html}")),
        (
            "{\"error\":{\"code\":\"NotFound\"}}",
            "1:2: there is no key `error` here; use one of version, on_change, sets, dns, validation, rules, tests"
                .to_owned(),
        ),
        ("\0\0", "1:1: unexpected character: `\\u{0}'; put a text that begins with it in quotes".to_owned()),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn files_from_windows_and_json_are_read_too() {
    let ids = |text: &str| {
        Allowlist::parse(text).unwrap().rules.into_iter().map(|rule| rule.id.into_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))), ids(GOOD));
    assert_eq!(ids("{\"version\": 1, \"rules\": [{\"id\": \"a\", \"effect\": \"hold\"}]}"), ["a"]);
}

#[test]
fn values_shared_by_an_alias_are_read_where_they_are_used() {
    let text = "version: 1\nrules:\n  - { id: a, effect: hold, target: { name: &names [x, y] } }\n  - { id: b, effect: reject, target: { name: *names } }\n";
    let allowlist = Allowlist::parse(text).unwrap();
    assert!(
        matches!(&*allowlist.rules[1].conditions.on(Fact::TargetName).unwrap().values, Values::Texts(texts) if texts.contains("y"))
    );
}

#[test]
fn one_mistake_in_every_rule_is_cut_short() {
    let rules: String = (0..60).map(|n| format!("  - {{ id: r{n}, effect: hold, expires: never }}\n")).collect();
    let found = problems(&format!("version: 1\nrules:\n{rules}"));
    assert_eq!(found.len(), 51);
    assert_eq!(found[50], "and 10 more");
}

#[test]
fn a_key_in_two_letter_cases_is_one_key() {
    let scope = "{ subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg }";
    let zones = format!("version: 1\ndns: {{ overrides: {{ a.b: {scope}, A.b: {scope} }} }}\n");
    let ports = "version: 1\nvalidation: { ports: { Microsoft.Sql/servers: [1433], microsoft.sql/servers: [1434] } }\n";
    for text in [zones.as_str(), ports] {
        assert!(problems(text)[0].contains("stands here twice"), "{text}: {:?}", problems(text));
    }
}

/// Of a large set that is taken into many lists, no two of them the same, each list would have a copy.
#[test]
fn sets_do_not_multiply() {
    let set: String = (0..1_000).map(|n| format!("n{n},")).collect();
    let rule = |n: usize| format!("  - {{ id: r{n}, effect: hold, target: {{ name: [{{ set: many }}, x{n}] }} }}\n");
    let rules: String = (0..600).map(rule).collect();
    let text = format!("version: 1\nsets: {{ many: [{set}] }}\nrules:\n{rules}");
    assert_eq!(
        problems(&text),
        [
            "504:48: the conditions take more than 500000 values from sets; name the set alone, as `{ set: … }`, which is kept once, or use globs",
        ]
    );
    let alone = text.replace(", x", "] }, requester: { name: [x");
    assert_eq!(problems(&alone), [""; 0]);
    // Nor do they in one list.
    let often = format!("[{}]", "{ set: many },".repeat(501));
    let text = format!(
        "version: 1\nsets: {{ many: [{set}] }}\nrules: [{{ id: r, effect: hold, target: {{ name: {often} }} }}]"
    );
    assert_eq!(problems(&text).len(), 1);
}

/// Each of these would take hours, gigabytes or the stack if it were read to its end, so this would not come to its own.
#[test]
fn hostile_files_are_refused_before_they_are_read_to_their_end() {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let rules = |text: String| format!("version: 1\nrules:\n{text}");
    let names = "x,".repeat(1_000);
    let repeated = lines(1_000, &|n| format!("  - {{ id: r{n}, effect: hold, target: {{ name: *a }} }}\n"));
    let cases = [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "? ".repeat(100_000),
        lines(1_000, &|n| format!("{}a:\n", " ".repeat(n))),
        rules(format!("  - {{ id: r, effect: hold, target: {{ name: &a [{names}] }} }}\n{repeated}")),
        rules(format!("  - {}x{}", "[".repeat(1_000), "]".repeat(1_000))),
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nversion: *c".to_owned(),
        "'".repeat(1_000_000),
        "#".repeat(Allowlist::FILE_MAX_BYTES + 1),
    ];
    for text in cases {
        let found = problems(&text);
        let shown: String = text.chars().take(60).collect();
        assert_eq!(found.len(), 1, "{shown}");
        assert!(found[0].len() < 400, "{}", found[0]);
    }
}

proptest::proptest! {
    #[test]
    fn reading_never_panics_and_always_names_a_place(text in r"(version: 1\n)?([-:{}\[\]&*!|>'#%@ \na-z0-9\t]{0,60})") {
        if let Err(error) = Allowlist::parse(&text) {
            proptest::prop_assert!(error.problems.iter().all(|problem| problem.line > 0 && problem.column > 0));
            proptest::prop_assert!(error.problems.iter().all(|problem| !problem.remedy.is_empty()));
        }
    }
}
