//! Doing several things at a time, and not too many.

use tokio::task::JoinSet;

/// A task came to no end: the runtime is shutting down.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted;

/// Runs `start` for every item, at most `limit` at a time, and gives `finish` each outcome as it comes. The first error
/// ends it; what runs then is dropped.
pub async fn in_parallel<I, F, T, E>(
    limit: usize,
    items: Vec<I>,
    start: impl Fn(I) -> F,
    mut finish: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
    E: From<Interrupted>,
{
    let mut running = JoinSet::new();
    for item in items {
        if running.len() >= limit
            && let Some(ended) = running.join_next().await
        {
            finish(ended.map_err(|_| Interrupted)?)?;
        }
        running.spawn(start(item));
    }
    while let Some(ended) = running.join_next().await {
        finish(ended.map_err(|_| Interrupted)?)?;
    }
    Ok(())
}
