//! The mirror's users: SCIM User resources exactly as an identity provider maintains them.
//!
//! The document holds every attribute; columns beside it are the keys that identity providers look people up by.

use crate::counts::{self, Kind};
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError};
use scim::Document;
use scim::fold::fold;
use serde_json::Value;
use std::collections::BTreeSet;

/// A User resource.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorUser {
    /// The SCIM id.
    pub id: String,
    /// The directory's user it feeds.
    pub user_id: String,
    /// The attributes, without `id`, `meta`, `schemas` and `groups`.
    pub document: Document,
    /// Whether it counts as active: `active` true or absent.
    pub active: bool,
    /// Whether the directory's user follows it. False once another connection took the user over.
    pub feeds: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

impl MirrorUser {
    /// `userName`.
    pub fn user_name(&self) -> &str {
        text(&self.document, "userName").unwrap_or_default()
    }

    /// `externalId`.
    pub fn external_id(&self) -> Option<&str> {
        text(&self.document, "externalId")
    }
}

pub(crate) fn text<'d>(document: &'d Document, name: &str) -> Option<&'d str> {
    document.get(name).and_then(Value::as_str)
}

statements! {
    INSERT = "insert into mirror_users (tenant_id, connection_id, id, user_id, user_name, user_name_key, external_id,
        display_name, display_name_key, active, feeds, document, version, created_at, modified_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    UPDATE = "update mirror_users set user_name = $1, user_name_key = $2, external_id = $3, display_name = $4,
        display_name_key = $5, active = $6, document = $7, version = $8, modified_at = $9
        where tenant_id = $10 and connection_id = $11 and id = $12";
    SET_FEEDS = "update mirror_users set feeds = $1 where tenant_id = $2 and connection_id = $3 and id = $4";
    DELETE = "delete from mirror_users where tenant_id = $1 and connection_id = $2 and id = $3";
    BY_ID = "select id, user_id, document, active, feeds, version, created_at, modified_at
        from mirror_users where tenant_id = $1 and connection_id = $2 and id = $3";
    BY_USER_NAME = "select id, user_id, document, active, feeds, version, created_at, modified_at
        from mirror_users where tenant_id = $1 and connection_id = $2 and user_name_key = $3";
    BY_EXTERNAL_ID = "select id, user_id, document, active, feeds, version, created_at, modified_at
        from mirror_users where tenant_id = $1 and connection_id = $2 and external_id = $3 order by id limit 2";
    OF_USER = "select connection_id, id from mirror_users where tenant_id = $1 and user_id = $2 order by connection_id";
    FEEDING = "select id, user_id, document, active, feeds, version, created_at, modified_at, connection_id
        from mirror_users where tenant_id = $1 and user_id = $2 and connection_id <> $3 and feeds = 1 order by id";
    EXISTS = "select 1 from mirror_users where tenant_id = $1 and connection_id = $2 and id = $3";
    PAGE = "select id, user_id, document, active, feeds, version, created_at, modified_at
        from mirror_users where tenant_id = $1 and connection_id = $2 and id > $3 order by id limit $4";
    ALL_IDS = "select id from mirror_users where tenant_id = $1 and connection_id = $2 order by id";
    INSERT_EMAIL = "insert into mirror_emails (tenant_id, connection_id, email_key, id) values ($1, $2, $3, $4)";
    DELETE_EMAILS = "delete from mirror_emails where tenant_id = $1 and connection_id = $2 and id = $3";
}

pub(crate) fn read(row: &Row<'_>) -> Result<MirrorUser, StoreError> {
    Ok(MirrorUser {
        id: row.text(0)?,
        user_id: row.text(1)?,
        document: row.json(2)?,
        active: row.boolean(3)?,
        feeds: row.boolean(4)?,
        version: row.int(5)?,
        created_at: row.int(6)?,
        modified_at: row.int(7)?,
    })
}

/// Adds a resource. The constraint `mirror_users_user_name_key` refuses a userName that is taken,
/// `mirror_users_connection_id` a second resource of the connection for one user.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, user: &MirrorUser) -> Result<Unrecorded, StoreError> {
    let user_name = user.user_name();
    let display_name = text(&user.document, "displayName");
    tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &user.id,
            &user.user_id,
            user_name,
            &fold(user_name),
            user.external_id(),
            display_name,
            display_name.map(fold).as_ref(),
            user.active,
            user.feeds,
            &serialized(&user.document),
            user.version,
            user.created_at,
            user.modified_at,
        ],
    )?;
    insert_emails(tx, scope, &user.id, &email_keys(&user.document))?;
    counts::add(tx, scope, Kind::User, 1)?;
    Ok(Unrecorded::new())
}

