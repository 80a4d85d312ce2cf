//! Services with a managed network: a managed private endpoint that is PUT below one becomes an endpoint in Microsoft's
//! subscription, which waits for the target's owner.
//!
//! | Service | Managed endpoints | PUT |
//! |---|---|---|
//! | `Microsoft.DataFactory/factories` | `managedVirtualNetworks/default/managedPrivateEndpoints` | 200, done |
//! | `Microsoft.Search/searchServices` | `sharedPrivateLinkResources` | 202, done later |
//! | `Microsoft.Kusto/clusters` | `managedPrivateEndpoints` | 202, done later |
//!
//! Paths, members and statuses are those of the REST reference. Assumed, because no public page shows it: that a
//! factory's endpoint is called `{factory}.{managed endpoint}` as a Synapse workspace's is, and the others'
//! `{managed endpoint}-{guid}`.

use serde_json::{Map, Value, json};

use super::{
    arm_error::ArmError,
    resource::{self, Resource},
    resource_id::ResourceId,
    state::State,
};
use crate::chance::guid;

/// One type of service.
#[derive(Debug)]
pub struct ManagedService {
    /// In Azure's letter case.
    pub resource_type: &'static str,
    /// What lies between the service and its managed endpoints, such as `managedVirtualNetworks`; or nothing.
    pub between: Option<&'static str>,
    /// The last word of the managed endpoints' type.
    pub child: &'static str,
    /// Versions that `providers/{namespace}` shows.
    pub api_versions: &'static [&'static str],
    /// Whether a PUT is done when it is answered.
    pub is_synchronous: bool,
}

/// All of them.
pub static ALL: [ManagedService; 3] = [
    ManagedService {
        resource_type: "Microsoft.DataFactory/factories",
        between: Some("managedVirtualNetworks"),
        child: "managedPrivateEndpoints",
        api_versions: &["2018-06-01"],
        is_synchronous: true,
    },
    ManagedService {
        resource_type: "Microsoft.Search/searchServices",
        between: None,
        child: "sharedPrivateLinkResources",
        api_versions: &["2022-09-01", "2023-11-01", "2025-05-01"],
        is_synchronous: false,
    },
    ManagedService {
        resource_type: "Microsoft.Kusto/clusters",
        between: None,
        child: "managedPrivateEndpoints",
        api_versions: &["2021-08-27", "2023-08-15", "2024-04-13"],
        is_synchronous: false,
    },
];

impl ManagedService {
    /// The type of what lies between, where there is something.
    #[must_use]
    pub fn between_type(&self) -> Option<String> {
        self.between.map(|word| format!("{}/{word}", self.resource_type))
    }

    /// The type of the managed endpoints.
    #[must_use]
    pub fn endpoint_type(&self) -> String {
        let parent = self.between_type().unwrap_or_else(|| self.resource_type.to_owned());
        format!("{parent}/{}", self.child)
    }

    /// The status of a PUT of a managed endpoint.
    #[must_use]
    pub fn put_status(&self) -> u16 {
        if self.is_synchronous { 200 } else { 202 }
    }

    /// What the private endpoint is called.
    fn endpoint_name(&self, id: &ResourceId) -> String {
        match self.between.and_then(|_| id.parent()?.parent()) {
            Some(factory) => format!("{}.{}", factory.name(), id.name()),
            None => format!("{}-{}", id.name(), guid()),
        }
    }
}

/// What a managed endpoint is asked to connect to.
struct Wanted {
    target: String,
    group_ids: Vec<String>,
    message: String,
}

impl Wanted {
    fn parse(body: &Map<String, Value>) -> Result<Self, ArmError> {
        let properties = resource::properties(body)?;
        let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let target = text("privateLinkResourceId");
        if target.is_empty() {
            let message = "The property 'privateLinkResourceId' is missing.";
            return Err(ArmError::bad_request("InvalidRequestContent", message));
        }
        let group_ids = Some(text("groupId")).filter(|group_id| !group_id.is_empty()).into_iter().collect();
        Ok(Self { target, group_ids, message: text("requestMessage") })
    }
}

