//! Reading a user pool over AWS's API: `ListUsers`, `ListGroups`, and `ListUsersInGroup` for each group.
//!
//! A pool is read to its end or not at all. While AWS asks for patience (throttling, errors of its own) a call is sent
//! again, with pauses that double and are drawn by lot, so that several readers do not knock in step. Nothing is
//! ever written to a pool.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Now;
use super::credentials::Chain;
use super::refusal::Refusal;
use super::signature::{self, Scope};
use crate::import::ImportError;
use crate::import::pool::{Pool, PoolGroup};
use crate::import::records::{self, UserRecord};
use crate::players::{Progress, Report};
use crate::random::Random;

/// The name of the service in signatures and hosts.
const SERVICE: &str = "cognito-idp";
/// How many of anything AWS hands out at once (docs/identity-providers.md C-4, C-5).
const PAGE: u64 = 60;
/// How often a call is sent at most while AWS asks for patience.
const ATTEMPTS: u32 = 8;
/// How often it is sent at most while nobody answers.
const ATTEMPTS_UNANSWERED: u32 = 3;
/// The first pause is drawn below this, and what it is drawn below doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where a pool is read.
#[derive(Clone, Debug)]
pub struct Place {
    /// The pool's id.
    pub pool_id: String,
    /// The region; the pool's own, if none is given.
    pub region: Option<String>,
    /// What takes the place of AWS's endpoint.
    pub endpoint_url: Option<String>,
}

impl Place {
    /// The region to speak to and to sign for: a pool's id begins with it. `fallback` serves where it does not.
    fn region(&self, fallback: Option<&str>) -> Result<String, ImportError> {
        let own = self.pool_id.split_once('_').map(|(region, _)| region);
        let region = self.region.as_deref().or(own).or(fallback).filter(|region| is_region(region));
        region.map(str::to_owned).ok_or_else(|| {
            ImportError::Source(format!(
                "\"{}\" is no id of a user pool, such as eu-west-1_aBcDeFgHi, and no region was given",
                self.pool_id
            ))
        })
    }

