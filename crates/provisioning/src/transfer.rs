//! Copies of what is kept: a backup, what is restored from one, a move to another engine, a tenant on its way to another
//! installation.
//!
//! Whatever arrives is read back, held against what left, and examined by the doctor before anybody can use it. Where any
//! of that fails, nothing has arrived. See decision 0018.

use crate::doctor::{self, Report as Examined};
use crate::people::{self, Operator};
use crate::{Error, names};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use store::ids::Ids;
use store::tenants::{self, Tenant};
use store::transfer::file::{Content, Copy, Header, Writer};
use store::transfer::{
    self, Contents, Frozen, Loader, Location, Mark, Nowhere, Report, What, dump, receive, version,
};
use store::{SCHEMA_VERSION, Store, StoreError, Tx};

/// How many findings of the doctor an error repeats.
const TOLD: usize = 5;
/// The installation's value that holds the id of the move by which it came.
const MOVED_FROM: &str = "moved_from";

/// What was written to a file.
#[derive(Debug)]
pub struct Written {
    /// What the file says of itself.
    pub header: Header,
    /// What is in it.
    pub contents: Contents,
}

/// What has arrived.
#[derive(Debug)]
pub struct Arrived {
    /// What it is.
    pub contents: Contents,
    /// What the doctor said of it.
    pub examined: Examined,
}

/// Writes all that there is, as it is at one moment, whoever changes it meanwhile.
///
/// # Errors
/// The database cannot be read, or the file not written.
pub fn back_up(store: &Store, into: impl Write, report: &Report) -> Result<Written, Error> {
    write(store, What::Installation, None, into, report)
}

/// Writes what is one tenant's own, as it is at one moment.
///
/// # Errors
/// As [`back_up`].
pub fn export(
    store: &Store,
    tenant: &Tenant,
    credentials: bool,
    into: impl Write,
    report: &Report,
) -> Result<Written, Error> {
    let what = What::Tenant { tenant: tenant.tenant, credentials };
    write(store, what, Some(&tenant.name), into, report)
}

fn write(
    store: &Store,
    what: What,
    tenant: Option<&str>,
    into: impl Write,
    report: &Report,
) -> Result<Written, Error> {
    let at = store.clock().now();
    store.read_whole(|tx| {
        let header = Header::new(version(tx)?, at, tenant);
        let mut writer: Writer<BufWriter<_>> = Writer::new(into, &header)?;
        let contents = dump(tx, what, "reading the database", &mut writer, report)?;
        writer.finish()?.flush().map_err(|error| StoreError::Copy(error.to_string()))?;
        Ok(Written { header, contents })
    })
}

/// Makes a database of a backup, at a place that is empty.
///
/// # Errors
/// The file holds a tenant; the place is not empty; what arrived is not what left; the doctor found faults, unless they
/// are to be kept. The place is then as it was.
pub fn restore(
    copy: &Copy,
    to: &Location,
    ids: &Ids,
    keeps_faults: bool,
    report: &Report,
) -> Result<Arrived, Error> {
    if copy.header.accessiq != Content::Backup {
        let tenant = copy.header.tenant.as_deref().unwrap_or_default();
        return Err(Error::invalid(format!(
            "The file holds the tenant \"{tenant}\" alone. Bring it into an installation with `accessiq tenant import`."
        )));
    }
    let fill = |loader: &mut Loader<'_, '_>| {
        copy.pour(loader, report)?;
        Ok(copy.contents.clone())
    };
    arrive(to, copy.header.schema, ids, None, keeps_faults, report, fill)
}

