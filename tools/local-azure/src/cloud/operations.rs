//! Long-running operations: begun by a request, over a moment later, read by polling.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{arm_error::ArmError, effects::Completion, state::State};
use crate::chance::guid;

/// How an operation stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OperationStatus {
    /// Not over.
    InProgress,
    /// Its effect has happened.
    Succeeded,
    /// It was begun and could not be finished.
    Failed(ArmError),
}

/// One operation that was begun.
#[derive(Clone, Debug)]
pub struct Operation {
    /// How it stands.
    pub status: OperationStatus,
    /// The resource that the Location url answers with at the end; `None` after a delete.
    pub result_id: Option<String>,
}

/// All operations of this run, by id. ARM forgets them after hours; this one never runs that long.
pub type Operations = HashMap<String, Operation>;

impl State {
    /// Begins an operation whose effect `completion` has when it ends. Returns the operation's id.
    pub fn begin(
        &mut self,
        result_id: Option<String>,
        completion: impl FnOnce(&mut Self) -> Result<(), ArmError> + Send + 'static,
    ) -> String {
        let operation_id = guid().to_string();
        self.operations.insert(operation_id.clone(), Operation { status: OperationStatus::InProgress, result_id });
        let completion: Completion = Box::new(completion);
        self.effects.begun.push((operation_id.clone(), completion));
        operation_id
    }

    /// Ends an operation: its effect happens now.
    pub fn end(&mut self, operation_id: &str, completion: Completion) {
        let status = match completion(self) {
            Ok(()) => OperationStatus::Succeeded,
            Err(error) => OperationStatus::Failed(error),
        };
        if let Some(operation) = self.operations.get_mut(operation_id) {
            operation.status = status;
        }
    }

    /// What the Azure-AsyncOperation url shows.
    #[must_use]
    pub fn operation_view(&self, path: &str, operation_id: &str) -> Option<Value> {
        let operation = self.operations.get(operation_id)?;
        let status = match &operation.status {
            OperationStatus::InProgress => "InProgress",
            OperationStatus::Succeeded => "Succeeded",
            OperationStatus::Failed(_) => "Failed",
        };
        let mut view = json!({ "id": path, "name": operation_id, "status": status });
        if let OperationStatus::Failed(error) = &operation.status {
            view["error"] = json!({ "code": error.code, "message": error.message });
        }
        Some(view)
    }
}
