//! The front door of the REST API: who may come in, and which operation a request is.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header::AUTHORIZATION},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
};

use super::{
    entity_path::{self, Resource},
    namespace::ServiceBus,
    operations,
};
use crate::{arm::faults::CutOff, chance::now, tokens::Tokens};

/// The audience of a Service Bus token.
/// Source: <https://learn.microsoft.com/azure/service-bus-messaging/authenticate-application>.
const AUDIENCE: &str = "https://servicebus.azure.net";

pub(super) fn router(bus: ServiceBus, tokens: Tokens, cut_off: CutOff) -> Router {
    // Paths are read by hand: a queue's name may have slashes, and the fixed parts ignore case.
    let cut_off = from_fn_with_state(cut_off, CutOff::layer);
    Router::new().fallback(answer).layer(cut_off).with_state((bus, tokens))
}

async fn answer(State((bus, tokens)): State<(ServiceBus, Tokens)>, request: Request) -> Response {
    if !is_authorized(request.headers(), &tokens) {
        let remedy =
            format!("Send 'Authorization: Bearer' with a token for {AUDIENCE} from this run's identity endpoint");
        return (StatusCode::UNAUTHORIZED, remedy).into_response();
    }
    let Some(path) = entity_path::parse(request.uri().path()).filter(|path| bus.has_queue(&path.queue)) else {
        return (StatusCode::NOT_FOUND, format!("{} is not an entity of this namespace", request.uri().path()))
            .into_response();
    };
    let (queue, part) = (path.queue.as_str(), path.part);
    let query = request.uri().query().map(str::to_owned);
    match (request.method().clone(), path.resource) {
        (Method::POST, Resource::Messages) => operations::send(&bus, queue, request).await,
        (Method::POST, Resource::Head) => operations::peek_lock(&bus, queue, part, query).await,
        (Method::DELETE, Resource::Head) => operations::receive_and_delete(&bus, queue, part, query).await,
        (Method::DELETE, Resource::Locked { id, token }) => operations::settled(bus.complete(queue, part, &id, token)),
        (Method::PUT, Resource::Locked { id, token }) => operations::settled(bus.abandon(queue, part, &id, token)),
        (Method::POST, Resource::Locked { id, token }) => {
            operations::settled(bus.renew_lock(queue, part, &id, token).map(drop))
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn is_authorized(headers: &HeaderMap, tokens: &Tokens) -> bool {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let audience = token.and_then(|token| tokens.audience(token, now().unix_timestamp()));
    audience.is_some_and(|audience| audience.trim_end_matches('/') == AUDIENCE)
}
