//! What another process of this machine has spent, as Linux tells it.

use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// CPU time by thread, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Spent(HashMap<String, u64>);

impl Spent {
    /// What a process has spent so far.
    ///
    /// # Errors
    /// There is no such process, or no /proc.
    pub fn of(process: u32) -> Result<Self> {
        let threads = format!("/proc/{process}/task");
        let entries = fs::read_dir(&threads)
            .with_context(|| format!("{threads} cannot be read: CPU time is measured on Linux alone"))?;
        let mut spent = HashMap::new();
        for entry in entries.flatten() {
            // A thread may end between the two; what it spent since the last look is lost.
            let Ok(text) = fs::read_to_string(entry.path().join("schedstat")) else { continue };
            let nanos = text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            spent.insert(entry.file_name().to_string_lossy().into_owned(), nanos);
        }
        Ok(Self(spent))
    }

    /// What was spent since an earlier look.
    pub fn since(&self, earlier: &Self) -> Duration {
        let spent =
            |(thread, now): (&String, &u64)| now.saturating_sub(earlier.0.get(thread).copied().unwrap_or(0));
        Duration::from_nanos(self.0.iter().map(spent).sum())
    }

    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// Memory of a process, in KiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// At most so far.
    pub peak: u64,
}

impl Memory {
    /// What a process has.
    ///
    /// # Errors
    /// There is no such process.
    pub fn of(process: u32) -> Result<Self> {
        let path = format!("/proc/{process}/status");
        let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Ok(Self { resident: of("VmRSS:"), peak: of("VmHWM:") })
    }
}
