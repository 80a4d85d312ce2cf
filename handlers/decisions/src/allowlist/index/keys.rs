//! Rules by their keys: the class of each of the seven facts that they have a condition on.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::{Found, Key};

/// Up to this many keys are looked up without asking whether another way is shorter.
const FEW_COMBINATIONS: usize = 16;

/// Rules by their keys, and by the classes in their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    shapes: Vec<Shape>,
    /// The rules' keys, in the file's order.
    keys: Vec<Key>,
    by_key: HashMap<Key, Span>,
    /// The rules of one key stand side by side, in the file's order.
    rules: Vec<u32>,
    /// For each fact: the rules of each class, in the file's order.
    by_class: [Classes; std::mem::size_of::<Key>() / 4],
}

/// Which facts the keys of some rules are about.
#[derive(Clone, Debug)]
struct Shape {
    facts: [bool; std::mem::size_of::<Key>() / 4],
}

/// A run of entries in a list.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

/// The rules of each class of one fact, side by side.
#[derive(Clone, Debug, Default)]
struct Classes {
    starts: Vec<u32>,
    rules: Vec<u32>,
}

impl Keys {
    /// Sorts rules, named by their positions, by their keys.
    pub fn of(keys: Vec<Key>) -> Self {
        let mut by_shape: BTreeMap<[bool; 7], BTreeMap<Key, Vec<u32>>> = BTreeMap::new();
        for (key, rule) in keys.iter().zip(0..) {
            by_shape.entry(key.map(|class| class != 0)).or_default().entry(*key).or_default().push(rule);
        }
        let mut all = Self { by_class: std::array::from_fn(|at| Classes::of(&keys, at)), keys, ..Self::default() };
        for (facts, shape_keys) in by_shape {
            for (key, rules) in shape_keys {
                let start = all.next();
                all.rules.extend(rules);
                all.by_key.insert(key, Span { start, end: all.next() });
            }
            all.shapes.push(Shape { facts });
        }
        all
    }

    fn next(&self) -> u32 {
        u32::try_from(self.rules.len()).expect("there are no more rules than fit in a file")
    }

    fn rules_in(&self, span: Span) -> &[u32] {
        &self.rules[span.start as usize..span.end as usize]
    }

    /// Calls `visit` with every rule whose key is made of classes that were found.
    pub fn matching(&self, found: &Found, mut visit: impl FnMut(u32)) {
        for shape in &self.shapes {
            let asked = || (0..shape.facts.len()).filter(|&at| shape.facts[at]);
            let combinations = asked().map(|at| found[at].len()).fold(1_usize, usize::saturating_mul);
            if combinations <= FEW_COMBINATIONS {
                self.combine(shape, found, combinations, &mut visit);
                continue;
            }
            // The text of one fact stands in many classes: then looking at the rules of a narrower fact is quicker.
            let narrowest = asked().map(|at| (self.count_of(at, &found[at]), at)).min();
            let is_of_shape = |rule: &&u32| {
                let key = &self.keys[**rule as usize];
                (0..key.len()).all(|at| if shape.facts[at] { found[at].contains(&key[at]) } else { key[at] == 0 })
            };
            match narrowest {
                Some((count, at)) if count < combinations => {
                    let classes = found[at].iter().flat_map(|&class| self.with_class(at, class));
                    classes.filter(is_of_shape).for_each(|&rule| visit(rule));
                }
                _ => self.combine(shape, found, combinations, &mut visit),
            }
        }
    }

    /// Looks up each key that the shape's facts can make of the classes that were found.
    fn combine(&self, shape: &Shape, found: &Found, combinations: usize, visit: &mut impl FnMut(u32)) {
        for combination in 0..combinations {
            let mut rest = combination;
            let key: Key = std::array::from_fn(|at| {
                if !shape.facts[at] {
                    return 0;
                }
                let class = found[at][rest % found[at].len()];
                rest /= found[at].len();
                class
            });
            if let Some(&span) = self.by_key.get(&key) {
                self.rules_in(span).iter().for_each(|&rule| visit(rule));
            }
        }
    }

    fn count_of(&self, at: usize, classes: &[u32]) -> usize {
        classes.iter().map(|&class| self.with_class(at, class).len()).sum()
    }

    /// The rules with this class for a fact, in the file's order.
    pub fn with_class(&self, at: usize, class: u32) -> &[u32] {
        let Classes { starts, rules } = &self.by_class[at];
        let class = class as usize;
        match (starts.get(class - 1), starts.get(class)) {
            (Some(&start), Some(&end)) => &rules[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl Classes {
    fn of(keys: &[Key], at: usize) -> Self {
        let classes = keys.iter().map(|key| key[at] as usize).max().unwrap_or_default();
        let mut starts = vec![0_u32; classes + 2];
        for key in keys.iter().filter(|key| key[at] != 0) {
            starts[key[at] as usize] += 1;
        }
        for class in 1..starts.len() {
            starts[class] += starts[class - 1];
        }
        let mut next: Vec<u32> = starts.clone();
        let mut rules = vec![0; starts.last().map_or(0, |&count| count as usize)];
        for (key, rule) in keys.iter().zip(0..).filter(|(key, _)| key[at] != 0) {
            let slot = &mut next[key[at] as usize - 1];
            rules[*slot as usize] = rule;
            *slot += 1;
        }
        Self { starts, rules }
    }
}
