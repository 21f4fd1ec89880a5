//! How far work is that takes long, drawn on stderr for people who watch; nothing where nobody does.

use client::players::{Progress, Report};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use store::transfer;

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

/// How far a copy is: a report for whoever makes it, which ends with the bar.
pub struct Drawn {
    bar: ProgressBar,
}

impl Drawn {
    /// A bar that shows nothing yet.
    pub fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("  {msg:<44} {bar:30} {percent:>3} %")?;
        bar.set_style(style.progress_chars("━╸─"));
        Ok(Self { bar })
    }

    /// Whom to tell.
    pub fn report(&self) -> Arc<transfer::Report> {
        let bar = self.bar.clone();
        Arc::new(move |event| match event {
            transfer::Progress::Phase { name, total } => {
                bar.set_length(total);
                bar.set_position(0);
                bar.set_message(name);
            }
            transfer::Progress::Done(done) => bar.set_position(done),
        })
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
