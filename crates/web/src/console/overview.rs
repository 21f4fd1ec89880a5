//! The overview of a tenant: what needs somebody, then what there is.

use super::desk::Desk;
use super::frame::{self, Frame, Section, Theme};
use super::trouble::Trouble;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    connections: Vec<Line>,
    provisioning: String,
}

/// A connection, in a line.
pub struct Line {
    name: String,
    path: String,
    provider: String,
}

/// `GET /t/{tenant}`.
pub async fn page(desk: Desk) -> Result<Response, Trouble> {
    let connections = desk.app.store().read(|tx| store::connections::of_tenant(tx, desk.tenant.tenant))?;
    let connections = connections
        .into_iter()
        .map(|connection| Line {
            path: desk.path(&format!("/provisioning/{}", connection.id)),
            name: connection.name,
            provider: connection.provider,
        })
        .collect();
    let frame = desk.frame(Section::Overview, "Overview");
    frame::page(&OverviewPage { frame, connections, provisioning: desk.path("/provisioning") })
}
