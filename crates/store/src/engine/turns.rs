//! Turns at long reads, at reads that are sent while they go on, and at changes on PostgreSQL: how many run at once, and how many
//! of them may be one tenant's.
//!
//! Whoever waits is served in order. A tenant waits first for one of its own turns and only then among the others, so
//! that however many it asks for, no more than its share stands before another tenant's.

use crate::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How many long reads run at once.
const ALL: usize = 6;
/// How many of them may be one tenant's: fewer than all, so that no tenant alone takes every one.
const SHARE: usize = 4;
/// How many of the long reads may wait for those they are sent to: others are left for whoever wants a list.
const SENDING: usize = 3;
/// How many of these may be one tenant's.
const SENDING_SHARE: usize = 2;

/// Who has a turn, and who waits for one.
pub struct Turns {
    all: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

/// One turn, until it is dropped.
pub struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_share: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many turns at once, and so many of them for one tenant.
    pub fn new(all: usize, share: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), share, shares: Mutex::default() }
    }

    /// The turns of long reads.
    pub fn of_long_reads() -> Self {
        Self::new(ALL, SHARE)
    }

    /// The turns of reads that are sent while they go on. Each is a long read as well.
    pub fn of_sending() -> Self {
        Self::new(SENDING, SENDING_SHARE)
    }

    /// A turn of a tenant, if one is free.
    pub fn take_free(&self, tenant: TenantId) -> Option<Turn> {
        let of_share = self.share(tenant).try_acquire_owned().ok()?;
        Some(Turn { _of_all: Arc::clone(&self.all).try_acquire_owned().ok()?, _of_share: Some(of_share) })
    }

    /// Waits for a turn, of a tenant or of nobody in particular.
    ///
    /// # Errors
    /// None that happens: the turns are never closed.
    pub async fn take(&self, tenant: Option<TenantId>) -> Result<Turn, AcquireError> {
        let of_share = match tenant {
            Some(tenant) => Some(self.share(tenant).acquire_owned().await?),
            None => None,
        };
        Ok(Turn { _of_all: Arc::clone(&self.all).acquire_owned().await?, _of_share: of_share })
    }

    fn share(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever reads, or waits to, holds on to its share; the others need none.
        shares.retain(|_, share| Arc::strong_count(share) > 1);
        Arc::clone(shares.entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(self.share))))
    }
}
