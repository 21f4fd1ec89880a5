//! `PUT /Users/{id}` (RFC 7644 §3.5.1), as Okta, Auth0 and others send it.

use serde_json::{Value, json};

use crate::check::catalogue::Provider::{Auth0, Okta, OneLogin};
use crate::check::catalogue::{Check, harm, must, remark, run};
use crate::check::scratch::Resource;
use crate::check::session::{Session, overlay};
use crate::check::verdict::{Ended, Verdict, ensure};

pub(super) const CHECKS: &[Check] =
    &[
        must(
            "put-replaces",
            "A PUT replaces the values it has",
            &["R7644-3.5.1-02", "R7644-3.5.1-01"],
            run!(replaces),
        )
        .harms(&[
            harm(Okta, "O-8", "cannot update a profile (custom apps send nothing but PUT)"),
            harm(Auth0, "A-7", "cannot update a user"),
        ]),
        must("put-lists", "A PUT replaces a list whole", &["R7644-3.5.1-02"], run!(lists)),
        must("put-null", "null and [] in a PUT clear an attribute", &["R7644-3.5.1-08"], run!(null)),
        remark("put-omitted", "What a PUT leaves out is cleared", &["R7644-3.5.1-03"], run!(omitted))
            .harms(&[harm(Auth0, "A-7", "leaves out what is gone, and expects it to go")]),
        must(
            "put-deactivates",
            "A PUT with active false deactivates, and with true activates",
            &["R7644-3.5.1-02"],
            run!(deactivates),
        )
        .harms(&[
            harm(Okta, "O-9", "cannot take access away (custom apps)"),
            harm(Auth0, "A-8", "cannot block a user"),
        ]),
        must(
            "put-without-active",
            "A PUT without `active` leaves an inactive user inactive",
            &["M-19", "Q-11"],
            run!(without_active),
        )
        .harms(&[harm(
            OneLogin,
            "L-4",
            "often has no `active` in its template: a suspended user comes back to life",
        )]),
        must(
            "put-echo",
            "`id`, a foreign `meta` and `groups: []` in a PUT are ignored",
            &["R7644-3.5.1-04", "Q-11"],
            run!(echo),
        )
        .harms(&[harm(Okta, "O-8", "sends back everything it has read")]),
        must(
            "put-keeps-memberships",
            "`groups: []` in a PUT takes nobody out of a group",
            &["R7643-4.1.2-05", "Q-11"],
            run!(memberships),
        )
        .harms(&[harm(Okta, "O-8", "sends it with every update")]),
        must("put-rename", "A PUT renames, and the id stays", &["R7643-3.1-04"], run!(rename))
            .harms(&[harm(Okta, "O-23", "keeps the id for life")]),
        must(
            "put-rename-taken",
            "A PUT to a userName that is taken is 409",
            &["R7644-3.12-05"],
            run!(rename_taken),
        ),
        must("put-without-name", "A PUT without userName is 400", &["R7644-3.5.1-07"], run!(without_name)),
        must(
            "put-unknown",
            "A PUT to an id that is not there is 404, and makes nobody",
            &["R7644-3.5.1-01"],
            run!(unknown),
        ),
        remark(
            "put-again",
            "The same PUT again changes nothing, lastModified neither",
            &["R7644-3.5.1-10", "Q-9"],
            run!(again),
        ),
        must(
            "put-unknown-attribute",
            "An attribute that no schema has is ignored in a PUT",
            &["M-33", "Q-11"],
            run!(unknown_attribute),
        )
        .harms(&[harm(Okta, "O-8", "sends back attributes that it does not know itself")])
        .habit(),
    ];

/// Replaces a user by its first body, changed so.
async fn replaced(
    on: &mut Session,
    user: &Resource,
    more: Value,
) -> Result<crate::check::answer::Answer, Ended> {
    let mut body = user.body.clone();
    overlay(&mut body, more);
    on.put(&user.path(), &body).await
}

async fn replaces(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let name = json!({ "givenName": "Checked", "familyName": "Twice" });
    let answer = replaced(on, &user, json!({ "name": name, "displayName": "Checked Twice" })).await?;
    answer.changed()?;
    on.holds(
        &user,
        &[
            ("/name/givenName", json!("Checked")),
            ("/name/familyName", json!("Twice")),
            ("/displayName", json!("Checked Twice")),
        ],
    )
    .await
}

