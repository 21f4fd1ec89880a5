//! `/Groups`.

use super::Passed;
use super::page::Asked;
use super::users::ResourcePath;
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::list::ListQuery;
use ::scim::projection::Projection;
use ::scim::{ResourceDefinition, ScimError};
use axum::Extension;
use axum::extract::{Path, State};
use provisioning::ground::Ground;
use provisioning::groups::{self, Wanted};
use provisioning::unit::Carried;
use std::sync::Arc;
use store::Tx;
use store::requests::Record;
use store::search::is_keyed_for_groups;

/// `GET /Groups`.
pub async fn list(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = exchange.list_query()?;
    find(&app, exchange, &query).await
}

/// `POST /Groups/.search`.
pub async fn search(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = ListQuery::from_search_request(&exchange.json()?)?;
    find(&app, exchange, &query).await
}

async fn find(app: &App, exchange: Arc<Exchange>, query: &ListQuery) -> Result<Answer, Failure> {
    let definition = definition(&exchange)?;
    let asked = Asked::of(app, &exchange, &definition, query)?;
    let with_members = asked.projection.shows("members");
    if is_keyed_for_groups(&asked.selection()) && !with_members {
        let read = |tx: &mut Tx<'_>| groups::list(tx, &exchange.session, &asked.selection(), with_members);
        let page = exchange.read(app.store(), read)?;
        return Ok(asked.answer(app, &exchange, &definition, page));
    }
    let own = Arc::clone(&exchange);
    let (asked, page) = exchange
        .read_long(app.store(), move |tx| {
            let page = groups::list(tx, &own.session, &asked.selection(), with_members)?;
            Ok::<_, provisioning::Error>((asked, page))
        })
        .await?;
    Ok(asked.answer(app, &exchange, &definition, page))
}

/// `GET /Groups/{id}`.
pub async fn read(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    let definition = definition(&exchange)?;
    let projection = exchange.projection(&definition)?;
    let location = exchange.session.group_location(&id);
    let (version, document) = if projection.shows("members") {
        let session = Arc::clone(&exchange.session);
        exchange.read_long(app.store(), move |tx| groups::get(tx, &session, &id, true)).await?
    } else {
        exchange.read(app.store(), |tx| groups::get(tx, &exchange.session, &id, false))?
    };
    exchange.shown(&definition, &projection, version, location, document)
}

/// `POST /Groups`.
pub async fn create(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    create_on(app.store(), &exchange).await
}

/// The same wherever it is carried out.
pub async fn create_on(ground: impl Ground, exchange: &Arc<Exchange>) -> Result<Answer, Failure> {
    let body = exchange.json()?;
    let (projection, seal) = seal(exchange)?;
    Ok(groups::create(ground, &exchange.session, body, projection.shows("members"), seal).await?)
}

/// `PUT /Groups/{id}`.
pub async fn replace(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    replace_on(app.store(), &exchange, id).await
}

/// The same wherever it is carried out.
pub async fn replace_on(
    ground: impl Ground,
    exchange: &Arc<Exchange>,
    id: String,
) -> Result<Answer, Failure> {
    let body = exchange.json()?;
    let (projection, seal) = seal(exchange)?;
    let (conditions, with_members) = (exchange.conditions(), projection.shows("members"));
    Ok(groups::replace(ground, &exchange.session, id, conditions, body, with_members, seal).await?)
}

/// `PATCH /Groups/{id}`: `204`, since a group may be large, unless the client names the attributes it wants to see.
pub async fn patch(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    patch_on(app.store(), &exchange, id).await
}

/// The same wherever it is carried out.
pub async fn patch_on(ground: impl Ground, exchange: &Arc<Exchange>, id: String) -> Result<Answer, Failure> {
    let body = exchange.json()?;
    let (projection, seal) = seal(exchange)?;
    // RFC 7644 §3.5.2: with `attributes` the answer is 200 and has a body.
    let wanted = if projection.is_explicit() {
        Wanted::Group { with_members: projection.shows("members") }
    } else {
        Wanted::Nothing
    };
    Ok(groups::patch(ground, &exchange.session, id, exchange.conditions(), body, wanted, seal).await?)
}

/// `DELETE /Groups/{id}`.
pub async fn delete(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    delete_on(app.store(), &exchange, id).await
}

/// The same wherever it is carried out.
pub async fn delete_on(ground: impl Ground, exchange: &Arc<Exchange>, id: String) -> Result<Answer, Failure> {
    let (_, seal) = seal(exchange)?;
    Ok(groups::delete(ground, &exchange.session, id, exchange.conditions(), seal).await?)
}

/// The resource type, as long as the connection synchronises groups.
fn definition(exchange: &Exchange) -> Result<Arc<ResourceDefinition>, Failure> {
    if exchange.session.settings.groups {
        return Ok(Arc::clone(&exchange.session.definitions.group));
    }
    Err(ScimError::status(
        501,
        "This connection does not synchronise groups. Switch groups on in AccessIQ, or stop pushing them.",
    )
    .into())
}

/// Makes answer and record of what was carried out.
#[expect(clippy::type_complexity, reason = "the closure's type cannot be named")]
fn seal(
    exchange: &Arc<Exchange>,
) -> Result<(Arc<Projection>, impl Fn(&Carried<'_>) -> (Record, Answer) + Send + 'static + use<>), Failure> {
    let exchange = Arc::clone(exchange);
    let definition = definition(&exchange)?;
    let projection = Arc::new(exchange.projection(&definition)?);
    let own = Arc::clone(&projection);
    Ok((projection, move |carried: &Carried<'_>| exchange.sealed(&definition, &own, carried)))
}
