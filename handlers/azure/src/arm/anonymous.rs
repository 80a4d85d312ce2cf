//! A question to ARM without a token, as anybody could ask it. Its refusals tell something: see `tenant.rs`.

use azure_core::http::Method;

use super::{Arm, answer};
use crate::error::{AzureError, ErrorKind};
use crate::transport::Answer;

impl Arm {
    /// Asks for `path` as nobody, on the configured endpoint only, and hands on the answer whatever it is. It is asked
    /// once: an ARM that is busy with strangers is not pressed.
    pub async fn get_as_nobody(&self, path: &str, api_version: &str) -> Result<Answer, AzureError> {
        let request = self.request(self.url_of(path, api_version), Method::Get);
        let attempted = format!("GET {path} without a token");
        let answer = self.transport.exchange().await.of(&request).await;
        let answer = answer.map_err(|detail| AzureError::new(ErrorKind::Transient, attempted.clone(), detail))?;
        match answer::error_of(&answer, &attempted, self.clock.as_ref()) {
            Some(error) if matches!(error.kind, ErrorKind::Throttled | ErrorKind::Transient) => Err(error),
            Some(_) | None => Ok(answer),
        }
    }
}
