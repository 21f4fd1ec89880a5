//! The password of a database that its URL does not name, found where PostgreSQL's own programs look for it.
//!
//! First the variable `PGPASSWORD`, then the file that `PGPASSFILE` names, then `~/.pgpass`, whose lines are
//! `host:port:database:user:password`. A file that others may read is passed over, as those programs do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use store::Address;

/// The address with its password.
pub fn complete(address: Address) -> Address {
    if address.has_password() {
        return address;
    }
    let variable = std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty());
    let password = variable.or_else(|| {
        let lines = read(&path()?)?;
        address.hosts().iter().find_map(|(host, port)| {
            find(&lines, [host, &port.to_string(), address.database(), address.user().unwrap_or_default()])
        })
    });
    address.with_password(password.as_deref())
}

fn path() -> Option<PathBuf> {
    std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".pgpass")))
}

fn read(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the password file is passed over: others may read it. Use chmod 600");
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// The password of the first line whose other fields are the wanted ones, or `*`.
fn find(lines: &str, wanted: [&str; 4]) -> Option<String> {
    lines.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [one, two, three, four, password] = fields.as_slice() else { return None };
        let is_wanted = [one, two, three, four]
            .into_iter()
            .zip(wanted)
            .all(|(field, wanted)| field == "*" || field == wanted);
        is_wanted.then(|| password.clone())
    })
}

/// The fields of a line; `\` stands before a `:` or `\` that belongs to one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let taken = if letter == '\\' { letters.next() } else { Some(letter) };
        match (letter, fields.len(), taken, fields.last_mut()) {
            (':', 1..=4, _, _) => fields.push(String::new()),
            (_, _, Some(taken), Some(field)) => field.push(taken),
            _ => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let lines =
            "# ours\nelsewhere:5432:*:*:wrong\ndb:5432:accessiq:accessiq:se:cr\\\\et\n*:*:*:*:other\n";
        let of = |host| find(lines, [host, "5432", "accessiq", "accessiq"]);
        assert_eq!(of("db").as_deref(), Some("se:cr\\et"));
        assert_eq!(of("db2").as_deref(), Some("other"));
        assert_eq!(find("a:b", ["a", "b", "", ""]), None);
    }
}
