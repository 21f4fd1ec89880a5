//! A copy as a file: gzip of lines of JSON, sealed.
//!
//! The first line says what it is. Then come tables: a line with name and columns, a line for each row, a line with their
//! count and digest. The last line counts the tables. See decision 0018.

use super::dump::write_line;
use super::{Contents, Nowhere, Progress, Report, STEP, Sink, Sum, Value, seal};
use crate::StoreError;
use crate::engine::migrate::check_version;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The form of the file; a reader knows this one and those before it.
const FORM: u32 = 1;
/// How hard the lines are pressed: a third of the time of the usual effort, for files that are a little larger.
const EFFORT: u32 = 3;
/// How much is read at once.
const BUFFER: usize = 1 << 16;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What is in it.
    pub accessiq: Content,
    /// The form of the file.
    pub form: u32,
    /// The release that made it.
    pub release: String,
    /// The version of the schema whose rows these are.
    pub schema: i64,
    /// When it was made, or rather which moment it holds.
    pub made_at: String,
    /// The tenant's name, if it holds one tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A whole installation.
    Backup,
    /// One tenant.
    Tenant,
}

impl Header {
    /// That of a file which is made now by this release.
    pub fn new(schema: i64, at: i64, tenant: Option<&str>) -> Self {
        Self {
            accessiq: if tenant.is_some() { Content::Tenant } else { Content::Backup },
            form: FORM,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            schema,
            made_at: scim::resource::date_time(at),
            tenant: tenant.map(str::to_owned),
        }
    }
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Table { table: String, columns: Vec<String> },
    Sum { rows: u64, digest: String },
    Last { tables: usize },
}

/// Writes a file.
pub struct Writer<W: Write> {
    lines: GzEncoder<Digesting<W>>,
    tables: usize,
}

struct Digesting<W> {
    into: W,
    digest: Sha256,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

fn unwritten(error: impl std::fmt::Display) -> StoreError {
    StoreError::Copy(format!("the file cannot be written: {error}"))
}

impl<W: Write> Writer<BufWriter<W>> {
    /// Begins a file.
    pub fn new(into: W, header: &Header) -> Result<Self, StoreError> {
        let into = Digesting { into: BufWriter::with_capacity(BUFFER, into), digest: Sha256::new() };
        let mut writer = Self { lines: GzEncoder::new(into, Compression::new(EFFORT)), tables: 0 };
        writer.line(header)?;
        Ok(writer)
    }

    /// Ends and seals the file, and gives back what was written to. It has not been synced.
    pub fn finish(mut self) -> Result<W, StoreError> {
        let last = Line::Last { tables: self.tables };
        self.line(&last)?;
        let Digesting { mut into, digest } = self.lines.finish().map_err(unwritten)?;
        into.write_all(&seal::of(digest)).map_err(unwritten)?;
        into.into_inner().map_err(unwritten)
    }
}

impl<W: Write> Writer<W> {
    fn line(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.lines, line).map_err(unwritten)?;
        self.lines.write_all(b"\n").map_err(unwritten)
    }
}

impl<W: Write> Sink for Writer<W> {
    fn begin(&mut self, table: &str, columns: &[String]) -> Result<(), StoreError> {
        self.tables += 1;
        self.line(&Line::Table { table: table.to_owned(), columns: columns.to_vec() })
    }

    fn row(&mut self, _: &[Value], line: &[u8]) -> Result<(), StoreError> {
        self.lines.write_all(line).and_then(|()| self.lines.write_all(b"\n")).map_err(unwritten)
    }

    fn end(&mut self, sum: &Sum) -> Result<(), StoreError> {
        self.line(&Line::Sum { rows: sum.rows, digest: sum.digest() })
    }
}

/// A file that is whole: its seal, its lines, its counts and digests were found to be right.
pub struct Copy {
    path: PathBuf,
    /// What it says of itself.
    pub header: Header,
    /// What is in it.
    pub contents: Contents,
}

impl Copy {
    /// Opens a file and reads it whole, before anybody does anything with it.
    ///
    /// # Errors
    /// It cannot be read, is no file of ours, is not whole, or is of a newer release.
    pub fn open(path: &Path, report: &Report) -> Result<Self, StoreError> {
        let mut lines = Lines::open(path)?;
        let header = lines.header()?;
        let contents = lines.rows(&mut Nowhere, "checking the file", report)?;
        Ok(Self { path: path.to_owned(), header, contents })
    }

    /// Hands every row to a sink. The file is read again, with all its checks.
    ///
    /// # Errors
    /// The sink; the file is not what it was when it was opened.
    pub fn pour(&self, sink: &mut dyn Sink, report: &Report) -> Result<(), StoreError> {
        let mut lines = Lines::open(&self.path)?;
        let header = lines.header()?;
        let contents = lines.rows(sink, "reading the file", report)?;
        if header != self.header || contents != self.contents {
            return Err(lines.damaged("it was changed while it was read"));
        }
        Ok(())
    }
}

