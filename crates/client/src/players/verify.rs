//! Reading everything back, and comparing it with what the player believes.
//!
//! Users page by page as an import does (docs/identity-providers.md O-6), groups listed without members and then one by one.
//! Every difference is one line, with what was expected and what was found. Nothing is written here.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::belief::{Belief, BelievedUser, department, manager, values};
use super::provider::Feature;
use super::wire::path;
use super::{Expectation, PlayError, Progress, Report};
use crate::http::{ClientError, Method, ScimClient};

/// How many resources are read at a time.
const PAGE: u64 = 100;
/// How often a list is read whose numbers do not agree: somebody else may have changed it between two pages.
const ATTEMPTS: usize = 3;

/// An attribute that a server may not sync: then nobody has it, and that is no difference.
struct Optional {
    feature: Feature,
    what: &'static str,
    is_there: fn(&Value) -> bool,
    difference: fn(&BelievedUser, &Value) -> Option<String>,
}

const OPTIONAL: [Optional; 4] = [
    Optional {
        feature: Feature::Departments,
        what: "every department is as pushed, or departments are not synced",
        is_there: |user| department(user).is_some(),
        difference: BelievedUser::department_difference,
    },
    Optional {
        feature: Feature::Managers,
        what: "every manager is as pushed, or managers are not synced",
        is_there: |user| manager(user).is_some(),
        difference: BelievedUser::manager_difference,
    },
    Optional {
        feature: Feature::Roles,
        what: "every role is as pushed, or roles are not synced",
        is_there: |user| values(user, "roles").next().is_some(),
        difference: BelievedUser::role_difference,
    },
    Optional {
        feature: Feature::Phones,
        what: "every telephone number is as pushed, or telephone numbers are not synced",
        is_there: |user| values(user, "phoneNumbers").next().is_some(),
        difference: BelievedUser::phone_difference,
    },
];

/// Reads all users, and groups where the provider pushes them, and says what held.
pub async fn verify(
    client: &ScimClient,
    belief: &Belief,
    features: &[Feature],
    report: &Report,
) -> Result<Vec<Expectation>, PlayError> {
    let total = belief.users.len() + belief.groups.len();
    report(Progress::Phase { name: "Reading everything back".into(), total });
    let begin = || Reading::new(belief);
    let see = |reading: &mut Reading<'_>, user: &Value| {
        if reading.see_user(user) {
            report(Progress::Step { done: reading.seen.len() });
        }
    };
    let (mut reading, troubles) = read_list(client, "/Users?", begin, see).await?;
    reading.lists.extend(troubles);
    let mut expectations = Vec::new();
    if features.contains(&Feature::Groups) {
        let groups = verify_groups(client, belief, &mut reading, report).await?;
        let deleted = verify_deleted(client, "Groups", &belief.deleted_groups).await?;
        expectations.extend([
            Expectation::of("every group has the name and exactly the members that were pushed", groups),
            Expectation::of("deleted groups are gone (404)", deleted),
        ]);
    }
    if features.contains(&Feature::Deletion) {
        let mut deleted = verify_deleted(client, "Users", &belief.deleted_users).await?;
        deleted.append(&mut reading.revenants);
        expectations.push(Expectation::of("deleted people are gone (404), and in no list", deleted));
    }
    let leavers = verify_leavers(client, belief).await?;
    expectations.push(Expectation::of("leavers are still readable, and not active", leavers));
    expectations.splice(0..0, reading.conclude(belief, features));
    Ok(expectations)
}

/// What was seen while the pages went by.
struct Reading<'a> {
    by_id: HashMap<&'a str, &'a BelievedUser>,
    user_names: HashMap<String, &'a str>,
    external_ids: HashMap<&'a str, &'a str>,
    deleted: HashMap<&'a str, &'a str>,
    seen: HashSet<&'a str>,
    /// For each of [`OPTIONAL`]: whether anybody has it, and where it differs.
    optional: [(bool, Vec<String>); OPTIONAL.len()],
    users: Vec<String>,
    twins: Vec<String>,
    revenants: Vec<String>,
    lists: Vec<String>,
}

