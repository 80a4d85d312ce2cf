//! A target's own resource: where it is. Its connections are read in `private_endpoint_connection.rs`.

use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::resource_id::ResourceId;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;
use crate::location::location_name;

impl Arm {
    /// The region of a target; `None` where it tells none, is gone or is not ours to read.
    #[cfg_attr(not(test), expect(dead_code, reason = "read where a rule asks for `target.location`"))]
    pub async fn location_of(&self, target: &ResourceId, row: &TargetType) -> Result<Option<String>, AzureError> {
        match self.get(target, &row.api_version).await {
            Ok(body) => Ok(body.get("location").and_then(Value::as_str).and_then(location_name)),
            Err(error) if error.is_out_of_reach() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_decisions::catalogue::Catalogue;

    use super::*;
    use crate::error::ErrorKind;
    use crate::scripted::{ScriptedAnswer, arm};

    async fn location(answer: ScriptedAnswer) -> Result<Option<String>, AzureError> {
        let target = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";
        let target = ResourceId::parse(target).unwrap();
        let row = Catalogue::known().target_type(&target).unwrap();
        let (arm, http, _) = arm(vec![answer]);
        let location = arm.location_of(&target, row).await;
        let url = http.requests()[0].url().to_string();
        assert_eq!(url, format!("https://management.azure.com{target}?api-version={}", row.api_version));
        location
    }

    fn answer(status: u16, body: &str) -> ScriptedAnswer {
        (status, Vec::new(), body.to_owned())
    }

    #[tokio::test]
    async fn a_target_tells_its_region() {
        let region = location(answer(200, r#"{"location":"West Europe"}"#)).await.unwrap();
        assert_eq!(region.as_deref(), Some("westeurope"));
    }

    #[tokio::test]
    async fn a_target_without_a_region_or_out_of_reach_has_none() {
        for (status, body) in [(200, "{}"), (200, r#"{"location":7}"#), (200, ""), (403, "{}"), (404, "{}")] {
            assert_eq!(location(answer(status, body)).await.unwrap(), None, "{status} {body}");
        }
    }

    #[tokio::test]
    async fn what_time_may_cure_is_an_error() {
        let busy = (429, vec![("retry-after", "30")], "{}".to_owned());
        assert_eq!(location(busy).await.unwrap_err().kind, ErrorKind::Throttled);
    }
}
