//! Groups themselves: made, found, renamed, deleted.

use serde_json::{Value, json};

use crate::check::answer::has;
use crate::check::catalogue::Provider::{Entra, JumpCloud, Okta};
use crate::check::catalogue::{Check, harm, must, remark, run, should};
use crate::check::scratch::Kind::Group;
use crate::check::server::GROUP;
use crate::check::session::{Session, overlay};
use crate::check::verdict::{Verdict, ensure};

/// What Entra ID puts into `schemas` of a group beside the RFC's.
const DIRECTORY: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

pub(super) const CHECKS: &[Check] = &[
    must(
        "group-create",
        "A group without members is made, with 201 and its id",
        &["R7644-3.3-01", "RIPS-6.2-01"],
        run!(create),
    )
    .harms(&[
        harm(Okta, "O-13", "makes every group empty first"),
        harm(Entra, "E-15", "makes every group without members"),
    ]),
    must("group-without-name", "A group without displayName is 400", &["R7643-4.2-01"], run!(without_name)),
    must("group-find", "A group is found by displayName", &["R7644-3.4.2.2-02"], run!(find)).harms(&[
        harm(Okta, "O-12", "looks every group up before it makes one"),
        harm(Entra, "E-14", "matches groups by name"),
    ]),
    must("group-find-case", "A group is found by displayName in another case", &["Q-15"], run!(find_case))
        .harms(&[harm(Entra, "E-25", "asks for this in its validator")]),
    must(
        "group-find-nothing",
        "A group that is not there is 200 with an empty list",
        &["R7644-3.4.2-03"],
        run!(find_nothing),
    )
    .harms(&[
        harm(Okta, "O-12", "expects an empty list before it makes a group"),
        harm(Entra, "E-1", "probes groups as well as users"),
    ]),
    must(
        "group-find-without-members",
        "`excludedAttributes=members` with a filter leaves members out",
        &["R7644-3.9-03", "Q-14"],
        run!(find_excluded),
    )
    .harms(&[harm(Entra, "E-14", "asks for every group so")]),
    must(
        "group-read-without-members",
        "`excludedAttributes=members` leaves members out of one group",
        &["R7644-3.9-03"],
        run!(read_excluded),
    )
    .harms(&[harm(Entra, "E-14", "asks for every group so")]),
    must("group-rename", "A group is renamed by path", &["R7644-3.5.2.3-02"], run!(rename)).harms(&[harm(
        Entra,
        "E-18",
        "cannot rename a group",
    )]),
    must("group-put", "A PUT renames a group", &["R7644-3.5.1-02"], run!(put)).harms(&[harm(
        Okta,
        "O-15",
        "renames groups so (custom apps)",
    )]),
    must(
        "group-delete",
        "A group that is deleted is 404, and its members stay",
        &["R7644-3.6-01", "R7644-3.6-05"],
        run!(delete),
    )
    .harms(&[
        harm(Okta, "O-15", "deletes groups that are no longer pushed"),
        harm(Entra, "E-20", "deletes groups that left the scope"),
    ]),
    should("group-of-user", "A user shows the groups it is a member of", &["R7643-4.1.2-05"], run!(of_user)),
    remark("group-taken", "A displayName that is taken is 409", &["E-15"], run!(taken)).harms(&[harm(
        Entra,
        "E-25",
        "asks for this in its validator, since it matches groups by name",
    )]),
    must(
        "group-rename-okta",
        "A rename without a path may carry the group's own id",
        &["Q-12"],
        run!(rename_okta),
    )
    .harms(&[harm(Okta, "O-15", "sends this with every change of members (catalog apps)")])
    .habit(),
    must("group-rename-pathless", "A group is renamed without a path", &["E-18"], run!(rename_pathless))
        .harms(&[
            harm(Entra, "E-18", "does so in its validator"),
            harm(JumpCloud, "J-2", "renames groups so"),
        ])
        .habit(),
    must("group-external-id", "externalId of a group is set without a path", &["E-18"], run!(external_id))
        .harms(&[harm(Entra, "E-18", "does so in its validator")])
        .habit(),
    must(
        "group-unknown-schema",
        "A schema of Microsoft's beside that of groups is ignored",
        &["Q-20"],
        run!(unknown_schema),
    )
    .harms(&[harm(Entra, "E-15", "cannot make a group")])
    .habit(),
];

