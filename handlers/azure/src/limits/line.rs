//! Who waits for one limit, and when it is whose turn.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

/// The line: each request stands in it once.
#[derive(Debug, Default)]
pub(crate) struct Line {
    due: BTreeMap<String, OffsetDateTime>,
    /// The same by time, because asking for a turn must not cost a look at everybody.
    by_time: BTreeSet<(OffsetDateTime, String)>,
}

impl Line {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// When this request's turn is, if it stands in line.
    pub fn due(&self, request: &str) -> Option<OffsetDateTime> {
        self.due.get(request).copied()
    }

    /// Gives a request its turn, in place of one that it may have.
    pub fn stand(&mut self, request: &str, due: OffsetDateTime) {
        self.leave(request);
        self.due.insert(request.to_owned(), due);
        self.by_time.insert((due, request.to_owned()));
    }

    /// The request waits no more.
    pub fn leave(&mut self, request: &str) {
        if let Some((request, due)) = self.due.remove_entry(request) {
            self.by_time.remove(&(due, request));
        }
    }

    /// Sends away whose turn was by then.
    pub fn pass(&mut self, until: OffsetDateTime) {
        while self.by_time.first().is_some_and(|(due, _)| *due <= until) {
            let Some((_, request)) = self.by_time.pop_first() else { return };
            self.due.remove(&request);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_stands_once_until_its_turn_has_passed() {
        let at = |seconds| OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let mut line = Line::default();
        for (request, due) in [("b", 1), ("a", 1), ("c", 3), ("b", 2), ("d", 4)] {
            line.stand(request, at(due));
        }
        line.leave("d");
        assert_eq!((line.len(), line.due("b"), line.due("d")), (3, Some(at(2)), None));
        line.pass(at(1));
        assert_eq!((line.due("a"), line.due("b")), (None, Some(at(2))));
        line.pass(at(3));
        assert_eq!((line.len(), line.by_time.len()), (0, 0));
    }
}
