//! For one fact: which classes of values contain a text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;
use smallvec::SmallVec;

use crate::allowlist::Pattern;
use crate::allowlist::condition::Values;

/// Gives each distinct [`Values`] its class.
#[derive(Default)]
pub(super) struct Builder {
    by_address: BTreeMap<usize, u32>,
    classes: Vec<Arc<Values>>,
}

impl Builder {
    /// The class of these values, counted from 1. Reading shares equal ones, so where they are tells them apart.
    pub fn class(&mut self, values: &Arc<Values>) -> u32 {
        let next = u32::try_from(self.classes.len() + 1).expect("a file has fewer bytes than this");
        let class = *self.by_address.entry(Arc::as_ptr(values).addr()).or_insert(next);
        if class == next {
            self.classes.push(values.clone());
        }
        class
    }

    pub fn finish(self) -> FactClasses {
        let (mut plain, mut globs) = (BTreeMap::<&str, Vec<u32>>::new(), BTreeMap::<&Pattern, Vec<u32>>::new());
        for (values, class) in self.classes.iter().zip(1..) {
            let Values::Texts(texts) = &**values else { continue };
            for text in &texts.plain {
                plain.entry(text).or_default().push(class);
            }
            for glob in &texts.globs {
                globs.entry(glob).or_default().push(class);
            }
        }
        let mut classes = FactClasses {
            plain: plain.into_iter().map(|(text, classes)| (text.into(), classes.into())).collect(),
            ..FactClasses::default()
        };
        for (glob, of_glob) in globs {
            classes.add_glob(glob, of_glob);
        }
        classes
    }
}

/// The classes of one fact, by the texts that are in them.
#[derive(Clone, Debug, Default)]
pub(super) struct FactClasses {
    plain: HashMap<Box<str>, Box<[u32]>>,
    by_prefix: Ends,
    by_suffix: Ends,
    others: Vec<Glob>,
}

/// Globs by what every match of theirs begins or ends with.
#[derive(Clone, Debug, Default)]
struct Ends {
    lengths: BTreeSet<usize>,
    globs: HashMap<Box<str>, Vec<Glob>>,
}

#[derive(Clone, Debug)]
struct Glob {
    pattern: Pattern,
    classes: Box<[u32]>,
}

impl FactClasses {
    fn add_glob(&mut self, pattern: &Pattern, classes: Vec<u32>) {
        let glob = Glob { pattern: pattern.clone(), classes: classes.into() };
        let (prefix, suffix) = (pattern.literal_prefix(), pattern.literal_suffix());
        if prefix.is_empty() && suffix.is_empty() {
            self.others.push(glob);
        } else if prefix.len() >= suffix.len() {
            self.by_prefix.add(prefix, glob);
        } else {
            self.by_suffix.add(suffix, glob);
        }
    }

    /// The classes that contain a text in lower case, in order, each once.
    pub fn containing(&self, text: &str) -> SmallVec<[u32; 8]> {
        let mut found: SmallVec<[u32; 8]> = SmallVec::new();
        if let Some(classes) = self.plain.get(text) {
            found.extend_from_slice(classes);
        }
        let mut globs = |globs: &[Glob]| {
            for glob in globs.iter().filter(|glob| glob.pattern.matches_folded(text)) {
                found.extend_from_slice(&glob.classes);
            }
        };
        for end in self.by_prefix.lengths.iter().map_while(|&length| Some((length, text.len().checked_sub(length)?))) {
            if let Some(found) = text.get(..end.0).and_then(|prefix| self.by_prefix.globs.get(prefix)) {
                globs(found);
            }
        }
        for start in self.by_suffix.lengths.iter().map_while(|&length| text.len().checked_sub(length)) {
            if let Some(found) = text.get(start..).and_then(|suffix| self.by_suffix.globs.get(suffix)) {
                globs(found);
            }
        }
        globs(&self.others);
        if found.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

impl Ends {
    fn add(&mut self, end: &str, glob: Glob) {
        self.lengths.insert(end.len());
        self.globs.entry(end.into()).or_default().push(glob);
    }
}
