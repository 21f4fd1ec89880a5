//! One filter, two readers: what SQL finds is exactly what memory finds, for any users, filter, order and page.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod support;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scim::filter::Filter;
use scim::resource::{Shown, present};
use scim::schema::definition::{Definitions, Synchronised};
use scim::sort::Sort;
use scim::{Document, Mode, Notes};
use serde_json::{Value, json};
use store::events::{Journal, NewEvent, Origin, Subject};
use store::mirror_users::{self, MirrorUser};
use store::search::{self, Page, Position, Selection};
use store::{Scope, Store, StoreError, TenantId, Tx};
use support::Archive;

const OWN: Scope = Scope { tenant: TenantId(1), connection: 1 };
/// Its users must never be found.
const OTHER: Scope = Scope { tenant: TenantId(1), connection: 2 };

/// Few words, so that filters hit: letter case, scripts, what folds, the last code point, quotes and wildcards.
const WORDS: &[&str] = &[
    "ana",
    "Ana",
    "ANA",
    "anab",
    "ana\u{10FFFF}",
    "ana\u{10FFFF}z",
    "Müller",
    "MÜLLER",
    "Straße",
    "STRASSE",
    "İ",
    "ﾅﾅ",
    "ナナ",
    "a\"b",
    "100%",
    "a_b",
    "x",
    "zz",
    "🦀",
];

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

fn user() -> impl Strategy<Value = Document> {
    let email = (word(), select(&["work", "home", "other"][..]), any::<bool>());
    let optional = (
        proptest::option::of(word()),
        proptest::option::of(word()),
        proptest::option::of(any::<bool>()),
        proptest::option::of(word()),
        proptest::option::of(word()),
    );
    (word(), 0_u32..60, proptest::collection::vec(email, 0..3), optional).prop_map(
        |(name, number, emails, optional)| {
            let (display_name, external_id, active, title, department) = optional;
            let mut document =
                json!({ "userName": format!("{name}{number}"), "name": { "familyName": name } });
            let mut set = |key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    document[key] = value;
                }
            };
            set("displayName", display_name.map(Value::from));
            set("externalId", external_id.map(Value::from));
            set("active", active.map(Value::from));
            set("title", title.map(Value::from));
            if !emails.is_empty() {
                let primary = |index: usize, wanted: bool| wanted && index == 0;
                let emails = emails.into_iter().enumerate().map(|(index, (value, kind, wanted))| {
                json!({ "value": value, "type": kind, "primary": primary(index, wanted) })
            });
                set("emails", Some(emails.collect()));
            }
            let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
            set(extension, department.map(|department| json!({ "department": department })));
            document.as_object().cloned().unwrap_or_default()
        },
    )
}

