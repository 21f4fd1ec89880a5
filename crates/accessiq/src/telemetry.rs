//! Logs: to stderr, as text or as JSON lines, at a level the operator chooses with `ACCESSIQ_LOG`.

use crate::cli::Arguments;
use tracing_subscriber::EnvFilter;

/// Starts logging. Commands log warnings, the server what it does.
pub fn start(arguments: &Arguments) {
    let default = if arguments.serves() { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("ACCESSIQ_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    if arguments.log_json { builder.json().init() } else { builder.init() }
}
