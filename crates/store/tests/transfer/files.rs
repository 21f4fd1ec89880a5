//! Files that are not what they should be: each is refused with the reason, before anything is made of it.

use crate::{fill, refusal, restore, untold, write};
use std::path::{Path, PathBuf};
use store::SCHEMA_VERSION;
use store::transfer::file::{Content, Copy, Header};
use store::transfer::{Location, Sink, Sum, Table, Value};
use tempfile::TempDir;

fn header() -> Header {
    Header::new(SCHEMA_VERSION, 0, None)
}

fn sum(lines: &[&str]) -> Sum {
    let mut sum = Sum::default();
    for line in lines {
        sum.add(line.as_bytes());
    }
    sum
}

/// A table without rows.
fn empty(sink: &mut dyn Sink, table: &Table) {
    sink.begin(&table.name, &table.names()).unwrap();
    sink.end(&Sum::default()).unwrap();
}

/// Every table without rows, but for what `special` writes instead.
fn tables_but(sink: &mut dyn Sink, name: &str, special: impl FnOnce(&mut dyn Sink, &Table)) {
    let mut special = Some(special);
    for table in crate::synthetic::schema() {
        match special.take_if(|_| table.name == name) {
            Some(special) => special(sink, &table),
            None => empty(sink, &table),
        }
    }
    assert!(special.is_none(), "there is a table {name}");
}

/// A small file that is right.
fn sound(path: &Path) {
    write(path, &header(), |sink| {
        tables_but(sink, "installation", |sink, table| {
            sink.begin(&table.name, &table.names()).unwrap();
            let line = r#"["colour","blue"]"#;
            sink.row(&[], line.as_bytes()).unwrap();
            sink.end(&sum(&[line])).unwrap();
        });
    });
}

#[test]
fn a_sound_file_is_taken() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    sound(&path);
    let copy = Copy::open(&path, &untold).unwrap();
    assert_eq!((copy.header.accessiq, copy.contents.rows()), (Content::Backup, 1));
    let place = Location::Sqlite(directory.path().join("data"));
    assert_eq!(restore(&path, &place).unwrap(), copy.contents);
}

/// Whatever byte is changed, and in whatever bit; wherever the file ends; whatever follows it.
#[test]
fn no_byte_can_change_and_none_be_missing_or_too_many() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    sound(&path);
    let sound = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        let told = Copy::open(&path, &untold).err().unwrap_or_else(|| panic!("{what} is taken")).to_string();
        assert!(told.contains("is damaged") || told.contains("is no backup"), "{what}: {told}");
    };
    for place in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << (place % 8);
        refused(&bytes, &format!("byte {place} of {} changed", sound.len()));
        refused(&sound[..place], &format!("{place} bytes of {}", sound.len()));
    }
    refused(&[sound.as_slice(), b"\0"].concat(), "a byte too many");
    refused(&[sound.as_slice(), sound.as_slice()].concat(), "the same twice");
    refused(&[&sound[..40], &sound[41..]].concat(), "a byte cut out");
    std::fs::write(&path, &sound).unwrap();
    Copy::open(&path, &untold).unwrap();
}

#[test]
fn what_is_no_file_of_ours_is_named() {
    let directory = TempDir::new().unwrap();
    let letter = directory.path().join("letter");
    std::fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    assert!(refusal(Copy::open(&letter, &untold)).contains("letter is no backup and no tenant of AccessIQ"));
    let nowhere = directory.path().join("nowhere");
    assert!(refusal(Copy::open(&nowhere, &untold)).contains("nowhere cannot be read"));
    assert!(refusal(Copy::open(directory.path(), &untold)).contains("is no backup"));
}

#[test]
fn what_a_newer_release_made_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    let release = "9.1".to_owned();
    write(&path, &Header { schema: SCHEMA_VERSION + 1, release: release.clone(), ..header() }, |_| {});
    let told = refusal(Copy::open(&path, &untold));
    assert!(
        told.contains("release 9.1") && told.contains(&format!("version {}", SCHEMA_VERSION + 1)),
        "{told}"
    );
    write(&path, &Header { form: 2, release, ..header() }, |_| {});
    assert!(refusal(Copy::open(&path, &untold)).contains("a form that this release does not know"));
}

