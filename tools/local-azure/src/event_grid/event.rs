//! An Azure subscription event in the Event Grid schema, as the subscription's system topic publishes it.
//! Source: <https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions>.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use uuid::Uuid;

use crate::{
    arm_event::{ArmEvent, ArmEventKind},
    chance::guid,
    tokens::TENANT_ID,
};

/// Event Grid writes seven digits of a second.
const EVENT_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");

/// Makes the event that tells of `arm_event`.
#[must_use]
pub fn event(arm_event: &ArmEvent, id: Uuid, time: OffsetDateTime) -> Value {
    let subscription_id = subscription_id(&arm_event.resource_id);
    let mut data = json!({
        "authorization": authorization(arm_event, subscription_id),
        "claims": claims(time),
        "correlationId": arm_event.correlation_id,
        "resourceProvider": arm_event.operation_name.split('/').next(),
        "resourceUri": arm_event.resource_id,
        "operationName": arm_event.operation_name,
        "status": "Succeeded",
        "subscriptionId": subscription_id,
        "tenantId": TENANT_ID,
    });
    if let Some(http_request) = http_request(arm_event) {
        data["httpRequest"] = http_request;
    }
    json!({
        "subject": arm_event.resource_id,
        "eventType": event_type(arm_event.kind),
        "eventTime": time.format(EVENT_TIME).expect("the format has only parts that every time has"),
        "id": id.to_string(),
        "data": data,
        "dataVersion": "2",
        "metadataVersion": "1",
        "topic": format!("/subscriptions/{subscription_id}"),
    })
}

fn event_type(kind: ArmEventKind) -> &'static str {
    match kind {
        ArmEventKind::Write => "Microsoft.Resources.ResourceWriteSuccess",
        ArmEventKind::Delete => "Microsoft.Resources.ResourceDeleteSuccess",
        ArmEventKind::Action => "Microsoft.Resources.ResourceActionSuccess",
    }
}

fn subscription_id(resource_id: &str) -> &str {
    resource_id.split('/').nth(2).unwrap_or_default()
}

fn authorization(arm_event: &ArmEvent, subscription_id: &str) -> Value {
    json!({
        "scope": arm_event.resource_id,
        "action": arm_event.operation_name,
        "evidence": {
            "role": "Contributor",
            "roleAssignmentScope": format!("/subscriptions/{subscription_id}"),
            "roleAssignmentId": "44444444444444444444444444444444",
            "roleDefinitionId": "b24988ac618042a0ab8820f7382dd24c",
            "principalId": "33333333333333333333333333333333",
            "principalType": "User",
        },
    })
}

fn claims(time: OffsetDateTime) -> Value {
    let issued = time.unix_timestamp();
    json!({
        "aud": "https://management.core.windows.net/",
        "iss": format!("https://sts.windows.net/{TENANT_ID}/"),
        "iat": issued.to_string(),
        "nbf": issued.to_string(),
        "exp": (issued + 3900).to_string(),
        "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "appidacr": "0",
        "http://schemas.microsoft.com/identity/claims/objectidentifier": "33333333-3333-3333-3333-333333333333",
        "http://schemas.microsoft.com/identity/claims/tenantid": TENANT_ID,
        "ver": "1.0",
    })
}

/// Azure leaves the request out of the event of a creation. Whether a write created or updated is not told to us, so
/// every write comes without.
fn http_request(arm_event: &ArmEvent) -> Option<Value> {
    let path = match arm_event.kind {
        ArmEventKind::Write => return None,
        ArmEventKind::Delete => arm_event.resource_id.clone(),
        ArmEventKind::Action => {
            let action = arm_event.operation_name.strip_suffix("/action").and_then(|name| name.rsplit('/').next());
            format!("{}/{}", arm_event.resource_id, action.unwrap_or_default())
        }
    };
    Some(json!({
        "clientRequestId": guid().to_string(),
        "clientIpAddress": "127.0.0.1",
        "method": arm_event.http_method,
        "url": format!("https://management.azure.com{path}?api-version=2024-05-01"),
    }))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-app-blob";

    fn made(kind: ArmEventKind, operation_name: &str, http_method: &'static str) -> Value {
        let arm_event = ArmEvent {
            kind,
            resource_id: ENDPOINT.to_owned(),
            operation_name: operation_name.to_owned(),
            http_method,
            correlation_id: "55555555-5555-5555-5555-555555555555".to_owned(),
        };
        event(&arm_event, Uuid::nil(), datetime!(2026-01-05 10:15:42.117 UTC))
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().expect("an object").keys().map(String::as_str).collect()
    }

    #[test]
    fn a_write_has_the_documented_shape_and_no_request() {
        let event = made(ArmEventKind::Write, "Microsoft.Network/privateEndpoints/write", "PUT");
        assert_eq!(
            keys(&event),
            ["data", "dataVersion", "eventTime", "eventType", "id", "metadataVersion", "subject", "topic"]
        );
        assert_eq!(event["eventType"], "Microsoft.Resources.ResourceWriteSuccess");
        assert_eq!(event["eventTime"], "2026-01-05T10:15:42.1170000Z");
        assert_eq!(event["topic"], "/subscriptions/22222222-2222-2222-2222-222222222222");
        assert_eq!((&event["dataVersion"], &event["metadataVersion"]), (&json!("2"), &json!("1")));
        assert_eq!(
            keys(&event["data"]),
            [
                "authorization",
                "claims",
                "correlationId",
                "operationName",
                "resourceProvider",
                "resourceUri",
                "status",
                "subscriptionId",
                "tenantId"
            ]
        );
        assert_eq!(event["data"]["resourceProvider"], "Microsoft.Network");
        assert_eq!(event["data"]["authorization"]["scope"], ENDPOINT);
    }

    #[test]
    fn deletes_and_actions_carry_their_request() {
        let delete = made(ArmEventKind::Delete, "Microsoft.Network/privateEndpoints/delete", "DELETE");
        assert_eq!(delete["eventType"], "Microsoft.Resources.ResourceDeleteSuccess");
        assert_eq!(delete["data"]["httpRequest"]["method"], "DELETE");
        let action = made(ArmEventKind::Action, "Microsoft.Network/privateEndpoints/validate/action", "POST");
        assert_eq!(action["eventType"], "Microsoft.Resources.ResourceActionSuccess");
        let url = action["data"]["httpRequest"]["url"].as_str().expect("a url");
        assert!(url.ends_with("/pe-app-blob/validate?api-version=2024-05-01"), "{url}");
    }
}
