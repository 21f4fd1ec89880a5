//! `DELETE /Users/{id}`, and what is left afterwards (RFC 7644 §3.6).

use serde_json::json;

use crate::check::catalogue::Provider::{Auth0, Entra, Every, JumpCloud};
use crate::check::catalogue::{Check, harm, must, run, should};
use crate::check::scratch::{Kind::User, Resource};
use crate::check::session::{SCIM_JSON, Session};
use crate::check::verdict::{Ended, Verdict, ensure};
use crate::http::Method;

pub(super) const CHECKS: &[Check] = &[
    must("delete-answers-204", "A DELETE is 204 without a body", &["R7644-3.6-01", "Q-17"], run!(answers))
        .harms(&[
            harm(JumpCloud, "J-1", "leaves a test user behind with every connection test"),
            harm(Entra, "E-13", "deletes users 30 days after they were removed"),
        ]),
    must("delete-then-read", "A deleted user is 404", &["R7644-3.6-02", "M-28", "Q-17"], run!(then_read))
        .harms(&[harm(Entra, "E-25", "asks for this in its validator")]),
    must("delete-then-find", "A deleted user is not found", &["R7644-3.6-02", "Q-17"], run!(then_find))
        .harms(&[harm(Entra, "E-13", "matches a user who is gone")]),
    must("delete-twice", "A second DELETE is 404", &["R7644-3.6-02", "Q-17"], run!(twice)).harms(&[
        harm(Entra, "E-25", "asks for this in its validator"),
        harm(Auth0, "A-10", "takes 404 for done, and nothing else"),
    ]),
    must("delete-then-change", "A deleted user cannot be changed", &["R7644-3.6-02"], run!(then_change)),
    should(
        "delete-leaves-groups",
        "A deleted user is no member any more",
        &["R7644-3.6-04", "Q-17"],
        run!(leaves_groups),
    ),
    should(
        "delete-then-create",
        "The userName of a deleted user is free, and gets another id",
        &["R7644-3.6-03", "R7643-3.1-04", "Q-17"],
        run!(then_create),
    )
    .harms(&[
        harm(JumpCloud, "J-1", "makes and deletes the same test user each time"),
        harm(Every, "Q-17", "cannot hire somebody again"),
    ]),
    must(
        "delete-with-content-type",
        "A DELETE with Content-Type and no body is a DELETE",
        &["Q-13"],
        run!(content_type),
    )
    .harms(&[harm(Auth0, "A-2", "sends Content-Type with every request")]),
];

async fn deleted(on: &mut Session) -> Result<Resource, Ended> {
    let user = on.user().await?;
    on.delete(&user).await?.is(&[200, 204])?;
    Ok(user)
}

async fn answers(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let answer = on.delete(&user).await?;
    answer.is(&[204])?;
    ensure(answer.text.is_empty(), "no body", answer.shown())
}

async fn then_read(on: &mut Session) -> Verdict {
    let user = deleted(on).await?;
    on.get(&user.path()).await?.refuses(&[404], None)
}

async fn then_find(on: &mut Session) -> Verdict {
    let user = deleted(on).await?;
    on.find(User, &format!("userName eq \"{}\"", user.name())).await?.lists(&[])
}

async fn twice(on: &mut Session) -> Verdict {
    let user = deleted(on).await?;
    on.delete(&user).await?.refuses(&[404], None)
}

async fn then_change(on: &mut Session) -> Verdict {
    let user = deleted(on).await?;
    on.put(&user.path(), &user.body).await?.is(&[404])?;
    on.patch(&user, json!([{ "op": "replace", "path": "active", "value": true }])).await?.is(&[404])
}

async fn leaves_groups(on: &mut Session) -> Verdict {
    let (stays, goes) = (on.reader().await?, on.user().await?);
    let group = on.group(&[&stays, &goes]).await?;
    on.delete(&goes).await?.is(&[200, 204])?;
    on.has_members(&group, &[&stays]).await
}

async fn then_create(on: &mut Session) -> Verdict {
    let user = deleted(on).await?;
    let answer = on.post("/Users", &user.body).await?;
    answer.is(&[201])?;
    ensure(
        answer.body["id"] != json!(user.id),
        "an id that nobody had before",
        format!("the id {} again", user.id),
    )
}

async fn content_type(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let mut request = Session::request(Method::DELETE, &user.path(), None);
    request.headers.push(("Content-Type", SCIM_JSON.into()));
    on.send(request).await?.is(&[200, 204])
}
