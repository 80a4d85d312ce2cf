//! The paths of the REST API: which queue, which part of it, and which resource below.
//! Source: <https://learn.microsoft.com/rest/api/servicebus/service-bus-runtime-rest>.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::queue::Part;

/// What a path names.
#[derive(Debug, Eq, PartialEq)]
pub struct EntityPath {
    /// The queue; its name may contain slashes.
    pub queue: String,
    /// The queue itself or its dead-letter queue.
    pub part: Part,
    /// What follows.
    pub resource: Resource,
}

/// What lies below a queue.
#[derive(Debug, Eq, PartialEq)]
pub enum Resource {
    /// `/messages`
    Messages,
    /// `/messages/head`
    Head,
    /// `/messages/{message id or sequence number}/{lock token}`
    Locked {
        /// The message id or sequence number.
        id: String,
        /// The lock token.
        token: Uuid,
    },
}

/// Reads a path; `None` where it names nothing that Service Bus has.
pub fn parse(path: &str) -> Option<EntityPath> {
    let segments: Vec<String> = path.split('/').skip(1).map(decode).collect::<Option<_>>()?;
    let messages = segments.iter().position(|segment| segment.eq_ignore_ascii_case("messages"))?;
    let (queue, part) = match &segments[..messages] {
        [queue @ .., last] if last.eq_ignore_ascii_case("$deadletterqueue") => (queue, Part::DeadLetter),
        queue => (queue, Part::Main),
    };
    let resource = match &segments[messages + 1..] {
        [] => Resource::Messages,
        [head] if head.eq_ignore_ascii_case("head") => Resource::Head,
        [id, token] => Resource::Locked { id: id.clone(), token: token.parse().ok()? },
        _ => return None,
    };
    (!queue.is_empty()).then(|| EntityPath { queue: queue.join("/"), part, resource })
}

fn decode(segment: &str) -> Option<String> {
    Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_queue_a_part_and_a_resource() {
        let token = Uuid::nil();
        for (path, expected) in [
            ("/jobs/messages", Some(("jobs", Part::Main, Resource::Messages))),
            ("/a/b/messages/head", Some(("a/b", Part::Main, Resource::Head))),
            ("/jobs/$DeadLetterQueue/messages/head", Some(("jobs", Part::DeadLetter, Resource::Head))),
            (
                "/jobs/messages/a%2Fb/00000000-0000-0000-0000-000000000000",
                Some(("jobs", Part::Main, Resource::Locked { id: "a/b".to_owned(), token })),
            ),
            ("/jobs/messages/1/not-a-token", None),
            ("/messages/head", None),
            ("/jobs", None),
        ] {
            let expected =
                expected.map(|(queue, part, resource)| EntityPath { queue: queue.to_owned(), part, resource });
            assert_eq!(parse(path), expected, "{path}");
        }
    }
}
