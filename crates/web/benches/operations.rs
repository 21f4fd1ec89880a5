//! What the parts of a request cost, and whole requests in process.
//!
//! `cargo bench -p web --bench operations` times them. `cargo xtask instructions` counts what the processor does for
//! each under Callgrind, which says the same on every machine: it runs this program with `--count NAME TIMES`.

use scim::dialect::Mode;
use scim::filter::Filter;
use scim::patch;
use scim::projection::Projection;
use scim::resource::{Shown, present};
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Document, Notes, Provider};
use serde_json::{Value, json};
use std::hint::black_box;
use testkit::{Client, Server};
use tokio::runtime::Runtime;

/// An operation that can be done again and again.
type Operation = Box<dyn FnMut()>;
/// Gets everything ready for an operation.
type Setup = fn() -> Operation;

/// Every operation, by name.
const OPERATIONS: &[(&str, Setup)] = &[
    ("filter-parse", filter_parse),
    ("filter-match", filter_match),
    ("patch-plan", patch_plan),
    ("patch-apply", patch_apply),
    ("projection", projection),
    ("derivation", derivation),
    ("request-get", request_get),
    ("request-filter", request_filter),
    ("request-create", request_create),
    ("request-patch", request_patch),
    ("request-add-member", request_add_member),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--count") {
        Some(place) => count(&arguments[place + 1], arguments[place + 2].parse().expect("a number")),
        None => divan::main(),
    }
}

/// Does one operation so many times, and nothing else.
fn count(name: &str, times: u32) {
    let (_, setup) = OPERATIONS.iter().find(|(known, _)| *known == name).expect("an operation of that name");
    let mut operation = setup();
    for _ in 0..times {
        operation();
    }
}

#[divan::bench(args = OPERATIONS.iter().map(|(name, _)| *name))]
fn operation(bencher: divan::Bencher<'_, '_>, name: &str) {
    let (_, setup) = OPERATIONS.iter().find(|(known, _)| *known == name).expect("an operation of that name");
    let operation = setup();
    bencher.bench_local(operation);
}

fn definitions() -> Definitions {
    Definitions::build(&Synchronised::default())
}

fn person() -> Document {
    let person = json!({
        "userName": "ana.mueller@example.com",
        "externalId": "00u1a2b3c4d5e6f7",
        "name": { "givenName": "Ana", "familyName": "Müller" },
        "displayName": "Ana Müller",
        "emails": [{ "value": "ana.mueller@example.com", "type": "work", "primary": true }],
        "title": "Engineer",
        "active": true,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Engineering" },
    });
    person.as_object().cloned().expect("an object")
}

/// The filter of an application that looks for somebody: long, with values of a list.
const FILTER: &str = r#"userName eq "ana.mueller@example.com" and (emails[type eq "work" and value co "@example.com"] or externalId sw "00u") and active eq true"#;

fn filter_parse() -> Operation {
    let definitions = definitions();
    Box::new(move || {
        let filter = Filter::parse(black_box(FILTER), &definitions.user, Mode::Lenient, &mut Notes::new());
        black_box(filter.expect("a filter"));
    })
}

fn filter_match() -> Operation {
    let definitions = definitions();
    let filter = Filter::parse(FILTER, &definitions.user, Mode::Lenient, &mut Notes::new());
    let (filter, person) = (filter.expect("a filter"), person());
    Box::new(move || assert!(black_box(&filter).matches(black_box(&person))))
}

/// What Entra ID sends when a person moves: names of attributes with URN, a value within a list.
fn changes() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "ana@example.org" },
            { "op": "replace", "path": "name.familyName", "value": "Meyer" },
            {
                "op": "add",
                "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                "value": "Sales",
            },
        ],
    })
}

fn patch_plan() -> Operation {
    let definitions = definitions();
    Box::new(move || {
        let mut notes = Notes::new();
        let operations = patch::parse(&definitions.user, changes(), Mode::Lenient, &mut notes);
        let steps =
            patch::plan(&definitions.user, operations.expect("operations"), Mode::Lenient, &mut notes);
        black_box(steps.expect("steps"));
    })
}

fn patch_apply() -> Operation {
    let definitions = definitions();
    let mut notes = Notes::new();
    let operations = patch::parse(&definitions.user, changes(), Mode::Lenient, &mut notes);
    let (operations, person) = (operations.expect("operations"), person());
    Box::new(move || {
        let (mut document, mut notes) = (person.clone(), Notes::new());
        for operation in &operations {
            let applied =
                patch::apply(&definitions.user, &mut document, operation, Mode::Lenient, &mut notes);
            applied.expect("a change");
        }
        black_box(document);
    })
}

