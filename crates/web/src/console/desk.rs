//! Who sits at the console: the person, and for pages of a tenant the tenant and as what they act in it.

use super::frame::{Frame, Section, Theme};
use super::trouble::Trouble;
use crate::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use provisioning::administrators::Role;
use provisioning::people::Operator;
use provisioning::sign_in::SignedIn;
use std::ops::Deref;
use std::sync::Arc;
use store::tenants::Tenant;

/// What stands for itself in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A person who is signed in, and their request.
#[derive(Clone)]
pub struct Visitor {
    /// What every request needs at hand.
    pub app: App,
    /// Who.
    pub who: Arc<SignedIn>,
    /// The theme they chose.
    pub theme: Theme,
    /// What was done just before.
    pub notice: Option<String>,
    /// When.
    pub now: i64,
    /// Path and query of the request.
    pub address: String,
    /// Whether only a part of the page is asked for.
    pub is_part: bool,
}

impl Visitor {
    /// Who acts, as the journal names them.
    pub fn operator(&self) -> Operator {
        let email = &self.who.administrator.email;
        match self.who.role_of_installation() {
            Some(Role::Operator) => Operator::named(email),
            _ => Operator::signed_in(email),
        }
    }

    /// What stands around a page that is of no tenant.
    pub fn frame(&self, section: Section, title: &str) -> Frame {
        Frame::of(self, None, section, title)
    }
}

/// A person at work in a tenant.
#[derive(Clone)]
pub struct Desk {
    /// The person and the request.
    pub visitor: Visitor,
    /// The tenant.
    pub tenant: Tenant,
    /// As what they act in it.
    pub role: Role,
}

impl Deref for Desk {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl Desk {
    /// The path of a page of the tenant: `path` begins with `/`, or is empty for the overview.
    pub fn path(&self, path: &str) -> String {
        format!("/t/{}{path}", utf8_percent_encode(&self.tenant.name, SEGMENT))
    }

    /// What stands around a page of the tenant.
    pub fn frame(&self, section: Section, title: &str) -> Frame {
        Frame::of(&self.visitor, Some(self), section, title)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get().cloned().ok_or_else(Trouble::without_gate)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Desk {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get().cloned().ok_or_else(Trouble::without_gate)
    }
}