impl<'a> Reading<'a> {
    fn new(belief: &'a Belief) -> Self {
        let users = belief.users.values();
        Self {
            by_id: users.clone().map(|user| (user.id.as_str(), user)).collect(),
            user_names: users.clone().map(|user| (user.user_name.to_lowercase(), user.id.as_str())).collect(),
            external_ids: users.map(|user| (user.external_id.as_str(), user.id.as_str())).collect(),
            deleted: belief.deleted_users.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect(),
            seen: HashSet::new(),
            optional: Default::default(),
            users: Vec::new(),
            twins: Vec::new(),
            revenants: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Takes a listed user; true if the player knows them.
    fn see_user(&mut self, user: &Value) -> bool {
        let id = text(user, "id");
        let Some(believed) = self.by_id.get(id) else {
            self.see_stranger(id, user);
            return false;
        };
        if !self.seen.insert(&believed.id) {
            self.twins.push(format!("user {} ({id}) is listed twice", believed.user_name));
        }
        self.users.extend(believed.differences(user));
        for ((any, lines), optional) in self.optional.iter_mut().zip(&OPTIONAL) {
            *any |= (optional.is_there)(user);
            lines.extend((optional.difference)(believed, user));
        }
        true
    }

    /// Somebody the player never pushed may be there, but not under the name of somebody it did.
    fn see_stranger(&mut self, id: &str, user: &Value) {
        if let Some(name) = self.deleted.get(id) {
            self.revenants.push(format!("user {name} ({id}) is still listed"));
            return;
        }
        let user_name = text(user, "userName");
        let twin = self.user_names.get(&user_name.to_lowercase());
        let twin = twin.or_else(|| self.external_ids.get(text(user, "externalId")));
        if let Some(twin) = twin {
            self.twins.push(format!("user {user_name} is there as {id}, and also as {twin}"));
        }
    }

    fn conclude(mut self, belief: &Belief, features: &[Feature]) -> Vec<Expectation> {
        let missing = belief.users.values().filter(|user| !self.seen.contains(user.id.as_str()));
        let missing = missing.map(|user| format!("user {} ({}) is not in the list", user.user_name, user.id));
        self.users.extend(missing);
        let lists = "lists are whole: totalResults, startIndex, itemsPerPage and Resources agree";
        let twins = if features.contains(&Feature::Groups) {
            "nobody and no group is there twice"
        } else {
            "nobody is there twice"
        };
        let mut expectations = vec![
            Expectation::of("every user is as the provider pushed them", self.users),
            Expectation::of(twins, self.twins),
            Expectation::of(lists, self.lists),
        ];
        let sent = self.optional.into_iter().zip(OPTIONAL);
        let sent = sent.filter(|(_, optional)| features.contains(&optional.feature));
        expectations.extend(sent.map(|((any, lines), optional)| {
            Expectation::of(optional.what, if any { lines } else { Vec::new() })
        }));
        expectations
    }
}

async fn verify_groups(
    client: &ScimClient,
    belief: &Belief,
    reading: &mut Reading<'_>,
    report: &Report,
) -> Result<Vec<String>, PlayError> {
    let see = |(listed, lines): &mut (HashMap<String, Vec<String>>, Vec<String>), group: &Value| {
        let name = text(group, "displayName");
        if group.get("members").is_some() {
            lines
                .push(format!("group {name}: the list shows members in spite of excludedAttributes=members"));
        }
        listed.entry(name.to_lowercase()).or_default().push(text(group, "id").to_owned());
    };
    let path_of_list = "/Groups?excludedAttributes=members&";
    let ((listed, mut lines), troubles) = read_list(client, path_of_list, Default::default, see).await?;
    reading.lists.extend(troubles);
    for (read, group) in belief.groups.values().enumerate() {
        let ids = listed.get(&group.display_name.to_lowercase()).map_or(&[][..], Vec::as_slice);
        if !ids.contains(&group.id) {
            lines.push(format!("group {} ({}) is not in the list", group.display_name, group.id));
        }
        if ids.len() > 1 {
            reading.twins.push(format!("group {} is there as {}", group.display_name, ids.join(" and ")));
        }
        match client.get(&path("Groups", &group.id)).await {
            Ok(found) => lines.extend(group.differences(&found)),
            Err(error) => lines.push(tolerate(error)?),
        }
        report(Progress::Step { done: reading.seen.len() + read + 1 });
    }
    Ok(lines)
}

async fn verify_leavers(client: &ScimClient, belief: &Belief) -> Result<Vec<String>, PlayError> {
    let mut lines = Vec::new();
    for user in belief.users.values().filter(|user| !user.active) {
        match client.get(&path("Users", &user.id)).await {
            Ok(found) if found.get("active") == Some(&Value::Bool(false)) => {}
            Ok(found) => {
                let active = found.get("active").unwrap_or(&Value::Null);
                lines.push(format!("user {}: active should be false, is {active}", user.user_name));
            }
            Err(error) => lines.push(tolerate(error)?),
        }
    }
    Ok(lines)
}

async fn verify_deleted(
    client: &ScimClient,
    endpoint: &str,
    deleted: &[(String, String)],
) -> Result<Vec<String>, PlayError> {
    let mut lines = Vec::new();
    for (id, name) in deleted {
        match client.send(Method::GET, &path(endpoint, id), None).await {
            Ok(answer) => lines.push(format!("{name} ({id}): should be 404, is {}", answer.status)),
            Err(error) if error.status() == Some(404) => {}
            Err(error) => lines.push(tolerate(error)?),
        }
    }
    Ok(lines)
}

/// Reads a whole list into what `begin` gives, and says where its numbers do not agree; if they do not, anew.
async fn read_list<T>(
    client: &ScimClient,
    start: &str,
    begin: impl Fn() -> T,
    mut see: impl FnMut(&mut T, &Value),
) -> Result<(T, Vec<String>), ClientError> {
    let mut attempt = 1;
    loop {
        let mut read = begin();
        let troubles = read_pages(client, start, |resource| see(&mut read, resource)).await?;
        if troubles.is_empty() || attempt == ATTEMPTS {
            return Ok((read, troubles));
        }
        attempt += 1;
    }
}

/// Reads every page once, a hundred at a time, and says where the numbers do not agree.
async fn read_pages(
    client: &ScimClient,
    start: &str,
    mut each: impl FnMut(&Value),
) -> Result<Vec<String>, ClientError> {
    let (mut lines, mut start_index, mut first_total) = (Vec::new(), 1, None);
    loop {
        let request = format!("{start}startIndex={start_index}&count={PAGE}");
        let list = client.get(&request).await?;
        let number = |name: &str| list.get(name).and_then(Value::as_u64);
        let resources = list.get("Resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let total = *first_total.get_or_insert(number("totalResults").unwrap_or(0));
        let expected = PAGE.min((total + 1).saturating_sub(start_index));
        let mut check = |what: &str, found: Option<u64>, expected: u64| {
            if found != Some(expected) {
                lines.push(format!("GET {request}: {what} should be {expected}, is {found:?}"));
            }
        };
        check("totalResults", number("totalResults"), total);
        check("startIndex", number("startIndex"), start_index);
        check("itemsPerPage", number("itemsPerPage"), expected);
        check("the number of Resources", Some(resources.len() as u64), expected);
        resources.iter().for_each(&mut each);
        start_index += PAGE;
        if start_index > total {
            return Ok(lines);
        }
    }
}

/// An error answer is a finding; no answer at all ends the reading.
fn tolerate(error: ClientError) -> Result<String, PlayError> {
    if error.ends_the_play() { Err(error.into()) } else { Ok(error.to_string()) }
}

fn text<'a>(resource: &'a Value, name: &str) -> &'a str {
    resource.get(name).and_then(Value::as_str).unwrap_or_default()
}