fn projection() -> Operation {
    let definitions = definitions();
    let projection = Projection::parse(&definitions.user, None, None, Mode::Lenient).expect("a projection");
    let person = person();
    let shown = Shown {
        id: "0197a000-0000-7000-8000-000000000000",
        created: testkit::NEW_YEAR,
        last_modified: testkit::NEW_YEAR,
        version: 1,
        location: "https://iam.example.com/scim/v2/c/Users/0197a000-0000-7000-8000-000000000000",
    };
    Box::new(move || {
        let document = present(&definitions.user, black_box(person.clone()), Document::new(), &shown);
        black_box(Value::Object(projection.apply(&definitions.user, document)).to_string());
    })
}

/// What follows for one person who is in twenty groups, one of which is new.
fn derivation() -> Operation {
    use provisioning::policy::derive::{Facts, desired, difference};
    let runtime = runtime();
    let (server, client) = served(&runtime);
    let id = runtime.block_on(async {
        let id = client.create_user("ana@example.com").await;
        for number in 0..20 {
            client.create_group(&format!("Group {number}"), &[&id]).await;
        }
        id
    });
    let scope = client.connection.scope;
    let read = server.store().read(|tx| {
        let resource = store::mirror_users::by_id(tx, scope, &id)?.expect("a resource");
        let user = store::users::by_id(tx, scope.tenant, &resource.user_id)?.expect("a user");
        let mut mappings = Vec::new();
        for member in store::members::of_member(tx, scope, &id)? {
            mappings.extend(store::mappings::of_group(tx, scope, &member.group_id)?);
        }
        let has = store::memberships::of_user(tx, scope.tenant, &user.id)?;
        Ok::<_, store::StoreError>((resource, user, mappings, has))
    });
    let (resource, user, mappings, mut has) = read.expect("a readable database");
    has.pop();
    Box::new(move || {
        let facts = Facts {
            user: &user,
            resource: Some(&resource),
            others: &[],
            mappings: &mappings,
            rules: &[],
            connection: scope.connection,
            default: ("organization", "role"),
        };
        let desired = desired(black_box(&facts));
        black_box(difference(scope.connection, &has, &desired.grants));
    })
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The whole service in process, without a socket, on a database file; a hundred people are there.
fn served(runtime: &Runtime) -> (Server, Client) {
    runtime.block_on(async {
        let server = Server::start_on_sqlite().await;
        let client = server.connect("acme", Provider::Okta).await;
        for number in 0..100 {
            client.create_user(&format!("person{number}@example.com")).await;
        }
        (server, client)
    })
}

fn request_get() -> Operation {
    let runtime = runtime();
    let (server, client) = served(&runtime);
    let id = runtime.block_on(client.create_user("ana@example.com"));
    let path = format!("/Users/{id}");
    Box::new(move || {
        runtime.block_on(client.get(&path)).expect(200);
        black_box(&server);
    })
}

fn request_filter() -> Operation {
    let runtime = runtime();
    let (server, client) = served(&runtime);
    Box::new(move || {
        let path = "/Users?filter=userName%20eq%20%22person42%40example.com%22";
        runtime.block_on(client.get(path)).expect(200);
        black_box(&server);
    })
}

fn request_create() -> Operation {
    let runtime = runtime();
    let (server, client) = served(&runtime);
    let mut number = 0;
    Box::new(move || {
        number += 1;
        runtime.block_on(client.create_user(&format!("new{number}@example.com")));
        black_box(&server);
    })
}

fn request_patch() -> Operation {
    let runtime = runtime();
    let (server, client) = served(&runtime);
    let path = format!("/Users/{}", runtime.block_on(client.create_user("ana@example.com")));
    let mut active = true;
    Box::new(move || {
        active = !active;
        let change = json!([{ "op": "replace", "value": { "active": active } }]);
        runtime.block_on(client.operate(&path, change)).expect(200);
        black_box(&server);
    })
}

/// One member more, and one less: two requests.
fn request_add_member() -> Operation {
    let runtime = runtime();
    let (server, client) = served(&runtime);
    let id = runtime.block_on(client.create_user("ana@example.com"));
    let path = format!("/Groups/{}", runtime.block_on(client.create_group("Staff", &[])));
    Box::new(move || {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
        let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
        runtime.block_on(client.operate(&path, add)).expect(204);
        runtime.block_on(client.operate(&path, remove)).expect(204);
        black_box(&server);
    })
}
