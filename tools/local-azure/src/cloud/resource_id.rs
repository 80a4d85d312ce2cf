//! The id of one ARM resource: `/subscriptions/{s}/resourceGroups/{rg}/providers/{namespace}/{type}/{name}/…`.
//!
//! It keeps the letter case it was written with; `key` is what ids are compared by, because ARM ignores case in them.

use std::fmt;

/// Longest id read at all; longer text is refused before it is taken apart. ARM's own names are far shorter.
const MAX_LENGTH: usize = 2048;

/// A resource's full id, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourceId {
    subscription: String,
    resource_group: String,
    namespace: String,
    /// Pairs of type and name, the outermost resource first; never empty.
    path: Vec<(String, String)>,
}

impl ResourceId {
    /// Parses a full id; `None` for anything that does not name exactly one resource in a resource group.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let mut segments = text.strip_prefix('/')?.split('/');
        let mut after = |word: &str| -> Option<&str> {
            segments.next().filter(|segment| segment.eq_ignore_ascii_case(word))?;
            segments.next().filter(|segment| is_name(segment))
        };
        let subscription = after("subscriptions")?.to_owned();
        let resource_group = after("resourceGroups")?.to_owned();
        let namespace = after("providers")?.to_owned();
        let rest: Vec<&str> = segments.collect();
        if rest.is_empty() || !rest.len().is_multiple_of(2) || !rest.iter().all(|segment| is_name(segment)) {
            return None;
        }
        let path = rest.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
        Some(Self { subscription, resource_group, namespace, path })
    }

    /// The lower-cased id, for comparing and for keys.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    /// The subscription, as written.
    #[must_use]
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// The resource group, as written.
    #[must_use]
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// The provider's namespace and the types, such as `Microsoft.Network/virtualNetworks/subnets`.
    #[must_use]
    pub fn resource_type(&self) -> String {
        let types: Vec<&str> = self.path.iter().map(|(kind, _)| kind.as_str()).collect();
        format!("{}/{}", self.namespace, types.join("/"))
    }

    /// The name of the innermost resource.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map_or("", |(_, name)| name)
    }

    /// The namespace with types and names in turn, as ARM's messages name a resource.
    #[must_use]
    pub fn relative(&self) -> String {
        let pairs: Vec<String> = self.path.iter().map(|(kind, name)| format!("{kind}/{name}")).collect();
        format!("{}/{}", self.namespace, pairs.join("/"))
    }

    /// This id as a child of `parent`, in the letter case that the parent has.
    #[must_use]
    pub fn under(&self, parent: &Self) -> Self {
        let mut child = parent.clone();
        child.path.extend(self.path.last().cloned());
        child
    }

    /// The resource that this one is a child of.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, path) = self.path.split_last().filter(|(_, rest)| !rest.is_empty())?;
        Some(Self { path: path.to_vec(), ..self.clone() })
    }

    /// The child `kind/name` of this resource.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        let mut child = self.clone();
        child.path.push((kind.to_owned(), name.to_owned()));
        child
    }

    /// A resource beside this one: same subscription and resource group.
    #[must_use]
    pub fn sibling(&self, namespace: &str, kind: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), path: vec![(kind.to_owned(), name.to_owned())], ..self.clone() }
    }

    /// The same id with its type spelled as `resource_type`, whatever case the caller typed.
    #[must_use]
    pub fn with_type(mut self, resource_type: &str) -> Self {
        let mut words = resource_type.split('/');
        if let Some(namespace) = words.next() {
            namespace.clone_into(&mut self.namespace);
        }
        for ((kind, _), word) in self.path.iter_mut().zip(words) {
            word.clone_into(kind);
        }
        self
    }

    /// The same id in the resource group's own letter case.
    #[must_use]
    pub fn in_group(mut self, resource_group: &str) -> Self {
        resource_group.clone_into(&mut self.resource_group);
        self
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "/subscriptions/{}/resourceGroups/{}/providers/{}",
            self.subscription, self.resource_group, self.namespace
        )?;
        self.path.iter().try_for_each(|(kind, name)| write!(formatter, "/{kind}/{name}"))
    }
}

/// Whether a path segment can be a name: nothing that climbs, ends a path or hides.
#[must_use]
pub fn is_name(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
        && segment.len() <= 260
        && !segment.chars().any(|character| character.is_control() || "/\\?#%<>&:".contains(character))
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    const SUBNET: &str = "/subscriptions/S/resourcegroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/pe";

    #[test]
    fn an_id_is_taken_apart_and_compared_without_case() {
        let id = ResourceId::parse(SUBNET).expect("an id");
        assert_eq!(id.resource_type(), "Microsoft.Network/virtualNetworks/subnets");
        assert_eq!((id.name(), id.resource_group()), ("pe", "rg"));
        assert_eq!(id.key(), SUBNET.to_lowercase());
        assert_eq!(id.parent().expect("a parent").name(), "v");
        assert_eq!(id.relative(), "Microsoft.Network/virtualNetworks/v/subnets/pe");
        assert!(id.parent().expect("a parent").parent().is_none());
    }

    #[test]
    fn what_is_not_one_resource_is_refused() {
        for text in [
            "",
            "/",
            "/subscriptions/s/resourceGroups/rg",
            "/subscriptions/s/resourceGroups/rg/providers/N/t",
            "/subscriptions/s/resourceGroups/../providers/N/t/n",
            "/subscriptions/s/resourceGroups/rg/providers/N/t/a%2fb",
            "https://evil.example/subscriptions/s/resourceGroups/rg/providers/N/t/n",
            "/subscriptions/s/resourceGroups/rg/providers/N/t/n/",
        ] {
            assert!(ResourceId::parse(text).is_none(), "{text}");
        }
    }
}
