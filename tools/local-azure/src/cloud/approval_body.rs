//! What providers demand of the body that decides a connection, beyond the status in it.
//!
//! | Rule | Types | Source |
//! |---|---|---|
//! | `any` | most; members that only Azure writes are ignored, because the CLI sends the whole observed body back | Azure CLI |
//! | `id-and-state` | API Management | its SDK's `PrivateEndpointConnectionRequest` |
//! | `id-name-and-state` | private link services | the network SDK |
//! | `state-and-endpoint` | Data Factory | its SDK's `PrivateLinkConnectionApprovalRequestResource` |
//! | `writable-only` | attestation, Grafana, Device Update | azure-cli#20424 shows the refusal; that it is these types is assumed |
//! | `group-ids` | Recovery Services | their writable `groupIds`; that it is required is assumed |
//! | `fixed-description` | Notification Hubs | a read-only description in the schema; the refusal is assumed |

use serde::Deserialize;
use serde_json::{Map, Value};

use super::arm_error::ArmError;

/// The rule of one type.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalBody {
    /// Only the state counts.
    Any,
    /// `id` and nothing in the properties but the state.
    IdAndState,
    /// `id`, `name` and the state; more is ignored.
    IdNameAndState,
    /// Nothing in the properties but the state and `privateEndpoint`.
    StateAndEndpoint,
    /// Nothing in the properties that only Azure writes.
    WritableOnly,
    /// `groupIds` must be there, as they were asked for.
    GroupIds,
    /// The description is the requester's and stays it.
    FixedDescription,
}

const STATE: &str = "privateLinkServiceConnectionState";

/// Members that only Azure writes, whichever of them a type shows.
const READ_ONLY: [&str; 6] =
    ["provisioningState", "groupIds", "groupId", "linkIdentifier", "privateEndpointLocation", "ipAddresses"];

impl ApprovalBody {
    /// Refuses a body that breaks the rule. `observed` is the connection as a GET shows it.
    pub fn check(self, body: &Map<String, Value>, observed: &Value) -> Result<(), ArmError> {
        let properties = body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        match self {
            Self::Any => Ok(()),
            Self::IdAndState => {
                check_same(body, observed, "id")?;
                check_known(&properties, &[STATE])
            }
            Self::IdNameAndState => {
                check_same(body, observed, "id")?;
                check_same(body, observed, "name")
            }
            Self::StateAndEndpoint => check_known(&properties, &[STATE, "privateEndpoint"]),
            Self::WritableOnly => check_writable(&properties),
            Self::GroupIds => check_group_ids(&properties, observed),
            Self::FixedDescription => check_description(&properties, observed),
        }
    }
}

fn check_same(body: &Map<String, Value>, observed: &Value, member: &str) -> Result<(), ArmError> {
    let [sent, known] = [body.get(member), observed.get(member)].map(|value| value.and_then(Value::as_str));
    match (sent, known) {
        (Some(sent), Some(known)) if sent.eq_ignore_ascii_case(known) => Ok(()),
        (Some(_), _) => Err(invalid(format!("The property '{member}' is not the one of this connection."))),
        (None, _) => Err(invalid(format!("The property '{member}' is required."))),
    }
}

fn check_known(properties: &Map<String, Value>, known: &[&str]) -> Result<(), ArmError> {
    match properties.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(invalid(format!("Could not find member '{name}' on object of type 'properties'."))),
        None => Ok(()),
    }
}

fn check_writable(properties: &Map<String, Value>) -> Result<(), ArmError> {
    match READ_ONLY.into_iter().find(|name| properties.contains_key(*name)) {
        Some(name) => {
            let message = format!("Property set method not found. The property 'properties.{name}' is read-only.");
            Err(ArmError::bad_request("InvalidResource", message))
        }
        None => Ok(()),
    }
}

fn check_group_ids(properties: &Map<String, Value>, observed: &Value) -> Result<(), ArmError> {
    match properties.get("groupIds") {
        Some(sent) if *sent == observed["properties"]["groupIds"] => Ok(()),
        Some(_) => Err(invalid("The property 'properties.groupIds' cannot be changed.")),
        None => Err(invalid("The property 'properties.groupIds' is required.")),
    }
}

fn check_description(properties: &Map<String, Value>, observed: &Value) -> Result<(), ArmError> {
    let sent = properties.get(STATE).map_or(&Value::Null, |state| &state["description"]);
    if sent.is_null() || *sent == observed["properties"][STATE]["description"] {
        return Ok(());
    }
    Err(invalid(format!("The property 'properties.{STATE}.description' is read-only.")))
}

fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad_request("InvalidRequestContent", message)
}

#[cfg(test)]
mod tests;
