//! A browser for tests of the console: keeps cookies, follows nothing, sends forms as pages do.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// A browser. Clones share their cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    csrf: Option<String>,
}

/// What a browser got.
#[derive(Debug)]
pub struct Shown {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The page.
    pub text: String,
}

impl Shown {
    /// Where the answer leads on to; empty if nowhere.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Fails unless the page says this, in text or markup.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{} does not say {text:?}:\n{}", self.status, self.text);
        self
    }

    /// Fails if the page says this.
    #[track_caller]
    pub fn says_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{} says {text:?}:\n{}", self.status, self.text);
        self
    }

    /// Fails unless it has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl Browser {
    /// A browser without a session.
    pub fn new(router: Router) -> Self {
        Self { router, cookies: Arc::default(), csrf: None }
    }

    /// The same browser in a session.
    #[must_use]
    pub fn with_session(self, cookie: &str, secret: &str, csrf: &str) -> Self {
        self.set_cookie(cookie, secret);
        Self { csrf: Some(csrf.to_owned()), ..self }
    }

    /// Sets a cookie by hand.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    /// What forms of the session send along.
    pub fn csrf(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }

    /// The same browser, with the token of a page it was shown.
    #[must_use]
    pub fn with_csrf(&self, csrf: &str) -> Self {
        Self { csrf: Some(csrf.to_owned()), ..self.clone() }
    }

    /// Opens an address.
    pub async fn get(&self, path: &str) -> Shown {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Sends a form of the session.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(csrf) = &self.csrf {
            form.append_pair("csrf", csrf);
        }
        let body = form.extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// Sends a request as it is, with the cookies.
    pub async fn send(&self, mut request: Request<Body>) -> Shown {
        let cookies = self.cookies.lock().expect("cookies").clone();
        let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !sent.is_empty() {
            request.headers_mut().insert(header::COOKIE, sent.join("; ").parse().expect("a header"));
        }
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let header = set.to_str().expect("text");
            let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            let mut kept = self.cookies.lock().expect("cookies");
            if attributes.contains("Max-Age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Shown {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
