//! All that is kept, carried from one place to another: whole, exactly, or not at all.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod files;
mod places;
mod schema;
mod synthetic;

use std::path::Path;
use store::clock::Clock;
use store::ids::Ids;
use store::transfer::file::{Copy, Header, Writer};
use store::transfer::{Contents, Loader, Location, Progress, Sink, What, dump, receive};
use store::{Address, SCHEMA_VERSION, Store, StoreError, Tx};

fn ids() -> Ids {
    Ids::system(Clock::fixed(0))
}

fn untold(_: Progress) {}

fn open(location: &Location) -> Result<Store, StoreError> {
    match location {
        Location::Sqlite(directory) => Store::open(directory, ids()),
        Location::Postgres(address) => Store::connect(address, ids()),
    }
}

fn postgres(url: &str) -> Location {
    Location::Postgres(Address::parse(url).unwrap().into())
}

fn refusal<T>(result: Result<T, StoreError>) -> String {
    result.err().expect("a refusal").to_string()
}

/// Makes a database at a place and fills it.
fn fill(
    location: &Location,
    fill: impl FnOnce(&mut Loader<'_, '_>) -> Result<(), StoreError>,
) -> Result<Contents, StoreError> {
    let fill = |tx: &mut Tx<'_>| {
        let mut loader = Loader::of_installation(tx)?;
        fill(&mut loader)?;
        loader.finish()
    };
    receive(location, SCHEMA_VERSION, &ids(), fill, |_| Ok(()))
}

fn contents(store: &Store) -> Contents {
    store.read_whole(|tx| dump(tx, What::Installation, "", &mut store::transfer::Nowhere, &untold)).unwrap()
}

/// Writes a file with whatever is put into it.
fn write(path: &Path, header: &Header, fill: impl FnOnce(&mut dyn Sink)) {
    let mut writer = Writer::new(std::fs::File::create(path).unwrap(), header).unwrap();
    fill(&mut writer);
    writer.finish().unwrap();
}

/// Brings what is in a file to a place.
fn restore(path: &Path, location: &Location) -> Result<Contents, StoreError> {
    let copy = Copy::open(path, &untold)?;
    fill(location, |loader| copy.pour(loader, &untold))
}
