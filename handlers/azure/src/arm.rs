//! Azure Resource Manager: authorised requests within Azure's limits, retries within reason, pages and long-running
//! operations.

mod anonymous;
mod answer;
mod operation;

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{Method, Request};
use portreeve_decisions::resource_id::ResourceId;
use serde_json::Value;
use url::Url;

use crate::clock::Clock;
use crate::endpoints::AzureEndpoints;
use crate::error::{AzureError, ErrorKind};
use crate::identity::Identity;
use crate::limits::{BookedTurn, Counted, Limits, Place, Turn};
use crate::transport::{Answer, Exchange, Transport};

/// How often one request is tried before the work is put off.
const TRIES: u32 = 3;
/// The longest wait that is sat out here, but for reads of work that has begun, see [`Place::patience`]. Longer ones put the
/// work off, so that no Function waits for them.
pub(crate) const INLINE_WAIT_MAX: Duration = Duration::from_secs(2);
/// More pages than any list of ours has; an endless `nextLink` chain ends here.
const PAGES_MAX: usize = 1000;
/// More text than any list of ours has: a zone's 25,000 record sets are a quarter of it.
const LIST_MAX_BYTES: usize = 64 * 1024 * 1024;

/// A client of ARM. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    transport: Arc<Transport>,
    clock: Arc<dyn Clock>,
    identity: Arc<Identity>,
    limits: Arc<Limits>,
    place: Arc<Place>,
    endpoint: Url,
    scope: &'static str,
    client_request_id: Arc<str>,
}

/// What a write is conditional on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'a> {
    /// Nothing.
    None,
    /// There is no such resource.
    Absent,
    /// The resource still has this etag.
    Unchanged(&'a str),
}

/// How a write was taken.
#[derive(Debug, PartialEq)]
pub(crate) enum Written {
    /// As a long-running operation that was followed to its end: the resource is as it was written.
    Completed,
    /// With this answer, which is `null` where it had no body.
    Answered(Value),
}

impl Arm {
    pub fn new(
        transport: Arc<Transport>,
        clock: Arc<dyn Clock>,
        identity: Arc<Identity>,
        limits: Arc<Limits>,
        endpoints: &AzureEndpoints,
    ) -> Self {
        let client_request_id = Arc::from(uuid::Uuid::new_v4().to_string());
        Self {
            transport,
            clock,
            identity,
            limits,
            place: Arc::default(),
            endpoint: endpoints.arm.clone(),
            scope: endpoints.arm_scope,
            client_request_id,
        }
    }

