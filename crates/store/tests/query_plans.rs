//! How the engines go about the work: by an index wherever an identity provider asks, at any size.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use cluster::Scratch;
use scim::filter::Filter;
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Mode, Notes};
use std::path::Path;
use store::clock::Clock;
use store::ids::Ids;
use store::search::{self, Selection, Sought};
use store::{Address, Scope, Store, TenantId, all_statements};
use tempfile::TempDir;

const SCOPE: Scope = Scope { tenant: TenantId(1), connection: 1 };

/// Statements that read all rows of a table on purpose, each with the reason.
const SCANS: &[(&str, &str, &str)] = &[
    ("administrators", "ALL", "an operator's list of the people who sign in"),
    ("attempts", "DELETE_BEFORE", "the attempts to sign in of the last minutes, and nothing else"),
    ("jobs", "OPEN", "an index holds the jobs that have not ended, and nothing else"),
    ("sessions", "DELETE_EXPIRED", "the sessions of the few people who administer"),
    ("sign_in_providers", "ALL", "the few providers that an operator added"),
    ("sign_in_providers", "DELETE_EXPIRED", "the browsers that are at a provider just now"),
    ("tenants", "ALL", "an operator's list of tenants"),
    ("tickets", "DELETE_EXPIRED", "the links that nobody has opened yet"),
    ("tickets", "DELETE_KIND", "the links that nobody has opened yet"),
    ("tokens", "OF_ID", "an operator names a token by its id, whatever its tenant"),
];

/// Statements for which PostgreSQL, knowing nothing of the values, takes another index than SQLite, each with the reason.
const OTHERWISE_ON_POSTGRES: &[(&str, &str, &str)] = &[
    (
        "events",
        "OF_SUBJECT_BETWEEN",
        "it reads the range of numbers, which is bounded, and picks the subject out",
    ),
    ("mappings", "OF_ORGANIZATION", "it reads the mappings of the tenant, of which it expects few"),
    ("mirror_groups", "COUNT_UNMAPPED", "it joins groups and mappings once instead of looking each up"),
];

/// Statements that must not be content with part of a key: what the plan has to bind.
const KEYS: &[(&str, &str, &str)] = &[
    ("activity", "HOURS", "COVERING INDEX requests_at"),
    ("activity", "FAILURES", "COVERING INDEX requests_at"),
    ("activity", "FAILED", "requests_refused"),
    ("users", "ANY_UNFOLDED", "users_unfolded"),
    ("users", "UNFOLDED", "users_unfolded"),
    ("activity", "WINDOW", "id>? AND id<?"),
    ("activity", "STATUSES", "COVERING INDEX users_status"),
    ("activity", "INCOMPLETE", "users_incomplete"),
    ("activity", "UNMAPPED", "group_id=?"),
    ("status_days", "DEACTIVATED", "events_deactivated"),
    ("status_days", "SINCE", "day>?"),
    ("members", "OF_MEMBER", "member_id=?"),
    ("members", "OF_GROUP", "group_id=?"),
    ("members", "ONE", "group_id=? AND member_id=?"),
    ("events", "BETWEEN", "number>? AND number<?"),
    ("events", "OF_SUBJECT", "subject_id=?"),
    ("events", "OF_SUBJECT_BETWEEN", "subject_id=? AND number>? AND number<?"),
    ("mirror_groups", "BY_DISPLAY_NAME", "display_name_key=?"),
    ("mirror_groups", "COUNT_UNMAPPED", "group_id=?"),
    ("mirror_groups", "UNMAPPED", "group_id=?"),
    ("mirror_users", "BY_USER_NAME", "user_name_key=?"),
    ("mirror_users", "BY_EXTERNAL_ID", "external_id=?"),
    ("mirror_users", "OF_USER", "user_id=?"),
    ("mirror_users", "FEEDING", "user_id=?"),
    ("links", "OF_USER", "user_id=?"),
    ("memberships", "OF_USER", "user_id=?"),
    ("memberships", "OTHER_ACTIVE_HOLDER", "organization_id=? AND role_id=?"),
    ("mappings", "OF_GROUP", "group_id=?"),
    ("mappings", "OF_ORGANIZATION", "organization_id=?"),
    ("memberships", "COUNT_AT", "organization_id=?"),
    ("organizations", "BY_NAME", "name_key=?"),
    ("organizations", "BY_SLUG", "slug=?"),
    ("users", "LINKED_BY_USER_NAME", "user_name_key=?"),
    ("users", "FORMER_BY_EXTERNAL_ID", "external_id=?"),
    ("users", "FORMER_BY_USER_NAME", "user_name_key=?"),
    ("tokens", "BY_DIGEST", "digest=?"),
    ("tokens", "END_OF_CLIENT", "client_id=?"),
    ("tokens", "PRUNE", "client_id=?"),
    ("assertions", "PRUNE", "client_id=?"),
    ("clients", "BY_ID", "id=?"),
];