async fn create(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    let mut body = on.group_body(&[]);
    let answer = on.post("/Groups", &body).await?;
    answer.is(&[201])?;
    ensure(answer.body["id"].is_string(), "a body with an id", answer.shown())?;
    has(&answer.body, &[("/displayName", body["displayName"].clone())])?;
    body["displayName"] = on.group_body(&[])["displayName"].clone();
    overlay(&mut body, json!({ "members": null }));
    on.post("/Groups", &body).await?.is(&[201])
}

async fn without_name(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    on.post("/Groups", &json!({ "schemas": [GROUP] })).await?.refuses(&[400], None)
}

async fn find(on: &mut Session) -> Verdict {
    let group = on.group(&[]).await?;
    on.find(Group, &format!("displayName eq \"{}\"", group.name())).await?.lists(&[&group.id])
}

async fn find_case(on: &mut Session) -> Verdict {
    let group = on.group(&[]).await?;
    on.find(Group, &format!("displayName eq \"{}\"", group.name().to_uppercase())).await?.lists(&[&group.id])
}

async fn find_nothing(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    let answer = on.find(Group, "displayName eq \"accessiq-check no group 5e1f\"").await?;
    answer.lists(&[])?;
    ensure(answer.body["Resources"].is_array(), "`Resources` is an empty array", "it is left out")
}

async fn find_excluded(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let group = on.group(&[&user]).await?;
    let filter = crate::check::session::encoded(&format!("displayName eq \"{}\"", group.name()));
    let answer = on.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).await?;
    answer.lists(&[&group.id])?;
    has(&answer.body["Resources"][0], &[("/members", Value::Null)])
}

async fn read_excluded(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let group = on.group(&[&user]).await?;
    let answer = on.get(&format!("{}?excludedAttributes=members", group.path())).await?;
    answer.is(&[200])?;
    has(&answer.body, &[("/id", json!(group.id)), ("/members", Value::Null)])
}

/// Patches a group, and reads it back with the new name it was given.
async fn renamed(on: &mut Session, operation: impl Fn(&str, &Value) -> Value) -> Verdict {
    let group = on.group(&[]).await?;
    let name = on.group_body(&[])["displayName"].clone();
    on.patch(&group, json!([operation(&group.id, &name)])).await?.changed()?;
    on.holds(&group, &[("/displayName", name), ("/id", json!(group.id))]).await
}

async fn rename(on: &mut Session) -> Verdict {
    renamed(on, |_, name| json!({ "op": "replace", "path": "displayName", "value": name })).await
}

async fn rename_okta(on: &mut Session) -> Verdict {
    renamed(on, |id, name| json!({ "op": "replace", "value": { "id": id, "displayName": name } })).await
}

async fn rename_pathless(on: &mut Session) -> Verdict {
    renamed(on, |_, name| json!({ "op": "replace", "value": { "displayName": name } })).await
}

async fn put(on: &mut Session) -> Verdict {
    let group = on.group(&[]).await?;
    let body = on.group_body(&[]);
    on.put(&group.path(), &body).await?.changed()?;
    on.holds(&group, &[("/displayName", body["displayName"].clone()), ("/id", json!(group.id))]).await
}

async fn delete(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let group = on.group(&[&user]).await?;
    on.delete(&group).await?.is(&[204])?;
    on.get(&group.path()).await?.is(&[404])?;
    on.get(&user.path()).await?.is(&[200])
}

async fn of_user(on: &mut Session) -> Verdict {
    on.server.has(&["groups"])?;
    let user = on.user().await?;
    let group = on.group(&[&user]).await?;
    let document = on.now(&user).await?;
    let found = crate::check::answer::elements(&document, "groups", "value", &json!(group.id));
    ensure(found.len() == 1, format!("groups has the group {}", group.id), document["groups"].to_string())
}

async fn taken(on: &mut Session) -> Verdict {
    let group = on.group(&[]).await?;
    on.post("/Groups", &group.body).await?.is(&[409])
}

async fn external_id(on: &mut Session) -> Verdict {
    let group = on.group(&[]).await?;
    let operation = json!({ "op": "replace", "value": { "externalId": "accessiq-check-group" } });
    on.patch(&group, json!([operation])).await?.changed()?;
    on.holds(&group, &[("/externalId", json!("accessiq-check-group"))]).await
}

async fn unknown_schema(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    let mut body = on.group_body(&[]);
    overlay(
        &mut body,
        json!({ "schemas": [GROUP, DIRECTORY], "externalId": "accessiq-check-directory", "members": null }),
    );
    on.post("/Groups", &body).await?.is(&[201])
}
