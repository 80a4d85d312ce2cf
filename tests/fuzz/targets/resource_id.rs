//! Any text, and two more for a child: what is read as an id stays itself in a URL, in JSON and in any letter case.

#![no_main]

use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use portreeve_decisions::resource_id::ResourceId;
use url::Url;

const BASE: &str = "https://management.azure.com";

fuzz_target!(|texts: (&str, &str, &str)| {
    let (text, child_type, name) = texts;
    let Ok(id) = ResourceId::parse(text) else { return };
    assert_eq!(text.strip_suffix('/').unwrap_or(text), id.as_str());
    check(&id);
    if let Ok(child) = id.child(child_type, name) {
        check(&child);
        assert_eq!(child.parent().as_ref(), Some(&id), "the parent of {child}");
    }
    if let Some(parent) = id.parent() {
        check(&parent);
    }
});

fn check(id: &ResourceId) {
    let again = ResourceId::parse(id.as_str()).expect("it was read before");
    assert_eq!(again.as_str(), id.as_str());
    for other_case in [id.as_str().to_ascii_lowercase(), id.as_str().to_ascii_uppercase()] {
        let other = ResourceId::parse(&other_case).expect("an id in any case is one");
        assert_eq!((other.key(), &other), (id.key(), id));
        assert!(other.is_type(&id.resource_type()));
    }
    let json = serde_json::to_string(id).expect("text");
    assert_eq!(serde_json::from_str::<ResourceId>(&json).expect("it was written").as_str(), id.as_str());
    check_url(id);
}

/// Nothing in an id means another path, a query or a fragment.
fn check_url(id: &ResourceId) {
    let url = Url::parse(&format!("{BASE}{id}?api-version=1")).expect("an id fits into a URL");
    assert_eq!(url.origin(), Url::parse(BASE).expect("a constant").origin());
    assert_eq!((url.query(), url.fragment(), url.username()), (Some("api-version=1"), None, ""), "{url}");
    let path = percent_decode_str(url.path()).decode_utf8().expect("it was text");
    assert_eq!(path, id.as_str(), "{url}");
}
