//! Every statement of the crate: SQLite prepares it, it names its tenant, and nothing in it is SQLite's alone.

use store::clock::Clock;
use store::ids::Ids;
use store::{Store, all_statements};
use tempfile::TempDir;

/// Statements that may do without a tenant, each with the reason.
const WITHOUT_TENANT: &[(&str, &str, &str)] = &[
    ("administrators", "ALL", "people who sign in are of the installation"),
    ("administrators", "BY_EMAIL", "whoever signs in is known by the address alone"),
    ("administrators", "BY_ID", "people who sign in are of the installation"),
    ("administrators", "GRANTS_OF", "in which tenants a person may do what"),
    ("administrators", "INSERT", "people who sign in are of the installation"),
    ("administrators", "SET_DISABLED", "people who sign in are of the installation"),
    ("administrators", "SET_NAME", "people who sign in are of the installation"),
    ("administrators", "SET_PASSWORD", "people who sign in are of the installation"),
    ("administrators", "SIGNED_IN", "people who sign in are of the installation"),
    ("attempts", "DELETE", "nobody is known yet, and so no tenant"),
    ("attempts", "DELETE_BEFORE", "nobody is known yet, and so no tenant"),
    ("attempts", "FAIL", "nobody is known yet, and so no tenant"),
    ("attempts", "OF", "nobody is known yet, and so no tenant"),
    ("attempts", "SET", "nobody is known yet, and so no tenant"),
    ("clients", "BY_ID", "the token endpoint knows a client by its id before it knows the tenant"),
    ("connections", "BY_ID", "the gate knows a connection by its public id before it knows the tenant"),
    ("identities", "BY_SUBJECT", "of people, and these of the installation"),
    ("identities", "COUNT_OF_ISSUER", "of people, and these of the installation"),
    ("identities", "DELETE", "of people, and these of the installation"),
    ("identities", "DELETE_OF_ISSUER", "of people, and these of the installation"),
    ("identities", "INSERT", "of people, and these of the installation"),
    ("identities", "OF_ADMINISTRATOR", "of people, and these of the installation"),
    ("identities", "USED", "of people, and these of the installation"),
    ("jobs", "OPEN", "whoever does the work does it for every tenant"),
    ("keys", "BY_DIGEST", "the gate knows a key by its digest before it knows the tenant"),
    ("second_factors", "ADD_CODE", "of people, and these of the installation"),
    ("second_factors", "CODES", "of people, and these of the installation"),
    ("second_factors", "DELETE", "of people, and these of the installation"),
    ("second_factors", "DELETE_CODES", "of people, and these of the installation"),
    ("second_factors", "OF", "of people, and these of the installation"),
    ("second_factors", "SET", "of people, and these of the installation"),
    ("second_factors", "STEP", "of people, and these of the installation"),
    ("second_factors", "TAKE_CODE", "of people, and these of the installation"),
    ("sessions", "BY_DIGEST", "a browser is known by the digest of its session"),
    ("sessions", "DELETE", "sessions are of people, and these of the installation"),
    ("sessions", "DELETE_EXPIRED", "sessions are of people, and these of the installation"),
    ("sessions", "DELETE_ONE", "sessions are of people, and these of the installation"),
    ("sessions", "DELETE_OTHERS", "sessions are of people, and these of the installation"),
    ("sessions", "INSERT", "sessions are of people, and these of the installation"),
    ("sessions", "OF_ADMINISTRATOR", "sessions are of people, and these of the installation"),
    ("sessions", "RENEW", "sessions are of people, and these of the installation"),
    ("sessions", "TOUCH", "sessions are of people, and these of the installation"),
    ("sign_in_providers", "ADD_REQUEST", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "ALL", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "BY_ID", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "DELETE", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "DELETE_EXPIRED", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "DELETE_REQUEST", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "INSERT", "belongs to the installation and to no tenant"),
    ("sign_in_providers", "REQUEST", "belongs to the installation and to no tenant"),
    ("tenants", "ALL", "an operator's list of tenants"),
    ("tenants", "BY_NAME", "finds the tenant in the first place"),
    ("tenants", "INSTALLATION", "belongs to the installation and to no tenant"),
    ("tenants", "NEXT", "makes the tenant's number"),
    ("tenants", "SET_INSTALLATION", "belongs to the installation and to no tenant"),
    ("tickets", "BY_DIGEST", "of people, and these of the installation"),
    ("tickets", "DELETE", "of people, and these of the installation"),
    ("tickets", "DELETE_EXPIRED", "of people, and these of the installation"),
    ("tickets", "DELETE_KIND", "of people, and these of the installation"),
    ("tickets", "DELETE_OF", "of people, and these of the installation"),
    ("tickets", "INSERT", "of people, and these of the installation"),
    ("tickets", "OF_ADMINISTRATOR", "of people, and these of the installation"),
    ("tokens", "BY_DIGEST", "the gate knows a token by its digest before it knows the tenant"),
    ("tokens", "OF_ID", "an operator names a token by its id, whatever its tenant"),
];

