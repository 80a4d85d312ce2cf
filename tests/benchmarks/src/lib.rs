//! Rules and connections as plain data: written as an allowlist file, generated from a seed, decided by a scan.
//!
//! The benchmarks compare engines on them and the fuzz targets compare Portreeve with the scan. Nothing here but
//! [`ours`] knows Portreeve, so the scan is an independent reading of what the language means.

pub mod connection;
pub mod generate;
pub mod glob;
pub mod naive;
pub mod ours;
pub mod random;
pub mod rules;
pub mod trial;
pub mod yaml;
