//! `import cognito --from`: exported files against a server that runs.

use crate::support::{Connection, Home, Serving, text};
use serde_json::{Value, json};
use std::process::Output;

/// The pool of these tests.
const POOL: &str = "eu-west-1_aBcDeFgHi";

fn sub(number: usize) -> String {
    format!("a1b2c3d4-5678-90ab-cdef-{number:012}")
}

fn email(number: usize) -> String {
    format!("user{number}@acme.example")
}

/// A user as `list-users` prints them.
fn record(number: usize) -> Value {
    let attributes = [
        ("sub", sub(number)),
        ("email", email(number)),
        ("given_name", "Zoë".into()),
        ("family_name", format!("Müller {number}")),
        ("phone_number", "+4915112345678".into()),
    ];
    let attributes = attributes.map(|(name, value)| json!({ "Name": name, "Value": value }));
    json!({
        "Username": format!("u{number}"),
        "Attributes": attributes,
        "UserCreateDate": "2024-05-01T12:00:00+00:00",
        "Enabled": true,
        "UserStatus": "CONFIRMED",
    })
}

/// A pool as one document.
fn export(users: &[Value], groups: &[(&str, &[usize])]) -> Value {
    let groups = groups.iter().map(|(name, members)| {
        let members: Vec<String> = members.iter().map(|number| format!("u{number}")).collect();
        json!({ "GroupName": name, "UserPoolId": POOL, "Users": members })
    });
    json!({ "UserPoolId": POOL, "Users": users, "Groups": groups.collect::<Vec<_>>() })
}

/// A connection, and a pool to import into it.
struct Import {
    home: Home,
    connection: Connection,
    serving: Serving,
}

impl Import {
    async fn start() -> Self {
        let home = Home::new();
        let connection = home.connection("cognito");
        let serving = Serving::start(&home).await;
        Self { home, connection, serving }
    }

    /// Imports a document.
    fn run(&self, pool: &Value, options: &[&str]) -> Output {
        let file = self.home.data().join("pool.json");
        std::fs::write(&file, pool.to_string()).expect("a file");
        let (file, base_url) = (file.to_string_lossy(), self.serving.base_url(&self.connection));
        let arguments = ["import", "cognito", "--from", &file, "--base-url", &base_url];
        let mut program = self.home.program(&[&arguments[..], options].concat());
        program.env("ACCESSIQ_TOKEN", &self.connection.token).output().expect("the program")
    }

