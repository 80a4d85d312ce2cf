//! What a reconcile came to: what was done, what failed, and whether to look again.

use portreeve_decisions::plan::Wait;
use portreeve_decisions::resource_id::ResourceId;

use crate::error::AzureError;
use crate::story::Story;

/// What a reconcile came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One line for each thing worth telling, for people.
    pub summary: Vec<String>,
    /// What Azure has yet to do.
    pub wait: Option<Wait>,
    /// The failures, each already logged.
    pub failures: Vec<AzureError>,
    /// Whether something was missing that may only be late: an endpoint that ARM does not know yet, a zone that is being
    /// made. One more look a little later tells.
    pub may_be_late: bool,
}

impl Outcome {
    /// Whether the work must be taken up again later.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.wait.is_some() || !self.failures.is_empty()
    }

    pub(crate) fn say(&mut self, line: impl Into<String>) {
        self.summary.push(line.into());
    }

    pub(crate) fn wait(&mut self, story: &Story, endpoint: &ResourceId, wait: Wait) {
        story.waits(endpoint, wait);
        self.say(wait.to_string());
        self.wait = Some(wait);
    }

    pub(crate) fn fail(&mut self, story: &Story, subject: &ResourceId, error: AzureError) {
        story.stopped(subject, &error);
        self.failures.push(error);
    }
}