    fn endpoint(&self, region: &str) -> Result<reqwest::Url, ImportError> {
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let text =
            self.endpoint_url.clone().unwrap_or_else(|| format!("https://{SERVICE}.{region}.{domain}"));
        let wrong = |what: &str| ImportError::Source(format!("the endpoint URL `{text}` {what}"));
        let url = reqwest::Url::parse(&text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() {
            Ok(url)
        } else {
            Err(wrong("begins neither with https:// nor with http://"))
        }
    }
}

fn is_region(text: &str) -> bool {
    text.contains('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A reader of one pool.
pub struct Cognito {
    http: reqwest::Client,
    endpoint: reqwest::Url,
    region: String,
    pool_id: String,
    credentials: Chain,
    now: Now,
    random: Mutex<Random>,
}

impl fmt::Debug for Cognito {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cognito").field("pool_id", &self.pool_id).finish_non_exhaustive()
    }
}

/// An answer of one of the lists.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    users: Option<Vec<UserRecord>>,
    groups: Option<Vec<GroupRecord>>,
    pagination_token: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupRecord {
    group_name: String,
}

impl Cognito {
    /// A reader of the pool at `place`; `fallback_region` is the region of the environment, `seed` decides on pauses.
    pub async fn new(
        place: &Place,
        fallback_region: Option<&str>,
        now: Now,
        seed: u64,
    ) -> Result<Self, ImportError> {
        let region = place.region(fallback_region)?;
        let endpoint = place.endpoint(&region)?;
        let http = reqwest::Client::builder()
            .user_agent(crate::import::USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| ImportError::Source(format!("no HTTP client: {error}")))?;
        let credentials = Chain::new(&region, now.clone()).await;
        let (pool_id, random) = (place.pool_id.clone(), Mutex::new(Random::new(seed)));
        Ok(Self { http, endpoint, region, pool_id, credentials, now, random })
    }

    /// Reads the whole pool.
    pub async fn read(&self, report: &Report) -> Result<Pool, ImportError> {
        report(Progress::Phase { name: "Reading the user pool: users".into(), total: 0 });
        let mut users = BTreeMap::new();
        self.pages("ListUsers", Map::new(), |page| {
            let records = page.users.ok_or("the answer has no Users")?;
            users.extend(records::by_sub(records)?);
            report(Progress::Step { done: users.len() });
            Ok(())
        })
        .await?;
        let mut names = BTreeSet::new();
        self.pages("ListGroups", Map::new(), |page| {
            let groups = page.groups.ok_or("the answer has no Groups")?;
            names.extend(groups.into_iter().map(|group| group.group_name));
            Ok(())
        })
        .await?;
        report(Progress::Phase { name: "Reading the user pool: groups".into(), total: names.len() });
        let mut groups = Vec::with_capacity(names.len());
        for name in names {
            groups.push(self.group(name).await?);
            report(Progress::Step { done: groups.len() });
        }
        Ok(Pool {
            id: Some(self.pool_id.clone()),
            users: users.into_values().collect(),
            groups: Some(groups),
        })
    }

    async fn group(&self, name: String) -> Result<PoolGroup, ImportError> {
        let mut members = Vec::new();
        let ask = Map::from_iter([("GroupName".to_owned(), Value::from(name.as_str()))]);
        self.pages("ListUsersInGroup", ask, |page| {
            let users = page.users.ok_or("the answer has no Users")?;
            members.extend(users.into_iter().map(|user| user.username));
            Ok(())
        })
        .await?;
        Ok(PoolGroup { name, members: Some(members) })
    }

    /// Asks for page after page to the last one.
    async fn pages(
        &self,
        operation: &'static str,
        mut ask: Map<String, Value>,
        mut take: impl FnMut(Page) -> Result<(), String>,
    ) -> Result<(), ImportError> {
        ask.insert("UserPoolId".into(), self.pool_id.as_str().into());
        ask.insert("Limit".into(), PAGE.into());
        // Of the three, `ListUsers` alone calls its cursor otherwise.
        let cursor = if operation == "ListUsers" { "PaginationToken" } else { "NextToken" };
        loop {
            let page: Page = self.call(operation, &Value::Object(ask.clone())).await?;
            let next = page.pagination_token.clone().or_else(|| page.next_token.clone());
            take(page).map_err(|reason| ImportError::Aws { operation, reason })?;
            let Some(next) = next else { return Ok(()) };
            if ask.insert(cursor.into(), next.as_str().into()) == Some(Value::from(next)) {
                let reason = "the list does not move on: the same page was named twice".into();
                return Err(ImportError::Aws { operation, reason });
            }
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        ask: &Value,
    ) -> Result<T, ImportError> {
        let fail = |reason: String| ImportError::Aws { operation, reason };
        let body = ask.to_string();
        let mut attempt = 1;
        loop {
            let (reason, attempts) = match self.send(operation, &body).await? {
                Ok((200, text)) => {
                    let answer = serde_json::from_str(&text);
                    return answer.map_err(|error| fail(format!("the answer cannot be read: {error}")));
                }
                Ok((status, text)) => {
                    let refusal = Refusal::read(status, &text);
                    if !refusal.asks_for_patience() {
                        return Err(fail(refusal.sentence(&self.pool_id, &self.region)));
                    }
                    (refusal.sentence(&self.pool_id, &self.region), ATTEMPTS)
                }
                Err(error) => {
                    (format!("no answer: {}", crate::http::deepest(&error, PATIENCE)), ATTEMPTS_UNANSWERED)
                }
            };
            if attempt >= attempts {
                return Err(fail(format!("{reason} (tried {attempt} times)")));
            }
            let pause = {
                let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                pause_after(attempt, &mut random)
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// Signs and sends a call once: status and body, or why there is no answer.
    async fn send(
        &self,
        operation: &'static str,
        body: &str,
    ) -> Result<Result<(u16, String), reqwest::Error>, ImportError> {
        let credentials = self.credentials.credentials().await?;
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let scope = Scope { region: &self.region, service: SERVICE, at: (self.now)() };
        let url = self.endpoint.as_str();
        let signature =
            signature::headers(scope, &credentials, "POST", url, &headers, body.as_bytes()).map_err(
                |error| ImportError::Aws { operation, reason: format!("it cannot be signed: {error}") },
            )?;
        let mut request = self.http.post(self.endpoint.clone()).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in signature {
            request = request.header(name, value);
        }
        Ok(async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok((status, response.text().await?))
        }
        .await)
    }
}

/// The pause after so many attempts: anything up to twice what it could be the time before.
fn pause_after(attempt: u32, random: &mut Random) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE);
    let millis = usize::try_from(longest.as_millis()).unwrap_or(usize::MAX);
    Duration::from_millis(random.below(millis.saturating_add(1)) as u64)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_PAUSE, LONGEST_PAUSE, Place, pause_after};
    use crate::random::Random;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        let mut random = Random::new(7);
        for attempt in 1..20 {
            let most = FIRST_PAUSE.saturating_mul(2_u32.pow(attempt - 1)).min(LONGEST_PAUSE);
            let pauses: Vec<_> = (0..200).map(|_| pause_after(attempt, &mut random)).collect();
            assert!(pauses.iter().all(|pause| *pause <= most), "{attempt}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause > most / 2), "{attempt}: {pauses:?}");
        }
    }

    #[test]
    fn the_region_is_the_given_one_else_the_pools_else_the_environments() {
        let place = |pool_id: &str, region: Option<&str>| Place {
            pool_id: pool_id.into(),
            region: region.map(str::to_owned),
            endpoint_url: None,
        };
        let region = |place: &Place| place.region(Some("us-east-2")).ok();
        assert_eq!(region(&place("eu-west-1_abc", None)).as_deref(), Some("eu-west-1"));
        assert_eq!(region(&place("eu-west-1_abc", Some("ap-south-1"))).as_deref(), Some("ap-south-1"));
        assert_eq!(region(&place("local", None)).as_deref(), Some("us-east-2"));
        assert!(place("evil.example/_x", None).region(None).is_err());
        let host = |pool_id: &str| {
            let place = place(pool_id, None);
            place.endpoint(&place.region(None).unwrap()).unwrap().to_string()
        };
        assert_eq!(host("eu-west-1_abc"), "https://cognito-idp.eu-west-1.amazonaws.com/");
        assert_eq!(host("cn-north-1_abc"), "https://cognito-idp.cn-north-1.amazonaws.com.cn/");
    }
}
