//! Cuts one request off: it gets no answer, and the test is told, so that it can kill the sender at that very point.
//!
//! ARM, the identity endpoint and Service Bus count their requests together, in the order in which they arrive.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::oneshot;

/// Requests with this header are not counted: a test marks those of its own with it.
pub const UNCOUNTED_HEADER: &str = "x-local-azure-uncounted";

/// On which side of its effect a request is cut off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// It is not carried out.
    BeforeEffect,
    /// It is carried out, and its answer is lost.
    BeforeAnswer,
}

/// The requests that were counted, and the one to cut off. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CutOff {
    counted: Arc<Mutex<Counted>>,
}

#[derive(Debug, Default)]
struct Counted {
    requests: Vec<String>,
    has_cut: bool,
    due: Option<Due>,
}

#[derive(Debug)]
struct Due {
    index: usize,
    moment: Moment,
    reached: oneshot::Sender<()>,
}

impl CutOff {
    /// Cuts off the request with this index, counted from 0. What is returned resolves when its moment has come. The
    /// request is held until its sender hangs up.
    #[must_use]
    pub fn at(&self, index: usize, moment: Moment) -> oneshot::Receiver<()> {
        let (reached, is_reached) = oneshot::channel();
        self.lock().due = Some(Due { index, moment, reached });
        is_reached
    }

    /// The requests so far, as method and path.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// Whether the request was reached and has been cut off.
    #[must_use]
    pub fn has_cut(&self) -> bool {
        self.lock().has_cut
    }

    /// The layer of a server whose requests are counted.
    pub async fn layer(State(cut_off): State<Self>, request: Request, next: Next) -> Response {
        let Some(Due { moment, reached, .. }) = cut_off.count(&request) else { return next.run(request).await };
        if moment == Moment::BeforeAnswer {
            drop(next.run(request).await);
        }
        // Without a receiver the test has ended.
        let _ = reached.send(());
        std::future::pending().await
    }

    fn count(&self, request: &Request) -> Option<Due> {
        if request.headers().contains_key(UNCOUNTED_HEADER) {
            return None;
        }
        let mut counted = self.lock();
        let index = counted.requests.len();
        counted.requests.push(format!("{} {}", request.method(), request.uri().path()));
        let due = counted.due.take_if(|due| due.index == index);
        counted.has_cut |= due.is_some();
        due
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    use axum::{Router, body::Body, middleware::from_fn_with_state};
    use futures::poll;
    use tower::ServiceExt as _;

    use super::*;

    fn request(builder: axum::http::request::Builder) -> Request {
        builder.uri("/a?b").body(Body::empty()).expect("a request")
    }

    #[tokio::test]
    async fn the_counted_request_is_held_before_or_after_its_effect() {
        for (moment, effects) in [(Moment::BeforeEffect, 1), (Moment::BeforeAnswer, 2)] {
            let (cut_off, carried_out) = (CutOff::default(), Arc::new(AtomicUsize::new(0)));
            let effect = carried_out.clone();
            let server = Router::new()
                .fallback(async move || {
                    effect.fetch_add(1, Ordering::Relaxed);
                })
                .layer(from_fn_with_state(cut_off.clone(), CutOff::layer));
            let mut reached = cut_off.at(1, moment);
            for builder in [Request::get("/"), Request::put("/").header(UNCOUNTED_HEADER, "test")] {
                let answer = server.clone().oneshot(request(builder)).await.expect("an answer");
                assert_eq!(answer.status(), 200);
            }
            carried_out.store(1, Ordering::Relaxed);
            assert!(!cut_off.has_cut() && reached.try_recv().is_err());
            let mut held = server.clone().oneshot(request(Request::put("/")));
            assert!(matches!(poll!(&mut held), Poll::Pending));
            assert!(cut_off.has_cut() && reached.try_recv().is_ok());
            assert_eq!(carried_out.load(Ordering::Relaxed), effects, "{moment:?}");
            assert_eq!(server.oneshot(request(Request::get("/"))).await.expect("an answer").status(), 200);
            assert_eq!(cut_off.requests(), ["GET /a", "PUT /a", "GET /a"]);
        }
    }
}