async fn lists(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user_with(json!({ "phoneNumbers": [{ "value": "+1 555 0100", "type": "work" }, { "value": "+1 555 0101", "type": "mobile" }] })).await?;
    replaced(on, &user, json!({ "phoneNumbers": [{ "value": "+1 555 0102", "type": "work" }] }))
        .await?
        .changed()?;
    on.holds(&user, &[("/phoneNumbers/0/value", json!("+1 555 0102")), ("/phoneNumbers/1", Value::Null)])
        .await
}

async fn null(on: &mut Session) -> Verdict {
    on.server.has(&["title", "phoneNumbers"])?;
    let user = on
        .user_with(json!({ "title": "Lead", "phoneNumbers": [{ "value": "+1 555 0100", "type": "work" }] }))
        .await?;
    let mut body = user.body.clone();
    body["title"] = Value::Null;
    body["phoneNumbers"] = json!([]);
    on.put(&user.path(), &body).await?.changed()?;
    on.holds(&user, &[("/title", Value::Null), ("/phoneNumbers", Value::Null)]).await
}

async fn omitted(on: &mut Session) -> Verdict {
    on.server.has(&["title"])?;
    let user = on.user_with(json!({ "title": "Lead" })).await?;
    replaced(on, &user, json!({ "title": null })).await?.changed()?;
    on.holds(&user, &[("/title", Value::Null)]).await
}

async fn deactivates(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    for active in [false, true] {
        replaced(on, &user, json!({ "active": active })).await?.changed()?;
        on.holds(&user, &[("/active", json!(active))]).await?;
    }
    Ok(())
}

async fn without_active(on: &mut Session) -> Verdict {
    let user = on.user_with(json!({ "active": false })).await?;
    replaced(on, &user, json!({ "active": null, "displayName": "Still away" })).await?.changed()?;
    on.holds(&user, &[("/active", json!(false))]).await
}

async fn echo(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let mut document = on.now(&user).await?;
    overlay(
        &mut document,
        json!({ "groups": [], "displayName": "Echoed", "meta": { "resourceType": "User", "location": "https://elsewhere.example/Users/1" } }),
    );
    on.put(&user.path(), &document).await?.changed()?;
    let document = on.now(&user).await?;
    let location = document["meta"]["location"].as_str().unwrap_or_default();
    ensure(!location.contains("elsewhere"), "meta.location of the server's own", location)?;
    crate::check::answer::has(&document, &[("/displayName", json!("Echoed")), ("/id", json!(user.id))])
}

async fn memberships(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let group = on.group(&[&user]).await?;
    replaced(on, &user, json!({ "groups": [] })).await?.changed()?;
    on.has_members(&group, &[&user]).await
}

async fn rename(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let name = on.user_body()["userName"].clone();
    replaced(on, &user, json!({ "userName": name })).await?.changed()?;
    on.holds(&user, &[("/userName", name), ("/id", json!(user.id))]).await
}

async fn rename_taken(on: &mut Session) -> Verdict {
    let (user, other) = (on.user().await?, on.reader().await?);
    replaced(on, &user, json!({ "userName": other.name() })).await?.refuses(&[409], Some("uniqueness"))
}

async fn without_name(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    replaced(on, &user, json!({ "userName": null })).await?.refuses(&[400], Some("invalidValue"))
}

async fn unknown(on: &mut Session) -> Verdict {
    let body = on.user_body();
    on.put("/Users/accessiq-check-no-user", &body).await?.refuses(&[404], None)
}

async fn again(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    replaced(on, &user, json!({})).await?.changed()?;
    let before = on.now(&user).await?["meta"].clone();
    replaced(on, &user, json!({})).await?.changed()?;
    let after = on.now(&user).await?["meta"].clone();
    ensure(before == after, format!("meta stays {before}"), after.to_string())
}

async fn unknown_attribute(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    replaced(on, &user, json!({ "accessiqCheckUnknown": "x", "displayName": "Known" })).await?.changed()?;
    on.holds(&user, &[("/displayName", json!("Known"))]).await
}
