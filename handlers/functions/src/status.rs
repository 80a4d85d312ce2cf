//! `GET /status`: how things stand, for whoever looks at one instance. It is no Function; the host does not lead to it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use portreeve_decisions::in_force::InForce;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::allowlist::Standing;
use crate::app::App;

pub(crate) async fn show(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "allowlist": allowlist(&app.standing(), app.now()) }))
}

fn allowlist(standing: &Standing, now: OffsetDateTime) -> Value {
    let mut shown = match &standing.in_force {
        Some(InForce::Allowlist(active)) => json!({
            "state": "in_force",
            "hash": active.version.hash,
            "source": active.version.source,
            "age_seconds": active.version.age_seconds(now),
            "rules": active.allowlist.rules().len(),
        }),
        Some(InForce::Nothing(why)) => json!({ "state": "none", "why": why }),
        None => json!({ "state": "none", "why": "it is being read" }),
    };
    if let Some(refused) = &standing.refused {
        shown["refused"] = json!({ "hash": refused.hash, "problems": refused.problems });
    }
    if let Some(unreadable) = &standing.unreadable {
        shown["unreadable"] = json!(unreadable.why);
    }
    shown
}