/// The lines of a file whose seal is right.
struct Lines {
    path: PathBuf,
    text: BufReader<GzDecoder<BufReader<io::Take<File>>>>,
    line: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let unread =
            |error: io::Error| StoreError::Copy(format!("{} cannot be read: {error}", path.display()));
        let mut file = File::open(path).map_err(unread)?;
        let length = file.metadata().map_err(unread)?.len();
        let sealed = length.saturating_sub(seal::LENGTH as u64);
        let damaged = |why: &str| damaged(path, why);
        let mut start = [0; 2];
        if length < seal::LENGTH as u64 || file.read_exact(&mut start).is_err() || start != [0x1f, 0x8b] {
            return Err(StoreError::Copy(format!(
                "{} is no backup and no tenant of AccessIQ. Give a file that `accessiq backup` or `accessiq tenant export` made.",
                path.display()
            )));
        }
        file.rewind().map_err(unread)?;
        let mut digest = Sha256::new();
        let mut reader = BufReader::with_capacity(BUFFER, (&mut file).take(sealed));
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = reader.read(&mut buffer).map_err(unread)?;
            if read == 0 {
                break;
            }
            digest.update(&buffer[..read]);
        }
        drop(reader);
        let mut found = Vec::new();
        file.read_to_end(&mut found).map_err(unread)?;
        if found != seal::of(digest) {
            return Err(damaged("its end is missing, or bytes of it were changed"));
        }
        file.rewind().map_err(unread)?;
        let text = GzDecoder::new(BufReader::with_capacity(BUFFER, file.take(sealed)));
        let text = BufReader::with_capacity(BUFFER, text);
        Ok(Self { path: path.to_owned(), text, line: Vec::new() })
    }

    fn damaged(&self, why: &str) -> StoreError {
        damaged(&self.path, why)
    }

    /// Reads the next line; there must be one.
    fn next(&mut self) -> Result<(), StoreError> {
        self.line.clear();
        let read = self.text.read_until(b'\n', &mut self.line);
        match (read, self.line.pop()) {
            (Err(error), _) => Err(self.damaged(&error.to_string())),
            (Ok(_), Some(b'\n')) => Ok(()),
            (Ok(_), _) => Err(self.damaged("it ends too early")),
        }
    }

    fn parse<'l, T: Deserialize<'l>>(&'l self) -> Result<T, StoreError> {
        serde_json::from_slice(&self.line).map_err(|error| {
            // The error's own words may repeat a value.
            self.damaged(&format!("a line of it cannot be read ({:?})", error.classify()))
        })
    }

    fn header(&mut self) -> Result<Header, StoreError> {
        self.next()?;
        // A later form may say other things; what the form is, it will say as this one does.
        let form: serde_json::Value = self.parse()?;
        if form["form"].as_u64() > Some(u64::from(FORM)) {
            return Err(StoreError::Copy(format!(
                "{} was made by release {}, in a form that this release does not know. Use that release or a newer one.",
                self.path.display(),
                form["release"].as_str().unwrap_or("unknown")
            )));
        }
        let header: Header = self.parse()?;
        check_version(header.schema).map_err(|_| {
            StoreError::Copy(format!(
                "{} was made by release {}, with schema version {}; this release knows versions up to {}. Use that release or a newer one.",
                self.path.display(),
                header.release,
                header.schema,
                crate::SCHEMA_VERSION
            ))
        })?;
        Ok(header)
    }

    fn rows(
        &mut self,
        sink: &mut dyn Sink,
        name: &'static str,
        report: &Report,
    ) -> Result<Contents, StoreError> {
        let total = |lines: &Self| lines.text.get_ref().get_ref().get_ref().limit();
        let whole = total(self);
        report(Progress::Phase { name, total: whole });
        let mut contents = Contents::default();
        loop {
            self.next()?;
            match self.parse()? {
                Line::Table { table, columns } => {
                    sink.begin(&table, &columns)?;
                    let sum = self.table(columns.len(), sink, &|left| {
                        report(Progress::Done(whole.saturating_sub(left)));
                    })?;
                    sink.end(&sum)?;
                    if contents.0.insert(table, sum).is_some() {
                        return Err(self.damaged("a table comes twice"));
                    }
                }
                Line::Last { tables } if tables == contents.0.len() => break,
                Line::Last { .. } | Line::Sum { .. } => return Err(self.damaged("tables of it are missing")),
            }
        }
        let mut rest = Vec::new();
        let ended = self.text.read_to_end(&mut rest);
        if ended.is_err() || !rest.is_empty() || total(self) > 0 {
            return Err(self.damaged("something follows its end"));
        }
        Ok(contents)
    }

    /// The rows of a table, up to their count and digest.
    fn table(&mut self, width: usize, sink: &mut dyn Sink, report: &dyn Fn(u64)) -> Result<Sum, StoreError> {
        let (mut sum, mut line) = (Sum::default(), Vec::new());
        loop {
            self.next()?;
            if self.line.first() != Some(&b'[') {
                return match self.parse()? {
                    Line::Sum { rows, digest } if rows == sum.rows && digest == sum.digest() => Ok(sum),
                    _ => Err(self.damaged("rows of it are missing")),
                };
            }
            let row: Vec<Value> = self.parse()?;
            if row.len() != width {
                return Err(self.damaged("a row has another number of columns than its table"));
            }
            write_line(&row, &mut line)?;
            sum.add(&line);
            sink.row(&row, &line)?;
            if sum.rows.is_multiple_of(STEP) {
                report(self.text.get_ref().get_ref().get_ref().limit());
            }
        }
    }
}

fn damaged(path: &Path, why: &str) -> StoreError {
    StoreError::Copy(format!("{} is damaged: {why}. Nothing was changed. Use another copy.", path.display()))
}
