//! Deployment slots of App Service: an endpoint names the site and the group id `sites-{slot}`, and its connection is on
//! the slot.

use super::{resource::Resource, resource_id::ResourceId, state::State};

const SITES: &str = "Microsoft.Web/sites";

/// Whether `id` is a slot's.
#[must_use]
pub fn is_slot(id: &ResourceId) -> bool {
    id.parent().is_some_and(|parent| parent.resource_type().eq_ignore_ascii_case(SITES))
}

impl State {
    /// What an endpoint with these group ids connects to: `target`, or the one of its slots that they name.
    #[must_use]
    pub fn slot_or_target<'a>(&'a self, target: &'a Resource, group_ids: &[String]) -> &'a Resource {
        let slot = || {
            let [group_id] = group_ids else { return None };
            let (word, slot) = group_id.split_once('-')?;
            let is_slot = word.eq_ignore_ascii_case("sites") && target.id.resource_type().eq_ignore_ascii_case(SITES);
            self.resources.get(&target.id.child("slots", slot).key()).filter(|_| is_slot)
        };
        slot().unwrap_or(target)
    }
}
