//! One filter, two readers, for groups: members are rows of their own in SQL and part of the document in memory.

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
use std::collections::BTreeSet;
use store::members::{self, Member, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users::{self, MirrorUser};
use store::search::{self, Page, Position, Selection};
use store::{Scope, Store, StoreError, TenantId, Tx};
use support::Archive;

const OWN: Scope = Scope { tenant: TenantId(1), connection: 1 };
/// Strangers with the same ids, and with the members the other way round.
const STRANGERS: &[Scope] =
    &[Scope { tenant: TenantId(1), connection: 2 }, Scope { tenant: TenantId(2), connection: 1 }];
const NAMES: &[&str] =
    &["Sales", "SALES", "sales emea", "Straße", "STRASSE", "R&D\u{10FFFF}", "R&D", "100%", "a\"b"];
const USERS: &[&str] = &["u0", "u1", "U1", "u2", "u10"];
const MEMBERS: &[&str] = &["u0", "u1", "U1", "u2", "u10", "g00", "g01", "g02"];

#[derive(Clone, Debug)]
struct Group {
    name: &'static str,
    external: Option<&'static str>,
    members: BTreeSet<&'static str>,
}

fn group() -> impl Strategy<Value = Group> {
    let external = proptest::option::of(select(NAMES));
    let members = proptest::collection::btree_set(select(MEMBERS), 0..5);
    (select(NAMES), external, members).prop_map(|(name, external, members)| Group { name, external, members })
}

fn condition() -> impl Strategy<Value = String> {
    let operator = || select(&["eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..]);
    let quoted = |text: &str| Value::from(text).to_string();
    prop_oneof![
        4 => (select(&["displayName", "externalId"][..]), operator(), select(NAMES))
            .prop_map(move |(name, operator, word)| format!("{name} {operator} {}", quoted(word))),
        2 => (operator(), 0..12).prop_map(|(operator, number)| format!("id {operator} \"g{number:02}\"")),
        4 => (select(&["members", "members.value"][..]), operator(), select(MEMBERS))
            .prop_map(|(name, operator, member)| format!("{name} {operator} \"{member}\"")),
        2 => (select(&["User", "Group"][..]), select(MEMBERS))
            .prop_map(|(kind, member)| format!("members[type eq \"{kind}\" and value eq \"{member}\"]")),
        2 => (select(MEMBERS), select(MEMBERS))
            .prop_map(|(one, other)| format!("members[value eq \"{one}\" or value eq \"{other}\"]")),
        1 => select(MEMBERS).prop_map(|member| format!("members[not (value eq \"{member}\")]")),
        1 => select(NAMES).prop_map(move |name| format!("members.display co {}", quoted(name))),
        1 => (select(&["gt", "ge", "lt", "le", "eq", "ne"][..]), 0_i64..8).prop_map(|(operator, second)| {
            format!("meta.lastModified {operator} \"1970-01-01T00:00:{second:02}Z\"")
        }),
        2 => select(&["members", "members.value", "externalId", "displayName", "id"][..])
            .prop_map(|name| format!("{name} pr")),
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
    &[None, None, Some("displayName"), Some("externalId"), Some("members"), Some("meta.created")];

#[derive(Clone, Debug)]
struct Question {
    filter: String,
    sort: Option<&'static str>,
    descending: bool,
    skip: usize,
    count: usize,
}

fn question() -> impl Strategy<Value = Question> {
    (filter(), select(SORTS), any::<bool>(), 0_usize..5, 0_usize..5).prop_map(
        |(filter, sort, descending, skip, count)| Question { filter, sort, descending, skip, count },
    )
}

struct World {
    store: Store,
    definitions: Definitions,
    groups: Vec<MirrorGroup>,
    _archive: Archive,
}

fn member(group: &str, id: &str) -> Member {
    Member {
        group_id: group.to_owned(),
        member_id: id.to_owned(),
        kind: if id.starts_with('g') { MemberKind::Group } else { MemberKind::User },
        added_at: 0,
        request_id: "r".into(),
        token_id: None,
    }
}

fn insert_user(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<(), StoreError> {
    let document = json!({ "userName": format!("{id}-{}", id.starts_with('U')), "displayName": "Sales" });
    let user = MirrorUser {
        id: id.to_owned(),
        user_id: id.to_owned(),
        document: document.as_object().cloned().unwrap_or_default(),
        active: true,
        feeds: true,
        version: 1,
        created_at: 0,
        modified_at: 0,
    };
    // Nobody tells of these changes: what is searched is all that matters here.
    mirror_users::insert(tx, scope, &user).map(drop)
}

impl World {
    async fn make(groups: Vec<Group>) -> Self {
        let archive = Archive::new();
        let store = archive.open();
        let rows: Vec<(MirrorGroup, BTreeSet<&str>)> = (0_i64..)
            .zip(groups)
            .map(|(number, group)| {
                let mut document = Document::new();
                document.insert("displayName".into(), group.name.into());
                if let Some(external) = group.external {
                    document.insert("externalId".into(), external.into());
                }
                let id = format!("g{number:02}");
                let at = number * 1_000_000;
                (MirrorGroup { id, document, version: 1, created_at: at, modified_at: at / 2 }, group.members)
            })
            .collect();
        let groups = rows.iter().map(|(group, _)| group.clone()).collect();
        store
            .write(move |tx| {
                for user in USERS {
                    insert_user(tx, OWN, user)?;
                }
                for (group, members) in &rows {
                    drop(mirror_groups::insert(tx, OWN, group)?);
                    for id in members {
                        let _ = members::insert(tx, OWN, &member(&group.id, id))?;
                    }
                    for scope in STRANGERS {
                        drop(mirror_groups::insert(tx, *scope, group)?);
                        for id in MEMBERS.iter().filter(|id| !members.contains(*id)) {
                            let _ = members::insert(tx, *scope, &member(&group.id, id))?;
                        }
                    }
                }
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        let definitions = Definitions::build(&Synchronised::default());
        Self { store, definitions, groups, _archive: archive }
    }

    fn show(&self, tx: &mut Tx<'_>, group: &MirrorGroup) -> Result<Document, StoreError> {
        let members = members::named(tx, OWN, &group.id, "", i64::MAX)?;
        let members: Vec<Value> = members
            .into_iter()
            .map(|member| {
                let kind = if member.kind == MemberKind::User { "User" } else { "Group" };
                json!({ "value": member.id, "display": member.name, "type": kind })
            })
            .collect();
        let mut computed = Document::new();
        if !members.is_empty() {
            computed.insert("members".into(), members.into());
        }
        let shown = Shown {
            id: &group.id,
            created: group.created_at,
            last_modified: group.modified_at,
            version: group.version,
            location: "https://example.com/Groups/1",
        };
        Ok(present(&self.definitions.group, group.document.clone(), computed, &shown))
    }

    fn search(&self, selection: &Selection<'_>) -> (i64, Vec<String>, Option<Position>) {
        let page: Page<MirrorGroup> = self
            .store
            .read(|tx| search::groups(tx, OWN, selection, |tx, group| self.show(tx, group)))
            .unwrap();
        (page.total, page.rows.into_iter().map(|group| group.id).collect(), page.next)
    }

    fn check(&self, question: &Question) {
        let definition = &self.definitions.group;
        // What is refused when it is read asks nothing of the store.
        let Ok(filter) = Filter::parse(&question.filter, definition, Mode::Lenient, &mut Notes::new()) else {
            return;
        };
        let order = if question.descending { "descending" } else { "ascending" };
        let sort = question.sort.map(|by| Sort::parse(definition, by, Some(order)).unwrap());
        let mut found: Vec<(Document, &str)> = self
            .groups
            .iter()
            .map(|group| {
                let document = self.store.read(|tx| self.show(tx, group)).unwrap();
                (document, group.id.as_str())
            })
            .filter(|(document, _)| filter.matches(document))
            .collect();
        if let Some(sort) = &sort {
            found.sort_by(|(left, _), (right, _)| sort.compare(&sort.key(left), &sort.key(right)));
        }
        let expected: Vec<&str> = found.into_iter().map(|(_, id)| id).collect();
        let total = i64::try_from(expected.len()).unwrap();
        let selection = Selection {
            within: None,
            filter: Some(&filter),
            sort: sort.as_ref(),
            skip: i64::try_from(question.skip).unwrap(),
            after: None,
            count: i64::try_from(question.count).unwrap(),
        };
        let (counted, page, _) = self.search(&selection);
        let wanted: Vec<&str> = expected.iter().copied().skip(question.skip).take(question.count).collect();
        assert_eq!((counted, page), (total, wanted.into_iter().map(str::to_owned).collect()), "{question:?}");
        // A walk from page to page meets every match once, in the order.
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let step = Selection { skip: 0, count: 2, after: after.as_ref(), ..selection };
            let (counted, page, next) = self.search(&step);
            assert_eq!(counted, total, "{question:?}");
            met.extend(page);
            if next.is_none() {
                break;
            }
            after = next;
        }
        assert_eq!(met, expected, "{question:?}");
    }
}

#[test]
fn sql_finds_the_groups_that_memory_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = (proptest::collection::vec(group(), 0..12), proptest::collection::vec(question(), 40));
    runner
        .run(&strategy, |(groups, questions)| {
            let world = runtime.block_on(World::make(groups));
            for question in &questions {
                world.check(question);
            }
            Ok(())
        })
        .unwrap();
}
