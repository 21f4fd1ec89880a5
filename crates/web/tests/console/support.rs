//! What tests of signing in share.

use provisioning::administrators::{Reach, Role, Wanted, links};
use store::tenants::Tenant;
use testkit::{Browser, Server, Shown, operator};

/// A password that nothing is wrong with.
pub const PASSWORD: &str = "four words nobody guesses";

/// What stands in a page between two texts.
#[track_caller]
pub fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before:?} in\n{page}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} after {before:?} in\n{page}")).0
}

/// The browser with the token of a page's forms.
pub fn with_form(browser: &Browser, page: &Shown) -> Browser {
    browser.with_csrf(between(&page.text, r#"name="csrf" value=""#, "\""))
}

/// Opens an address, and sends its form.
pub async fn fill(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Shown {
    let page = browser.get(path).await;
    page.is(200);
    let action = path.split('?').next().unwrap_or(path);
    with_form(browser, &page).post(action, fields).await
}

/// Signs in with a password.
pub async fn sign_in(browser: &Browser, email: &str, password: &str) -> Shown {
    fill(browser, "/sign-in", &[("email", email), ("password", password), ("next", "/me")]).await
}

/// A tenant, made if it is not there.
pub async fn tenant(server: &Server, name: &str) -> Tenant {
    let known = server.store().read(|tx| store::tenants::by_name(tx, name)).expect("a readable database");
    match known {
        Some(tenant) => tenant,
        None => provisioning::tenants::create(server.store(), &operator(), name).await.expect("a tenant"),
    }
}

/// Adds somebody; returns their id and the path of the link for them.
pub async fn invite(server: &Server, tenant: Option<&Tenant>, email: &str, role: Role) -> (String, String) {
    let wanted = Wanted { email: email.into(), name: "Ana".into(), role };
    let invited = links::invite(server.store(), &operator(), Reach::Installation, tenant, wanted).await;
    let invited = invited.expect("an invitation");
    let link = invited.link.map(|link| link.address("")).unwrap_or_default();
    (invited.administrator.id, link)
}

/// Somebody who has a password, signed in with it: their id, and their browser.
pub async fn joined(server: &Server, tenant: Option<&Tenant>, email: &str, role: Role) -> (String, Browser) {
    let (id, link) = invite(server, tenant, email, role).await;
    let browser = server.browser();
    let fields = [("name", "Ana"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(fill(&browser, &link, &fields).await.is(303).location(), "/");
    let page = browser.get("/me").await;
    page.is(200);
    (id, with_form(&browser, &page))
}

/// The kinds of the installation's events, oldest first.
pub fn journal(server: &Server) -> Vec<String> {
    let installation = store::administrators::INSTALLATION;
    let events = server.store().read(|tx| store::events::after(tx, installation, 0, 1000));
    events.expect("events").into_iter().map(|event| event.kind).collect()
}
