//! Users who leave for a while: deactivated, still there, and back again.

use serde_json::json;

use crate::check::catalogue::Provider::{Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::scratch::{Kind::User, Resource};
use crate::check::session::{Session, encoded};
use crate::check::verdict::{Ended, Verdict};

pub(super) const CHECKS: &[Check] = &[
    must(
        "deactivate",
        "`replace active false` deactivates, and true activates the same user",
        &["R7644-3.5.2.3-13"],
        run!(deactivate),
    )
    .harms(&[
        harm(Entra, "E-11", "cannot take access away (compliant flag)"),
        harm(Okta, "O-10", "reactivates the user it knows"),
    ]),
    must("deactivate-again", "To deactivate who is inactive is no error", &["Q-9"], run!(again))
        .harms(&[harm(Every, "Q-9", "sends it again after a failure")]),
    must("inactive-read", "An inactive user is read by id", &["R7644-3.4.2-01", "M-29", "Q-16"], run!(read))
        .harms(&[
            harm(Entra, "E-12", "takes the user for deleted, and makes another"),
            harm(Okta, "O-17", "counts on deactivated users"),
        ]),
    must(
        "inactive-found",
        "An inactive user is found by userName",
        &["R7644-3.4.2-01", "M-29", "Q-16"],
        run!(found),
    )
    .harms(&[
        harm(Okta, "O-10", "makes a second user when somebody comes back"),
        harm(Entra, "E-12", "makes a second user when somebody comes back"),
    ]),
    must("inactive-listed", "An inactive user is in the list", &["R7644-3.4.2-01", "Q-16"], run!(listed))
        .harms(&[harm(Okta, "O-6", "takes who is not in the list for removed")]),
    must(
        "inactive-keeps-groups",
        "An inactive user stays a member of its groups",
        &["Q-16"],
        run!(memberships),
    )
    .harms(&[harm(Entra, "E-12", "does not send memberships again when somebody comes back")]),
    must(
        "inactive-name-taken",
        "A create with the userName of an inactive user is no second user",
        &["Q-17", "R7644-3.3-03"],
        run!(name_taken),
    )
    .harms(&[harm(Every, "Q-16", "ends up with two users of one name")]),
];

/// A user who was active, and was deactivated.
async fn inactive(on: &mut Session) -> Result<Resource, Ended> {
    let user = on.user().await?;
    on.patch(&user, json!([{ "op": "replace", "path": "active", "value": false }])).await?.changed()?;
    Ok(user)
}

async fn deactivate(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    on.holds(&user, &[("/active", json!(false)), ("/id", json!(user.id))]).await?;
    on.patch(&user, json!([{ "op": "replace", "path": "active", "value": true }])).await?.changed()?;
    on.holds(&user, &[("/active", json!(true)), ("/id", json!(user.id))]).await
}

async fn again(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    on.patch(&user, json!([{ "op": "replace", "path": "active", "value": false }])).await?.changed()?;
    on.holds(&user, &[("/active", json!(false))]).await
}

async fn read(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    on.get(&user.path()).await?.is(&[200])
}

async fn found(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    on.find(User, &format!("userName eq \"{}\"", user.name())).await?.lists(&[&user.id])
}

async fn listed(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    // A list that is narrowed by another attribute: the whole may be long, and is other people's.
    let filter = encoded(&format!("displayName eq {}", user.body["displayName"]));
    on.get(&format!("/Users?startIndex=1&count=100&filter={filter}")).await?.lists(&[&user.id])
}

async fn memberships(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let group = on.group(&[&user]).await?;
    on.patch(&user, json!([{ "op": "replace", "path": "active", "value": false }])).await?.changed()?;
    on.has_members(&group, &[&user]).await
}

async fn name_taken(on: &mut Session) -> Verdict {
    let user = inactive(on).await?;
    // 409, or the same user brought back: both leave one.
    on.post("/Users", &user.body).await?;
    on.find(User, &format!("userName eq \"{}\"", user.name())).await?.lists(&[&user.id])
}
