//! Who has access to an organization, since when and because of what: as rows of a page, and as a file of all.

use super::explained::{Chain, chain};
use super::export::{Format, Lines};
use super::{links, short};
use crate::console::desk::Desk;
use crate::console::sheet;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use axum::extract::Path;
use axum::response::Response;
use provisioning::access::{self, Because, Holder};
use scim::instant;
use store::organizations::{self, Organization};

/// How many people the file is made of at a time.
const CHUNK: usize = 200;

/// A person with access to an organization.
pub struct Row {
    /// How they are called.
    pub name: String,
    /// Their page.
    pub path: String,
    /// The username.
    pub user_name: String,
    /// How they stand.
    pub state: State,
    /// Since when.
    pub since: i64,
    /// Each role, with its reasons.
    pub roles: Vec<Held>,
}

/// A role of theirs.
pub struct Held {
    /// What it is called.
    pub role: String,
    /// Its page.
    pub role_path: String,
    /// Whether it is the strongest.
    pub is_effective: bool,
    /// The organization that passes it down.
    pub inherited_from: Option<(String, String)>,
    /// Why.
    pub chain: Chain,
}

/// The row of a person.
pub fn row(desk: &Desk, holder: &Holder) -> Row {
    let held = holder.entries.iter().map(|entry| Held {
        role: entry.role.name.clone(),
        role_path: links::role(desk, &entry.role.id),
        is_effective: entry.effective,
        inherited_from: entry
            .inherited_from
            .as_ref()
            .map(|above| (above.name.clone(), links::organization(desk, &above.id))),
        chain: chain(desk, &entry.because),
    });
    Row {
        path: links::user(desk, &holder.user),
        user_name: short(&holder.user_name),
        state: super::state_of(holder.status, false),
        since: instant::microseconds(&holder.since).unwrap_or_default(),
        roles: held.collect(),
        name: short(&holder.name),
    }
}

/// The organization of an id, archived or not, within the tenant.
pub fn known(desk: &Desk, id: &str) -> Result<Organization, Trouble> {
    let found = desk.app.store().read(|tx| organizations::by_id(tx, desk.tenant.tenant, id))?;
    found.ok_or_else(Trouble::not_found)
}

/// `GET /organizations/{id}/people.csv`: a line for each person and role.
pub async fn download(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let organization = known(&desk, &id)?;
    let (store, tenant) = (desk.app.store().clone(), desk.tenant.tenant);
    let header = [
        "organization",
        "user",
        "username",
        "name",
        "status",
        "role",
        "effective",
        "inherited from",
        "since",
        "because",
    ];
    let lines = Lines::begin(sheet::row(header.map(str::to_owned)));
    let writer = lines.writer();
    tokio::spawn(async move {
        let mut after = String::new();
        loop {
            let (place, last) = (organization.clone(), after.clone());
            let read = store
                .read_long_of(tenant, move |tx| access::of_organization(tx, tenant, &place, &last, CHUNK));
            let page = match read.await {
                Ok(page) => page,
                Err(error) => return writer.fail(&error).await,
            };
            let text: String = page.people.iter().map(|holder| rows(&organization, holder)).collect();
            if !writer.write(text).await {
                return;
            }
            match page.next {
                Some(next) => after = next,
                None => return,
            }
        }
    });
    Ok(lines.respond(Format::Csv, "people"))
}

fn rows(organization: &Organization, holder: &Holder) -> String {
    let of_entry = |entry: &access::Entry| {
        let because: Vec<String> = entry.because.iter().map(Because::sentence).collect();
        let above = entry.inherited_from.as_ref().map_or("", |above| &above.name);
        sheet::row([
            organization.name.clone(),
            holder.user.clone(),
            holder.user_name.clone(),
            holder.name.clone(),
            holder.status.to_owned(),
            entry.role.name.clone(),
            if entry.effective { "yes" } else { "no" }.to_owned(),
            above.to_owned(),
            holder.since.clone(),
            because.join(" <- "),
        ])
    };
    holder.entries.iter().map(of_entry).collect()
}
