//! A directory in a few lines that the players can be let loose on, and that can be made to misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use client::people::DOMAIN;
use client::players::Options;
use client::players::wire::ENTERPRISE;
use serde_json::{Value, json};

use crate::fake::{self, Reply, Request};

/// What a server gets wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Answers a PUT with `active: false` with success, and does nothing.
    KeepsLeavers,
    /// Takes the text `"False"` for true.
    TakesTextForTrue,
    /// Removes all members where a value says which.
    EmptiesGroups,
    /// Loses the last of several members that are added at once.
    LosesAMember,
    /// Takes who is disabled out of their groups.
    EndsMemberships,
    /// Finds by `externalId`, and returns it in capitals.
    ShoutsExternalIds,
    /// Answers a deletion with success, and does nothing.
    KeepsTheDeleted,
    /// Answers 404 where a search finds nobody.
    MissesNobody,
    /// Leaves `Resources` out where a search finds nobody.
    OmitsResources,
    /// Does nothing where a value path matches no element.
    MakesNoElements,
    /// Keeps a manager who is cleared with an empty value.
    KeepsManagers,
    /// Is busy for so many attempts at each create.
    Busy(u32),
    /// Miscounts in so many second pages of a list, as if somebody came between two pages.
    Miscounts(u32),
}

/// Users and groups in order of creation, and every request.
#[derive(Default)]
pub struct Directory {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
    /// Method, target and body.
    pub log: Vec<String>,
    fault: Fault,
    made: usize,
    attempts: HashMap<String, u32>,
}

/// Serves a new directory; gives it and what to play.
pub async fn start(fault: Fault, users: usize) -> (Arc<Mutex<Directory>>, Options) {
    let directory = Arc::new(Mutex::new(Directory { fault, ..Directory::default() }));
    let shared = Arc::clone(&directory);
    let base_url = fake::serve(move |request| shared.lock().unwrap().answer(&request)).await;
    let options = Options {
        base_url,
        token: "t".into(),
        domain: DOMAIN.into(),
        users,
        groups: 12,
        seed: 42,
        week: true,
        concurrency: 8,
    };
    (directory, options)
}

fn error(status: u16) -> Reply {
    (status, "Retry-After: 0\r\n", json!({ "status": status.to_string(), "detail": "no" }).to_string())
}

impl Directory {
    fn answer(&mut self, request: &Request) -> Reply {
        if !request.headers.iter().any(|line| line == "Authorization: Bearer t") {
            return error(401);
        }
        let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.log.push(format!("{} {} {body}", request.method, request.target));
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let users = match parts.next() {
            Some("Users") => true,
            Some("Groups") => false,
            _ => return (200, "", "{}".into()),
        };
        match (parts.next(), &request.body) {
            (None, None) => self.list(users, query),
            (None, Some(body)) => self.create(users, body),
            (Some(id), _) => self.answer_for(users, id, request),
        }
    }

    fn create(&mut self, users: bool, body: &Value) -> Reply {
        let name = body["userName"].as_str().unwrap_or_default().to_lowercase();
        let attempt = self.attempts.entry(name.clone()).or_default();
        *attempt += 1;
        if users && matches!(self.fault, Fault::Busy(times) if *attempt <= times) {
            return error(429);
        }
        let taken = |user: &Value| user["userName"].as_str().unwrap().to_lowercase() == name;
        if users && self.users.iter().any(taken) {
            return error(409);
        }
        let mut resource = body.clone();
        if let Some(manager) = resource.pointer_mut(&format!("/{ENTERPRISE}/manager"))
            && manager.is_string()
        {
            *manager = json!({ "value": manager });
        }
        self.made += 1;
        resource["id"] = json!(format!("{}{}", if users { "u" } else { "g" }, self.made));
        let rows = if users { &mut self.users } else { &mut self.groups };
        rows.push(resource.clone());
        (201, "", resource.to_string())
    }

    fn answer_for(&mut self, users: bool, id: &str, request: &Request) -> Reply {
        let fault = self.fault;
        let rows = if users { &mut self.users } else { &mut self.groups };
        let Some(place) = rows.iter().position(|row| row["id"] == id) else { return error(404) };
        match (request.method.as_str(), &request.body) {
            ("DELETE", _) => {
                if fault != Fault::KeepsTheDeleted {
                    rows.remove(place);
                    self.leave_groups(id);
                }
                return (204, "", String::new());
            }
            ("PUT", Some(body)) if !(fault == Fault::KeepsLeavers && body["active"] == json!(false)) => {
                rows[place] = body.clone();
                rows[place]["id"] = json!(id);
            }
            ("PATCH", Some(body)) => {
                for operation in body["Operations"].as_array().unwrap() {
                    patch(&mut rows[place], operation, fault);
                }
            }
            _ => {}
        }
        let row = rows[place].to_string();
        if fault == Fault::EndsMemberships && users && self.users[place]["active"] == json!(false) {
            self.leave_groups(id);
        }
        (200, "", row)
    }

    fn leave_groups(&mut self, id: &str) {
        for members in self.groups.iter_mut().filter_map(|group| group["members"].as_array_mut()) {
            members.retain(|member| member["value"] != id);
        }
    }

