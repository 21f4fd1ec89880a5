//! Carrying out many changes: several at a time, and those that failed once more, as often as the provider
//! tries.
//!
//! What the changes are, and what is believed once they were acknowledged, is the play's business.

use super::provider::Provider;
use super::{PlayError, Progress, Report};
use crate::http::ClientError;
use crate::parallel::in_parallel;

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
        in_parallel(limit, items, &start, |(item, outcome)| -> Result<(), PlayError> {
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