/// What only SQLite understands, or understands in its own way.
const SQLITE_ONLY: &[&str] = &[
    "rowid",
    "datetime(",
    "strftime(",
    "julianday(",
    "json_extract",
    "json_each",
    "ifnull",
    " glob ",
    " collate ",
    "insert or ",
    "autoincrement",
    "last_insert",
    "sqlite_",
    "pragma",
    "indexed by",
    "?",
    "==",
    "`",
];

fn normalised(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

#[test]
fn every_statement_prepares_on_a_fresh_database() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path(), Ids::seeded(Clock::fixed(0), 1)).unwrap();
    let connection = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    let statements = all_statements();
    assert!(statements.len() > 80, "only {} statements are listed", statements.len());
    for (file, name, sql) in statements {
        if let Err(error) = connection.prepare(sql) {
            panic!("{file}::{name}: {error}");
        }
    }
}

#[test]
fn every_statement_names_its_tenant() {
    for (file, name, sql) in all_statements() {
        let text = normalised(sql);
        let names_it = match text.strip_prefix("insert into ") {
            Some(rest) => rest.split_once('(').is_some_and(|(_, columns)| columns.starts_with("tenant_id")),
            None => text.split_once(" where ").is_some_and(|(_, condition)| {
                condition.starts_with("tenant_id = $")
                    || condition.contains(" tenant_id = $")
                    || condition.contains(".tenant_id = $")
            }),
        };
        let excused = WITHOUT_TENANT.iter().any(|(one, other, _)| (*one, *other) == (file, name));
        assert!(
            names_it != excused,
            "{file}::{name}: {}\n{text}",
            if excused { "is excused and need not be" } else { "names no tenant" }
        );
        let joins = text.matches(" join ").count();
        let bound = text.matches(".tenant_id = ").count() - text.matches(".tenant_id = $").count();
        assert_eq!(joins, bound, "{file}::{name}: a joined table is not bound to the tenant\n{text}");
    }
}

#[test]
fn every_excuse_is_of_a_statement_there_is() {
    let statements = all_statements();
    for (file, name, reason) in WITHOUT_TENANT {
        assert!(!reason.is_empty());
        let there = statements.iter().any(|(one, other, _)| (one, other) == (file, name));
        assert!(there, "{file}::{name} is excused and not there");
    }
}

#[test]
fn placeholders_first_appear_in_order() {
    for (file, name, sql) in all_statements() {
        let mut highest = 0;
        for part in sql.split('$').skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            let number: usize =
                digits.parse().unwrap_or_else(|_| panic!("{file}::{name}: $ without a number"));
            assert!(number <= highest + 1, "{file}::{name}: ${number} comes before ${}\n{sql}", highest + 1);
            highest = highest.max(number);
        }
    }
}

#[test]
fn nothing_is_sqlites_alone() {
    for (file, name, sql) in all_statements() {
        let text = normalised(sql);
        for construct in SQLITE_ONLY {
            assert!(!text.contains(construct), "{file}::{name}: `{construct}` in\n{text}");
        }
    }
}