/// Writes a changed resource over the one that was read. The constraint `mirror_users_user_name_key` refuses a
/// userName that is taken.
pub fn update(
    tx: &mut Tx<'_>,
    scope: Scope,
    before: &MirrorUser,
    user: &MirrorUser,
) -> Result<Unrecorded, StoreError> {
    let user_name = user.user_name();
    let display_name = text(&user.document, "displayName");
    tx.execute(
        UPDATE,
        params![
            user_name,
            &fold(user_name),
            user.external_id(),
            display_name,
            display_name.map(fold).as_ref(),
            user.active,
            &serialized(&user.document),
            user.version,
            user.modified_at,
            scope.tenant.0,
            scope.connection,
            &user.id,
        ],
    )?;
    let emails = email_keys(&user.document);
    if emails != email_keys(&before.document) {
        tx.post(DELETE_EMAILS, params![scope.tenant.0, scope.connection, &user.id])?;
        insert_emails(tx, scope, &user.id, &emails)?;
    }
    Ok(Unrecorded::new())
}

/// Lets the directory's user follow a resource, or no longer.
pub fn set_feeds(tx: &mut Tx<'_>, scope: Scope, id: &str, feeds: bool) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_FEEDS, params![feeds, scope.tenant.0, scope.connection, id])?;
    Ok(Unrecorded::new())
}

/// Takes a resource away.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Unrecorded, StoreError> {
    tx.post(DELETE_EMAILS, params![scope.tenant.0, scope.connection, id])?;
    if tx.execute(DELETE, params![scope.tenant.0, scope.connection, id])? > 0 {
        counts::add(tx, scope, Kind::User, -1)?;
    }
    Ok(Unrecorded::new())
}

fn insert_emails(tx: &mut Tx<'_>, scope: Scope, id: &str, keys: &BTreeSet<String>) -> Result<(), StoreError> {
    for key in keys {
        tx.post(INSERT_EMAIL, params![scope.tenant.0, scope.connection, key, id])?;
    }
    Ok(())
}

fn email_keys(document: &Document) -> BTreeSet<String> {
    let emails = document.get("emails").and_then(Value::as_array).into_iter().flatten();
    emails.filter_map(|email| email.get("value").and_then(Value::as_str)).map(fold).collect()
}

pub(crate) fn serialized(document: &Document) -> String {
    // Serializing JSON values to a string has no error case.
    serde_json::to_string(document).unwrap_or_default()
}

/// The resource of an id.
pub fn by_id(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Option<MirrorUser>, StoreError> {
    tx.query_optional(BY_ID, params![scope.tenant.0, scope.connection, id], read)
}

/// The resource of a userName, without regard to case.
pub fn by_user_name(
    tx: &mut Tx<'_>,
    scope: Scope,
    user_name: &str,
) -> Result<Option<MirrorUser>, StoreError> {
    tx.query_optional(BY_USER_NAME, params![scope.tenant.0, scope.connection, &fold(user_name)], read)
}

/// Resources of an externalId, two at most: externalId is not unique by itself, and what two have tells of nobody.
pub fn by_external_id(
    tx: &mut Tx<'_>,
    scope: Scope,
    external_id: &str,
) -> Result<Vec<MirrorUser>, StoreError> {
    tx.query(BY_EXTERNAL_ID, params![scope.tenant.0, scope.connection, external_id], read)
}

/// The resources of a directory user, whether the user follows them or not: connection number and SCIM id.
pub fn of_user(tx: &mut Tx<'_>, scope: Scope, user_id: &str) -> Result<Vec<(i64, String)>, StoreError> {
    tx.query(OF_USER, params![scope.tenant.0, user_id], |row| Ok((row.int(0)?, row.text(1)?)))
}

/// The resources that a directory user follows, but for that of the scope's connection: each with the number of its
/// connection, the oldest first.
pub fn feeding_beside(
    tx: &mut Tx<'_>,
    scope: Scope,
    user_id: &str,
) -> Result<Vec<(i64, MirrorUser)>, StoreError> {
    let params = params![scope.tenant.0, user_id, scope.connection];
    tx.query(FEEDING, params, |row| Ok((row.int(8)?, read(row)?)))
}

/// Whether there is a resource of an id.
pub fn exists(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<bool, StoreError> {
    Ok(tx.query_optional(EXISTS, params![scope.tenant.0, scope.connection, id], |row| row.int(0))?.is_some())
}

/// Resources after an id, oldest first.
pub fn page(tx: &mut Tx<'_>, scope: Scope, after: &str, limit: i64) -> Result<Vec<MirrorUser>, StoreError> {
    tx.query(PAGE, params![scope.tenant.0, scope.connection, after, limit], read)
}

/// Every id of the connection, oldest first.
pub fn all_ids(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<String>, StoreError> {
    tx.query(ALL_IDS, params![scope.tenant.0, scope.connection], |row| row.text(0))
}

/// How many resources the connection has.
pub fn count(tx: &mut Tx<'_>, scope: Scope) -> Result<i64, StoreError> {
    counts::of(tx, scope, Kind::User)
}
