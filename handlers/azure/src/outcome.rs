//! What a reconcile came to: what was done, what failed, and whether to look again.

use std::collections::{BTreeMap, BTreeSet};

use portreeve_decisions::event::Subject;
use portreeve_decisions::plan::Wait;
use portreeve_decisions::resource_id::ResourceId;

use crate::error::AzureError;
use crate::limits::BookedTurn;
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
    /// Parts of the work that there was no time for.
    pub rest: BTreeSet<Subject>,
    /// What waits for a limit of Azure's and for nothing else.
    pub turns: BTreeMap<Subject, AwaitedTurn>,
    /// Whether something was missing that may only be late: an endpoint that ARM does not know yet, a zone that is being
    /// made. One more look a little later tells.
    pub may_be_late: bool,
}

/// A turn that was booked for a subject.
#[derive(Clone, Debug)]
pub struct AwaitedTurn {
    /// At which limit, and when.
    pub booked: BookedTurn,
    /// Whether Azure itself refused the request. Else it was not sent.
    pub was_answered: bool,
}

impl Outcome {
    /// Whether the work must be taken up again later, for other reasons than a limit.
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

    /// What waits for a limit goes on with `rest` when its turn comes, and is no failure. Gives back any other error.
    pub(crate) fn awaits(&mut self, rest: &Subject, error: AzureError) -> Option<AzureError> {
        let Some(booked) = error.turn.as_deref().cloned() else { return Some(error) };
        self.say(format!("{}: goes on in its turn at {}", error.attempted, booked.due));
        let was_answered = error.status.is_some();
        let turn = self.turns.entry(rest.clone());
        let turn = turn.or_insert_with(|| AwaitedTurn { booked: booked.clone(), was_answered });
        // The last of several, so that the others' turns have come, too.
        if turn.booked.due < booked.due {
            turn.booked = booked;
        }
        turn.was_answered |= was_answered;
        None
    }
}
