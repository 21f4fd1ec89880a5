//! `import cognito` over AWS's API: where credentials are found, how a pool is paged through, and what is said when AWS refuses.
//!
//! One server on loopback stands in for Cognito, STS, a container's and a machine's credentials, and an empty SCIM server. It
//! checks no signature (`crates/client/tests/import/signature.rs` does), but notes by which access key each call was signed.

use crate::support::Home;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// How many users the pool has: three pages.
const USERS: usize = 130;

/// What stands in for AWS.
#[derive(Default)]
struct Aws {
    /// Answers before the true one, such as throttling.
    before: Mutex<Vec<(u16, Value)>>,
    /// The access key, session token and operation of each call.
    calls: Mutex<Vec<(String, String, String)>>,
    /// A page that is never followed by another one.
    stuck: bool,
}

type Reply = (StatusCode, [(&'static str, &'static str); 1], String);

/// How long a machine's session lasts, which is read where it matters alone.
const LASTS: [(&str, &str); 1] = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")];

fn text(body: &str) -> Reply {
    (StatusCode::OK, LASTS, body.to_owned())
}

fn reply(status: u16, body: &Value) -> Reply {
    (StatusCode::from_u16(status).expect("a status"), LASTS, body.to_string())
}

/// Answers whatever is asked.
async fn answer(
    State(aws): State<Arc<Aws>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let header = |name: &str| {
        headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    let keys = |id: &str| {
        json!({
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": id, "SecretAccessKey": "hunter2", "Token": "session-hunter2",
            "Expiration": "2099-01-01T00:00:00Z", "LastUpdated": "2024-01-01T00:00:00Z",
        })
    };
    match (method.as_str(), uri.path()) {
        ("GET", "/container") if header("authorization") == "container-token" => {
            reply(200, &keys("AKIACONTAINER"))
        }
        ("PUT", "/latest/api/token") => text("imds-hunter2"),
        ("GET", path) if path.starts_with("/latest/meta-data/iam/security-credentials") => {
            if header("x-aws-ec2-metadata-token") != "imds-hunter2" {
                return reply(401, &json!({}));
            }
            if path.ends_with("/role") { reply(200, &keys("AKIAMACHINE")) } else { text("role") }
        }
        ("POST", "/") if header("x-amz-target").is_empty() => assume_role(&String::from_utf8_lossy(&body)),
        ("POST", "/") => {
            let ask: Value = serde_json::from_slice(&body).expect("JSON");
            let operation = header("x-amz-target").replace("AWSCognitoIdentityProviderService.", "");
            let authorization = header("authorization");
            let key = authorization.split(['=', '/']).nth(1).unwrap_or_default().to_owned();
            let call = (key, header("x-amz-security-token"), operation.clone());
            aws.calls.lock().expect("calls").push(call);
            if let Some((status, body)) = aws.before.lock().expect("answers").pop() {
                return reply(status, &body);
            }
            reply(200, &list(&operation, &ask, aws.stuck))
        }
        ("GET", "/scim/Users" | "/scim/Groups") => {
            reply(200, &json!({ "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [] }))
        }
        _ => reply(404, &json!({ "status": "404" })),
    }
}

fn assume_role(form: &str) -> Reply {
    assert!(
        form.contains("Action=AssumeRoleWithWebIdentity") && form.contains("WebIdentityToken=web-token"),
        "{form}"
    );
    let xml = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
               <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIAWEB</AccessKeyId>\
               <SecretAccessKey>hunter2</SecretAccessKey><SessionToken>session-hunter2</SessionToken>\
               <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
               </AssumeRoleWithWebIdentityResponse>";
    text(xml)
}

/// A page of one of the lists.
fn list(operation: &str, ask: &Value, stuck: bool) -> Value {
    assert_eq!((&ask["UserPoolId"], &ask["Limit"]), (&json!("eu-west-1_Test"), &json!(60)));
    let user = |number: usize| {
        json!({
            "Username": format!("u{number}"), "Enabled": true, "UserCreateDate": 1_714_557_600.5,
            "Attributes": [{ "Name": "sub", "Value": format!("a1b2c3d4-5678-90ab-cdef-{number:012}") }],
        })
    };
    let from: usize = ["PaginationToken", "NextToken"]
        .into_iter()
        .find_map(|name| ask[name].as_str())
        .map_or(0, |token| token.parse().expect("a token that was handed out"));
    let to = USERS.min(from + 60);
    let token = if stuck { Some(0) } else { (to < USERS).then_some(to) }.map(|to| to.to_string());
    let users: Vec<Value> = (from..to).map(user).collect();
    match operation {
        "ListUsers" => json!({ "Users": users, "PaginationToken": token }),
        "ListGroups" => json!({ "Groups": [{ "GroupName": "all" }] }),
        "ListUsersInGroup" => json!({ "Users": users, "NextToken": token }),
        other => panic!("{other}"),
    }
}

impl Aws {
    /// Serves until the test ends; gives the address.
    async fn serve(self) -> (Arc<Self>, String) {
        let aws = Arc::new(self);
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&aws));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (aws, url)
    }

    /// With these answers first, in this order.
    fn saying(answers: &[(u16, Value)]) -> Self {
        Self { before: Mutex::new(answers.iter().rev().cloned().collect()), ..Self::default() }
    }

    fn keys(&self) -> Vec<(String, String)> {
        let calls = self.calls.lock().expect("calls");
        let mut keys: Vec<_> = calls.iter().map(|(key, token, _)| (key.clone(), token.clone())).collect();
        keys.dedup();
        keys
    }
}

/// An import that finds no credentials unless a test puts some in its way.
fn import(home: &Home, url: &str) -> Command {
    let base_url = format!("{url}/scim");
    let arguments = [
        "import",
        "cognito",
        "--user-pool-id",
        "eu-west-1_Test",
        "--endpoint-url",
        url,
        "--base-url",
        &base_url,
        "--token",
        "scim_secret",
        "--json",
    ];
    let mut program = home.program(&arguments);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        program.env_remove(name);
    }
    let nowhere = home.data().join("nothing-here");
    program
        // The crate that finds credentials logs whole answers, some of them secret.
        .env("ACCESSIQ_LOG", "trace")
        .env("AWS_CONFIG_FILE", &nowhere)
        .env("AWS_SHARED_CREDENTIALS_FILE", &nowhere)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_STS", url)
        .env("NO_PROXY", "127.0.0.1");
    program
}

/// Runs it beside the server of the test.
async fn run(mut program: Command) -> Output {
    tokio::task::spawn_blocking(move || program.output().expect("the program")).await.expect("a thread")
}

#[track_caller]
fn no_secret(output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!said.contains("hunter2") && !said.contains("scim_secret"), "{said}");
}

