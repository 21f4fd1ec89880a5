//! What a connection holds, read over SCIM: everybody, every group, and the members of the groups that matter.
//!
//! Lists are read to their end, by cursor where the server offers it (RFC 9865), else by index. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::ImportError;
use super::desired::Desired;
use super::shape::Shape;
use crate::http::ScimClient;
use crate::parallel::in_parallel;
use crate::players::{Progress, Report};

/// How many resources are asked for at a time.
const PAGE: usize = 100;

/// All that matters of a connection.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Everybody.
    pub users: Vec<HeldUser>,
    /// Every group; nothing if the connection takes none.
    pub groups: Option<Vec<HeldGroup>>,
    /// What it takes of a user.
    pub shape: Shape,
}

/// A user that is there.
#[derive(Clone, Debug)]
pub struct HeldUser {
    /// The SCIM id.
    pub id: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// `userName`.
    pub user_name: String,
    /// `active`.
    pub active: bool,
    /// The resource.
    pub document: Value,
}

/// A group that is there.
#[derive(Clone, Debug)]
pub struct HeldGroup {
    /// The SCIM id.
    pub id: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// `displayName`.
    pub display_name: String,
    /// SCIM ids of the members, if they were asked for.
    pub members: BTreeSet<String>,
}

/// Reads what the connection of `client` holds, as far as it matters to `desired`.
pub async fn read(
    client: &Arc<ScimClient>,
    desired: &Desired,
    concurrency: usize,
    report: &Report,
) -> Result<Held, ImportError> {
    report(Progress::Phase { name: "Reading the connection: users".into(), total: 0 });
    let by_cursor = check_service(client).await?;
    let shape = match client.get("/Schemas").await {
        Ok(list) => Shape::of_schemas(&list),
        Err(error) if error.ends_the_play() => return Err(error.into()),
        // A server without this endpoint does not say what it takes.
        Err(_) => Shape::default(),
    };
    let read_users = |listed: usize| report(Progress::Step { done: listed });
    let listed = pages(client, "/Users?", by_cursor, read_users).await?;
    let users = listed.into_iter().map(user).collect::<Result<_, _>>()?;
    let groups = match &desired.groups {
        Some(_) if takes_groups(client).await? => {
            Some(read_groups(client, desired, by_cursor, concurrency, report).await?)
        }
        _ => None,
    };
    Ok(Held { users, groups, shape })
}

/// Whether lists can be read by cursor. A server that cannot PATCH is of no use here.
async fn check_service(client: &ScimClient) -> Result<bool, ImportError> {
    let service = match client.get("/ServiceProviderConfig").await {
        Ok(service) => service,
        Err(error) if error.ends_the_play() => return Err(error.into()),
        Err(_) => return Ok(false),
    };
    if service.pointer("/patch/supported") == Some(&Value::Bool(false)) {
        return Err(ImportError::Server(
            "it does not support PATCH, by which an import changes resources".into(),
        ));
    }
    Ok(service.pointer("/pagination/cursor") == Some(&Value::Bool(true)))
}

/// A connection that synchronises no groups has no such resource type.
async fn takes_groups(client: &ScimClient) -> Result<bool, ImportError> {
    let types = match client.get("/ResourceTypes").await {
        Ok(types) => types,
        Err(error) if error.ends_the_play() => return Err(error.into()),
        Err(_) => return Ok(true),
    };
    let types = types.get("Resources").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(types.is_empty() || types.iter().any(|kind| text(kind, "name") == Some("Group")))
}

