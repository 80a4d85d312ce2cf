//! The commands that work on allowlist files.

pub mod check;
pub mod diff;
pub mod fmt;
pub mod schema;
pub mod test;
