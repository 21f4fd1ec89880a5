//! Schema extensions: what a tenant adds to its users, usable at once in resources, filters, PATCH and sorting.

use crate::Error;
use crate::directory::counted;
use crate::people::{self, Operator};
use scim::schema::{ENTERPRISE_USER, Schema};
use serde_json::{Value, json};
use std::sync::Arc;
use store::extensions::{self, Extension};
use store::tenants::Tenant;
use store::{Store, StoreError, TenantId, Tx, connections, mirror_users};

/// Adds an extension from a Schema resource, or lets one that is there grow.
///
/// # Errors
/// A resource that is no schema, a URN that is taken by the standard, a change that would not fit users there are.
pub async fn put(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    resource: &Value,
) -> Result<Schema, Error> {
    let schema = Schema::read_extension(resource).map_err(Error::invalid)?;
    if schema.id.eq_ignore_ascii_case(ENTERPRISE_USER) {
        return Err(Error::invalid("The enterprise extension is built in."));
    }
    let number = tenant.tenant;
    let made = schema.clone();
    people::act(store, operator, number, move |act| {
        let known = of(act.tx, number)?;
        let before = known.iter().find(|known| known.id.eq_ignore_ascii_case(&made.id));
        if let Some(before) = before {
            before.grows_into(&made).map_err(Error::invalid)?;
        } else if let Some(required) = made.attributes.iter().find(|attribute| attribute.required) {
            let any =
                connections::of_tenant(act.tx, number)?.into_iter().try_fold(0, |sum, connection| {
                    Ok::<_, StoreError>(sum + mirror_users::count(act.tx, connection.scope)?)
                })?;
            if any > 0 {
                return Err(Error::invalid(format!(
                    "\"{}\" cannot be required: {any} users there are lack it.",
                    required.name
                )));
            }
        }
        let document = serde_json::to_string(&made).unwrap_or_default();
        let row = Extension { id: made.id.clone(), document, created_at: act.at, modified_at: act.at };
        let change = extensions::put(act.tx, number, &row)?;
        let (kind, verb) =
            if before.is_some() { ("schema.changed", "changed") } else { ("schema.created", "added") };
        let summary = format!("Schema \"{}\" was {verb}", made.name);
        let names: Vec<&str> = made.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        act.record(
            change,
            kind,
            ("schema", &made.id),
            None,
            summary,
            None,
            Some(json!({ "attributes": names })),
        );
        Ok(())
    })
    .await?;
    Ok(schema)
}

/// Takes an extension away that no user has values for.
///
/// # Errors
/// There is none of that URN; users have values for it.
pub async fn remove(store: &Store, operator: &Operator, tenant: &Tenant, id: &str) -> Result<(), Error> {
    let number = tenant.tenant;
    let id = id.to_owned();
    people::act(store, operator, number, move |act| {
        let known = of(act.tx, number)?;
        let schema = known.iter().find(|known| known.id.eq_ignore_ascii_case(&id));
        let schema =
            schema.ok_or_else(|| Error::NotFound(format!("There is no schema \"{id}\" in this tenant.")))?;
        let users = users_with(act.tx, number, &schema.id)?;
        if users > 0 {
            return Err(Error::Conflict(format!(
                "{} values for \"{}\". Let the identity provider clear them first.",
                counted(users, "user has", "users have"),
                schema.name
            )));
        }
        let change = extensions::delete(act.tx, number, &schema.id)?;
        act.record(
            change,
            "schema.deleted",
            ("schema", &schema.id),
            None,
            format!("Schema \"{}\" was taken away", schema.name),
            None,
            None,
        );
        Ok(())
    })
    .await
}

fn users_with(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<usize, StoreError> {
    let mut users = 0;
    for connection in connections::of_tenant(tx, tenant)? {
        for user in mirror_users::all_ids(tx, connection.scope)? {
            let found = mirror_users::by_id(tx, connection.scope, &user)?;
            users += usize::from(found.is_some_and(|found| found.document.contains_key(id)));
        }
    }
    Ok(users)
}

/// The extensions of a tenant.
pub fn of(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Arc<Schema>>, StoreError> {
    let read = |row: Extension| {
        serde_json::from_str(&row.document)
            .map(Arc::new)
            .map_err(|error| StoreError::Unreadable(format!("schema {}: {error}", row.id)))
    };
    extensions::of_tenant(tx, tenant)?.into_iter().map(read).collect()
}