async fn read_groups(
    client: &Arc<ScimClient>,
    desired: &Desired,
    by_cursor: bool,
    concurrency: usize,
    report: &Report,
) -> Result<Vec<HeldGroup>, ImportError> {
    let listed = pages(client, "/Groups?excludedAttributes=members&", by_cursor, |_| ()).await?;
    let mut groups = listed.iter().map(group).collect::<Result<Vec<_>, _>>()?;
    let wanted = || desired.groups.iter().flatten().filter(|group| group.members.is_some());
    let external_ids: BTreeSet<&str> = wanted().map(|group| group.external_id.as_str()).collect();
    let names: BTreeSet<String> = wanted().map(|group| folded(&group.display_name)).collect();
    // One without an externalId may be the group of its name.
    let matters = |held: &HeldGroup| match &held.external_id {
        Some(external_id) => external_ids.contains(external_id.as_str()),
        None => names.contains(&folded(&held.display_name)),
    };
    let ids: Vec<_> = groups.iter().filter(|held| matters(held)).map(|held| held.id.clone()).collect();
    report(Progress::Phase { name: "Reading the connection: members".into(), total: ids.len() });
    let mut members = BTreeMap::new();
    let start = |id: String| {
        let client = Arc::clone(client);
        async move {
            let read = client.get(&path("Groups", &id)).await;
            (id, read)
        }
    };
    in_parallel(concurrency, ids, start, |(id, read)| -> Result<(), ImportError> {
        members.insert(id, member_ids(&read?));
        report(Progress::Step { done: members.len() });
        Ok(())
    })
    .await?;
    for group in &mut groups {
        group.members = members.remove(&group.id).unwrap_or_default();
    }
    Ok(groups)
}

fn member_ids(group: &Value) -> BTreeSet<String> {
    let members = group.get("members").and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| text(member, "value")).map(str::to_owned).collect()
}

/// Every resource of a list, each id once.
async fn pages(
    client: &ScimClient,
    start: &str,
    by_cursor: bool,
    listed: impl Fn(usize),
) -> Result<Vec<Value>, ImportError> {
    let mut resources = BTreeMap::new();
    let (mut cursor, mut start_index) = (String::new(), 1);
    loop {
        let from = if by_cursor {
            format!("cursor={}", encoded(&cursor))
        } else {
            format!("startIndex={start_index}")
        };
        let request = format!("{start}{from}&count={PAGE}");
        let mut list = client.get(&request).await?;
        let next = text(&list, "nextCursor").map(str::to_owned);
        let total = list.get("totalResults").and_then(Value::as_u64);
        let page =
            list.get_mut("Resources").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let found = page.len();
        for resource in page {
            let Some(id) = text(&resource, "id") else {
                return Err(ImportError::Server(format!("GET {request}: a resource without an id")));
            };
            resources.insert(id.to_owned(), resource);
        }
        listed(resources.len());
        let more = if by_cursor {
            next.is_some()
        } else {
            let Some(total) = total else {
                return Err(ImportError::Server(format!("GET {request}: no totalResults")));
            };
            start_index += found;
            let more = (start_index as u64) <= total;
            if more && found == 0 {
                let reason =
                    format!("GET {request}: the list ends before its {total} totalResults; run it again");
                return Err(ImportError::Server(reason));
            }
            more
        };
        if !more {
            return Ok(resources.into_values().collect());
        }
        cursor = next.unwrap_or_default();
    }
}

fn user(document: Value) -> Result<HeldUser, ImportError> {
    let word = |name: &str| text(&document, name).map(str::to_owned);
    let id = word("id").unwrap_or_default();
    let user_name = word("userName")
        .ok_or_else(|| ImportError::Server(format!("the user {id} is listed without a userName")))?;
    // RFC 7643 §4.1.1: what `active` means where it is absent is the provider's; access is what has to be ended.
    let active = document.get("active") != Some(&Value::Bool(false));
    Ok(HeldUser { id, external_id: word("externalId"), user_name, active, document })
}

fn group(document: &Value) -> Result<HeldGroup, ImportError> {
    let word = |name: &str| text(document, name).map(str::to_owned);
    let id = word("id").unwrap_or_default();
    let display_name = word("displayName")
        .ok_or_else(|| ImportError::Server(format!("the group {id} is listed without a displayName")))?;
    Ok(HeldGroup { id, external_id: word("externalId"), display_name, members: BTreeSet::new() })
}

/// How names are compared: without regard to case.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The path of a resource.
pub fn path(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", encoded(id))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A member that is text and not empty.
pub(super) fn text<'a>(resource: &'a Value, name: &str) -> Option<&'a str> {
    resource.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
