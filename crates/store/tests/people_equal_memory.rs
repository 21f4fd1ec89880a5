//! The people of a directory: what SQL finds of their names is what memory finds, and whoever an earlier release wrote is
//! found as well.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod support;

use scim::filter::Filter;
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Document, Mode, Notes};
use serde_json::{Value, json};
use store::clock::Clock;
use store::events::{Journal, NewEvent, Subject};
use store::ids::Ids;
use store::search::{self, Page, Position, Selection, Sought};
use store::users::{self, Status, User};
use store::{Scope, Store, StoreError, TenantId, Tx};
use support::Archive;

const TENANT: TenantId = TenantId(1);

/// Letter case, scripts, what folds to several letters, quotes, wildcards.
const NAMES: &[&str] = &[
    "Ana", "ANA-LENA", "Müller", "MÜLLER", "Straße", "STRASSE", "İpek", "100%", "a_b", "q\"\\", "a\u{0}z",
    "🦀",
];

fn people() -> Vec<User> {
    let name = |number: usize| Some(NAMES[number % NAMES.len()].to_owned());
    let person = |number: usize| User {
        id: format!("{number:03}"),
        connection: None,
        status: Status::Active,
        linked: true,
        user_name: format!("{}{number}", NAMES[number % 5]),
        external_id: None,
        email: (!number.is_multiple_of(3))
            .then(|| format!("{}@x.example", NAMES[(number * 7) % NAMES.len()])),
        given_name: (!number.is_multiple_of(2)).then(|| name(number * 5)).flatten(),
        family_name: (!number.is_multiple_of(4)).then(|| name(number * 3 + 1)).flatten(),
        display_name: (!number.is_multiple_of(5)).then(|| name(number * 11 + 2)).flatten(),
        locked_at: None,
        version: 3,
        created_at: 0,
        modified_at: 0,
    };
    (0..60).map(person).collect()
}

fn document(user: &User) -> Document {
    let mut shown = json!({ "id": user.id, "userName": user.user_name, "name": {} });
    let mut set = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    };
    set("displayName", user.display_name.as_ref());
    if let Some(email) = &user.email {
        shown["emails"] = json!([{ "value": email }]);
    }
    for (part, value) in [("givenName", &user.given_name), ("familyName", &user.family_name)] {
        if let Some(value) = value {
            shown["name"][part] = json!(value);
        }
    }
    shown.as_object().cloned().unwrap()
}

fn find(store: &Store, filter: &Filter, after: Option<&Position>) -> Page<User> {
    let selection = Selection { filter: Some(filter), after, count: 7, ..Selection::default() };
    let read = |tx: &mut Tx<'_>| search::people(tx, TENANT, &selection, |_, user| Ok(document(user)));
    store.read(read).unwrap()
}

/// Everything that a walk from page to page meets.
fn walk(store: &Store, filter: &Filter) -> (i64, Vec<String>) {
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = find(store, filter, after.as_ref());
        met.extend(page.rows.into_iter().map(|user| user.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return (page.total, met),
        }
    }
}

fn filters() -> Vec<String> {
    let places = ["userName", "displayName", "name.givenName", "name.familyName", "emails.value", "emails"];
    let words = ["ana", "MÜLL", "ss", "straSSE", "i\u{307}", "%", "_", "\"", "\\", "z", "🦀", "nobody"];
    let mut filters = Vec::new();
    for word in words {
        let quoted = Value::from(word).to_string();
        let each: Vec<String> = places.iter().map(|place| format!("{place} co {quoted}")).collect();
        filters.push(format!("({})", each.join(" or ")));
        filters.push(format!("not ({})", each[..4].join(" or ")));
        for operator in ["co", "sw", "eq", "ne"] {
            let parts = places[1..4].iter().map(|place| format!("{place} {operator} {quoted}"));
            filters.extend(parts);
        }
    }
    filters
}

async fn filled(store: Store) -> (Store, Vec<User>) {
    let all = people();
    let rows = all.clone();
    let insert = move |tx: &mut Tx<'_>| {
        let mut journal = Journal::default();
        for user in &rows {
            let change = users::insert(tx, TENANT, user)?;
            let subject = Subject { kind: "user", id: user.id.clone() };
            let (summary, before, after) = (String::new(), None, None);
            let event = NewEvent { kind: "test", subject, connection: None, summary, before, after };
            journal.record(change, event);
        }
        Ok::<_, StoreError>(())
    };
    store.write_of(TENANT, insert).await.unwrap();
    (store, all)
}

#[tokio::test]
async fn names_are_found_by_sql_as_by_memory() {
    let archive = Archive::new();
    let (store, all) = filled(archive.open()).await;
    let definition = &Definitions::build(&Synchronised::default()).user;
    let mut found = 0;
    for text in filters() {
        let filter = Filter::parse(&text, definition, Mode::Lenient, &mut Notes::new()).unwrap();
        let scope = Scope { tenant: TENANT, connection: 0 };
        assert!(search::statement_of(scope, Sought::People, &filter).0, "{text} is left to memory");
        let expected: Vec<String> =
            all.iter().filter(|user| filter.matches(&document(user))).map(|user| user.id.clone()).collect();
        found += expected.len();
        assert_eq!(walk(&store, &filter), (i64::try_from(expected.len()).unwrap(), expected), "{text}");
    }
    assert!(found > 500, "{found}");
}

#[tokio::test]
async fn whoever_an_earlier_release_wrote_is_found_before_and_after_the_keys_are_made() {
    let directory = tempfile::TempDir::new().unwrap();
    let store = Store::open(directory.path(), Ids::seeded(Clock::fixed(0), 1)).unwrap();
    let (store, all) = filled(store).await;
    // An earlier release beside this one knows no keys: it writes another name, and what counts the changes.
    let other = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    let written = "update users set version = version + 1, family_name = 'Österreicher' where id < '010'";
    assert_eq!(other.execute(written, []).unwrap(), 10);
    let definition = &Definitions::build(&Synchronised::default()).user;
    let parse = |text: &str| Filter::parse(text, definition, Mode::Lenient, &mut Notes::new()).unwrap();
    let (renamed, kept) = (parse("name.familyName co \"ÖSTER\""), parse("name.familyName co \"stra\""));
    let ids = |range: std::ops::Range<usize>| range.map(|number| format!("{number:03}")).collect::<Vec<_>>();
    let has = |user: &&User| {
        user.family_name.as_deref() == Some("Straße") || user.family_name.as_deref() == Some("STRASSE")
    };
    let rest: Vec<String> = all[10..].iter().filter(has).map(|user| user.id.clone()).collect();
    for is_folded in [false, true] {
        assert_eq!(store.read(|tx| users::are_folded(tx, TENANT)).unwrap(), is_folded);
        assert_eq!(walk(&store, &renamed), (10, ids(0..10)));
        assert_eq!(walk(&store, &kept).1, rest);
        let fold = |tx: &mut Tx<'_>| {
            for user in users::unfolded(tx, TENANT, 100)? {
                users::fold_names(tx, TENANT, &user)?;
            }
            Ok::<_, StoreError>(())
        };
        store.write_of(TENANT, fold).await.unwrap();
    }
}
