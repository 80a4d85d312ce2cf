//! One handler, without its process and its port: what the host calls, and what goes on beside the calls.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use portreeve_azure::{Azure, Clock};
use portreeve_decisions::in_force::InForce;
use tokio::sync::watch;

use crate::allowlist::{self, Standing};
use crate::app::App;
use crate::router::router;
use crate::settings::AllowlistPlace;

/// A handler. The process is one of these behind a port; whoever calls [`Handler::router`] is its host.
pub struct Handler {
    app: Arc<App>,
    standing: watch::Sender<Standing>,
    clock: Arc<dyn Clock>,
}

impl Handler {
    /// A handler on what `set_up` makes once it is needed. Calls that decide wait until an allowlist was looked at, or
    /// [put in force](Self::put_in_force).
    #[must_use]
    pub fn new(set_up: impl Fn() -> Result<Azure, String> + Send + Sync + 'static, clock: Arc<dyn Clock>) -> Self {
        let (sender, standing) = watch::channel(Standing::default());
        let app = Arc::new(App::new(set_up, standing, clock.clone()));
        Self { app, standing: sender, clock }
    }

    /// The host's calls, each led to its Function.
    pub fn router(&self) -> Router {
        router(self.app.clone())
    }

    /// Looks at the allowlist again and again, and follows its changes, for as long as it is polled.
    pub async fn look_after(self, place: Option<AllowlistPlace>, poll: Duration) {
        allowlist::look_after(self.app, place, poll, self.clock, self.standing).await;
    }

    /// Puts this in force, in the place of an allowlist that is looked after.
    pub fn put_in_force(&self, in_force: InForce) {
        self.standing.send_replace(Standing::fixed(in_force));
    }

    /// Follows each change of what is in force from `former` on, for as long as it is polled: what is approved by it is
    /// reconciled. `poll` is how far instances may be apart in seeing it.
    pub fn follow(&self, former: InForce, poll: Duration) -> impl Future<Output = ()> + Send + use<> {
        let (app, standing, clock) = (self.app.clone(), self.standing.subscribe(), self.clock.clone());
        allowlist::follow(app, former, standing, poll, clock)
    }
}
