//! Passwords take long by design: away from the threads that serve requests, and only so many at once.

use super::trouble::Trouble;
use crate::App;
use provisioning::passwords;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The hash of a password.
pub async fn hash(app: &App, password: &str) -> Result<String, Trouble> {
    let (password, random) = (password.to_owned(), app.store().ids().secret());
    Ok(in_turn(app, move || passwords::hash(&password, random)).await??)
}

/// Whether the password is the one of a hash; without a hash never, after as long.
pub async fn is_right(app: &App, password: &str, hash: Option<&str>) -> Result<bool, Trouble> {
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    in_turn(app, move || passwords::is_right(&password, hash.as_deref())).await
}

async fn in_turn<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    let turn = timeout(PATIENCE, Arc::clone(app.hashing()).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else { return Err(Trouble::busy()) };
    let done = spawn_blocking(move || {
        // Somebody who hangs up does not give the turn to another while the work goes on.
        let _turn = turn;
        work()
    });
    done.await.map_err(|_| Trouble::internal())
}
