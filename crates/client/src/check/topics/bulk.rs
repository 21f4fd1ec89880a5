//! `POST /Bulk` (RFC 7644 §3.7), where the server announces it.

use serde_json::{Value, json};

use crate::check::answer::Answer;
use crate::check::catalogue::{Check, must, remark, run};
use crate::check::scratch::Kind::{Group, User};
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, ensure, skipped};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

pub(super) const CHECKS: &[Check] = &[
    must(
        "bulk-create",
        "A user is made in bulk, with bulkId, location and status",
        &["R7644-3.7-08", "R7644-3.7.3-01"],
        run!(create),
    ),
    must("bulk-status", "`status` in bulk is text", &["R7644-3.7.3-01", "M-23"], run!(status)),
    must(
        "bulk-reference",
        "`bulkId:` stands for the id of a user made in the same request",
        &["R7644-3.7.2-01"],
        run!(reference),
    ),
    must(
        "bulk-continues",
        "A failure does not stop what follows",
        &["R7644-3.7-05", "R7644-3.7-06"],
        run!(continues),
    ),
    must(
        "bulk-fail-on-errors",
        "failOnErrors 1 stops at the first failure",
        &["R7644-3.7-07"],
        run!(fail_on_errors),
    ),
    must("bulk-error", "A failed operation carries a SCIM error", &["R7644-3.7-09"], run!(error)),
    must("bulk-limit", "More operations than maxOperations are 413", &["R7644-3.7.4-01"], run!(limit)),
    remark("bulk-off", "Bulk that is not supported is 501", &["R7644-3.7-01"], run!(off)),
];

async fn sent(on: &mut Session, fail_on_errors: Option<u32>, operations: Value) -> Result<Answer, Ended> {
    on.server.announces("bulk")?;
    let mut body = json!({ "schemas": [REQUEST], "Operations": operations });
    if let Some(number) = fail_on_errors {
        body["failOnErrors"] = json!(number);
    }
    on.post("/Bulk", &body).await
}

/// An operation that makes a user, and one that cannot succeed.
fn good_and_bad(on: &mut Session) -> (Value, Value) {
    let good = json!({ "method": "POST", "path": "/Users", "bulkId": "good", "data": on.user_body() });
    (good, json!({ "method": "DELETE", "path": "/Users/accessiq-check-no-user" }))
}

async fn results(
    on: &mut Session,
    fail_on_errors: Option<u32>,
    operations: Value,
) -> Result<Vec<Value>, Ended> {
    let answer = sent(on, fail_on_errors, operations).await?;
    answer.is(&[200])?;
    Ok(answer.body["Operations"].as_array().cloned().unwrap_or_default())
}

async fn create(on: &mut Session) -> Verdict {
    let (good, _) = good_and_bad(on);
    let results = results(on, None, json!([good])).await?;
    let result = results.first().cloned().unwrap_or_default();
    let whole = result["bulkId"] == "good" && result["location"].is_string() && result["method"] == "POST";
    ensure(whole, "one result with method, bulkId and location", result.to_string())?;
    let name = good["data"]["userName"].as_str().unwrap_or_default();
    let found = on.find(User, &format!("userName eq \"{name}\"")).await?;
    ensure(found.list()?.len() == 1, "the user is there", "it is not")
}

async fn status(on: &mut Session) -> Verdict {
    let (_, bad) = good_and_bad(on);
    let results = results(on, None, json!([bad])).await?;
    let status = results.first().map_or(&Value::Null, |result| &result["status"]);
    ensure(status == "404", "status is \"404\"", status.to_string())
}

async fn reference(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    let (user, mut group) = (on.user_body(), on.group_body(&[]));
    group["members"] = json!([{ "value": "bulkId:u" }]);
    let operations = json!([
        { "method": "POST", "path": "/Users", "bulkId": "u", "data": user },
        { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group },
    ]);
    results(on, None, operations).await?;
    let user = on.find(User, &format!("userName eq {}", user["userName"])).await?;
    let group = on.find(Group, &format!("displayName eq {}", group["displayName"])).await?;
    let id = group.list()?.first().and_then(|group| group["id"].as_str()).unwrap_or_default().to_owned();
    let member = user.list()?.first().map_or(Value::Null, |user| user["id"].clone());
    let read = on.get(&format!("/Groups/{}", crate::check::session::encoded(&id))).await?;
    read.is(&[200])?;
    ensure(
        read.body["members"][0]["value"] == member,
        format!("the group has the member {member}"),
        read.body["members"].to_string(),
    )
}

async fn continues(on: &mut Session) -> Verdict {
    let (good, bad) = good_and_bad(on);
    let results = results(on, None, json!([bad, good])).await?;
    let made = results.get(1).is_some_and(|result| result["status"] == "201");
    ensure(results.len() == 2 && made, "two results, the second \"201\"", json!(results).to_string())
}

async fn fail_on_errors(on: &mut Session) -> Verdict {
    let (good, bad) = good_and_bad(on);
    results(on, Some(1), json!([bad, good])).await?;
    let name = &good["data"]["userName"];
    on.find(User, &format!("userName eq {name}")).await?.lists(&[])
}

async fn error(on: &mut Session) -> Verdict {
    let (_, bad) = good_and_bad(on);
    let results = results(on, None, json!([bad])).await?;
    let response = results.first().map_or(&Value::Null, |result| &result["response"]);
    ensure(response["detail"].is_string(), "a response with a detail", response.to_string())
}

async fn limit(on: &mut Session) -> Verdict {
    on.server.announces("bulk")?;
    let most = on.server.config["bulk"]["maxOperations"].as_u64().unwrap_or_default();
    let Some(count) = usize::try_from(most).ok().filter(|most| (1..=10_000).contains(most)) else {
        return Err(skipped(format!("maxOperations is {most}")));
    };
    let (_, bad) = good_and_bad(on);
    sent(on, None, json!(vec![bad; count + 1])).await?.is(&[413])
}

async fn off(on: &mut Session) -> Verdict {
    if on.server.config["bulk"]["supported"] != false {
        return Err(skipped("ServiceProviderConfig does not say that bulk is not supported"));
    }
    on.post("/Bulk", &json!({ "schemas": [REQUEST], "Operations": [] })).await?.is(&[501])
}