    /// The same client, whose requests carry this id. Azure's activity log keeps it, so it ties our log to theirs.
    pub fn for_request(&self, client_request_id: &str) -> Self {
        // It may come from a queue message, and a header takes no more than this.
        let plain = client_request_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64);
        let place = Arc::new(Place::of(None, INLINE_WAIT_MAX));
        Self { client_request_id: plain.collect::<String>().into(), place, ..self.clone() }
    }

    /// The same client for one piece of work that comes back from the line for a limit, or is new.
    pub fn in_place_of(&self, awaited: Option<&str>, patience: Duration) -> Self {
        Self { place: Arc::new(Place::of(awaited, patience)), ..self.clone() }
    }

    /// The id that its requests carry.
    pub fn client_request_id(&self) -> &str {
        &self.client_request_id
    }

    /// Reads one resource.
    pub async fn get(&self, id: &ResourceId, api_version: &str) -> Result<Value, AzureError> {
        self.get_path(id.as_str(), api_version).await
    }

    /// Reads what is no resource of a group. `path` starts with a slash.
    pub async fn get_path(&self, path: &str, api_version: &str) -> Result<Value, AzureError> {
        let request = self.request(self.url_of(path, api_version), Method::Get);
        Ok(self.send(request).await?.json())
    }

    /// Reads a list, page after page. `path` starts with a slash and may have a query.
    pub async fn list(&self, path: &str, api_version: &str) -> Result<Vec<Value>, AzureError> {
        self.list_of(path, api_version, Some).await
    }

    /// The same where only what `read` takes of each item is kept, so that a long list needs little memory.
    pub async fn list_of<T>(
        &self,
        path: &str,
        api_version: &str,
        mut read: impl FnMut(Value) -> Option<T>,
    ) -> Result<Vec<T>, AzureError> {
        let failed = |kind, detail: &str| Err(AzureError::new(kind, format!("GET {path}"), detail));
        let (mut items, mut bytes) = (Vec::new(), 0);
        let mut next = Some(self.url_of(path, api_version));
        for _ in 0..PAGES_MAX {
            let Some(url) = next else { return Ok(items) };
            let answer = self.send(self.request(url, Method::Get)).await?;
            bytes += answer.body.len();
            if bytes > LIST_MAX_BYTES {
                break;
            }
            let mut page = answer.json();
            next = match page.get("nextLink").and_then(Value::as_str).filter(|link| !link.is_empty()) {
                Some(link) => Some(self.url_from_azure(link)?),
                None => None,
            };
            // IoT Hub lists its connections as a bare array.
            let values =
                if page.is_array() { page } else { page.get_mut("value").map(Value::take).unwrap_or_default() };
            match values {
                Value::Array(values) => items.extend(values.into_iter().filter_map(&mut read)),
                _ => return failed(ErrorKind::Transient, "the answer is not a list"),
            }
        }
        let detail =
            format!("the list has more than {PAGES_MAX} pages or {LIST_MAX_BYTES} bytes, more than any of ours");
        failed(ErrorKind::Refused, &detail)
    }

    /// Asks a question that has a body, of the whole tenant. `path` starts with a slash.
    pub async fn post(&self, path: &str, api_version: &str, body: &Value) -> Result<Answer, AzureError> {
        let mut request = self.request(self.url_of(path, api_version), Method::Post);
        request.insert_header("content-type", "application/json");
        request.set_body(body.to_string());
        self.send(request).await
    }

    /// Writes one resource, and sees its long-running operation through.
    pub async fn put(
        &self,
        id: &ResourceId,
        api_version: &str,
        body: &Value,
        condition: Condition<'_>,
    ) -> Result<Written, AzureError> {
        self.write(Method::Put, id, api_version, body, condition).await
    }

    /// The same by PUT or PATCH.
    pub async fn write(
        &self,
        method: Method,
        id: &ResourceId,
        api_version: &str,
        body: &Value,
        condition: Condition<'_>,
    ) -> Result<Written, AzureError> {
        let mut request = self.request(self.url_of(id.as_str(), api_version), method);
        request.insert_header("content-type", "application/json");
        request.set_body(body.to_string());
        conditional(&mut request, condition);
        let answer = self.send(request).await?;
        let was_followed = self.see_through(id, &answer).await.map_err(AzureError::that_may_be_done)?;
        Ok(if was_followed { Written::Completed } else { Written::Answered(answer.json()) })
    }

    /// Deletes one resource. One that is gone already is fine.
    pub async fn delete(&self, id: &ResourceId, api_version: &str, condition: Condition<'_>) -> Result<(), AzureError> {
        let mut request = self.request(self.url_of(id.as_str(), api_version), Method::Delete);
        conditional(&mut request, condition);
        match self.send(request).await {
            Ok(answer) => self.see_through(id, &answer).await.map(|_| ()),
            Err(error) if error.is_gone() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn url_of(&self, path: &str, api_version: &str) -> Url {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut url = self.endpoint.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.set_query(Some(query));
        }
        url.query_pairs_mut().append_pair("api-version", api_version);
        url
    }

    /// A URL that an answer named. It gets a token only on ARM's own host: a hostile answer must not lead one away.
    fn url_from_azure(&self, link: &str) -> Result<Url, AzureError> {
        let refused = |detail: &str| AzureError::new(ErrorKind::Refused, "follow a link of ARM's", detail);
        let url = self.endpoint.join(link).map_err(|_| refused("it is not a URL"))?;
        match url.origin() == self.endpoint.origin() {
            false => Err(refused("it leads to another host")),
            // A user in it would become an `Authorization` header beside ours.
            true if !url.username().is_empty() || url.password().is_some() => Err(refused("it names a user")),
            true => Ok(url),
        }
    }

    fn request(&self, url: Url, method: Method) -> Request {
        let mut request = Request::new(url, method);
        request.insert_header("accept", "application/json");
        request.insert_header("x-ms-client-request-id", self.client_request_id.to_string());
        request
    }

    /// Sends until there is an answer worth having: briefly unwilling or broken ones are tried again. Every request
    /// of ours may be repeated: reads, whole-resource writes and conditional writes.
    async fn send(&self, mut request: Request) -> Result<Answer, AzureError> {
        let attempted = format!("{} {}", request.method(), request.url().path());
        let counted = Counted::of(&request, self.limits.cloud());
        let (mut tries, mut refusal, mut may_be_done) = (1, None, false);
        loop {
            request.insert_header("authorization", self.identity.authorization(self.scope).await?);
            let patience = match request.method() {
                _ if tries > TRIES => Duration::ZERO,
                Method::Get if refusal.is_none() && self.place.has_begun() => self.place.patience.max(INLINE_WAIT_MAX),
                _ => INLINE_WAIT_MAX,
            };
            let exchange = match self.turn(counted.as_ref(), patience).await {
                Ok(exchange) => exchange,
                Err(turn) => return Err(AzureError::awaiting(turn, refusal, attempted, self.clock.now())),
            };
            let mut error = match exchange.of(&request).await {
                Ok(answer) => match self.heed(&answer, counted.as_ref(), &attempted) {
                    None => return Ok(answer),
                    Some(error) => error,
                },
                Err(detail) => AzureError::new(ErrorKind::Transient, attempted.clone(), detail),
            };
            error.may_be_done |= may_be_done;
            may_be_done = error.may_be_done;
            tracing::debug!(event = "retry", attempted, error = %error, "it may be asked again");
            match error.kind {
                ErrorKind::Transient if tries < TRIES => self.clock.sleep(Duration::from_millis(200 << tries)).await,
                // The next turn is when the limit is open again.
                ErrorKind::Throttled if counted.is_some() && error.status == Some(429) => refusal = Some(error),
                ErrorKind::Throttled if tries < TRIES => match error.retry_after {
                    Some(wait) if wait <= INLINE_WAIT_MAX => self.clock.sleep(wait).await,
                    Some(_) | None => return Err(error),
                },
                _ => return Err(error),
            }
            tries += 1;
        }
    }

    /// Waits for the turn of a request and for a place on the way out; or says when the turn is, where that is longer.
    async fn turn(&self, counted: Option<&Counted>, mut patience: Duration) -> Result<Exchange<'_>, BookedTurn> {
        let Some(counted) = counted else { return Ok(self.transport.exchange().await) };
        loop {
            match self.limits.turn(counted, &self.place, patience, self.clock.now()) {
                Turn::Booked(turn) => return Err(turn),
                Turn::After(Duration::ZERO) => {}
                Turn::After(wait) => {
                    self.clock.sleep(wait).await;
                    patience = patience.saturating_sub(wait);
                }
            }
            let exchange = self.transport.exchange().await;
            if !self.limits.is_closed(counted, self.clock.now()) {
                return Ok(exchange);
            }
        }
    }

    /// Tells the limiter what an answer said, and what is wrong with it.
    fn heed(&self, answer: &Answer, counted: Option<&Counted>, attempted: &str) -> Option<AzureError> {
        let error = answer::error_of(answer, attempted, self.clock.as_ref());
        if let Some(counted) = counted {
            self.limits.told(counted, answer::told(answer, error.as_ref()), self.clock.now());
        }
        error
    }
}

fn conditional(request: &mut Request, condition: Condition<'_>) {
    match condition {
        Condition::None => {}
        Condition::Absent => request.insert_header("if-none-match", "*"),
        Condition::Unchanged(etag) => request.insert_header("if-match", etag.to_owned()),
    }
}

#[cfg(test)]
mod tests;
