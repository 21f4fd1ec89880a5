//! Providers that people may sign in with at the console (OpenID Connect): who they are, and who added them.
//!
//! They are of the installation. A client secret is never here: the machine has it, and here is only whether there is one.

use crate::administrators::has_operator;
use crate::people::{self, Operator};
use crate::{Error, names};
use serde_json::{Value, json};
use store::administrators::INSTALLATION;
use store::sign_in_providers::{self, Provider};
use store::{Store, StoreError, Tx, identities};

/// How long an id may be, in characters.
const ID_LENGTH: usize = 30;
/// How long a name may be, in characters.
const NAME_LENGTH: usize = 40;
/// How long an issuer or a client id may be, in bytes.
const TEXT_LENGTH: usize = 300;

/// What to add.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What stands for it in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// Whether this service has a secret to show to it.
    pub has_secret: bool,
}

impl Wanted {
    fn checked(&self, at: i64, by: &str) -> Result<Provider, Error> {
        let text = |text: &str| text.trim().to_owned();
        let (id, name) = (text(&self.id), text(&self.name));
        let (issuer, client_id) = (text(&self.issuer), text(&self.client_id));
        let is_id = |id: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            id.bytes().all(fits) && id.starts_with(|first: char| first.is_ascii_lowercase())
        };
        if !is_id(&id) || id.len() > ID_LENGTH {
            return Err(Error::invalid(format!(
                "\"{id}\" is no short name of a provider. It stands in addresses: lower-case letters, digits and hyphens, up to {ID_LENGTH}, a letter first."
            )));
        }
        names::check("A provider's", &name, NAME_LENGTH)?;
        check_issuer(&issuer)?;
        if client_id.is_empty() || client_id.len() > TEXT_LENGTH || client_id.contains(char::is_control) {
            return Err(Error::invalid(format!(
                "The client id is what the provider calls this service: 1 to {TEXT_LENGTH} bytes."
            )));
        }
        let has_secret = self.has_secret;
        Ok(Provider { id, name, issuer, client_id, has_secret, created_at: at, created_by: by.to_owned() })
    }
}

/// OpenID Connect Discovery 1.0 §2: `https`, and neither query nor fragment. For a trial also this very machine.
fn check_issuer(issuer: &str) -> Result<(), Error> {
    let is_tame = issuer.len() <= TEXT_LENGTH
        && !issuer.contains(|letter: char| letter.is_control() || letter.is_whitespace())
        && !issuer.contains(['?', '#', '@', '\\']);
    if is_tame && super::openid::may_be_asked(issuer, issuer) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "\"{issuer}\" is no issuer. It is the provider's address without query and fragment, such as https://accounts.google.com; for a trial also http:// with an address of this machine."
    )))
}

/// Adds a provider.
///
/// # Errors
/// Something of it cannot be; the short name or the issuer is there already.
pub async fn add(store: &Store, operator: &Operator, wanted: &Wanted) -> Result<Provider, Error> {
    let provider = wanted.checked(store.clock().now(), &operator.name)?;
    let added = provider.clone();
    let result = people::act(store, operator, INSTALLATION, move |act| {
        if sign_in_providers::by_id(act.tx, &added.id)?.is_some() {
            return Err(Error::Conflict(format!(
                "There is a provider \"{}\" already. Choose another short name.",
                added.id
            )));
        }
        let change = sign_in_providers::insert(act.tx, &added)?;
        let summary = format!("People may sign in with {}", added.name);
        let subject = ("sign_in_provider", added.id.as_str());
        act.record(change, "sign_in_provider.added", subject, None, summary, None, Some(told(&added)));
        Ok(())
    })
    .await;
    match result {
        Err(Error::Store(error)) if error.is_constraint("sign_in_providers_issuer") => {
            Err(Error::Conflict(format!("There is a provider with the issuer {} already.", provider.issuer)))
        }
        other => other.map(|()| provider),
    }
}

/// The provider of an id.
///
/// # Errors
/// There is none.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Provider, Error> {
    sign_in_providers::by_id(tx, id)?.ok_or_else(|| {
        Error::NotFound(format!(
            "There is no sign-in provider {id}. `accessiq sign-in-provider list` shows those there are."
        ))
    })
}

/// How many accounts of a provider are somebody's here.
pub fn accounts(tx: &mut Tx<'_>, provider: &Provider) -> Result<i64, StoreError> {
    identities::count_of_issuer(tx, &provider.issuer)
}

/// Takes a provider away, and with it every link to an account there.
///
/// # Errors
/// There is none, or no operator could sign in any more.
pub async fn remove(store: &Store, operator: &Operator, id: &str) -> Result<Provider, Error> {
    let id = id.to_owned();
    people::act(store, operator, INSTALLATION, move |act| {
        let provider = find(act.tx, &id)?;
        let count = accounts(act.tx, &provider)?;
        let had_operator = has_operator(act.tx)?;
        let change = sign_in_providers::delete(act.tx, &id)?;
        let change = change.and(identities::delete_of_issuer(act.tx, &provider.issuer)?);
        if had_operator && !has_operator(act.tx)? {
            return Err(Error::Conflict(format!(
                "No operator could sign in without {}. Let one choose a password first: `accessiq administrator reset`.",
                provider.name
            )));
        }
        let summary = format!("Nobody signs in with {} any more", provider.name);
        let mut before = told(&provider);
        before["accounts"] = count.into();
        let subject = ("sign_in_provider", id.as_str());
        act.record(change, "sign_in_provider.removed", subject, None, summary, Some(before), None);
        Ok(provider)
    })
    .await
}

fn told(provider: &Provider) -> Value {
    json!({
        "name": provider.name,
        "issuer": provider.issuer,
        "clientId": provider.client_id,
        "hasSecret": provider.has_secret,
    })
}
