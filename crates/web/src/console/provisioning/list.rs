//! The connections of a tenant.

use super::needs::{ConnectionLine, lines};
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Section, Theme};
use crate::console::narrow::Narrow;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "provisioning/list.html")]
struct ListPage {
    frame: Frame,
    narrow: Narrow,
    connections: Vec<ConnectionLine>,
    path: String,
}

/// `GET /t/{tenant}/provisioning`.
pub async fn page(desk: Desk) -> Result<Response, Trouble> {
    let connections = desk.app.store().read(|tx| store::connections::of_tenant(tx, desk.tenant.tenant))?;
    let mut connections = lines(&desk, connections).await?;
    let mut narrow = Narrow::of(&desk.address, "connections");
    narrow.keep(&mut connections, |line| vec![&line.name, line.provider, line.state.word()]);
    let frame = desk.frame(Section::Provisioning, "Provisioning");
    frame::page(&ListPage { frame, narrow, connections, path: desk.path("/provisioning") })
}
