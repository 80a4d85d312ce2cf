//! Puts an allowlist in force, or says why not.
//!
//! What is in force changes only by a whole version that was admitted. Everything else leaves it as it is:
//!
//! | What a look finds | In force | In the log |
//! |---|---|---|
//! | the version that was judged last | as before | nothing |
//! | a version that is admitted | that one, and it is kept as the last good one | `info` |
//! | a version that is refused | as before | `error` with its problems, once for each version |
//! | nothing, or no way to it | as before | once when that begins, and once when it ends |
//! | at the start, neither of the two last | the version that was kept as the last good one, or else nothing | `error` |
//!
//! What the last good version was has to be known before another can replace it: without it a half file could not be
//! told from a whole one.

use std::sync::Arc;

use portreeve_azure::Clock;
use portreeve_decisions::admission::{Admitted, Refused, admit, readmit};
use portreeve_decisions::in_force::{AllowlistVersion, InForce, hash_of};
use time::{Date, OffsetDateTime};
use tokio::sync::watch;

use super::record;
use super::source::{Look, Source, Tag, Unreadable};
use super::standing::{RefusedVersion, Standing};

/// How often a file that is being written is looked at again before the next poll, a second apart.
const LOOKS_MAX: usize = 10;

/// Looks at one source, and keeps what is in force by it.
pub(super) struct Activation {
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    standing: watch::Sender<Standing>,
    /// What the last look found, so that the next one can tell whether it is still that.
    seen: Option<Tag>,
    last_good: Recalled,
    keeping: Keeping,
}

/// Whether the last good version is kept where the next process finds it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Keeping {
    Kept,
    Due,
    Failed,
}

/// What is known of the last good version.
enum Recalled {
    NotYet,
    None,
    Text(Good),
}

/// A version that was in force once, here or in the process before this one.
#[derive(Clone)]
struct Good {
    text: Arc<str>,
    /// What it says, and since when; none where this program cannot read it.
    in_force: Option<InForce>,
}

impl Activation {
    pub fn new(source: Box<dyn Source>, clock: Arc<dyn Clock>, standing: watch::Sender<Standing>) -> Self {
        Self { source, clock, standing, seen: None, last_good: Recalled::NotYet, keeping: Keeping::Kept }
    }

    /// The first look. Returns what was in force before it, as far as that is known: by another version, everything may
    /// have been decided otherwise.
    pub async fn begin(&mut self) -> InForce {
        let recalled = self.recall().await;
        let former = self.good().and_then(|good| good.in_force.clone());
        match recalled {
            Ok(()) => self.look().await,
            Err(unreadable) => self.cannot_recall(&unreadable),
        }
        former.unwrap_or_else(|| self.now_in_force())
    }

    /// Looks at the source once, and does what follows.
    pub async fn look(&mut self) {
        if let Err(unreadable) = self.recall().await {
            return self.cannot_recall(&unreadable);
        }
        match self.look_until_written().await {
            Ok(Look::Same) => self.is_readable(),
            Ok(Look::BeingWritten) => {}
            Ok(Look::Other { tag, content }) => {
                self.is_readable();
                self.judge(content).await;
                self.seen = Some(tag);
            }
            Err(unreadable) => self.is_unreadable(&unreadable),
        }
        self.fall_back();
        self.keep().await;
    }

    async fn look_until_written(&self) -> Result<Look, Unreadable> {
        for _ in 1..LOOKS_MAX {
            match self.source.look(self.seen.as_ref()).await? {
                Look::BeingWritten => {}
                found => return Ok(found),
            }
        }
        self.source.look(self.seen.as_ref()).await
    }

    /// Reads the last good version, until that has succeeded once.
    async fn recall(&mut self) -> Result<(), Unreadable> {
        if !matches!(self.last_good, Recalled::NotYet) {
            return Ok(());
        }
        self.last_good = match self.source.last_good().await? {
            None => Recalled::None,
            Some(kept) => {
                let (text, now) = (Arc::<str>::from(kept.text), self.clock.now());
                let admitted = off_thread(&text, None, now.date(), |text, _, today| readmit(text, today)).await;
                let version = AllowlistVersion::of(text.as_bytes(), self.source.name(), kept.kept_at.unwrap_or(now));
                let in_force = match admitted {
                    Ok(Admitted { allowlist, warnings }) => {
                        record::warnings(&version, &warnings);
                        Some(InForce::allowlist(allowlist, version))
                    }
                    Err(refused) => {
                        record::last_good_is_unusable(&version, &refused.problems);
                        None
                    }
                };
                Recalled::Text(Good { text, in_force })
            }
        };
        Ok(())
    }

    fn good(&self) -> Option<&Good> {
        match &self.last_good {
            Recalled::Text(good) => Some(good),
            Recalled::NotYet | Recalled::None => None,
        }
    }

    fn now_in_force(&self) -> InForce {
        self.standing.borrow().in_force.clone().unwrap_or_else(|| InForce::Nothing("nothing was read yet".to_owned()))
    }

    /// Judges what a look found.
    async fn judge(&mut self, content: Option<Vec<u8>>) {
        let hash = content.as_deref().map(hash_of);
        let text = match content.map(String::from_utf8) {
            Some(Ok(text)) => Arc::<str>::from(text),
            Some(Err(error)) => return self.refuse(hash, vec![no_utf8(error.as_bytes())]),
            None => return self.refuse(None, vec![too_large()]),
        };
        if let Some(in_force) = self.good().filter(|good| good.text == text).and_then(|good| good.in_force.clone()) {
            return self.put_back(in_force);
        }
        let (now, last_good) = (self.clock.now(), self.good().map(|good| good.text.clone()));
        match off_thread(&text, last_good, now.date(), admit).await {
            Ok(admitted) => self.activate(text, admitted, now),
            Err(Refused { problems }) => self.refuse(hash, problems),
        }
    }

