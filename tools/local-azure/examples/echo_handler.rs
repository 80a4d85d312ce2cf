//! A custom handler that prints each call as one line of JSON and answers as the call asks.
//!
//! The trigger's value may say how: an event in `data.answer`, a queue message in `answer`.
//!
//! | `answer` | What happens |
//! |---|---|
//! | none | 200 and `{}` |
//! | `"output"` | 200, and an output for the binding `jobs` |
//! | `"empty"` | 204, which the host takes for a result that never comes |
//! | `"text"` | 200 with a media type that the host refuses |
//! | `"exit"` | the process ends with code 3 |
//! | `"silence"` | none, for ever |
//! | a number | that status |

use axum::{
    Json, Router,
    body::to_bytes,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let port: u16 = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT")?.parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!("warning: this handler is for tests");
    axum::serve(listener, Router::new().fallback(answer)).await?;
    Ok(())
}

async fn answer(request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.method == "GET" {
        // The host takes any answer for readiness.
        return StatusCode::NOT_FOUND.into_response();
    }
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let line = json!({
        "path": head.uri.path(),
        "transfer_encoding": header("transfer-encoding"),
        "content_type": header("content-type"),
        "user_agent": header("user-agent"),
        "invocation_id": header("x-azure-functions-invocationid"),
        "body": body,
    });
    println!("{line}");
    let asked = asked(&line["body"]["Data"]);
    if asked == "silence" {
        std::future::pending::<()>().await;
    }
    respond(asked)
}

/// What the trigger's value asks for.
fn asked(data: &Value) -> Value {
    if let Some(text) = data["job"].as_str() {
        let job: String = serde_json::from_str(text).unwrap_or_default();
        return serde_json::from_str::<Value>(&job).unwrap_or_default()["answer"].clone();
    }
    data["event"]["data"]["answer"].clone()
}

fn respond(asked: Value) -> Response {
    match (asked.as_str(), asked.as_u64().and_then(|status| u16::try_from(status).ok())) {
        (_, Some(status)) => (StatusCode::from_u16(status).unwrap_or_default(), Json(json!({}))).into_response(),
        (Some("output"), _) => {
            Json(json!({ "Outputs": { "jobs": ["{\"from\":\"output\"}"] }, "Logs": ["sent a job"] })).into_response()
        }
        (Some("empty"), _) => StatusCode::NO_CONTENT.into_response(),
        (Some("text"), _) => "{}".into_response(),
        (Some("exit"), _) => {
            eprintln!("asked to exit");
            std::process::exit(3)
        }
        _ => Json(json!({})).into_response(),
    }
}