/// Moves a whole installation. What it is moved from takes no change from the first moment on and stays behind, closed;
/// if the move fails, it is opened again. `None` if this very move had come to its end before.
///
/// # Errors
/// As [`restore`]; somebody uses what is to be moved.
pub fn relocate(
    from: &Location,
    to: &Location,
    ids: &Ids,
    keeps_faults: bool,
    report: &Report,
) -> Result<Option<Arrived>, Error> {
    if is_same(from, to) {
        return Err(Error::invalid("Both ends of the move are the same."));
    }
    let frozen = Frozen::take(from, to, ids)?;
    // Whether it arrived may not be known: then nobody may change what was left behind until it is.
    let (moved, is_known) = match to.arrived_by(ids) {
        Ok(id) if id.as_ref() == Some(&frozen.mark.id) => return Ok(None),
        Ok(_) => {
            let moved = relocate_frozen(&frozen, to, ids, keeps_faults, report);
            let is_known = !matches!(&moved, Err(Error::Store(StoreError::Uncertain(_))));
            (moved, is_known)
        }
        Err(error) => (Err(error.into()), !frozen.was_frozen),
    };
    if moved.is_err() && is_known {
        // Why the move failed is what matters; a source that cannot even be opened again says so by itself.
        drop(frozen.thaw());
    }
    moved.map(Some)
}

fn is_same(from: &Location, to: &Location) -> bool {
    match (from, to) {
        (Location::Sqlite(one), Location::Sqlite(other)) => {
            match (one.canonicalize(), other.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
        }
        _ => from.to_string() == to.to_string(),
    }
}

fn relocate_frozen(
    frozen: &Frozen,
    to: &Location,
    ids: &Ids,
    keeps_faults: bool,
    report: &Report,
) -> Result<Arrived, Error> {
    let schema = frozen.read(version)?;
    let fill = |loader: &mut Loader<'_, '_>| {
        frozen.read(|tx| Ok(dump(tx, What::Installation, "moving", loader, report)?))
    };
    arrive(to, schema, ids, Some(&frozen.mark), keeps_faults, report, fill)
}

/// Takes a move back, on the side that it left: nothing that came to the other side since is there. Returns what the
/// move was.
///
/// # Errors
/// It was not moved.
pub fn undo(from: &Location, ids: &Ids) -> Result<Option<Mark>, Error> {
    Ok(transfer::undo(from, ids)?)
}

/// Lets an installation arrive: `fill` loads it and says what was sent.
fn arrive(
    to: &Location,
    schema: i64,
    ids: &Ids,
    mark: Option<&Mark>,
    keeps_faults: bool,
    report: &Report,
    fill: impl FnOnce(&mut Loader<'_, '_>) -> Result<Contents, Error>,
) -> Result<Arrived, Error> {
    let mut examined = Examined::default();
    let fill = |tx: &mut Tx<'_>| {
        let mut loader = Loader::of_installation(tx)?;
        let sent = fill(&mut loader)?;
        check_same(&sent, &loader.finish()?)?;
        let found = dump(tx, What::Installation, "comparing", &mut Nowhere, report)?;
        check_same(&sent, &found)?;
        if let Some(mark) = mark {
            tenants::set_installation(tx, MOVED_FROM, &mark.id)?;
        }
        Ok(found)
    };
    let contents = receive(to, schema, ids, fill, |tx| {
        report(transfer::Progress::Phase { name: "examining", total: 0 });
        examined = doctor::examine(tx)?;
        check_health(&examined, keeps_faults)
    })?;
    Ok(Arrived { contents, examined })
}

fn check_same(sent: &Contents, found: &Contents) -> Result<(), Error> {
    match sent.difference(found) {
        None => Ok(()),
        Some(difference) => {
            Err(StoreError::Broken(format!("what arrived is not what left: {difference}")).into())
        }
    }
}

fn check_health(examined: &Examined, keeps_faults: bool) -> Result<(), Error> {
    if examined.findings.is_empty() || keeps_faults {
        return Ok(());
    }
    let count = examined.findings.len();
    let told: Vec<&str> = examined.findings.iter().take(TOLD).map(String::as_str).collect();
    Err(Error::Conflict(format!(
        "The copy is exact, and the doctor finds {count} faults in what was copied, so nothing was put in place: {}{} To have it with its faults, say --despite-findings.",
        told.join("; "),
        if count > TOLD { "; and more." } else { "." },
    )))
}

