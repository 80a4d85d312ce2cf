//! What Portreeve decides: facts in, plan out.
//!
//! This crate never reads a clock, a network, a file or the environment, and never logs. Everything it needs comes as
//! an argument and everything it concludes is returned, with the reasons beside it, so that each conclusion can be
//! tested, replayed and explained.

pub mod admission;
pub mod allowlist;
pub mod catalogue;
pub mod change;
pub mod dead_letter;
pub mod decide;
pub mod dns;
pub mod event;
pub mod facts;
mod fold;
pub mod in_force;
pub mod job;
pub mod listing;
pub mod plan;
pub mod resource_id;
pub mod sweep;
pub mod untrusted;
pub mod validation;
