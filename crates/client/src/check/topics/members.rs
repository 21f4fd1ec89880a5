//! Who is in a group: added and taken out, as the RFC and the providers write it.

use serde_json::{Value, json};

use crate::check::catalogue::Provider::{Entra, Every, JumpCloud, Okta};
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::scratch::{Kind::Group, Resource};
use crate::check::session::{Session, encoded};
use crate::check::verdict::{Ended, Verdict, ensure};

pub(super) const CHECKS: &[Check] = &[
    must("members-shown", "A group shows the members it was made with", &["R7643-4.2-02"], run!(shown))
        .harms(&[harm(Okta, "O-14", "reads members back after a push")]),
    must(
        "members-add",
        "`add` to members adds, also several, with `$ref: null`",
        &["R7644-3.5.2.1-07"],
        run!(add),
    )
    .harms(&[
        harm(Entra, "E-16", "cannot add a member"),
        harm(Okta, "O-14", "cannot add a member (catalog apps)"),
    ]),
    must(
        "members-add-again",
        "Who is a member already is not added twice",
        &["R7644-3.5.2.1-08", "Q-9"],
        run!(add_again),
    )
    .harms(&[harm(Every, "Q-9", "sends members again after a failure")]),
    must("members-remove", "`members[value eq \"id\"]` takes out one", &["R7644-3.5.2.2-04"], run!(remove))
        .harms(&[
            harm(Okta, "O-14", "cannot remove a member (catalog apps)"),
            harm(Entra, "E-17", "cannot remove a member (compliant flag)"),
        ]),
    must(
        "members-remove-absent",
        "To take out who is no member is no error",
        &["R7644-3.5.2.2-08", "M-14", "Q-9"],
        run!(remove_absent),
    )
    .harms(&[harm(Every, "Q-9", "sends removals again after a failure")]),
    must(
        "members-remove-all",
        "`remove` of `members` without a value takes out all",
        &["R7644-3.5.2.2-03", "Q-2"],
        run!(remove_all),
    ),
    must("members-both", "One PATCH removes one member and adds another", &["R7644-3.5.2-07"], run!(both))
        .harms(&[harm(Okta, "O-14", "does both in one request (catalog apps)")]),
    must(
        "members-replace",
        "`replace` of `members` leaves exactly these",
        &["R7644-3.5.2.3-03"],
        run!(replace),
    )
    .harms(&[
        harm(Okta, "O-14", "pushes a whole group so (catalog apps)"),
        harm(Entra, "E-25", "adds a member so in its validator"),
    ]),
    must("members-put", "A PUT leaves exactly the members it has, also none", &["R7644-3.5.1-02"], run!(put))
        .harms(&[harm(Okta, "O-13", "pushes every change of members so (custom apps)")]),
    must(
        "members-unknown",
        "An id that is nobody's is refused whole, or left out whole",
        &["R7644-3.5.2-08", "Q-10"],
        run!(unknown),
    )
    .harms(&[harm(Every, "Q-10", "cannot tell who was added of a request that half failed")]),
    must("members-filter", "Groups are found by a member", &["RIPS-6.2-02"], run!(filter))
        .harms(&[harm(Entra, "E-14", "has asked `id eq \"g\" and members eq \"u\"`")])
        .habit(),
    must(
        "members-remove-by-value",
        "`Remove members` with a value takes out those it names, not everybody",
        &["Q-2", "M-15"],
        run!(remove_by_value),
    )
    .harms(&[
        harm(Entra, "E-17", "cannot remove a member, or empties the group"),
        harm(JumpCloud, "J-2", "removes members so"),
    ])
    .habit(),
    must("members-bare-text", "A member may be an id as text", &["E-26"], run!(bare_text))
        .harms(&[harm(Entra, "E-26", "has it in its collection")])
        .habit(),
];

/// A group of two, and a third user.
async fn two_and_one(on: &mut Session) -> Result<(Resource, [Resource; 3]), Ended> {
    on.server.groups_have("members")?;
    let users = [on.reader().await?, on.user().await?, on.user().await?];
    let group = on.group(&[&users[0], &users[1]]).await?;
    Ok((group, users))
}

async fn shown(on: &mut Session) -> Verdict {
    let (group, [first, second, _]) = two_and_one(on).await?;
    on.has_members(&group, &[&first, &second]).await
}

