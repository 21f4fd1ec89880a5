//! Carrying out many changes: several at a time, and those that failed once more, as often as the provider
//! tries.
//!
//! What the changes are, and what is believed once they were acknowledged, is the play's business.

use tokio::task::JoinSet;

use super::provider::Provider;
use super::{PlayError, Progress, Report};
use crate::http::ClientError;

/// Carries out `items`, and those that failed again with every redelivery. `finish` gets each success as it
/// comes; what failed to the end is returned.
pub async fn deliver<P: Provider, I: Send + 'static, T: Send + 'static, F>(
    phase: &str,
    limit: usize,
    report: &Report,
    mut items: Vec<I>,
    start: impl Fn(I) -> F,
    mut finish: impl FnMut(I, T),
) -> Result<Vec<(I, ClientError)>, PlayError>
where
    F: Future<Output = (I, Result<T, ClientError>)> + Send + 'static,
{
    let mut redeliveries = P::REDELIVERIES;
    let mut name = phase.to_owned();
    loop {
        report(Progress::Phase { name, total: items.len() });
        let (mut done, mut failed) = (0, Vec::new());
        in_parallel(limit, items, &start, |(item, outcome)| {
            done += 1;
            report(Progress::Step { done });
            match outcome {
                Ok(value) => finish(item, value),
                Err(error) if ends_the_play::<P>(&error) => return Err(error.into()),
                Err(error) => failed.push((item, error)),
            }
            Ok(())
        })
        .await?;
        if failed.is_empty() || redeliveries == 0 {
            return Ok(failed);
        }
        redeliveries -= 1;
        items = failed.into_iter().map(|(item, _)| item).collect();
        name = format!("{phase}: what failed, again");
    }
}

/// A provider that tries again later is not stopped by what may pass.
pub fn ends_the_play<P: Provider>(error: &ClientError) -> bool {
    error.ends_the_play() && !(P::REDELIVERIES > 0 && error.may_pass())
}

/// Runs `start` for every item, at most `limit` at a time, and gives `finish` each outcome as it comes.
async fn in_parallel<I, F: Future<Output = T> + Send + 'static, T: Send + 'static>(
    limit: usize,
    items: Vec<I>,
    start: impl Fn(I) -> F,
    mut finish: impl FnMut(T) -> Result<(), PlayError>,
) -> Result<(), PlayError> {
    let mut running = JoinSet::new();
    for item in items {
        if running.len() >= limit
            && let Some(ended) = running.join_next().await
        {
            finish(ended.map_err(|_| PlayError::Interrupted)?)?;
        }
        running.spawn(start(item));
    }
    while let Some(ended) = running.join_next().await {
        finish(ended.map_err(|_| PlayError::Interrupted)?)?;
    }
    Ok(())
}