    /// Imports a document with `--json`; the plan, and whether the exit code says that all is well.
    fn plan(&self, pool: &Value, options: &[&str]) -> (Value, bool) {
        let output = self.run(pool, &[options, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "");
        (serde_json::from_slice(&output.stdout).expect("one document"), output.status.success())
    }

    /// Who is in the directory with this status.
    fn users(&self, status: &str) -> Vec<String> {
        let users = self.home.json(&["user", "list", "--tenant", "acme", "--status", status]);
        let mut names: Vec<String> =
            users.as_array().expect("users").iter().map(|user| text(&user["userName"])).collect();
        names.sort();
        names
    }

    async fn get(&self, path: &str) -> Value {
        self.serving.client(&self.connection).get(path).await.expect("an answer")
    }

    /// The user names of a group's members.
    async fn members(&self, group: &str) -> Vec<String> {
        let list = self.get(&format!("/Groups?filter=displayName%20eq%20%22{group}%22")).await;
        let mut names = Vec::new();
        for member in list["Resources"][0]["members"].as_array().into_iter().flatten() {
            let user = self.get(&format!("/Users/{}", text(&member["value"]))).await;
            names.push(text(&user["userName"]));
        }
        names.sort();
        names
    }
}

/// C-8: the whole life of a pool, each run shown first and carried out then.
#[tokio::test]
async fn a_pool_lives() {
    let import = Import::start().await;
    let mut users: Vec<Value> = (1..=12).map(record).collect();
    let pool = export(&users, &[("admins", &[1, 2]), ("staff", &[1, 2, 3])]);
    let (plan, fine) = import.plan(&pool, &[]);
    assert!(fine && plan["applied"] == false, "{plan:#}");
    assert_eq!(plan["counts"], json!({ "create-user": 12, "create-group": 2, "add-members": 2 }));
    assert_eq!(import.get("/Users").await["totalResults"], 0, "a dry run changes nothing");

    let (done, fine) = import.plan(&pool, &["--apply"]);
    assert!(fine && done["done"] == 16 && done["failures"] == json!([]), "{done:#}");
    assert_eq!(import.users("active").len(), 12);
    assert_eq!(import.members("staff").await, [email(1), email(2), email(3)]);
    let user = import.get(&format!("/Users?filter=externalId%20eq%20%22{}%22", sub(1))).await;
    let user = &user["Resources"][0];
    assert_eq!(user["phoneNumbers"][0]["type"], "mobile");
    assert_eq!(user["name"]["formatted"], "Zoë Müller 1");

    let (plan, fine) = import.plan(&pool, &["--apply"]);
    assert!(fine && plan["changes"] == json!([]) && plan["unchanged_users"] == 12, "{plan:#}");
    let records = import.home.json(&["requests", "--connection", &import.connection.id]);
    let is_create = |record: &&Value| record["method"] == "POST" && record["status"] == 201;
    let created = records.as_array().expect("records").iter().filter(is_create).count();
    assert_eq!(created, 14, "imports are on record as any client's requests are");

    users[0]["Enabled"] = false.into();
    users[1]["Attributes"][3]["Value"] = "Schmidt".into();
    users[1]["Attributes"][4]["Value"] = "".into();
    users.truncate(11);
    users.push(record(20));
    let pool = export(&users, &[("admins", &[2, 20])]);
    let (plan, fine) = import.plan(&pool, &["--apply"]);
    assert!(fine, "{plan:#}");
    assert_eq!((&plan["missing_users"], &plan["missing_groups"]), (&json!([email(12)]), &json!(["staff"])));
    assert_eq!(import.users("deactivated"), [email(1)]);
    assert_eq!(import.members("admins").await, [email(20), email(2)]);
    assert_eq!(import.get("/Groups").await["totalResults"], 2, "without --delete nothing is deleted");

    let (plan, fine) = import.plan(&pool, &["--apply", "--delete"]);
    assert!(fine, "{plan:#}");
    assert_eq!(plan["counts"], json!({ "delete-user": 1, "delete-group": 1 }));
    assert_eq!((import.users("deactivated"), import.users("active").len()), (vec![email(12), email(1)], 11));
    assert_eq!(import.get("/Groups").await["totalResults"], 1);
    let user = import.get(&format!("/Users?filter=externalId%20eq%20%22{}%22", sub(2))).await;
    let user = &user["Resources"][0];
    assert!(user["name"]["familyName"] == "Schmidt" && user.get("phoneNumbers").is_none(), "{user:#}");

    let (plan, _) = import.plan(&pool, &["--delete"]);
    assert_eq!(plan["changes"], json!([]));
    assert_eq!(import.home.json(&["doctor"])["findings"], json!([]));
}

/// More than the limit: nothing is deleted, the rest is done, and a script notices.
#[tokio::test]
async fn too_many_are_missing() {
    let import = Import::start().await;
    let users: Vec<Value> = (1..=30).map(record).collect();
    assert!(import.plan(&export(&users, &[]), &["--apply"]).1);
    let mut fewer = users[..15].to_vec();
    fewer.push(record(31));
    let output = import.run(&export(&fewer, &[]), &["--apply", "--delete"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("Nothing is deleted: 15 of 30 users"), "{said}");
    assert_eq!((import.users("active").len(), import.users("deactivated").len()), (31, 0));
    assert!(import.plan(&export(&fewer, &[]), &["--apply", "--delete", "--delete-limit", "15"]).1);
    assert_eq!((import.users("active").len(), import.users("deactivated").len()), (16, 15));
}

/// What came into the connection by other ways stays.
#[tokio::test]
async fn others_are_left_alone() {
    let import = Import::start().await;
    let client = import.serving.client(&import.connection);
    let mut other = crate::user("other@acme.example");
    for external_id in [Value::Null, "00u-okta".into()] {
        other["externalId"] = external_id.clone();
        other["userName"] = format!("other{}@acme.example", external_id.is_null()).into();
        client.send(client::http::Method::POST, "/Users", Some(&other)).await.expect("a user");
    }
    assert!(import.plan(&export(&[record(1)], &[]), &["--apply"]).1);
    let (plan, fine) =
        import.plan(&export(&[record(1)], &[]), &["--apply", "--delete", "--delete-limit", "99"]);
    assert!(fine && plan["changes"] == json!([]), "{plan:#}");
    assert_eq!(plan["left_alone"].as_array().map(Vec::len), Some(2));
    assert_eq!(import.users("active").len(), 3);
}

/// The connection's own requirements are known before anything is sent.
#[tokio::test]
async fn people_without_a_name() {
    let import = Import::start().await;
    let mut nameless = record(2);
    nameless["Attributes"].as_array_mut().expect("attributes").retain(|one| one["Name"] != "family_name");
    let pool = export(&[record(1), nameless], &[("admins", &[1, 2])]);
    let (done, fine) = import.plan(&pool, &["--apply"]);
    assert!(!fine && done["failures"] == json!([]), "{done:#}");
    let problem = text(&done["problems"][0]);
    assert!(problem.contains(&email(2)) && problem.contains("name.familyName (family_name)"), "{problem}");
    assert_eq!((import.users("active"), import.members("admins").await), (vec![email(1)], vec![email(1)]));
    import.home.json(&["connection", "set", &import.connection.id, "required=userName"]);
    assert!(import.plan(&pool, &["--apply"]).1);
    assert_eq!(import.members("admins").await, [email(1), email(2)]);
}

/// A connection that synchronises less is brought to an end as well: what it does not keep is not sent.
#[tokio::test]
async fn a_connection_that_keeps_less() {
    let import = Import::start().await;
    import.home.json(&[
        "connection",
        "set",
        &import.connection.id,
        "off=phoneNumbers,displayName",
        "groups=false",
    ]);
    let pool = export(&[record(1)], &[("admins", &[1])]);
    assert!(import.plan(&pool, &["--apply"]).1);
    let (plan, fine) = import.plan(&pool, &["--apply", "--delete"]);
    assert!(fine && plan["changes"] == json!([]), "{plan:#}");
    assert_eq!(plan["left_alone"], json!(["groups: the connection does not synchronise them"]));
}

/// For people: counts, lines, and what to do next; the token is nowhere.
#[tokio::test]
async fn what_people_read() {
    let import = Import::start().await;
    let output = import.run(&export(&[record(1)], &[("admins", &[1])]), &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    let wanted = "       1  create user
       1  create group
       1  add members
       0  as they should be (0 users, 0 groups)

  create user user1@acme.example
  create group admins
  add members admins: user1@acme.example

Nothing was changed. Run it again with --apply to carry this out.
";
    assert_eq!(said, wanted);
    let mut wrong = import.home.program(&[
        "import",
        "cognito",
        "--from",
        "/nowhere.json",
        "--base-url",
        "http://127.0.0.1:1",
    ]);
    let output = wrong.env("ACCESSIQ_TOKEN", "scim_secret").output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.starts_with("error: /nowhere.json: "), "{said}");
    assert!(!said.contains("scim_secret"), "{said}");
}

/// What cannot be meant is refused before anything is read or sent.
#[test]
fn what_cannot_be_meant() {
    let home = Home::new();
    let base = ["import", "cognito", "--token", "t", "--base-url"];
    let cases: [(&[&str], i32, &str); 6] = [
        (&["http://127.0.0.1:1"], 2, "--user-pool-id"),
        (&["http://127.0.0.1:1", "--from", "x.json", "--region", "eu-west-1"], 2, "--region"),
        (&["http://127.0.0.1:1", "--from", "x.json", "--members", "admins"], 2, "GROUP=FILE"),
        (&["http://127.0.0.1:1", "--from", "x.json", "--delete-limit", "5"], 2, "--delete"),
        (&["127.0.0.1", "--user-pool-id", "eu-west-1_a"], 1, "base URL `127.0.0.1` is no URL"),
        (&["http://127.0.0.1:1", "--user-pool-id", "mine"], 1, "\"mine\" is no id of a user pool"),
    ];
    for (arguments, code, wanted) in cases {
        let mut program = home.program(&[&base[..], arguments].concat());
        let output = program.env_remove("AWS_REGION").output().expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(wanted), "{arguments:?}: {said}");
        assert_eq!(output.stdout, b"");
    }
}