    fn activate(&mut self, text: Arc<str>, admitted: Admitted, now: OffsetDateTime) {
        let version = AllowlistVersion::of(text.as_bytes(), self.source.name(), now);
        let former = self.standing.borrow().in_force.as_ref().and_then(InForce::version).cloned();
        record::activated(&version, &admitted, former.as_ref(), now);
        let in_force = InForce::allowlist(admitted.allowlist, version);
        self.last_good = Recalled::Text(Good { text, in_force: Some(in_force.clone()) });
        self.standing.send_replace(Standing::fixed(in_force));
        self.keeping = if self.keeping == Keeping::Failed { Keeping::Failed } else { Keeping::Due };
    }

    /// Keeps the last good version beside the source, trying again at each look, and says once that it cannot be kept.
    async fn keep(&mut self) {
        let Some(good) = self.good().filter(|_| self.keeping != Keeping::Kept) else { return };
        let kept = self.source.keep(&good.text).await;
        if let Err(why) = &kept
            && self.keeping == Keeping::Due
        {
            record::not_kept(why);
        }
        self.keeping = if kept.is_ok() { Keeping::Kept } else { Keeping::Failed };
    }

    /// The source holds the last good version, which therefore is or comes in force as it is: it passed its tests when
    /// it was put in force, and days that have gone by since must not take it away.
    fn put_back(&mut self, in_force: InForce) {
        let is_in_force = self.now_in_force().is_same_version(&in_force);
        if !is_in_force || self.standing.borrow().refused.is_some() {
            record::put_back(&in_force, self.clock.now());
        }
        // Another instance may have kept a version that was taken back since.
        if self.keeping == Keeping::Kept {
            self.keeping = Keeping::Due;
        }
        self.standing.send_replace(Standing::fixed(in_force));
    }

    fn refuse(&self, hash: Option<String>, problems: Vec<String>) {
        let refused = RefusedVersion { hash, problems };
        record::refused(&refused, &self.source.name(), self.standing.borrow().in_force.as_ref());
        self.standing.send_modify(|standing| standing.refused = Some(refused));
    }

    fn is_readable(&self) {
        if self.standing.borrow().unreadable.is_some() {
            record::readable_again(&self.source.name());
            self.standing.send_modify(|standing| standing.unreadable = None);
        }
    }

    fn is_unreadable(&self, unreadable: &Unreadable) {
        let is_known = |known: &Unreadable| known.is_lasting || !unreadable.is_lasting;
        if !self.standing.borrow().unreadable.as_ref().is_some_and(is_known) {
            record::unreadable(unreadable, &self.source.name());
        }
        self.standing.send_modify(|standing| standing.unreadable = Some(unreadable.clone()));
    }

    fn cannot_recall(&self, unreadable: &Unreadable) {
        self.is_unreadable(unreadable);
        self.fall_back();
    }

    /// Where nothing is in force after a look: the last good version comes in force, or else it is said that nothing is.
    fn fall_back(&self) {
        if self.standing.borrow().in_force.as_ref().is_some_and(|in_force| in_force.version().is_some()) {
            return;
        }
        let in_force = match self.good().and_then(|good| good.in_force.clone()) {
            Some(last_good) => {
                record::fell_back(&last_good, self.clock.now());
                last_good
            }
            None => {
                let why = why_nothing(&self.standing.borrow());
                if self.standing.borrow().in_force.is_none() {
                    record::nothing_is_in_force(&why);
                }
                InForce::Nothing(why)
            }
        };
        self.standing.send_modify(|standing| standing.in_force = Some(in_force));
    }
}

fn why_nothing(standing: &Standing) -> String {
    let refused = standing.refused.as_ref().and_then(|refused| refused.problems.first());
    match (&standing.unreadable, refused) {
        (Some(unreadable), _) => unreadable.why.clone(),
        (None, Some(problem)) => format!("the allowlist is refused: {problem}"),
        (None, None) => "the allowlist is being written at this moment".to_owned(),
    }
}

/// Judges on a thread of its own: a hundred thousand rules take seconds, in which events go on being answered. A judge
/// that breaks down has not admitted the text.
async fn off_thread(
    text: &Arc<str>,
    last_good: Option<Arc<str>>,
    today: Date,
    judge: impl FnOnce(&str, Option<&str>, Date) -> Result<Admitted, Refused> + Send + 'static,
) -> Result<Admitted, Refused> {
    let text = text.clone();
    let judged = tokio::task::spawn_blocking(move || judge(&text, last_good.as_deref(), today)).await;
    judged.unwrap_or_else(|error| {
        Err(Refused { problems: vec![format!("1:1: reading it broke down ({error}); report this with the file")] })
    })
}

fn too_large() -> String {
    format!(
        "1:1: it has more than {} bytes; this is no allowlist, or one that sets would make shorter",
        portreeve_decisions::allowlist::Allowlist::FILE_MAX_BYTES
    )
}

fn no_utf8(bytes: &[u8]) -> String {
    let good = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let line = bytes[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("{line}:1: the line is not UTF-8; save the file as UTF-8")
}

#[cfg(test)]
mod tests;
