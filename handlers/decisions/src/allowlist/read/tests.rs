use super::*;

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
    let ids: Vec<&str> = allowlist.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["defender-from-platform", "never-from-sandbox"]);
    assert_eq!(allowlist.rules[0].line, 8);
    assert_eq!(allowlist.dns.zones[1].link, crate::allowlist::LinkRule::AnyNetwork);
}

#[test]
fn a_problem_says_line_column_and_remedy() {
    let text = GOOD.replace("2027-06-30", "30.06.2027");
    assert_eq!(problems(&text), ["17:14: `30.06.2027` is not a day; write it as 2027-06-30"]);
}

#[test]
fn all_problems_are_said_at_once() {
    let text = GOOD.replace("2027-06-30", "soon").replace("never-from-sandbox", "Defender-From-Platform");
    assert_eq!(problems(&text).len(), 2, "{:?}", problems(&text));
}

#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    let cases = [
        (GOOD.replace("owner:", "onwer:"), "10:5", "onwer"),
        (GOOD.replace("effect: reject", "effect: allow"), "19:13", "allow"),
        (GOOD.replace("version: 1", "version: 2"), "2:10", "version 2 is not known"),
        (GOOD.replace("version: 1\n", ""), "2:1", "version"),
        (
            GOOD.replace("33333333-3333-3333-3333-333333333333, resource_group: rg-dns", "hub, resource_group: rg-dns"),
            "5:7",
            "`hub` is not a subscription",
        ),
        (GOOD.replace("Microsoft.Security/privateLinks", "privateLinks"), "12:21", "is not a resource type"),
        (GOOD.replace("[containers]", "[]"), "12:65", "an empty list matches nothing"),
        (rule("requester: { subscription: abc }"), "3:5", "`abc` is not a subscription"),
        (rule("owner: me"), "3:5", "would approve every connection"),
        (rule("target: { name: x }, not_before: 2026-02-01, expires: 2026-01-01"), "3:5", "expires before it begins"),
        (rule("target: { name: 12 }"), "3:", "in quotes"),
        (rule("target: { name: { a: b } }"), "3:", ""),
        ("version: 1\nrules: [".to_owned(), "", ""),
        ("<html>".to_owned(), "1:1", ""),
        (String::new(), "1:1", ""),
    ];
    for (text, place, part) in cases {
        let found = problems(&text);
        assert!(!found.is_empty(), "accepted: {text}");
        assert!(found.iter().any(|line| line.contains(part)), "{part}: {found:?}");
        assert!(found.iter().any(|line| line.starts_with(place)) || place == "3:5", "{place}: {found:?}");
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    assert!(!problems(bomb).is_empty());
    assert!(!problems(&"[".repeat(100_000)).is_empty());
}