fn fresh(directory: &Path) -> Store {
    Store::open(directory, Ids::seeded(Clock::fixed(0), 1)).unwrap()
}

fn plan(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let rows = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn statements_scan_nothing_and_bind_their_keys() {
    let directory = TempDir::new().unwrap();
    let store = fresh(directory.path());
    let connection = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    let mut unlike = Vec::new();
    for (file, name, sql) in all_statements() {
        let plan = plan(&connection, sql);
        let excused = SCANS.iter().any(|(one, other, _)| (*one, *other) == (file, name));
        let scans = plan.iter().any(|step| step.starts_with("SCAN"));
        if scans != excused {
            unlike.push(format!("{file}::{name}: {plan:?}"));
        }
        for (_, _, key) in KEYS.iter().filter(|(one, other, _)| (*one, *other) == (file, name)) {
            assert!(
                plan.iter().any(|step| step.contains(key)),
                "{file}::{name} does not bind {key}: {plan:?}"
            );
        }
    }
    assert_eq!(unlike, Vec::<String>::new());
    for (file, name, _) in KEYS {
        assert!(
            all_statements().iter().any(|(one, other, _)| (one, other) == (file, name)),
            "{file}::{name}"
        );
    }
}

type Filters = &'static [(&'static str, &'static str)];

/// The filters that identity providers send, and what the plan of each has to bind.
fn filters() -> [(Sought, Filters); 3] {
    let users: Filters = &[
        ("userName eq \"ana@example.com\"", "user_name_key=?"),
        ("externalId eq \"00u1\"", "external_id=?"),
        ("displayName eq \"Ana\"", "display_name_key=?"),
        ("id eq \"1\"", "AND id=?"),
        ("emails eq \"ana@example.com\"", "email_key=?"),
        ("emails.value eq \"ana@example.com\"", "email_key=?"),
        ("emails[type eq \"work\"].value eq \"ana@example.com\"", "email_key=?"),
        ("emails[value eq \"ana@example.com\"]", "email_key=?"),
        ("userName sw \"ana\"", "user_name_key>?"),
    ];
    let groups: Filters = &[
        ("displayName eq \"Sales\"", "display_name_key=?"),
        ("externalId eq \"g1\"", "external_id=?"),
        ("id eq \"1\"", "AND id=?"),
        ("members eq \"1\"", "member_id=?"),
        ("members.value eq \"1\"", "member_id=?"),
        ("members[value eq \"1\"]", "member_id=?"),
        ("id eq \"1\" and members eq \"2\"", "AND id=?"),
    ];
    let people: Filters = &[
        ("userName eq \"ana@example.com\"", "user_name_key=?"),
        ("userName sw \"ana\"", "user_name_key>?"),
        ("externalId eq \"00u1\"", "external_id=?"),
        ("id eq \"1\"", "AND id=?"),
        ("emails eq \"ana@example.com\"", "email_key=?"),
        ("emails.value sw \"ana\"", "email_key>?"),
        ("emails[value eq \"ana@example.com\"]", "email_key=?"),
    ];
    [(Sought::Users, users), (Sought::Groups, groups), (Sought::People, people)]
}

/// Each of them with its statement: the filter, what the plan has to bind, the statement.
fn statements_of_filters() -> Vec<(&'static str, &'static str, String)> {
    let definitions = Definitions::build(&Synchronised::default());
    let mut statements = Vec::new();
    for (sought, filters) in filters() {
        let definition = if sought == Sought::Groups { &definitions.group } else { &definitions.user };
        for (text, key) in filters {
            let filter = Filter::parse(text, definition, Mode::Lenient, &mut Notes::new()).unwrap();
            statements.push((*text, *key, search::statement_of(SCOPE, sought, &filter).1));
        }
    }
    statements
}

#[test]
fn every_filter_of_an_identity_provider_runs_on_an_index() {
    let directory = TempDir::new().unwrap();
    let store = fresh(directory.path());
    let connection = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    for (text, key, sql) in statements_of_filters() {
        let plan = plan(&connection, &sql);
        assert!(plan.iter().any(|step| step.contains(key)), "{text} does not bind {key}: {plan:?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{text}: {plan:?}");
    }
}

/// The plan of a statement on PostgreSQL for values that nobody knows yet. A fresh table is so small that reading it
/// whole would be best, so that is forbidden: what is left shows which indexes serve.
fn plan_on_postgres(scratch: &Scratch, sql: &str) -> String {
    let highest = sql.split('$').skip(1).map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap()
    });
    let nothing = vec!["null"; highest.max().unwrap_or(0)].join(", ");
    let values = if nothing.is_empty() { nothing } else { format!("({nothing})") };
    scratch.query(&format!(
        "set enable_seqscan = off; set plan_cache_mode = force_generic_plan; prepare asked as {sql};
        explain (costs off) execute asked{values}"
    ))
}

