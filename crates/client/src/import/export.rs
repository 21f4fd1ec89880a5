//! A pool out of exported files: what `aws cognito-idp list-users`, `list-groups` and `list-users-in-group` print.
//!
//! A file holds `Users`, `Groups`, or both. In a combined file each group may bring its own `Users`, as names or as records:
//! `{"UserPoolId": "…", "Users": […], "Groups": [{"GroupName": "admins", "Users": ["alice"]}]}`. A file that is one page of
//! many is refused: who is missing in half a pool is not missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::ImportError;
use super::pool::{Pool, PoolGroup, PoolUser};
use super::records::{self, UserRecord};

/// Which files hold a pool.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// Files with users, groups, or both.
    pub files: Vec<PathBuf>,
    /// For a group's name, the file with its members.
    pub members: Vec<(String, PathBuf)>,
    /// The pool's id, if the files need not tell it.
    pub pool_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    user_pool_id: Option<String>,
    users: Option<Vec<UserRecord>>,
    groups: Option<Vec<GroupRecord>>,
    pagination_token: Option<Value>,
    next_token: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupRecord {
    group_name: String,
    user_pool_id: Option<String>,
    users: Option<Vec<MemberRecord>>,
}

/// A member of a group, named or whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum MemberRecord {
    Name(String),
    #[serde(rename_all = "PascalCase")]
    Record {
        username: String,
    },
}

impl From<MemberRecord> for String {
    fn from(member: MemberRecord) -> Self {
        match member {
            MemberRecord::Name(username) | MemberRecord::Record { username } => username,
        }
    }
}

/// Reads a pool out of files.
pub fn read(export: &Export) -> Result<Pool, ImportError> {
    let mut reading = Reading { pool_id: export.pool_id.clone(), ..Reading::default() };
    for file in &export.files {
        reading.take(document(file)?).map_err(|reason| in_file(file, reason))?;
    }
    for (group, file) in &export.members {
        let users = document(file)?.users;
        let users = users.ok_or_else(|| in_file(file, "no \"Users\", which `list-users-in-group` prints"))?;
        reading.take_members(group, users).map_err(|reason| in_file(file, reason))?;
    }
    reading.finish()
}

/// What the files read so far hold.
#[derive(Default)]
struct Reading {
    pool_id: Option<String>,
    users: Option<BTreeMap<String, PoolUser>>,
    groups: Option<BTreeMap<String, Option<Vec<String>>>>,
}

impl Reading {
    fn take(&mut self, document: Document) -> Result<(), String> {
        if document.users.is_none() && document.groups.is_none() {
            return Err("neither \"Users\" nor \"Groups\": it is no export of a user pool".into());
        }
        self.take_id(document.user_pool_id)?;
        if let Some(users) = document.users {
            self.users.get_or_insert_default().extend(records::by_sub(users)?);
        }
        for group in document.groups.into_iter().flatten() {
            self.take_id(group.user_pool_id)?;
            let members = group.users.map(|users| users.into_iter().map(String::from).collect());
            let known = self.groups.get_or_insert_default().entry(group.group_name).or_default();
            *known = members.or(known.take());
        }
        Ok(())
    }

    fn take_id(&mut self, id: Option<String>) -> Result<(), String> {
        match (&self.pool_id, id) {
            (Some(known), Some(id)) if *known != id => {
                Err(format!("it is of user pool {id}, and the pool to import is {known}"))
            }
            (None, Some(id)) => {
                self.pool_id = Some(id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_members(&mut self, group: &str, users: Vec<UserRecord>) -> Result<(), String> {
        let known = self.groups.as_mut().and_then(|groups| groups.get_mut(group));
        let Some(known) = known else {
            return Err(format!(
                "no file lists a group \"{group}\"; give what `list-groups` prints with --from"
            ));
        };
        *known = Some(users.into_iter().map(|user| user.username).collect());
        Ok(())
    }

    fn finish(self) -> Result<Pool, ImportError> {
        let Some(users) = self.users else {
            return Err(ImportError::Source(
                "no file has \"Users\": give what `aws cognito-idp list-users` prints".into(),
            ));
        };
        if self.pool_id.is_none() && self.groups.is_some() {
            return Err(ImportError::Source(
                "the files do not say which user pool the groups are of: give its id as well".into(),
            ));
        }
        let groups = self
            .groups
            .map(|groups| groups.into_iter().map(|(name, members)| PoolGroup { name, members }).collect());
        Ok(Pool { id: self.pool_id, users: users.into_values().collect(), groups })
    }
}

fn document(file: &Path) -> Result<Document, ImportError> {
    let text = fs::read_to_string(file).map_err(|error| in_file(file, error.to_string()))?;
    let document: Document = serde_json::from_str(&text).map_err(|error| in_file(file, error.to_string()))?;
    let is_page = |token: &Option<Value>| token.as_ref().is_some_and(|token| !token.is_null());
    if is_page(&document.pagination_token) || is_page(&document.next_token) {
        return Err(in_file(
            file,
            "it is one page of several; export everything (without --max-items and --no-paginate)",
        ));
    }
    Ok(document)
}

fn in_file(file: &Path, reason: impl Into<String>) -> ImportError {
    ImportError::File { file: file.to_owned(), reason: reason.into() }
}