async fn add(on: &mut Session) -> Verdict {
    let (_, [first, second, third]) = two_and_one(on).await?;
    let group = on.group(&[]).await?;
    let one = |user: &Resource| json!({ "$ref": null, "value": user.id });
    for value in [json!([one(&first)]), json!([one(&second), one(&third)])] {
        on.patch(&group, json!([{ "op": "add", "path": "members", "value": value }])).await?.changed()?;
    }
    on.has_members(&group, &[&first, &second, &third]).await
}

async fn add_again(on: &mut Session) -> Verdict {
    let (group, [first, second, _]) = two_and_one(on).await?;
    let operation = json!({ "op": "add", "path": "members", "value": [{ "value": first.id }] });
    on.patch(&group, json!([operation])).await?.changed()?;
    on.has_members(&group, &[&first, &second]).await
}

async fn remove(on: &mut Session) -> Verdict {
    let (group, [first, second, _]) = two_and_one(on).await?;
    let path = format!("members[value eq \"{}\"]", second.id);
    on.patch(&group, json!([{ "op": "remove", "path": path }])).await?.changed()?;
    on.has_members(&group, &[&first]).await
}

async fn remove_absent(on: &mut Session) -> Verdict {
    let (group, [first, second, third]) = two_and_one(on).await?;
    let path = format!("members[value eq \"{}\"]", third.id);
    on.patch(&group, json!([{ "op": "remove", "path": path }])).await?.changed()?;
    on.has_members(&group, &[&first, &second]).await
}

async fn remove_all(on: &mut Session) -> Verdict {
    let (group, _) = two_and_one(on).await?;
    on.patch(&group, json!([{ "op": "remove", "path": "members" }])).await?.changed()?;
    on.has_members(&group, &[]).await
}

async fn both(on: &mut Session) -> Verdict {
    let (group, [first, second, third]) = two_and_one(on).await?;
    let operations = json!([
        { "op": "remove", "path": format!("members[value eq \"{}\"]", second.id) },
        { "op": "add", "path": "members", "value": [{ "value": third.id, "display": third.name() }] },
    ]);
    on.patch(&group, operations).await?.changed()?;
    on.has_members(&group, &[&first, &third]).await
}

async fn replace(on: &mut Session) -> Verdict {
    let (group, [_, _, third]) = two_and_one(on).await?;
    let operation = json!({ "op": "replace", "path": "members", "value": [{ "value": third.id }] });
    on.patch(&group, json!([operation])).await?.changed()?;
    on.has_members(&group, &[&third]).await
}

async fn put(on: &mut Session) -> Verdict {
    let (group, [_, second, third]) = two_and_one(on).await?;
    for members in [vec![&second, &third], vec![]] {
        let mut body = on.group_body(&members);
        body["displayName"] = json!(group.name());
        on.put(&group.path(), &body).await?.changed()?;
        on.has_members(&group, &members).await?;
    }
    Ok(())
}

async fn unknown(on: &mut Session) -> Verdict {
    let (group, [first, second, third]) = two_and_one(on).await?;
    let value = json!([{ "value": third.id }, { "value": "accessiq-check-no-user" }]);
    let answer = on.patch(&group, json!([{ "op": "add", "path": "members", "value": value }])).await?;
    let members = on.members(&group).await?;
    let added = members.contains(&third.id);
    if answer.status >= 400 {
        return on.has_members(&group, &[&first, &second]).await;
    }
    ensure(
        added,
        "the member that is known is added, since the request succeeded",
        format!("members: {}", members.join(", ")),
    )
}

async fn filter(on: &mut Session) -> Verdict {
    let (group, [first, _, third]) = two_and_one(on).await?;
    let filter = |user: &Resource| format!("id eq \"{}\" and members eq \"{}\"", group.id, user.id);
    on.find(Group, &filter(&first)).await?.lists(&[&group.id])?;
    on.get(&format!("/Groups?excludedAttributes=members&filter={}", encoded(&filter(&third))))
        .await?
        .lists(&[])
}

async fn remove_by_value(on: &mut Session) -> Verdict {
    let (group, [first, second, _]) = two_and_one(on).await?;
    let operation =
        json!({ "op": "Remove", "path": "members", "value": [{ "$ref": Value::Null, "value": second.id }] });
    on.patch(&group, json!([operation])).await?.changed()?;
    on.has_members(&group, &[&first]).await
}

async fn bare_text(on: &mut Session) -> Verdict {
    let (group, [first, second, third]) = two_and_one(on).await?;
    on.patch(&group, json!([{ "op": "add", "path": "members", "value": [third.id] }])).await?.changed()?;
    on.has_members(&group, &[&first, &second, &third]).await
}