/// What a plan of SQLite shows as bound, such as `organization_id=? AND role_id=?`, in that of PostgreSQL.
fn binds(plan: &str, keys: &str) -> bool {
    let conditions: Vec<&str> = plan.lines().filter(|line| line.contains("Index Cond:")).collect();
    keys.split(" AND ").map(|key| key.trim_start_matches("AND ").trim_end_matches(['=', '<', '>', '?'])).all(
        |column| {
            conditions.iter().any(|line| {
                [" = ", " < ", " <= ", " > ", " >= "].iter().any(|sign| {
                    line.contains(&format!("({column}{sign}")) || line.contains(&format!(".{column}{sign}"))
                })
            })
        },
    )
}

#[test]
fn postgres_has_the_same_indexes_for_the_same_work() {
    let scratch = Scratch::anywhere();
    drop(Store::connect(&Address::parse(&scratch.url()).unwrap(), Ids::seeded(Clock::fixed(0), 1)).unwrap());
    for (text, key, sql) in statements_of_filters() {
        let plan = plan_on_postgres(&scratch, &sql);
        assert!(binds(&plan, key), "{text} does not bind {key}: {plan}");
        assert!(!plan.contains("Seq Scan"), "{text}: {plan}");
    }
    let mut unlike = Vec::new();
    for (file, name, sql) in all_statements() {
        let plan = plan_on_postgres(&scratch, sql);
        let excused = SCANS.iter().any(|(one, other, _)| (*one, *other) == (file, name));
        if !excused && plan.contains("Seq Scan") {
            unlike.push(format!("{file}::{name}: {plan}"));
        }
        // Which of two indexes it takes is PostgreSQL's choice: only columns are asked for, no index by its name.
        let otherwise = OTHERWISE_ON_POSTGRES.iter().any(|(one, other, _)| (*one, *other) == (file, name));
        let of_statement = KEYS.iter().filter(|(one, other, _)| (*one, *other) == (file, name));
        for (_, _, key) in of_statement.filter(|(_, _, key)| key.contains('?') && !otherwise) {
            if !binds(&plan, key) {
                unlike.push(format!("{file}::{name} does not bind {key}: {plan}"));
            }
        }
    }
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

/// A filter that names a key is answered on the thread that serves the request: it must not take long there.
#[test]
fn only_what_a_key_finds_at_once_counts_as_short() {
    let definitions = Definitions::build(&Synchronised::default());
    let users: &[(&str, bool)] = &[
        ("userName eq \"ana\"", true),
        ("externalId eq \"00u1\"", true),
        ("emails[type eq \"work\"].value eq \"ana\"", true),
        ("title eq \"lead\" and userName eq \"ana\"", true),
        ("userName sw \"a\"", false),
        ("userName ne \"ana\"", false),
        ("not (userName eq \"ana\")", false),
        ("userName eq \"ana\" or active eq true", false),
        ("emails[type eq \"work\"]", false),
        ("active eq true", false),
        ("title eq \"lead\"", false),
    ];
    let groups: &[(&str, bool)] = &[
        ("displayName eq \"Sales\"", true),
        ("id eq \"1\" and members eq \"2\"", true),
        // A user may be in very many groups.
        ("members eq \"2\"", false),
    ];
    for (is_users, filters, definition) in
        [(true, users, &definitions.user), (false, groups, &definitions.group)]
    {
        for (text, short) in filters {
            let filter = Filter::parse(text, definition, Mode::Lenient, &mut Notes::new()).unwrap();
            let selection = Selection { filter: Some(&filter), count: 1, ..Selection::default() };
            let found = if is_users {
                search::is_keyed_for_users(&selection)
            } else {
                search::is_keyed_for_groups(&selection)
            };
            assert_eq!(found, *short, "{text}");
        }
    }
    assert!(!search::is_keyed_for_users(&Selection::default()));
    assert!(!search::is_keyed_for_groups(&Selection::default()));
}
