//! What commands that copy all there is have in common: the file they make, and what they say of what was copied.

use crate::output;
use anyhow::Context;
use clap::Args;
use provisioning::transfer::{Arrived, Written};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;
use store::transfer::Contents;

/// What becomes of a copy that is exact, of something that is not well.
#[derive(Args, Clone, Copy, Debug)]
pub struct Faults {
    /// Keep what arrived even if the doctor finds faults in it, as they were in what was copied
    #[arg(long)]
    pub despite_findings: bool,
}

/// Makes a file that only its owner may read: beside its place until it is whole and on the disk.
pub fn create<T>(
    path: &Path,
    write: impl FnOnce(&File) -> Result<T, provisioning::Error>,
) -> anyhow::Result<T> {
    let unwritten = || format!("{} cannot be made", path.display());
    anyhow::ensure!(
        !path.exists(),
        "{} is there already, and is left as it is. Give the name of a new file with --to.",
        path.display()
    );
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".accessiq-")
        .suffix(".partial")
        .tempfile_in(directory)
        .with_context(unwritten)?;
    let written = write(file.as_file())?;
    file.as_file().sync_all().with_context(unwritten)?;
    file.persist_noclobber(path).with_context(unwritten)?;
    File::open(directory).and_then(|directory| directory.sync_all()).with_context(unwritten)?;
    Ok(written)
}

/// Says what a file holds.
pub fn tell_written(written: &Written, path: &Path, json: bool) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(path)?.len();
    let header = &written.header;
    if json {
        output::json(&json!({
            "file": path.display().to_string(),
            "bytes": bytes,
            "tenant": header.tenant,
            "madeAt": header.made_at,
            "schema": header.schema,
            "rows": written.contents.rows(),
            "tables": tables(&written.contents),
        }));
        return Ok(());
    }
    let rows = output::grouped(written.contents.rows().try_into()?);
    let whose = header.tenant.as_ref().map_or_else(String::new, |name| format!(" of tenant \"{name}\""));
    println!(
        "{} holds {rows} rows{whose}, as they were on {}: {} bytes. Keep it as you keep passwords.",
        path.display(),
        header.made_at,
        output::grouped(bytes.try_into()?),
    );
    Ok(())
}

/// What arrived, for programs.
pub fn arrived(arrived: &Arrived) -> anyhow::Result<Value> {
    Ok(json!({
        "rows": arrived.contents.rows(),
        "tables": tables(&arrived.contents),
        "doctor": serde_json::to_value(&arrived.examined)?,
    }))
}

/// What arrived, for people.
pub fn tell_arrived(arrived: &Arrived) {
    let rows = output::grouped(arrived.contents.rows().try_into().unwrap_or(i64::MAX));
    println!("{rows} rows arrived and are what left, by count and digest.");
    for finding in &arrived.examined.findings {
        println!("  ✗ {finding}");
    }
    if arrived.examined.findings.is_empty() {
        println!("Mirror, directory and events agree.");
    }
}

fn tables(contents: &Contents) -> Value {
    let tables = contents.0.iter();
    tables
        .map(|(name, sum)| (name.clone(), json!({ "rows": sum.rows, "digest": sum.digest() })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
