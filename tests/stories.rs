//! Whole-system stories: one file for each Function, and one for each thing that concerns them all.

mod allowlist_change;
mod allowlist_language;
mod allowlist_options;
mod bad_input;
mod connection_event;
mod contract;
mod crash;
mod dead_letters;
mod learned_types;
mod names;
mod readings;
mod reconcile_job;
mod sweep;
mod targets;
mod validation_job;