/// Each link of the chain, in a process that has that one alone.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_found_where_aws_tools_find_them() {
    let session = "session-hunter2";
    for (link, key, token) in [
        ("environment", "AKIAENVIRONMENT", session),
        ("profile", "AKIAPROFILE", ""),
        ("process", "AKIAPROCESS", session),
        ("web identity", "AKIAWEB", session),
        ("container", "AKIACONTAINER", session),
        ("machine", "AKIAMACHINE", session),
    ] {
        let home = Home::new();
        std::fs::create_dir(home.data()).expect("a directory");
        let write = |name: &str, text: &str| {
            let file = home.data().join(name);
            std::fs::write(&file, text).expect("a file");
            file
        };
        let (aws, url) = Aws::default().serve().await;
        let mut program = import(&home, &url);
        match link {
            "environment" => program
                .env("AWS_ACCESS_KEY_ID", key)
                .env("AWS_SECRET_ACCESS_KEY", "hunter2")
                .env("AWS_SESSION_TOKEN", token),
            "profile" => {
                let text = "[default]\naws_access_key_id=AKIAOTHER\naws_secret_access_key=hunter2\n\
                            [work]\naws_access_key_id=AKIAPROFILE\naws_secret_access_key=hunter2\n";
                program
                    .env("AWS_SHARED_CREDENTIALS_FILE", write("credentials", text))
                    .env("AWS_PROFILE", "work")
            }
            "process" => {
                let said = json!({
                    "Version": 1, "AccessKeyId": key, "SecretAccessKey": "hunter2", "SessionToken": token,
                });
                let said = write("said.json", &said.to_string());
                let text = format!("[default]\ncredential_process = cat {}\n", said.display());
                program.env("AWS_CONFIG_FILE", write("config", &text))
            }
            "web identity" => program
                .env("AWS_WEB_IDENTITY_TOKEN_FILE", write("token", "web-token"))
                .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader")
                .env("AWS_ROLE_SESSION_NAME", "import"),
            "container" => program
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/container"))
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
            _ => {
                program.env_remove("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
            }
        };
        let output = run(program).await;
        no_secret(&output);
        let plan: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{link}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(aws.keys(), [(key.to_owned(), token.to_owned())], "{link}");
        assert_eq!(
            plan["counts"],
            json!({ "create-user": USERS, "create-group": 1, "add-members": 1 }),
            "{link}"
        );
        let members = plan["changes"].as_array().and_then(|changes| changes.last()).expect("changes");
        assert_eq!(members["detail"].as_array().map(Vec::len), Some(USERS), "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credentials_at_all() {
    let home = Home::new();
    let (aws, url) = Aws::default().serve().await;
    let output = run(import(&home, &url)).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("\nerror: no usable AWS credentials ("), "{said}");
    assert!(aws.calls.lock().expect("calls").is_empty());
}

/// With credentials of the environment.
async fn run_with_key(aws: Aws) -> (Arc<Aws>, Output) {
    let home = Home::new();
    let (aws, url) = aws.serve().await;
    let mut program = import(&home, &url);
    program
        .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2")
        .env("AWS_SESSION_TOKEN", "session-hunter2");
    let output = run(program).await;
    no_secret(&output);
    (aws, output)
}

/// Throttling comes with status 400; the whole pool is read all the same.
#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_waited_out() {
    let throttled = |code: &str| (400, json!({ "__type": code, "message": "Rate exceeded" }));
    let answers = [throttled("TooManyRequestsException"), throttled("ThrottlingException"), (503, json!({}))];
    let (aws, output) = run_with_key(Aws::saying(&answers)).await;
    let plan: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(plan["counts"]["create-user"], USERS);
    let calls = aws.calls.lock().expect("calls");
    let count = |operation: &str| calls.iter().filter(|(_, _, asked)| asked == operation).count();
    assert_eq!((count("ListUsers"), count("ListGroups"), count("ListUsersInGroup")), (3 + 3, 1, 3));
}

/// What cannot be read to its end makes no plan.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_cannot_be_read_whole() {
    let refused = json!({
        "__type": "InvalidSignatureException",
        "message": "The request signature does not match.\n\nThe Canonical String …\nx-amz-security-token:session-hunter2",
    });
    let denied =
        json!({ "__type": "com.amazonaws#NotAuthorizedException", "message": "User is not authorized" });
    let missing = json!({ "__type": "ResourceNotFoundException", "message": "User pool does not exist." });
    let cases = [
        (Aws::saying(&[(400, refused)]), "the machine's clock"),
        (Aws::saying(&[(400, denied)]), "cognito-idp:ListUsersInGroup"),
        (Aws::saying(&[(400, missing)]), "no user pool eu-west-1_Test in eu-west-1"),
        (Aws::saying(&[(200, json!({ "Groups": [] }))]), "the answer has no Users"),
        (Aws { stuck: true, ..Aws::default() }, "does not move on"),
    ];
    for (aws, wanted) in cases {
        let (_, output) = run_with_key(aws).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{wanted}: {output:?}");
        assert!(said.contains("\nerror: AWS, ListUsers: ") && said.contains(wanted), "{wanted}: {said}");
    }
}