/// A tenant that has arrived.
#[derive(Debug)]
pub struct Imported {
    /// The tenant.
    pub tenant: Tenant,
    /// What has arrived of it, and what the doctor said.
    pub arrived: Arrived,
}

/// Brings a tenant into this installation, with all its ids, under its name or another.
///
/// # Errors
/// The file holds an installation, or another version of the schema; the name is taken, or something of the tenant is
/// here already; the doctor found faults, unless they are to be kept. Nothing has then changed.
pub async fn import(
    store: &Store,
    operator: &Operator,
    copy: Copy,
    name: Option<&str>,
    keeps_faults: bool,
    report: Arc<Report>,
) -> Result<Imported, Error> {
    let original = check_tenant(&copy)?;
    let name = name.unwrap_or(&original).trim().to_owned();
    names::check("A tenant's", &name, crate::tenants::NAME_LENGTH)?;
    let called = name.clone();
    let (tenant, arrived) = people::act_first(store, operator, move |act| {
        let number = tenants::next_number(act.tx)?;
        let mut loader = Loader::of_tenant(act.tx, number, &name)?;
        copy.pour(&mut loader, &*report)?;
        let (written, change) = loader.finish_tenant()?;
        let what = What::Tenant { tenant: number, credentials: true };
        let contents = dump(act.tx, what, "comparing", &mut Nowhere, &*report)?;
        check_same(&written, &contents)?;
        let tenant =
            tenants::by_id(act.tx, number)?.ok_or_else(|| Error::invalid("The file holds no tenant."))?;
        let mut examined = Examined::default();
        doctor::examine_tenant(act.tx, &tenant, &mut examined)?;
        check_health(&examined, keeps_faults)?;
        let summary = format!("Tenant \"{name}\" was imported, as it was on {}", copy.header.made_at);
        let after = json!({ "name": name, "exportedAs": copy.header.tenant, "madeAt": copy.header.made_at });
        act.record(change, "tenant.imported", ("tenant", &name), None, summary, None, Some(after));
        Ok((number, (tenant, Arrived { contents, examined })))
    })
    .await
    .map_err(|error| taken(error, &called))?;
    Ok(Imported { tenant: crate::tenants::of(store, tenant.tenant)?, arrived })
}

/// The name of the tenant that a file holds.
fn check_tenant(copy: &Copy) -> Result<String, Error> {
    let header = &copy.header;
    let Some(name) = header.tenant.clone().filter(|_| header.accessiq == Content::Tenant) else {
        return Err(Error::invalid(
            "The file holds a whole installation. Bring it to an empty place with `accessiq restore`.",
        ));
    };
    if header.schema != SCHEMA_VERSION {
        return Err(Error::invalid(format!(
            "The file has schema version {}, this installation {SCHEMA_VERSION}. Bring the installation that the tenant comes from up to date with this release, and export it again.",
            header.schema
        )));
    }
    if copy.contents.0.get("tenants").is_none_or(|tenants| tenants.rows != 1) {
        return Err(Error::invalid("The file does not hold one tenant."));
    }
    Ok(name)
}

/// What stands in a tenant's way, in words.
fn taken(error: Error, name: &str) -> Error {
    let Error::Store(StoreError::Constraint(constraint)) = &error else { return error };
    let thing = match constraint.as_str() {
        "tenants_name_key" => {
            return Error::Conflict(format!(
                "There is a tenant \"{name}\" already. Give it another name with --name."
            ));
        }
        "connections_id" => "connection",
        "tokens_digest" => "token",
        "clients_id" => "client",
        "api_keys_digest" => "API key",
        _ => return error,
    };
    Error::Conflict(format!(
        "A {thing} of the tenant is in this installation already: it was imported before, or comes from here. Nothing was changed."
    ))
}