    fn list(&mut self, users: bool, query: &str) -> Reply {
        let parameter =
            |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let number = |name: &str| parameter(name).and_then(|text| text.parse::<usize>().ok());
        let filter = parameter("filter").unwrap_or_default().replace('+', " ");
        let filter = percent_encoding::percent_decode_str(&filter).decode_utf8().unwrap();
        let sought = filter.split_once(" eq ");
        let fits = |row: &&Value| match sought {
            Some((name, value)) => row[name] == serde_json::from_str::<Value>(value).unwrap(),
            None => true,
        };
        let rows = if users { &self.users } else { &self.groups };
        let found: Vec<&Value> = rows.iter().filter(fits).collect();
        let start = number("startIndex").unwrap_or(1);
        let page = found.iter().skip(start - 1).take(number("count").unwrap_or(100));
        let mut page: Vec<Value> = page.map(|row| (*row).clone()).collect();
        for row in &mut page {
            if parameter("excludedAttributes").is_some() {
                row.as_object_mut().unwrap().remove("members");
            }
            if self.fault == Fault::ShoutsExternalIds && sought.is_some() {
                row["externalId"] = row["externalId"].as_str().unwrap().to_uppercase().into();
            }
        }
        let nobody = sought.is_some() && page.is_empty();
        let mut list = json!({ "totalResults": found.len(), "startIndex": start,
            "itemsPerPage": page.len(), "Resources": page });
        match &mut self.fault {
            Fault::Miscounts(left) if start > 1 && *left > 0 => {
                *left -= 1;
                list["totalResults"] = json!(found.len() + 1);
            }
            Fault::MissesNobody if nobody => return error(404),
            Fault::OmitsResources if nobody => drop(list.as_object_mut().unwrap().remove("Resources")),
            _ => {}
        }
        (200, "", list.to_string())
    }
}

fn patch(row: &mut Value, operation: &Value, fault: Fault) {
    let (value, path) = (&operation["value"], operation["path"].as_str());
    let name = operation["op"].as_str().unwrap().to_lowercase();
    match (name.as_str(), path) {
        (_, None) => value.as_object().unwrap().iter().for_each(|(path, value)| put(row, path, value, fault)),
        ("add", Some(list @ ("members" | "roles"))) => {
            let mut came = value.as_array().unwrap().clone();
            if fault == Fault::LosesAMember && came.len() > 1 {
                came.pop();
            }
            came.retain(|element| !elements(row, list).contains(element));
            elements(row, list).extend(came);
        }
        ("remove", Some("members")) if fault == Fault::EmptiesGroups => elements(row, "members").clear(),
        ("remove", Some("members")) => {
            let went: Vec<&Value> = value.as_array().unwrap().iter().map(|member| &member["value"]).collect();
            elements(row, "members").retain(|member| !went.contains(&&member["value"]));
        }
        ("remove", Some(path)) => {
            let id = path.split('"').nth(1).unwrap();
            elements(row, "members").retain(|member| member["value"] != id);
        }
        ("replace", Some(list @ ("members" | "roles"))) => row[list] = value.clone(),
        (_, Some("active")) => {
            let text = value.as_str().map_or(*value == json!(true), |text| {
                fault == Fault::TakesTextForTrue || text.eq_ignore_ascii_case("true")
            });
            row["active"] = json!(text);
        }
        (_, Some("manager")) => put(row, &format!("{ENTERPRISE}:manager"), &value[0]["value"], fault),
        (_, Some(path)) => put(row, path, value, fault),
    }
}

/// Sets what a path names: `name.givenName`, `urn:…:User:department`, `emails[type eq "work"].value`.
fn put(row: &mut Value, path: &str, value: &Value, fault: Fault) {
    if let Some((list, rest)) = path.split_once('[') {
        let (condition, part) = rest.split_once("].").unwrap();
        let (name, wanted) = condition.split_once(" eq ").unwrap();
        let wanted = if wanted == "\"True\"" { json!(true) } else { serde_json::from_str(wanted).unwrap() };
        let found = elements(row, list);
        let place = found.iter().position(|element| element[name] == wanted);
        if place.is_none() && fault == Fault::MakesNoElements {
            return;
        }
        let place = place.unwrap_or_else(|| {
            found.push(json!({ name: wanted }));
            found.len() - 1
        });
        found[place][part] = value.clone();
        return;
    }
    if let Some(name) = path.strip_prefix(ENTERPRISE) {
        let value = match name {
            ":manager" if value.is_string() => json!({ "value": value }),
            ":manager" if value["value"] == "" && fault == Fault::KeepsManagers => return,
            ":manager" if value["value"] == "" => Value::Null,
            _ => value.clone(),
        };
        row[ENTERPRISE][name.trim_start_matches(':')] = value;
        return;
    }
    let target = path.split('.').fold(row, |target, part| &mut target[part]);
    *target = value.clone();
}

fn elements<'v>(row: &'v mut Value, list: &str) -> &'v mut Vec<Value> {
    if row[list].is_null() {
        row[list] = json!([]);
    }
    row[list].as_array_mut().unwrap()
}