impl State {
    /// Creates a service, or what lies between it and its managed endpoints. Returns whether it is new.
    pub fn put_managed_service(&mut self, id: &ResourceId, body: Map<String, Value>) -> Result<bool, ArmError> {
        match id.parent() {
            Some(parent) => {
                self.resource(&parent)?;
            }
            None if body.get("location").and_then(Value::as_str).is_none() => {
                let message = "The location property is required for this definition.";
                return Err(ArmError::bad_request("LocationRequired", message));
            }
            None => {}
        }
        self.put_resource(id, body)
    }

    /// Creates a managed endpoint: at once, or later with the operation id that is returned. One that is there is left as
    /// it is.
    pub fn put_managed_endpoint(
        &mut self,
        service: &'static ManagedService,
        id: &ResourceId,
        body: Map<String, Value>,
    ) -> Result<Option<String>, ArmError> {
        let wanted = Wanted::parse(&body)?;
        self.resource(&id.parent().ok_or_else(|| ArmError::resource_not_found(id))?)?;
        if let Some(existing) = self.resources.get(&id.key()) {
            check_same(existing, &wanted)?;
        }
        if service.is_synchronous {
            self.finish_managed_endpoint(service, id, body, &wanted)?;
            return Ok(None);
        }
        let id = id.clone();
        Ok(Some(
            self.begin(Some(id.to_string()), move |state| state.finish_managed_endpoint(service, &id, body, &wanted)),
        ))
    }

    fn finish_managed_endpoint(
        &mut self,
        service: &ManagedService,
        id: &ResourceId,
        body: Map<String, Value>,
        wanted: &Wanted,
    ) -> Result<(), ArmError> {
        if self.resources.contains_key(&id.key()) {
            return Ok(());
        }
        self.resource(&id.parent().ok_or_else(|| ArmError::resource_not_found(id))?)?;
        let group_ids: Vec<&str> = wanted.group_ids.iter().map(String::as_str).collect();
        let name = service.endpoint_name(id);
        let endpoint = self.create_managed_endpoint(&wanted.target, &group_ids, &name, &wanted.message)?;
        self.put_resource(id, body)?;
        self.managed_endpoints.insert(id.key(), endpoint.to_ascii_lowercase());
        Ok(())
    }

    /// The managed endpoint as ARM shows it, with how its connection stands in the service's own words.
    #[must_use]
    pub fn managed_endpoint_view(&self, managed: &Resource) -> Value {
        let mut view = managed.view();
        let endpoint = self.managed_endpoints.get(&managed.id.key()).and_then(|key| self.endpoints.get(key));
        let Some(endpoint) = endpoint else { return view };
        let (status, description) = (endpoint.connection.status.as_str(), &endpoint.connection.description);
        let properties = &mut view["properties"];
        match managed.id.resource_type().split('/').next() {
            Some("Microsoft.DataFactory") => {
                properties["connectionState"] =
                    json!({ "status": status, "description": description, "actionsRequired": "None" });
                properties["isReserved"] = json!(false);
            }
            Some("Microsoft.Search") => properties["status"] = json!(status),
            _ => {}
        }
        view
    }

    /// The endpoints behind a resource that was removed, or behind its children, are removed with it.
    pub fn remove_managed_endpoints(&mut self, key: &str) {
        let prefix = format!("{key}/");
        let gone = |managed: &String| managed == key || managed.starts_with(&prefix);
        let gone: Vec<String> = self.managed_endpoints.keys().filter(|managed| gone(managed)).cloned().collect();
        for managed in gone {
            if let Some(endpoint) = self.managed_endpoints.remove(&managed) {
                self.remove_endpoint(&endpoint);
            }
        }
    }
}

/// A managed endpoint cannot be pointed at something else.
fn check_same(existing: &Resource, wanted: &Wanted) -> Result<(), ArmError> {
    let is = |name: &str, text: &str| existing.property(name).as_str().unwrap_or_default().eq_ignore_ascii_case(text);
    let group_id = wanted.group_ids.first().map(String::as_str).unwrap_or_default();
    if is("privateLinkResourceId", &wanted.target) && is("groupId", group_id) {
        return Ok(());
    }
    let message = format!("The target and the group id of {} cannot be changed.", existing.id);
    Err(ArmError::bad_request("BadRequest", message))
}
