//! Where units of work are carried out: in the archive, each in a transaction of its own; or, to see what several would
//! do one after the other, all in one that is taken back.

use std::future::{Future, ready};
use store::clock::Clock;
use store::ids::Ids;
use store::{Store, StoreError, TenantId, Tx};

/// A place for units of work.
pub trait Ground {
    /// Where their ids come from.
    fn ids(&self) -> &Ids;

    /// Their clock.
    fn clock(&self) -> &Clock;

    /// Whether what is carried out here stays, unless the unit itself takes it back.
    fn is_kept(&self) -> bool;

    /// Carries out a unit that changes what is a tenant's own, or nothing of it.
    fn carry_out<T, E>(
        &mut self,
        tenant: TenantId,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static;
}

impl Ground for &Store {
    fn ids(&self) -> &Ids {
        Store::ids(self)
    }

    fn clock(&self) -> &Clock {
        Store::clock(self)
    }

    fn is_kept(&self) -> bool {
        true
    }

    fn carry_out<T, E>(
        &mut self,
        tenant: TenantId,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_of(tenant, unit)
    }
}

impl<G: Ground> Ground for &mut G {
    fn ids(&self) -> &Ids {
        (**self).ids()
    }

    fn clock(&self) -> &Clock {
        (**self).clock()
    }

    fn is_kept(&self) -> bool {
        (**self).is_kept()
    }

    fn carry_out<T, E>(
        &mut self,
        tenant: TenantId,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        (**self).carry_out(tenant, unit)
    }
}

/// A transaction that is taken back in the end. Each unit sees what those before it did; one that fails leaves nothing
/// for those after it. Nothing here ever waits: its futures are ready at once.
pub struct Rehearsal<'r, 'c> {
    tx: &'r mut Tx<'c>,
    ids: Ids,
    clock: Clock,
}

impl<'r, 'c> Rehearsal<'r, 'c> {
    pub(crate) fn new(tx: &'r mut Tx<'c>, ids: &Ids, clock: &Clock) -> Self {
        Self { tx, ids: ids.clone(), clock: clock.clone() }
    }
}

impl Ground for Rehearsal<'_, '_> {
    fn ids(&self) -> &Ids {
        &self.ids
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn is_kept(&self) -> bool {
        false
    }

    fn carry_out<T, E>(
        &mut self,
        _: TenantId,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        ready(self.tx.attempt(|tx| unit(tx)))
    }
}
