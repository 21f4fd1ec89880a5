//! Groups of a connection, and what they stand for. Their identity provider keeps them; nothing changes them here.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::mappings::MappingView;
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::people::time;
use schemars::JsonSchema;
use serde::Serialize;
use store::mirror_groups::{self, MirrorGroup};
use store::{Scope, StoreError, Tx, mappings, members};

/// A group of a connection.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Group")]
pub struct GroupView {
    /// The SCIM id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The provider's own id of the group.
    pub external_id: Option<String>,
    /// How many direct members it has.
    pub members: i64,
    /// What it stands for.
    pub mappings: Vec<MappingView>,
    /// When it was made.
    pub created_at: String,
    /// When it, or who is in it, last changed.
    pub modified_at: String,
}

impl GroupView {
    /// A group of a connection.
    pub fn read(tx: &mut Tx<'_>, scope: Scope, group: &MirrorGroup) -> Result<Self, StoreError> {
        let mappings = mappings::of_group(tx, scope, &group.id)?;
        Ok(Self {
            id: group.id.clone(),
            name: group.display_name().to_owned(),
            external_id: group.external_id().map(str::to_owned),
            members: members::count(tx, scope, &group.id)?,
            mappings: mappings
                .iter()
                .map(|mapping| MappingView::read(tx, scope, mapping))
                .collect::<Result<_, _>>()?,
            created_at: time(group.created_at),
            modified_at: time(group.modified_at),
        })
    }
}

impl Sample for GroupView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "Sales EMEA".into(),
            external_id: Some("00g1a2b3c4".into()),
            members: 42,
            mappings: vec![MappingView::sample()],
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let (after, wanted) = (paging.after.clone(), paging.wanted());
    let read = move |tx: &mut Tx<'_>| {
        let rows = mirror_groups::page(tx, scope, &after, wanted)?;
        rows.iter().map(|row| GroupView::read(tx, scope, row)).collect::<Result<Vec<_>, StoreError>>()
    };
    let shown = call.app.store().read_long(read).await?;
    Reply::ok(&call.page_of(&paging, shown, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (scope, who) = (call.connection()?.scope, call.named("group").to_owned());
    let read = move |tx: &mut Tx<'_>| {
        let group = provisioning::find::group(tx, scope, &who)?;
        Ok::<_, provisioning::Error>(GroupView::read(tx, scope, &group)?)
    };
    Reply::ok(&call.app.store().read_long(read).await?)
}
