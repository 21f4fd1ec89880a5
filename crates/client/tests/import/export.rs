//! Exported files: every form that is taken, and what is refused.

use std::path::PathBuf;

use client::import::ImportError;
use client::import::export::{Export, read};
use client::import::pool::Pool;
use serde_json::{Value, json};

use crate::{POOL, sub};

/// Files that a test made.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, document: &Value) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, document.to_string()).unwrap();
        file
    }

    /// Reads these documents as `--from` files.
    fn read(&self, documents: &[Value]) -> Result<Pool, ImportError> {
        let write = |(number, document)| self.write(&format!("{number}.json"), document);
        let files = documents.iter().enumerate().map(write).collect();
        read(&Export { files, ..Export::default() })
    }
}

fn record(number: u32) -> Value {
    json!({
        "Username": format!("u{number}"),
        "Attributes": [{ "Name": "sub", "Value": sub(number) }, { "Name": "email", "Value": "a@acme.example" }],
        "UserCreateDate": "2024-05-01T12:00:00.250000+02:00",
        "Enabled": true,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
    })
}

/// C-4, C-5
#[test]
fn what_the_aws_cli_prints() {
    let files = Files::new();
    let users = files.write("users.json", &json!({ "Users": [record(1), record(2)] }));
    let groups = json!({ "Groups": [{ "GroupName": "admins", "UserPoolId": POOL }, { "GroupName": "idle", "UserPoolId": POOL }] });
    let groups = files.write("groups.json", &groups);
    let admins = files.write("admins.json", &json!({ "Users": [record(2)] }));
    let export =
        Export { files: vec![users, groups], members: vec![("admins".into(), admins)], pool_id: None };
    let pool = read(&export).unwrap();
    assert_eq!(pool.id.as_deref(), Some(POOL));
    let names: Vec<_> = pool.users.iter().map(|user| (user.username.as_str(), user.created)).collect();
    let created = Some(1_714_557_600_250_000);
    assert_eq!(names, [("u1", created), ("u2", created)]);
    let groups = pool.groups.unwrap();
    assert_eq!((groups[0].name.as_str(), &groups[0].members), ("admins", &Some(vec!["u2".to_owned()])));
    // Not exported is not empty.
    assert_eq!((groups[1].name.as_str(), &groups[1].members), ("idle", &None));
}

#[test]
fn a_combined_document_with_dates_in_seconds() {
    let mut first = record(1);
    first["UserCreateDate"] = json!(1_714_557_600.25);
    let document = json!({
        "UserPoolId": POOL,
        "Users": [first, record(2)],
        "Groups": [{ "GroupName": "admins", "Users": ["u1", record(2)] }],
    });
    let pool = Files::new().read(&[document]).unwrap();
    assert_eq!(pool.users[0].created, Some(1_714_557_600_250_000));
    assert_eq!(pool.groups.unwrap()[0].members, Some(vec!["u1".to_owned(), "u2".to_owned()]));
}

#[test]
fn files_with_users_alone_say_nothing_of_groups() {
    let files = Files::new();
    // Two files may overlap.
    let pool =
        files.read(&[json!({ "Users": [record(1)] }), json!({ "Users": [record(1), record(2)] })]).unwrap();
    assert_eq!((pool.users.len(), pool.groups, pool.id), (2, None, None));
}

#[test]
fn what_is_refused_is_named() {
    let without = |name: &str| {
        let mut record = record(1);
        record.as_object_mut().unwrap().remove(name);
        json!({ "Users": [record] })
    };
    let mut undated = record(1);
    undated["UserCreateDate"] = "yesterday".into();
    let groups =
        |pool_id: Value| json!({ "Users": [], "Groups": [{ "GroupName": "g", "UserPoolId": pool_id }] });
    let cases: [(&[Value], &str); 9] = [
        (&[json!({ "Users": [record(1)], "PaginationToken": "x" })], "one page of several"),
        (&[json!({ "Users": [record(1)], "NextToken": "x" })], "one page of several"),
        (&[json!({ "UserPools": [] })], "no export of a user pool"),
        (&[without("Enabled")], "\"u1\" has no \"Enabled\""),
        (&[without("Attributes")], "\"u1\" has no attribute \"sub\""),
        (&[without("Username")], "Username"),
        (&[json!({ "Users": [undated] })], "\"UserCreateDate\" of user \"u1\""),
        (&[groups(Value::Null)], "which user pool"),
        (&[groups("eu-west-1_a".into()), groups("eu-west-1_b".into())], "eu-west-1_b"),
    ];
    for (documents, wanted) in cases {
        let said = Files::new().read(documents).unwrap_err().to_string();
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn members_of_a_group_that_no_file_lists() {
    let files = Files::new();
    let users = files.write("users.json", &json!({ "Users": [record(1)] }));
    let export =
        Export { files: vec![users.clone()], members: vec![("admins".into(), users)], pool_id: None };
    let said = read(&export).unwrap_err().to_string();
    assert!(said.contains("no file lists a group \"admins\""), "{said}");
}
