//! Whose settings they are: a tenant's, or for operators the installation's. The pages are the same.

use crate::console::desk::{Desk, Visitor};
use crate::console::form::Fields;
use crate::console::frame::{Frame, Section};
use crate::console::trouble::Trouble;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use provisioning::administrators::{Reach, Role};
use std::ops::Deref;
use store::TenantId;
use store::administrators::INSTALLATION;
use store::tenants::Tenant;

/// Somebody at the settings of a tenant, or of the installation.
pub struct Office {
    visitor: Visitor,
    desk: Option<Desk>,
}

impl Deref for Office {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

/// A page beside others.
pub struct Tab {
    /// What it is called.
    pub name: &'static str,
    /// Where it is.
    pub path: String,
    /// Whether it is the one shown.
    pub is_here: bool,
}

fn tab(name: &'static str, path: String, here: &str) -> Tab {
    Tab { name, path, is_here: name == here }
}

/// The pages of the installation, for operators.
pub fn tabs_of_installation(here: &str) -> Vec<Tab> {
    vec![
        tab("Tenants", "/tenants".into(), here),
        tab("Administrators", "/installation/administrators".into(), here),
        tab("API keys", "/installation/keys".into(), here),
        tab("Sign-in", "/installation/sign-in".into(), here),
        tab("Journal", "/installation/journal".into(), here),
    ]
}

impl Office {
    /// The tenant; none for the installation.
    pub fn tenant(&self) -> Option<&Tenant> {
        self.desk.as_ref().map(|desk| &desk.tenant)
    }

    /// The tenant's number, or what stands for the installation.
    pub fn number(&self) -> TenantId {
        self.tenant().map_or(INSTALLATION, |tenant| tenant.tenant)
    }

    /// The tenant, for what the installation has none of.
    ///
    /// # Errors
    /// These are the settings of the installation.
    pub fn of_tenant(&self) -> Result<&Tenant, Trouble> {
        self.tenant().ok_or_else(Trouble::not_found)
    }

    /// What it is called in a sentence.
    pub fn called(&self) -> String {
        self.tenant().map_or_else(|| "the installation".into(), |tenant| tenant.name.clone())
    }

    /// How far the person's say over others reaches.
    pub fn reach(&self) -> Reach {
        match self.who.role_of_installation() {
            Some(Role::Operator) => Reach::Installation,
            _ => Reach::Tenant(self.number()),
        }
    }

    /// What one can act as here, the mildest first.
    pub fn roles(&self) -> &'static [Role] {
        if self.desk.is_some() { &Role::ALL[..2] } else { &Role::ALL }
    }

    /// The path of a page of these settings.
    pub fn path(&self, path: &str) -> String {
        match &self.desk {
            Some(desk) => desk.path(&format!("/settings{path}")),
            None => format!("/installation{path}"),
        }
    }

    /// What stands around a page.
    pub fn frame(&self, title: &str) -> Frame {
        match &self.desk {
            Some(desk) => desk.frame(Section::Settings, title),
            None => self.visitor.frame(Section::Personal, title),
        }
    }

    /// The pages beside the one shown.
    pub fn tabs(&self, here: &str) -> Vec<Tab> {
        if self.desk.is_none() {
            return tabs_of_installation(here);
        }
        vec![
            tab("Administrators", self.path("/administrators"), here),
            tab("API keys", self.path("/keys"), here),
            tab("Domains", self.path("/domains"), here),
            tab("Retention", self.path("/retention"), here),
        ]
    }

    /// Refuses what was not confirmed by typing what it is about.
    pub fn confirmed(fields: &Fields, expected: &str) -> Result<(), provisioning::Error> {
        if scim::fold::fold(fields.text("confirm")) == scim::fold::fold(expected) {
            return Ok(());
        }
        Err(provisioning::Error::invalid(format!("Type \"{expected}\" to confirm. Nothing was changed.")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Office {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let desk: Option<Desk> = parts.extensions.get().cloned();
        let visitor = match &desk {
            Some(desk) => desk.visitor.clone(),
            None => Visitor::from_request_parts(parts, state).await?,
        };
        // Of the installation's settings nobody else learns that they are there.
        if desk.is_none() && visitor.who.role_of_installation() != Some(Role::Operator) {
            return Err(Trouble::not_found());
        }
        Ok(Self { visitor, desk })
    }
}
