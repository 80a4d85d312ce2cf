//! Which of Azure's limits a request counts against, and how large Azure makes them.
//!
//! Each request counts twice: for ARM, by the subscription (or the tenant) and the kind of operation, and for the provider
//! behind it. Of the providers' own limits those of record sets are told by zone and are what a burst meets first. Of the
//! others `Microsoft.Network` has published what it allows in five minutes, and each is taken to allow as much at once, and
//! then as much as ARM, until it refuses.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling> and
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-dns-limits>.

use azure_core::http::headers::HeaderName;
use azure_core::http::{Method, Request};
use portreeve_decisions::catalogue::Cloud;

/// A turn in a line for reads is worth so many: a reconcile that comes back reads about as often in one subscription.
const READS_EACH_TURN: f64 = 3.0;

/// How much a limit allows: a bucket of tokens that fills up by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    /// Requests at once, after a rest.
    pub burst: f64,
    /// Requests a second from then on.
    pub per_second: f64,
    /// Requests that whoever waits is likely to make when its turn comes.
    pub each_turn: f64,
}

/// One limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    /// What it is about, for people and for comparing.
    pub name: String,
    /// How much it allows.
    pub size: Size,
}

/// What counts a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    /// The request: the same again is told by it.
    pub request: String,
    /// What it does.
    pub operation: Operation,
    /// ARM's limit.
    pub arm: Limit,
    /// The provider's.
    pub provider: Limit,
}

/// The kinds of operation that ARM counts apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operation {
    Read,
    Write,
    Delete,
}

impl Counted {
    /// What counts this request, or `None` for what ARM does not count: Resource Graph has a quota of its own.
    pub fn of(request: &Request, cloud: Cloud) -> Option<Self> {
        let path = request.url().path().to_ascii_lowercase();
        let words: Vec<&str> = path.split('/').skip(1).collect();
        let operation = match request.method() {
            Method::Get | Method::Head => Operation::Read,
            Method::Delete => Operation::Delete,
            _ => Operation::Write,
        };
        let (whose, rest) = match words.as_slice() {
            ["providers", "microsoft.resourcegraph", ..] => return None,
            ["subscriptions", subscription, rest @ ..] if !subscription.is_empty() => {
                (format!("subscription {subscription}"), rest)
            }
            rest => ("the tenant".to_owned(), rest),
        };
        let size = operation.size(cloud);
        let provider = rest.iter().position(|word| *word == "providers").and_then(|at| rest.get(at + 1));
        let name = format!("{} of {} in {whose}", operation.plural(), provider.unwrap_or(&"resources"));
        let provider = Limit { name, size: Size { burst: operation.at_once_of_provider(), ..size } };
        Some(Self {
            request: format!("{} {path}", request.method()),
            operation,
            arm: Limit { name: format!("{} in {whose}", operation.plural()), size },
            provider: of_record_sets(request, &words).unwrap_or(provider),
        })
    }

    /// The limits.
    pub fn limits(&self) -> [&Limit; 2] {
        [&self.arm, &self.provider]
    }
}

impl Operation {
    /// ARM's own limits. Clouds other than the public one still count by the hour.
    fn size(self, cloud: Cloud) -> Size {
        let is_public = cloud == Cloud::Public;
        let (burst, per_second) = match self {
            Self::Read if is_public => (250.0, 25.0),
            Self::Write | Self::Delete if is_public => (200.0, 10.0),
            Self::Read => (12_000.0, 12_000.0 / 3600.0),
            Self::Write => (1_200.0, 1_200.0 / 3600.0),
            Self::Delete => (15_000.0, 15_000.0 / 3600.0),
        };
        Size { burst, per_second, each_turn: if self == Self::Read { READS_EACH_TURN } else { 1.0 } }
    }

    /// What `Microsoft.Network` allows in five minutes.
    fn at_once_of_provider(self) -> f64 {
        match self {
            Self::Read => 10_000.0,
            Self::Write | Self::Delete => 1_000.0,
        }
    }

    /// The word for several, as in the names of ARM's headers.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
            Self::Delete => "deletes",
        }
    }
}

/// The limit of a private zone's record sets, which all who write to the zone share: so many a minute.
fn of_record_sets(request: &Request, words: &[&str]) -> Option<Limit> {
    let [
        "subscriptions",
        _,
        "resourcegroups",
        _,
        "providers",
        "microsoft.network",
        "privatednszones",
        _,
        kind,
        name @ ..,
    ] = words
    else {
        return None;
    };
    let has = |name| request.headers().get_optional_str(&HeaderName::from_static(name)).is_some();
    let (what, a_minute) = match (request.method(), name) {
        _ if *kind == "virtualnetworklinks" => return None,
        (Method::Get, []) => ("lists", 100.0),
        (Method::Get, _) => ("gets", 200.0),
        (Method::Delete, _) => ("deletes", 60.0),
        _ if has("if-match") => ("updates", 60.0),
        _ => ("creates", 60.0),
    };
    let name = format!("{what} of record sets in /{}", words[..8].join("/"));
    Some(Limit { name, size: Size { burst: a_minute, per_second: a_minute / 60.0, each_turn: 1.0 } })
}
