//! A connection of the tenant as its pages see it: who works on it, how it is set up, where its pages stand.

use crate::console::desk::Desk;
use crate::console::form::Fields;
use crate::console::frame::Frame;
use crate::console::provisioning::head::{self, ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use provisioning::connections::Shape;
use provisioning::{Caller, Error, Session};
use scim::Provider;
use std::ops::Deref;
use std::sync::Arc;
use store::connections::{self, Connection};
use store::{Scope, Tx};

/// Who works on a connection, and the connection.
pub struct Place {
    /// Who works on it.
    pub desk: Desk,
    /// The connection.
    pub connection: Connection,
    /// How it is set up.
    pub shape: Arc<Shape>,
    /// What the address asks for behind its question mark.
    pub query: Fields,
    named: Vec<(String, String)>,
}

impl Deref for Place {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl Place {
    /// A part of the address, such as the id of a group.
    pub fn named(&self, name: &str) -> &str {
        self.named.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Tenant and connection.
    pub fn scope(&self) -> Scope {
        self.connection.scope
    }

    /// The path of a page of the connection: `page` begins with `/`.
    pub fn here(&self, page: &str) -> String {
        self.path(&format!("/provisioning/{}{page}", self.connection.id))
    }

    /// What stands around a page of the connection.
    pub fn framed(&self, title: &str) -> Frame {
        head::framed(self, &self.connection, title)
    }

    /// The head that all pages of the connection have.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn head(&self, tab: Tab) -> Result<ConnectionHead, Trouble> {
        ConnectionHead::of(&self.desk, &self.connection, tab)
    }

    /// The identity provider, as people call it.
    pub fn provider(&self) -> &'static str {
        self.connection.provider.parse().unwrap_or(Provider::Generic).label()
    }

    /// The connection as its client sees it: what pages of the mirror show is what the client would be shown.
    pub fn session(&self) -> Session {
        Session {
            scope: self.scope(),
            provider: self.connection.provider.parse().unwrap_or(Provider::Generic),
            connection_version: self.connection.version,
            settings: Arc::clone(&self.shape.settings),
            definitions: Arc::clone(&self.shape.definitions),
            policy: Arc::clone(&self.shape.policy),
            base_url: self.app.base_url(&self.connection.id),
            request_id: String::new(),
            at: self.now,
            caller: Caller::Nobody,
            is_rehearsal: false,
        }
    }

    /// Runs a read that may take long, in the tenant's turn.
    ///
    /// # Errors
    /// What the read says.
    pub async fn read_long<T: Send + 'static>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.app.store().read_long_of(self.tenant.tenant, unit).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let desk = Desk::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Trouble::not_found())?;
        let named: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let id = named.iter().find(|(name, _)| name == "connection").map_or("", |(_, value)| value);
        let found = desk.app.store().read(|tx| connections::by_id(tx, id))?;
        // One of another tenant is none.
        let connection = found.filter(|found| found.scope.tenant == desk.tenant.tenant);
        let connection = connection.ok_or_else(Trouble::not_found)?;
        let shape = desk.app.shape(&connection)?;
        let query = Fields::read(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(Self { desk, connection, shape, query, named })
    }
}

/// What is wrong with what a person sent, to be said beside their form. What is no matter of input goes to the gate.
///
/// # Errors
/// The error as a page, if it is about something else.
pub fn spoken(error: Error) -> Result<String, Trouble> {
    match error {
        Error::Invalid(detail) | Error::Conflict(detail) | Error::NotFound(detail) => Ok(detail),
        Error::VersionMismatch { .. } => Ok(
            "Somebody changed this meanwhile. Here it is as it is now: look at it, and repeat your change."
                .into(),
        ),
        Error::Scim(error) if error.status < 500 => Ok(error.detail),
        other => Err(other.into()),
    }
}