fn condition() -> impl Strategy<Value = String> {
    let text = select(
        &[
            "userName",
            "displayName",
            "externalId",
            "title",
            "emails",
            "emails.value",
            "emails.type",
            "name.familyName",
            "id",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        ][..],
    );
    let operator = select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..]);
    let quoted = |word: String| Value::from(word).to_string();
    prop_oneof![
        6 => (text.clone(), operator, word()).prop_map(move |(name, operator, word)| format!("{name} {operator} {}", quoted(word))),
        2 => text.prop_map(|name| format!("{name} pr")),
        1 => (select(&["eq", "ne"][..]), any::<bool>()).prop_map(|(operator, flag)| format!("active {operator} {flag}")),
        1 => Just("active pr".to_owned()),
        1 => (select(&["gt", "ge", "lt", "le", "eq", "ne"][..]), 0_i64..12).prop_map(|(operator, second)| {
            format!("meta.lastModified {operator} \"1970-01-01T00:00:{second:02}Z\"")
        }),
        2 => (word(), select(&["work", "home"][..]))
            .prop_map(move |(word, kind)| format!("emails[type eq \"{kind}\" and value eq {}]", quoted(word))),
        1 => word().prop_map(move |word| format!("emails[value eq {} or primary eq true]", quoted(word))),
        1 => (word(), select(&["work", "home"][..]))
            .prop_map(move |(word, kind)| format!("emails[type eq \"{kind}\"].value sw {}", quoted(word))),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    condition().prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) and ({right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or ({right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

const SORTS: &[Option<&str>] =
    &[None, None, Some("userName"), Some("title"), Some("emails"), Some("active"), Some("meta.lastModified")];

#[derive(Clone, Debug)]
struct Question {
    filter: Option<String>,
    sort: Option<&'static str>,
    descending: bool,
    skip: i64,
    count: i64,
}

fn question() -> impl Strategy<Value = Question> {
    (proptest::option::weighted(0.95, filter()), select(SORTS), any::<bool>(), 0_i64..8, 0_i64..8).prop_map(
        |(filter, sort, descending, skip, count)| Question { filter, sort, descending, skip, count },
    )
}

struct World {
    store: Store,
    definitions: Definitions,
    _archive: Archive,
}

impl World {
    fn show(&self, user: &MirrorUser) -> Document {
        let location = format!("https://example.com/Users/{}", user.id);
        let shown = Shown {
            id: &user.id,
            created: user.created_at,
            last_modified: user.modified_at,
            version: user.version,
            location: &location,
        };
        present(&self.definitions.user, user.document.clone(), Document::new(), &shown)
    }

    fn search(&self, selection: &Selection<'_>) -> Page<MirrorUser> {
        self.store
            .read(|tx: &mut Tx<'_>| {
                search::users(tx, OWN, selection, |_, user| Ok::<_, StoreError>(self.show(user)))
            })
            .unwrap()
    }

    fn check(&self, all: &[MirrorUser], question: &Question) {
        let definition = &self.definitions.user;
        let filter = question
            .filter
            .as_deref()
            .map(|text| Filter::parse(text, definition, Mode::Lenient, &mut Notes::new()));
        // What is refused when it is read (an order on text of another type, say) asks nothing of the store.
        let Ok(filter) = filter.transpose() else { return };
        let order = if question.descending { "descending" } else { "ascending" };
        let sort = question.sort.map(|by| Sort::parse(definition, by, Some(order)).unwrap());
        let mut expected: Vec<(Document, &str)> = all
            .iter()
            .map(|user| (self.show(user), user.id.as_str()))
            .filter(|(document, _)| filter.as_ref().is_none_or(|filter| filter.matches(document)))
            .collect();
        if let Some(sort) = &sort {
            expected.sort_by(|(left, _), (right, _)| sort.compare(&sort.key(left), &sort.key(right)));
        }
        let expected: Vec<&str> = expected.into_iter().map(|(_, id)| id).collect();
        let (skip, count) =
            (usize::try_from(question.skip).unwrap(), usize::try_from(question.count).unwrap());
        let selection = Selection {
            within: None,
            filter: filter.as_ref(),
            sort: sort.as_ref(),
            skip: question.skip,
            after: None,
            count: question.count,
        };
        let page = self.search(&selection);
        assert_eq!(page.total, i64::try_from(expected.len()).unwrap(), "{question:?}");
        let found: Vec<&str> = page.rows.iter().map(|user| user.id.as_str()).collect();
        let wanted: Vec<&str> = expected.iter().copied().skip(skip).take(count).collect();
        assert_eq!(found, wanted, "{question:?}");
        self.walk(selection, &expected, question);
    }

    /// A walk from page to page meets every match once, in the order.
    fn walk(&self, selection: Selection<'_>, expected: &[&str], question: &Question) {
        let mut met: Vec<String> = Vec::new();
        let mut after: Option<Position> = None;
        loop {
            let page = self.search(&Selection { skip: 0, count: 3, after: after.as_ref(), ..selection });
            assert_eq!(page.total, i64::try_from(expected.len()).unwrap(), "{question:?}");
            met.extend(page.rows.into_iter().map(|user| user.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(met, expected, "{question:?}");
    }
}

/// Inserts the users with different names, half of them into another connection as well.
async fn world(documents: Vec<Document>) -> (World, Vec<MirrorUser>) {
    let archive = Archive::new();
    let store = archive.open();
    let mut users: Vec<MirrorUser> = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        let second = i64::try_from(index).unwrap() * 1_000_000;
        let user = MirrorUser {
            id: store.ids().next(),
            user_id: index.to_string(),
            active: document.get("active") != Some(&json!(false)),
            feeds: true,
            document,
            version: 1,
            created_at: second,
            modified_at: second / 2,
        };
        let key = |user: &MirrorUser| scim::fold::fold(user.user_name());
        if users.iter().all(|other| key(other) != key(&user)) {
            users.push(user);
        }
    }
    let rows = users.clone();
    store
        .write(move |tx| {
            let mut journal = Journal::default();
            for (index, user) in rows.iter().enumerate() {
                let mut change = mirror_users::insert(tx, OWN, user)?;
                if index % 2 == 0 {
                    let twin = MirrorUser { id: format!("x{}", user.id), ..user.clone() };
                    change = change.and(mirror_users::insert(tx, OTHER, &twin)?);
                }
                let subject = Subject { kind: "user", id: user.id.clone() };
                let event = NewEvent {
                    kind: "test",
                    subject,
                    connection: None,
                    summary: String::new(),
                    before: None,
                    after: None,
                };
                journal.record(change, event);
            }
            drop((journal, Origin { actor_kind: "test", actor_id: None, request_id: None, at: 0 }));
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let definitions = Definitions::build(&Synchronised::default());
    (World { store, definitions, _archive: archive }, users)
}

/// No filter, whatever its operators, reaches outside its connection; both readers agree.
#[test]
fn sql_finds_what_memory_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = (proptest::collection::vec(user(), 0..40), proptest::collection::vec(question(), 40));
    runner
        .run(&strategy, |(documents, questions)| {
            let (world, users) = runtime.block_on(world(documents));
            for question in &questions {
                world.check(&users, question);
            }
            Ok(())
        })
        .unwrap();
}
