//! How far the client's work is, drawn on stderr for people who watch; nothing where nobody does.

use client::players::{Progress, Report};
use indicatif::{ProgressBar, ProgressStyle};

/// Does something that reports its progress, and draws that.
pub async fn drawn<T>(work: impl AsyncFnOnce(&Report) -> T) -> anyhow::Result<T> {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("  {msg:<44} {bar:30} {pos:>6}/{len}")?;
    bar.set_style(style.progress_chars("━╸─"));
    let drawn = bar.clone();
    let report = move |event: Progress| match event {
        Progress::Phase { name, total } => {
            if !drawn.is_hidden() && drawn.length().is_some_and(|length| length > 0) {
                drawn.println(format!("  ✓ {}", drawn.message()));
            }
            drawn.set_length(total.try_into().unwrap_or(u64::MAX));
            drawn.set_position(0);
            drawn.set_message(name);
        }
        Progress::Step { done } => drawn.set_position(done.try_into().unwrap_or(u64::MAX)),
    };
    let done = work(&report).await;
    bar.finish_and_clear();
    Ok(done)
}