/// Files that are sealed, and do not hold what a backup holds: whoever writes one by hand, or a defect, gets no further.
#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    type Content = fn(&mut dyn Sink);
    let cases: [(&str, Content); 9] = [
        ("it has no table", |_| {}),
        ("rows of it are missing", |sink| {
            tables_but(sink, "installation", |sink, table| {
                sink.begin(&table.name, &table.names()).unwrap();
                sink.end(&sum(&["[]"])).unwrap();
            });
        }),
        ("rows of it are missing", |sink| {
            tables_but(sink, "installation", |sink, table| {
                sink.begin(&table.name, &table.names()).unwrap();
                sink.row(&[], br#"["colour","blue"]"#).unwrap();
                sink.end(&sum(&[r#"["colour","green"]"#])).unwrap();
            });
        }),
        ("another number of columns", |sink| {
            tables_but(sink, "installation", |sink, table| {
                sink.begin(&table.name, &table.names()).unwrap();
                sink.row(&[], br#"["colour"]"#).unwrap();
                sink.end(&sum(&[r#"["colour"]"#])).unwrap();
            });
        }),
        ("is of another type", |sink| {
            tables_but(sink, "installation", |sink, table| {
                sink.begin(&table.name, &table.names()).unwrap();
                sink.row(&[], br#"["colour",5]"#).unwrap();
                sink.end(&sum(&[r#"["colour",5]"#])).unwrap();
            });
        }),
        ("a line of it cannot be read", |sink| {
            tables_but(sink, "installation", |sink, table| {
                sink.begin(&table.name, &table.names()).unwrap();
                sink.row(&[], br#"["colour",{}]"#).unwrap();
                sink.end(&sum(&[r#"["colour",{}]"#])).unwrap();
            });
        }),
        ("a table comes twice", |sink| {
            tables_but(sink, "installation", |sink, table| {
                empty(sink, table);
                empty(sink, table);
            });
        }),
        ("has other columns", |sink| {
            tables_but(sink, "installation", |sink, table| {
                let hostile = r#"value") values (1); drop table "users"; --"#;
                sink.begin(&table.name, &["name".into(), hostile.into()]).unwrap();
                sink.end(&Sum::default()).unwrap();
            });
        }),
        ("is not to be filled", |sink| {
            sink.begin("_migrations", &["version".into()]).unwrap();
            sink.end(&Sum::default()).unwrap();
        }),
    ];
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    let data = directory.path().join("data");
    for (wanted, content) in cases {
        write(&path, &header(), content);
        let told = refusal(restore(&path, &Location::Sqlite(data.clone())));
        assert!(told.contains(wanted), "{wanted}: {told}");
        assert!(!data.exists(), "{wanted}: something was made");
    }
}

/// A file that is exchanged while it is read.
#[test]
fn a_file_that_changes_on_the_way_arrives_nowhere() {
    let directory = TempDir::new().unwrap();
    let (path, data): (PathBuf, PathBuf) = (directory.path().join("file"), directory.path().join("data"));
    sound(&path);
    let copy = Copy::open(&path, &untold).unwrap();
    write(&path, &header(), |sink| tables_but(sink, "installation", empty));
    let told = refusal(fill(&Location::Sqlite(data.clone()), |loader| copy.pour(loader, &untold)));
    assert!(told.contains("it was changed while it was read"), "{told}");
    assert!(!data.exists());
    // A value that the key of the table refuses.
    write(&path, &header(), |sink| {
        tables_but(sink, "installation", |sink, table| {
            sink.begin(&table.name, &table.names()).unwrap();
            let line = r#"["colour","blue"]"#;
            for _ in 0..2 {
                sink.row(&[Value::Null], line.as_bytes()).unwrap();
            }
            sink.end(&sum(&[line, line])).unwrap();
        });
    });
    assert!(refusal(restore(&path, &Location::Sqlite(data.clone()))).contains("installation_name"));
    assert!(!data.exists());
}
