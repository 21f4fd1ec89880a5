//! Users by hand: people whom no identity provider feeds.
//!
//! Their attributes are what a person wrote, and they are active unless a person locked them out. What everybody has they
//! have by the same derivation as everybody.

use crate::access::find_user;
use crate::directory::{self, changed_parts};
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::Policy;
use crate::policy::attributes::Profile;
use crate::{Error, lock, names, ownership};
use store::tenants::Tenant;
use store::users::{self, Status, User};
use store::{Scope, Store, TenantId, Tx};

/// How long an attribute may be, in characters.
const LENGTH: usize = 200;

/// What a person wants of a user; `None` leaves what there is, an empty text takes it away.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The username.
    pub user_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// Whether the user has access; false locks the user out.
    pub active: Option<bool>,
}

impl Wanted {
    /// The profile as these wishes make it.
    fn profile(&self, before: Profile) -> Result<Profile, Error> {
        let mut profile = before;
        if let Some(name) = &self.user_name {
            name.trim().clone_into(&mut profile.user_name);
        }
        names::check("A user's", &profile.user_name, LENGTH)?;
        let parts = [
            (&self.email, &mut profile.email, "An e-mail address"),
            (&self.given_name, &mut profile.given_name, "A given name"),
            (&self.family_name, &mut profile.family_name, "A family name"),
            (&self.display_name, &mut profile.display_name, "A display name"),
        ];
        for (wanted, place, what) in parts {
            if let Some(text) = wanted {
                *place = attribute(what, text)?;
            }
        }
        if let Some(email) = self.email.as_deref().map(str::trim).filter(|email| !email.is_empty())
            && !scim::resource::is_address(email)
        {
            return Err(Error::invalid(format!(
                "\"{}\" is no e-mail address. Write it like ana@acme.example.",
                crate::users::short(email)
            )));
        }
        Ok(profile)
    }
}

fn attribute(what: &str, text: &str) -> Result<Option<String>, Error> {
    let text = text.trim();
    if text.chars().count() > LENGTH || text.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "{what} has {LENGTH} characters at most and no control characters."
        )));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Makes a user by hand: active, and a member of the default organization. An address in the username serves as e-mail
/// address where none is given.
///
/// # Errors
/// No username; attributes that cannot be; a username that somebody has.
pub async fn create(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    wanted: Wanted,
) -> Result<User, Error> {
    let number = tenant.tenant;
    people::act(store, operator, number, move |act| {
        let mut profile = wanted.profile(Profile::default())?;
        if profile.email.is_none() && scim::resource::is_address(&profile.user_name) {
            profile.email = Some(profile.user_name.clone());
        }
        check_free(act.tx, number, &profile.user_name, None)?;
        let called = profile.called();
        let after = Some(profile.told());
        let mut user = User {
            id: act.new_id(),
            connection: None,
            status: Status::Active,
            linked: true,
            user_name: String::new(),
            external_id: None,
            email: None,
            given_name: None,
            family_name: None,
            display_name: None,
            locked_at: None,
            version: 1,
            created_at: act.at,
            modified_at: act.at,
        };
        profile.put_on(&mut user);
        let change = users::insert(act.tx, number, &user)?;
        let summary = format!("{called} ({}) was created by hand", user.user_name);
        act.record(change, "user.created", ("user", &user.id), None, summary, None, after);
        follow(act, number, &user)?;
        if wanted.active == Some(false) {
            return lock::lock_out(act, number, &user);
        }
        Ok(user)
    })
    .await
}

/// Changes a user by hand. `version` is the one the person has seen.
///
/// # Errors
/// No such user; one who is a connection's; attributes that cannot be; a username that somebody has; the last active Owner;
/// a version that is not the present one.
pub async fn change(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
    wanted: Wanted,
) -> Result<User, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find_user(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        if let Some(connection) = before.connection {
            let owner = ownership::named(act.tx, Scope { tenant: number, connection })?;
            return Err(Error::Conflict(format!(
                "The attributes of {} are those of the connection \"{}\". Change them there; lock and unlock keep a user out \
                 and let one in whatever a connection says.",
                before.user_name,
                owner.map_or_else(String::new, |(_, name)| name)
            )));
        }
        let after = write_profile(act, number, &before, &wanted)?;
        match wanted.active {
            Some(false) => lock::lock_out(act, number, &after),
            Some(true) => lock::let_in(act, number, &after),
            None => Ok(after),
        }
    })
    .await
}

fn write_profile(
    act: &mut Act<'_, '_>,
    tenant: TenantId,
    before: &User,
    wanted: &Wanted,
) -> Result<User, Error> {
    let old = Profile::of_user(before);
    let new = wanted.profile(old.clone())?;
    if new == old {
        return Ok(before.clone());
    }
    check_free(act.tx, tenant, &new.user_name, Some(&before.id))?;
    let summary = format!("{} was changed by hand", new.called());
    let (told_old, told_new) = changed_parts(old.told(), new.told());
    let mut after = User { version: before.version + 1, modified_at: act.at, ..before.clone() };
    new.put_on(&mut after);
    let change = users::update(act.tx, tenant, &after)?;
    act.record(change, "user.updated", ("user", &after.id), None, summary, Some(told_old), Some(told_new));
    Ok(after)
}

/// Refuses a username that somebody else has. The constraint `users_user_name_key` stands behind it.
fn check_free(tx: &mut Tx<'_>, tenant: TenantId, user_name: &str, own: Option<&str>) -> Result<(), Error> {
    let holder = users::linked_by_user_name(tx, tenant, user_name)?;
    match holder.filter(|holder| Some(holder.id.as_str()) != own) {
        None => Ok(()),
        Some(holder) => Err(Error::Conflict(format!(
            "There is a user \"{}\" already (id {}). Choose another username.",
            holder.user_name, holder.id
        ))),
    }
}

/// Gives a user by hand what everybody has.
pub(crate) fn follow(act: &mut Act<'_, '_>, tenant: TenantId, user: &User) -> Result<(), Error> {
    directory::apply(&mut act.work(Scope::by_hand(tenant), &Policy::default()), user, None)
}
