//! Whole plays against a directory in a few lines: they succeed, twice, and notice what is wrong.

use std::sync::{Arc, Mutex};

use client::players::{Options, Player, Verdict, play};
use serde_json::{Map, Value, json};

use crate::fake::{self, Reply, Request};

/// Users and groups in order of creation, and every request line.
#[derive(Default)]
struct Directory {
    users: Vec<Value>,
    groups: Vec<Value>,
    log: Vec<String>,
    /// Answers a deactivation with success, and does nothing.
    keeps_leavers: bool,
}

fn error(status: u16) -> Reply {
    (status, "", json!({ "status": status.to_string(), "detail": "no" }).to_string())
}

impl Directory {
    fn answer(&mut self, request: &Request) -> Reply {
        if !request.headers.iter().any(|line| line == "Authorization: Bearer t") {
            return error(401);
        }
        self.log.push(format!("{} {}", request.method, request.target));
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let rows = if parts.next() == Some("Users") { &mut self.users } else { &mut self.groups };
        let Some(id) = parts.next() else {
            return match &request.body {
                None => list(rows, query),
                Some(body) => {
                    let mut resource = body.clone();
                    resource["id"] = json!(format!("{}-{}", path.trim_start_matches('/'), rows.len()));
                    rows.push(resource.clone());
                    (201, "", resource.to_string())
                }
            };
        };
        let Some(place) = rows.iter().position(|row| row["id"] == id) else { return error(404) };
        match (request.method.as_str(), &request.body) {
            ("DELETE", _) => {
                rows.remove(place);
                return (204, "", String::new());
            }
            ("PUT", Some(body)) if !(self.keeps_leavers && body["active"] == json!(false)) => {
                rows[place] = body.clone();
            }
            ("PATCH", Some(body)) => patch(&mut rows[place], body["Operations"].as_array().unwrap()),
            _ => {}
        }
        (200, "", rows[place].to_string())
    }
}

fn list(rows: &[Value], query: &str) -> Reply {
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| parameter(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    let filter =
        percent_encoding::percent_decode_str(parameter("filter").unwrap_or("")).decode_utf8().unwrap();
    let found: Vec<&Value> = rows
        .iter()
        .filter(|row| match filter.split_once(" eq ") {
            Some((name, value)) => row[name] == serde_json::from_str::<Value>(value).unwrap(),
            None => true,
        })
        .collect();
    let mut page: Vec<Value> =
        found.iter().skip(number("startIndex") - 1).take(number("count")).map(|row| (*row).clone()).collect();
    if parameter("excludedAttributes").is_some() {
        page.iter_mut().filter_map(Value::as_object_mut).map(|row| row.remove("members")).for_each(drop);
    }
    let list = json!({ "totalResults": found.len(), "startIndex": number("startIndex"),
        "itemsPerPage": page.len(), "Resources": page });
    (200, "", list.to_string())
}

fn patch(row: &mut Value, operations: &[Value]) {
    for operation in operations {
        let (value, path) = (&operation["value"], operation["path"].as_str());
        match (operation["op"].as_str().unwrap(), path) {
            ("replace", None) => {
                row.as_object_mut().unwrap().extend(value.as_object().cloned().unwrap_or(Map::new()));
            }
            ("replace", Some("members")) => row["members"] = value.clone(),
            ("add", Some("members")) => {
                row["members"].as_array_mut().unwrap().extend(value.as_array().unwrap().iter().cloned());
            }
            ("remove", Some(path)) => {
                let id = path.split('"').nth(1).unwrap();
                row["members"].as_array_mut().unwrap().retain(|member| member["value"] != id);
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn start(keeps_leavers: bool) -> (Arc<Mutex<Directory>>, Options) {
    let directory = Arc::new(Mutex::new(Directory { keeps_leavers, ..Directory::default() }));
    let shared = Arc::clone(&directory);
    let base_url = fake::serve(move |request| shared.lock().unwrap().answer(&request)).await;
    let (token, users, groups, seed) = ("t".into(), 150, 12, 42);
    (directory, Options { base_url, token, users, groups, seed, week: true, concurrency: 8 })
}

fn complaints(verdict: &Verdict) -> Vec<&String> {
    verdict.expectations.iter().flat_map(|expectation| &expectation.detail).collect()
}

async fn play_twice(player: Player) -> Vec<String> {
    let (directory, options) = start(false).await;
    let first = play(player, &options, &|_| {}).await.unwrap();
    assert!(first.held(), "{:#?}", complaints(&first));
    // 150, two joiners; three leavers, of whom one returned; one group deleted.
    assert_eq!((first.counts.users, first.counts.active, first.counts.groups), (152, 150, 11));
    let log = std::mem::take(&mut directory.lock().unwrap().log);
    let again = play(player, &options, &|_| {}).await.unwrap();
    assert!(again.held(), "{:#?}", complaints(&again));
    assert_eq!((again.counts.users, again.counts.active, again.counts.groups), (152, 150, 11));
    assert_eq!((&again.cast, directory.lock().unwrap().users.len()), (&first.cast, 152));
    assert!(first.cast.rehired.is_some() && first.cast.mover.is_some() && first.cast.leaver.is_some());
    assert!(serde_json::to_value(&again).unwrap()["expectations"][0]["held"].as_bool().unwrap());
    log
}

#[tokio::test]
async fn the_wizard_plays_a_week_twice_and_writes_by_put_only() {
    let log = play_twice(Player::Okta).await;
    assert_eq!(log[0], "GET /Users?startIndex=1&count=2");
    assert!(!log.iter().any(|line| line.starts_with("PATCH") || line.starts_with("DELETE /Users")));
}

#[tokio::test]
async fn the_catalog_plays_a_week_twice_and_puts_no_group() {
    let log = play_twice(Player::OktaCatalog).await;
    assert!(!log.iter().any(|line| line.starts_with("PUT /Groups")));
    assert!(log.iter().any(|line| line.starts_with("PATCH /Users")));
}

#[tokio::test]
async fn a_server_that_keeps_leavers_is_found_out() {
    let (_, options) = start(true).await;
    let verdict = play(Player::Okta, &options, &|_| {}).await.unwrap();
    assert!(!verdict.held());
    let expected =
        format!("user {}: active should be false, is true", verdict.cast.leaver.as_ref().unwrap().user_name);
    assert!(complaints(&verdict).contains(&&expected), "{:#?}", complaints(&verdict));
}

#[test]
fn an_unknown_player_is_told_which_there_are() {
    assert_eq!("Okta".parse(), Ok(Player::Okta));
    let error = "entra".parse::<Player>().unwrap_err();
    assert_eq!(error.to_string(), "there is no player `entra`; there are: okta, okta-catalog");
}
