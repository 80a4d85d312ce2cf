//! ARM resource ids, read strictly and compared as Azure compares them.
//!
//! Ids come from events, jobs, ARM answers and people. One that could name another host, climb out of its path or hide
//! a character is refused here, so nothing behind this type needs to ask again.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::untrusted::escaped;

/// ARM accepts resource names of up to 260 characters; a longer segment is not an id.
const SEGMENT_MAX_CHARS: usize = 260;
/// No id that ARM hands out comes near this; it bounds what a hostile event can make us keep.
const ID_MAX_BYTES: usize = 2048;

/// The full id of a resource in a resource group: `/subscriptions/{guid}/resourceGroups/{name}/providers/{namespace}/{type}/{name}…`.
///
/// It keeps the letter case that it was written in and compares without ASCII case, because ARM answers in the case of
/// whoever asked. Other letters are compared exactly: folding them would let `K` (Kelvin sign) pass for `k`.
///
/// Cheap to clone: a sweep has tens of thousands of ids in several places each.
#[derive(Clone)]
pub struct ResourceId {
    text: Arc<str>,
    key: Arc<str>,
}

/// Why a text is not a resource id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{shown}` is not a resource id: {problem}")]
pub struct InvalidResourceId {
    shown: String,
    problem: &'static str,
}

impl ResourceId {
    /// Reads an id. A trailing slash is dropped.
    ///
    /// # Errors
    /// Names what is wrong, with the text escaped and cut for display.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        match problem_of(trimmed) {
            None => Ok(Self::of(trimmed)),
            Some(problem) => Err(InvalidResourceId { shown: escaped(text, 200), problem }),
        }
    }

    fn of(text: &str) -> Self {
        let key: Arc<str> = text.to_ascii_lowercase().into();
        Self { text: if *key == *text { key.clone() } else { text.into() }, key }
    }

    /// The id as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id in lower case: equal for equal ids, fit for keys and metadata.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The subscription's GUID.
    #[must_use]
    pub fn subscription(&self) -> &str {
        self.segment(1)
    }

    /// The resource group's name.
    #[must_use]
    pub fn resource_group(&self) -> &str {
        self.segment(3)
    }

    /// The full type, for example `Microsoft.Storage/storageAccounts/privateEndpointConnections`.
    #[must_use]
    pub fn resource_type(&self) -> String {
        let mut full = self.segment(5).to_owned();
        for word in self.text.split('/').skip(7).step_by(2) {
            full.push('/');
            full.push_str(word);
        }
        full
    }

    /// Whether the resource is of this full type, whatever the letter case.
    #[must_use]
    pub fn is_type(&self, resource_type: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(resource_type)
    }

    /// The resource's own name: the last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The resource that this one is a child of, or `None` at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.text.split('/').count() <= 9 {
            return None;
        }
        let (rest, _name) = self.text.rsplit_once('/')?;
        let (rest, _type) = rest.rsplit_once('/')?;
        Some(Self::of(rest))
    }

    /// The id of a child resource.
    ///
    /// # Errors
    /// As [`ResourceId::parse`], where the type or name could not stand in an id as one segment.
    pub fn child(&self, child_type: &str, name: &str) -> Result<Self, InvalidResourceId> {
        for segment in [child_type, name] {
            if segment.contains('/') {
                return Err(InvalidResourceId { shown: escaped(segment, 200), problem: "it is more than one segment" });
            }
        }
        Self::parse(&format!("{}/{child_type}/{name}", self.text))
    }

    /// The parts that rules ask for, in lower case.
    pub(crate) fn folded_parts(&self) -> FoldedParts<'_> {
        let mut segments = self.key.split('/').skip(2).step_by(2);
        let mut next = || segments.next().unwrap_or_default();
        let (subscription, resource_group, namespace) = (next(), next(), next());
        // `…/providers/{namespace}/{type}/{name}`: of a resource at the top, namespace and type stand side by side.
        let start = namespace.as_ptr().addr() - self.key.as_ptr().addr();
        let (above, name) = self.key.rsplit_once('/').unwrap_or_default();
        let is_top = self.key[start..].bytes().filter(|&byte| byte == b'/').count() == 2;
        let resource_type = match above.get(start..) {
            Some(resource_type) if is_top => Cow::Borrowed(resource_type),
            _ => Cow::Owned(self.resource_type().to_ascii_lowercase()),
        };
        FoldedParts { resource_type, subscription, resource_group, name }
    }

    fn segment(&self, index: usize) -> &str {
        self.text.split('/').nth(index + 1).unwrap_or_default()
    }
}

/// Parts of an id in lower case, see [`ResourceId::folded_parts`].
pub(crate) struct FoldedParts<'a> {
    pub resource_type: Cow<'a, str>,
    pub subscription: &'a str,
    pub resource_group: &'a str,
    pub name: &'a str,
}

fn problem_of(text: &str) -> Option<&'static str> {
    if text.len() > ID_MAX_BYTES {
        return Some("it is longer than 2048 bytes");
    }
    let Some(path) = text.strip_prefix('/') else {
        return Some("it does not start with `/subscriptions/`");
    };
    let segments: Vec<&str> = path.split('/').collect();
    if !segments[0].eq_ignore_ascii_case("subscriptions") || !segments.get(1).is_some_and(|guid| is_guid(guid)) {
        return Some("it does not start with `/subscriptions/` and a GUID");
    }
    if !segments.get(2).is_some_and(|word| word.eq_ignore_ascii_case("resourceGroups"))
        || !segments.get(4).is_some_and(|word| word.eq_ignore_ascii_case("providers"))
    {
        return Some("it has no `/resourceGroups/…/providers/` in it");
    }
    if segments.len() < 8 || !segments.len().is_multiple_of(2) {
        return Some("it has a type without a name, or no type");
    }
    segments.iter().find_map(|segment| problem_of_segment(segment))
}

fn problem_of_segment(segment: &str) -> Option<&'static str> {
    if segment.is_empty() {
        return Some("it has an empty segment");
    }
    if segment == "." || segment == ".." {
        return Some("it has a segment that means another path");
    }
    if segment.chars().count() > SEGMENT_MAX_CHARS {
        return Some("it has a segment of more than 260 characters");
    }
    // Letters of any script: resource group names may have them. Nothing that a URL, a shell or a terminal reads as
    // more than itself: no `%`, `?`, `#`, `\`, `:`, spaces or controls.
    let is_plain = |c: char| c.is_alphanumeric() || "-_.()~!@*+,='&$".contains(c);
    if segment.chars().all(is_plain) { None } else { Some("it has a character that no resource id has") }
}

/// Whether a text is a GUID in its usual form of 8-4-4-4-12 hexadecimal digits.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for ResourceId {}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
