//! What can go wrong between us and Azure: a small kind to branch on, and words to read.

use std::fmt;
use std::time::Duration;

use portreeve_decisions::untrusted::escaped;
use time::OffsetDateTime;

use crate::limits::BookedTurn;

/// The kind of a failure, which decides what becomes of the work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorKind {
    /// Azure asked to come back later.
    Throttled,
    /// No answer, a broken one, or a server error: the write may have taken effect.
    Transient,
    /// The resource, or the group or subscription around it, does not exist.
    NotFound,
    /// Our identity may not do this.
    Forbidden,
    /// Another operation on the resource is under way.
    Conflict,
    /// The resource was written since it was read.
    PreconditionFailed,
    /// Azure understood and refuses.
    Refused,
    /// No token could be had.
    NoToken,
}

/// A failed exchange with Azure: what was tried, on what, and what came of it.
#[derive(Clone, Debug)]
pub struct AzureError {
    /// What to branch on.
    pub kind: ErrorKind,
    /// What was tried, for example `GET /subscriptions/…`.
    pub attempted: String,
    /// How long to wait, by `Retry-After` or by the turn that was booked.
    pub retry_after: Option<Duration>,
    /// The turn that was booked, where a limit of Azure's is waited for. Without a status the request was not sent.
    pub turn: Option<Box<BookedTurn>>,
    /// The answer's HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Azure's own code, such as `AuthorizationFailed`, where it gave one.
    pub code: Option<String>,
    /// What came of it.
    pub detail: String,
    /// Whether Azure may have done it all the same: an earlier try had no answer, or it was taken and then lost from sight.
    pub may_be_done: bool,
}

impl AzureError {
    pub(crate) fn new(kind: ErrorKind, attempted: impl Into<String>, detail: impl Into<String>) -> Self {
        let (attempted, detail) = (attempted.into(), detail.into());
        let may_be_done = kind == ErrorKind::Transient;
        Self { kind, attempted, retry_after: None, turn: None, status: None, code: None, detail, may_be_done }
    }

    /// The request has to wait for a limit: after Azure refused it, or before it was sent at all.
    pub(crate) fn awaiting(turn: BookedTurn, refusal: Option<Self>, attempted: String, now: OffsetDateTime) -> Self {
        let detail = format!("not sent yet: {} are used up", turn.limit);
        let error = refusal.unwrap_or_else(|| Self::new(ErrorKind::Throttled, attempted, detail));
        let retry_after = Duration::try_from(turn.due - now).unwrap_or_default();
        Self { retry_after: Some(retry_after), turn: Some(Box::new(turn)), ..error }
    }

    /// An answer of another shape. The reader's words quote it, and it may be anybody's and of any length.
    pub(crate) fn not_understood(attempted: impl Into<String>, why: &impl fmt::Display) -> Self {
        Self::new(ErrorKind::Refused, attempted, escaped(&why.to_string(), 300))
    }

    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    pub(crate) fn that_may_be_done(self) -> Self {
        Self { may_be_done: true, ..self }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(crate) fn with_code(self, code: Option<String>) -> Self {
        Self { code, ..self }
    }

    /// Whether the resource itself is said not to exist, by somebody who could see it.
    ///
    /// A missing subscription does not count: that is also what ARM answers about a subscription of another tenant.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let gone = ["ResourceNotFound", "ResourceGroupNotFound"];
        self.kind == ErrorKind::NotFound && gone.iter().any(|word| word.eq_ignore_ascii_case(code))
    }

    /// Whether the provider does not have the api-version, or has the type in others only.
    #[must_use]
    pub(crate) fn is_about_the_version(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let codes =
            ["InvalidApiVersionParameter", "NoRegisteredProviderFound", "UnsupportedApiVersion", "InvalidResourceType"];
        codes.iter().any(|word| word.eq_ignore_ascii_case(code))
    }

    /// Whether Azure has understood and will not, so that a write has certainly changed nothing. One that waits for its turn
    /// is none: an earlier try of it may have taken effect.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let is_no = self.is_out_of_reach() || matches!(self.kind, ErrorKind::Refused | ErrorKind::PreconditionFailed);
        is_no && !self.may_be_done
    }

    /// Whether the resource is out of our reach for good: not ours to see, or not there.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self.kind, ErrorKind::NotFound | ErrorKind::Forbidden)
    }

    /// What a person can do about it, for the kinds where one can.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self.kind {
            ErrorKind::Forbidden if self.code.as_deref() == Some("RequestDisallowedByPolicy") => {
                Some("an Azure Policy denies it; exempt what the message names, or change the allowlist")
            }
            ErrorKind::Forbidden => Some("grant the app's identity the custom role of infra/ at this scope"),
            ErrorKind::NoToken => {
                Some("check that the app has a managed identity, or that `az login` was run at this desk")
            }
            ErrorKind::Refused => Some("Azure will not take it as it is; approve by hand, and report this record"),
            ErrorKind::Throttled
            | ErrorKind::Transient
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::PreconditionFailed => None,
        }
    }
}

impl fmt::Display for AzureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.attempted, self.detail)
    }
}

impl std::error::Error for AzureError {}
