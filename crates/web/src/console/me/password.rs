//! Changing one's own password: the present one first, since a browser may be left alone.

use super::{PATH, Part, again, sessions};
use crate::console::desk::Visitor;
use crate::console::form::{Fields, done};
use crate::console::passwords;
use crate::console::trouble::Trouble;
use axum::response::Response;
use provisioning::administrators::changes;
use provisioning::sign_in::attempts;
use provisioning::{Error, passwords as rules};

/// `POST /me/password`.
pub async fn change(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    let (app, person) = (&visitor.app, &visitor.who.administrator);
    let wanted = fields.exact("password");
    let refused = |words: &str| again(&visitor, Part::Password, Error::invalid(words));
    if let Err(error) = rules::check(wanted, &person.email) {
        return again(&visitor, Part::Password, error);
    }
    if wanted != fields.exact("again") {
        return refused("The two new passwords are not the same. Type both again.");
    }
    if let Some(words) = refusal(&visitor, fields.exact("present")).await? {
        return refused(words);
    }
    let hash = passwords::hash(app, wanted).await?;
    changes::set_password(app.store(), person, &visitor.who.session, hash).await?;
    let sentence = "Your new password is set. Every other session of yours has ended.";
    sessions::renewed(&visitor, done(&visitor, PATH, sentence)).await
}

/// Why the present password was not shown to be known; none if it was.
pub async fn refusal(visitor: &Visitor, typed: &str) -> Result<Option<&'static str>, Trouble> {
    let (app, person) = (&visitor.app, &visitor.who.administrator);
    let place = visitor.who.session.address.as_deref();
    let Some(attempt) = attempts::take(app.store(), &person.email, place).await? else {
        return Ok(Some("Too many attempts failed. Wait 15 minutes and try again."));
    };
    if !passwords::is_right(app, typed, person.password.as_deref()).await? {
        attempts::failed(app.store(), attempt, Some(person)).await?;
        return Ok(Some("Your present password is another one. Nothing was changed."));
    }
    Ok(None)
}
