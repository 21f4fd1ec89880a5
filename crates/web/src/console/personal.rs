//! What is a person's own: the way in, the theme, the way out.

use super::cookies::{self, THEME};
use super::desk::{Desk, Visitor};
use super::form::{Fields, own_path, to};
use super::frame::{Frame, Section, Theme, page};
use super::trouble::Trouble;
use askama::Template;
use axum::http::header;
use axum::response::Response;
use cookie::time::Duration;
use provisioning::administrators::{Role, tenants_of};
use provisioning::sign_in;

/// A tenant to choose.
pub struct Choice {
    name: String,
    path: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "tenants.html")]
struct TenantsPage {
    frame: Frame,
    tenants: Vec<Choice>,
}

/// `GET /`: the overview of the person's tenant, or a choice if there are several.
pub async fn home(visitor: Visitor) -> Result<Response, Trouble> {
    let tenants = visitor.app.store().read(|tx| tenants_of(tx, &visitor.who.grants))?;
    let choices: Vec<Choice> = tenants
        .into_iter()
        .map(|tenant| {
            let role = visitor.who.role_in(tenant.tenant).unwrap_or(Role::Auditor);
            let desk = Desk { visitor: visitor.clone(), tenant, role };
            Choice { path: desk.path(""), name: desk.tenant.name, role: role.as_str() }
        })
        .collect();
    match choices.as_slice() {
        [only] => Ok(to(&only.path)),
        _ => page(&TenantsPage { frame: visitor.frame(Section::Personal, "Tenants"), tenants: choices }),
    }
}

/// `POST /theme`: keeps the chosen theme in the browser.
pub async fn theme(visitor: Visitor, fields: Fields) -> Response {
    let theme = Theme::named(fields.text("theme")).as_str();
    let mut response = to(own_path(fields.text("back")).unwrap_or("/"));
    let cookie = cookies::set(THEME, theme, visitor.app.is_tls(), Some(Duration::days(365)));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// `POST /sign-out`.
pub async fn sign_out(visitor: Visitor) -> Result<Response, Trouble> {
    sign_in::end(visitor.app.store(), &visitor.who.session).await?;
    let is_tls = visitor.app.is_tls();
    let mut response = to("/sign-in");
    let cookie = cookies::clear(cookies::session_name(is_tls), is_tls);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
