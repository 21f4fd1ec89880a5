//! The users of a tenant, whatever connection feeds them, found by the filter language of SCIM.
//!
//! What a filter can speak about is `roster.json`: a name that is not there is an error, not an empty answer.

use crate::Error;
use scim::filter::Filter;
use scim::resource::date_time;
use scim::schema::Schema;
use scim::schema::definition::{Definitions, ResourceDefinition, Synchronised};
use scim::{Document, Mode, Notes};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use store::search::{self, Page, Position, Selection, Within};
use store::users::{self, Status, User};
use store::{Store, TenantId, Tx};

static DEFINITION: LazyLock<ResourceDefinition> = LazyLock::new(|| {
    // The file is part of the program, and every test of a filter reads it.
    let base: Schema = serde_json::from_str(include_str!("roster.json"))
        .unwrap_or_else(|error| unreachable!("roster.json does not parse: {error}"));
    let standard = Definitions::build(&Synchronised::default()).user;
    ResourceDefinition { base: Arc::new(base), extensions: Vec::new(), ..(*standard).clone() }
});

/// Reads a filter over the users of a directory.
///
/// # Errors
/// Text that is no filter, or that names what users of a directory do not have.
pub fn filter(text: &str) -> Result<Filter, Error> {
    Ok(Filter::parse(text, &DEFINITION, Mode::Lenient, &mut Notes::default())?)
}

/// Reads what somebody typed to find people: a filter, or words that each stand in a name, username or address.
///
/// # Errors
/// Text that is meant as a filter and is none.
pub fn search(text: &str) -> Result<Filter, Error> {
    let read = filter(text);
    if read.is_ok() || is_meant_as_filter(text) {
        return read;
    }
    words(text)
}

/// The filter of those in whose name, username or address each of some words stands.
///
/// # Errors
/// Words too long for a filter.
pub fn words(text: &str) -> Result<Filter, Error> {
    let anywhere = |word: &str| {
        let quoted = Value::from(word).to_string();
        let places = ["userName", "displayName", "name.givenName", "name.familyName", "emails.value"];
        let places = places.map(|place| format!("{place} co {quoted}"));
        format!("({})", places.join(" or "))
    };
    let words: Vec<String> = text.split_whitespace().map(anywhere).take(MAX_WORDS).collect();
    filter(&words.join(" and "))
}

/// How many words of a plain search count.
const MAX_WORDS: usize = 10;

/// Whether text begins as a filter does: with the name of an attribute and something after it.
fn is_meant_as_filter(text: &str) -> bool {
    let text = text.trim_start_matches(|letter: char| letter == '(' || letter.is_whitespace());
    let text = text.get(..4).filter(|word| word.eq_ignore_ascii_case("not ")).map_or(text, |_| &text[4..]);
    let text = text.trim_start_matches(|letter: char| letter == '(' || letter.is_whitespace());
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric());
    let Some((name, rest)) = end.map(|end| text.split_at(end)) else { return false };
    let own = DEFINITION.base.attributes.iter().map(|attribute| attribute.name.as_str());
    let is_name = own.chain(["id", "externalId", "meta"]).any(|known| known.eq_ignore_ascii_case(name));
    is_name && !rest.trim().is_empty()
}

/// A user as a filter sees them.
fn document(user: &User) -> Document {
    let shown = json!({
        "id": user.id,
        "externalId": user.external_id,
        "userName": user.user_name,
        "displayName": user.display_name,
        "name": { "givenName": user.given_name, "familyName": user.family_name },
        "emails": user.email.iter().map(|email| json!({ "value": email })).collect::<Vec<_>>(),
        "active": user.status == Status::Active,
        "status": user.status.as_str(),
        "locked": user.locked_at.is_some(),
        "meta": { "created": date_time(user.created_at), "lastModified": date_time(user.modified_at) },
    });
    let mut document = shown.as_object().cloned().unwrap_or_default();
    if let Some(name) = document.get_mut("name").and_then(Value::as_object_mut) {
        name.retain(|_, part| !part.is_null());
    }
    // What is not there is unassigned.
    document.retain(|_, value| !value.is_null());
    document
}

/// How many users are folded at a time.
const CHUNK: i64 = 500;

/// Writes the keys that names are found by for some users who were written without; returns whether more may be left.
///
/// # Errors
/// The database cannot be used.
pub async fn fold_names(store: &Store) -> Result<bool, Error> {
    for tenant in store.read(store::tenants::all)? {
        let tenant = tenant.tenant;
        if store.read(|tx| users::are_folded(tx, tenant))? {
            continue;
        }
        let fold = move |tx: &mut Tx<'_>| {
            for user in users::unfolded(tx, tenant, CHUNK)? {
                users::fold_names(tx, tenant, &user)?;
            }
            Ok::<_, Error>(true)
        };
        return store.write_of(tenant, fold).await;
    }
    Ok(false)
}

/// A page of the users that a filter finds among some, in the order of their making. `after` is the id of the last one
/// before.
///
/// # Errors
/// The database cannot be read.
pub fn among(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    filter: &Filter,
    within: &Within,
    (after, count): (&str, i64),
) -> Result<Page<User>, Error> {
    let after = (!after.is_empty()).then(|| Position { key: None, id: after.to_owned() });
    let (filter, within, after) = (Some(filter), Some(within), after.as_ref());
    let selection = Selection { filter, within, after, count, ..Selection::default() };
    Ok(search::people(tx, tenant, &selection, |_, user| Ok(document(user)))?)
}

/// A page of the users that a filter finds, in the order of their making. `after` is the id of the last one before.
pub async fn page(
    store: &Store,
    tenant: TenantId,
    filter: Option<Filter>,
    after: Option<String>,
    count: i64,
) -> Result<Page<User>, Error> {
    let after = after.map(|id| Position { key: None, id });
    let chosen = Selection { filter: filter.as_ref(), ..Selection::default() };
    let is_keyed = search::is_keyed_for_people(&chosen);
    let read = move |tx: &mut Tx<'_>| {
        let selection =
            Selection { filter: filter.as_ref(), after: after.as_ref(), count, ..Selection::default() };
        Ok(search::people(tx, tenant, &selection, |_, user| Ok(document(user)))?)
    };
    if is_keyed { store.read(read) } else { store.read_long(read).await }
}
