//! The commands that work on allowlist files.

pub mod check;
pub mod fmt;
