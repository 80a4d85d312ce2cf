//! A connection to decide, as data.

use crate::rules::Fact;

/// What is known of one connection: for each fact its values, or `None` where it could not be read.
///
/// Only of group ids can there be other than one. The resource ids are made from the facts that they tell, so those
/// must be set.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    facts: [Option<Vec<String>>; Fact::COUNT],
    /// How many connections to the target any rule has approved already.
    pub approved: Option<u32>,
}

impl Connection {
    /// The values of a fact.
    #[must_use]
    pub fn get(&self, fact: Fact) -> Option<&[String]> {
        self.facts[fact as usize].as_deref()
    }

    /// Replaces what is known of a fact.
    pub fn set(&mut self, fact: Fact, values: Option<Vec<String>>) {
        self.facts[fact as usize] = values;
    }

    /// The one value of a fact that the resource ids tell.
    ///
    /// # Panics
    /// Where the fact was never set.
    #[must_use]
    pub fn one(&self, fact: Fact) -> &str {
        match self.get(fact) {
            Some([value]) => value,
            other => panic!("{fact:?} is {other:?} and not one value"),
        }
    }

    /// The target's resource id.
    #[must_use]
    pub fn target_id(&self) -> String {
        let (namespace, types) = self.one(Fact::TargetType).split_once('/').expect("a type is `namespace/type`");
        let mut id = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{namespace}",
            self.one(Fact::TargetSubscription),
            self.one(Fact::TargetResourceGroup)
        );
        let types: Vec<&str> = types.split('/').collect();
        for (index, word) in types.iter().enumerate() {
            let is_last = index + 1 == types.len();
            let name = if is_last { self.one(Fact::TargetName) } else { "parent" };
            id.push_str(&format!("/{word}/{name}"));
        }
        id
    }

    /// The endpoint's resource id.
    #[must_use]
    pub fn endpoint_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/privateEndpoints/{}",
            self.one(Fact::RequesterSubscription),
            self.one(Fact::RequesterResourceGroup),
            self.one(Fact::RequesterName)
        )
    }
}
