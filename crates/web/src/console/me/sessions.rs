//! Where a person is signed in.

use super::PATH;
use crate::console::cookies;
use crate::console::desk::Visitor;
use crate::console::form::{Fields, done};
use crate::console::trouble::Trouble;
use axum::http::header;
use axum::response::Response;
use provisioning::sign_in::{self, IDLE};
use store::sessions::Session;

/// A session, in a line.
pub struct Line {
    /// What it is ended by.
    pub id: String,
    /// The browser, in a few words.
    pub browser: String,
    /// What the browser calls itself.
    pub agent: String,
    /// From where.
    pub address: String,
    /// Since when.
    pub created_at: i64,
    /// When it was last used.
    pub last_used_at: i64,
    /// Whether the page is shown in it.
    pub is_here: bool,
}

/// Those that still hold, the newest first.
pub fn lines(visitor: &Visitor, sessions: Vec<Session>) -> Vec<Line> {
    let holds =
        |session: &Session| session.expires_at > visitor.now && session.last_used_at + IDLE > visitor.now;
    let line = |session: Session| Line {
        is_here: session.id == visitor.who.session.id,
        id: session.id,
        browser: browser(session.agent.as_deref().unwrap_or_default()),
        agent: session.agent.unwrap_or_default(),
        address: session.address.unwrap_or_else(|| "unknown".into()),
        created_at: session.created_at,
        last_used_at: session.last_used_at,
    };
    sessions.into_iter().rev().filter(holds).map(line).collect()
}

/// What a browser says of itself, in words: `Firefox on Linux`. Later names stand in the text of earlier ones, so the
/// order matters.
fn browser(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another browser".into(),
    }
}

/// `POST /me/sessions/end`: one, or all others.
pub async fn end(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    let id = fields.optional("id");
    sign_in::end_other(visitor.app.store(), &visitor.who, id).await?;
    let sentence = if id.is_some() { "That session has ended." } else { "Every other session has ended." };
    Ok(done(&visitor, PATH, sentence))
}

/// An answer that gives the session it is sent in another secret.
pub async fn renewed(visitor: &Visitor, mut response: Response) -> Result<Response, Trouble> {
    let secret = sign_in::renew(visitor.app.store(), &visitor.who).await?;
    let is_tls = visitor.app.is_tls();
    let cookie = cookies::set(cookies::session_name(is_tls), &secret, is_tls, None);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_named_in_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.0", "Another browser"),
        ] {
            assert_eq!(browser(agent), words);
        }
    }
}
