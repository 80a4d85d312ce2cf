//! One line of JSON on standard output for each record, as the host reads them.
//!
//! The host takes every line for text of level Information, so the level is in the record itself. Records of other
//! crates are kept from warnings on.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging for this process. A second call changes nothing.
pub fn start() {
    let ours = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("portreeve_azure", LevelFilter::INFO)
        .with_target("portreeve_handler", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false);
    // It fails where a subscriber is set already; then that one serves.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}
