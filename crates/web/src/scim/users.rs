//! `/Users`.

use super::Passed;
use super::page::Asked;
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::list::ListQuery;
use axum::Extension;
use axum::extract::{Path, State};
use provisioning::ground::Ground;
use provisioning::unit::Carried;
use provisioning::users;
use std::sync::Arc;
use store::Tx;
use store::requests::Record;
use store::search::is_keyed_for_users;

/// The parameters of a path to one resource.
pub type ResourcePath = Path<(String, String)>;

/// `GET /Users`.
pub async fn list(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = exchange.list_query()?;
    find(&app, exchange, &query).await
}

/// `POST /Users/.search`.
pub async fn search(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = ListQuery::from_search_request(&exchange.json()?)?;
    find(&app, exchange, &query).await
}

async fn find(app: &App, exchange: Arc<Exchange>, query: &ListQuery) -> Result<Answer, Failure> {
    let definition = Arc::clone(&exchange.session.definitions.user);
    let asked = Asked::of(app, &exchange, &definition, query)?;
    let with_groups = asked.projection.shows("groups");
    if is_keyed_for_users(&asked.selection()) {
        let read = |tx: &mut Tx<'_>| users::list(tx, &exchange.session, &asked.selection(), with_groups);
        let page = exchange.read(app.store(), read)?;
        return Ok(asked.answer(app, &exchange, &definition, page));
    }
    let own = Arc::clone(&exchange);
    let (asked, page) = exchange
        .read_long(app.store(), move |tx| {
            let page = users::list(tx, &own.session, &asked.selection(), with_groups)?;
            Ok::<_, provisioning::Error>((asked, page))
        })
        .await?;
    Ok(asked.answer(app, &exchange, &definition, page))
}

/// `GET /Users/{id}`.
pub async fn read(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    let session = &exchange.session;
    let definition = &session.definitions.user;
    let projection = exchange.projection(definition)?;
    let (version, document) =
        exchange.read(app.store(), |tx| users::get(tx, session, &id, projection.shows("groups")))?;
    exchange.shown(definition, &projection, version, session.user_location(&id), document)
}

/// `POST /Users`.
pub async fn create(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    create_on(app.store(), &exchange).await
}

/// The same wherever it is carried out.
pub async fn create_on(ground: impl Ground, exchange: &Arc<Exchange>) -> Result<Answer, Failure> {
    let (body, seal) = (exchange.json()?, seal(exchange)?);
    Ok(users::create(ground, &exchange.session, body, seal).await?)
}

/// `PUT /Users/{id}`.
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
    let (body, seal) = (exchange.json()?, seal(exchange)?);
    Ok(users::replace(ground, &exchange.session, id, exchange.conditions(), body, seal).await?)
}

/// `PATCH /Users/{id}`.
pub async fn patch(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    patch_on(app.store(), &exchange, id).await
}

/// The same wherever it is carried out.
pub async fn patch_on(ground: impl Ground, exchange: &Arc<Exchange>, id: String) -> Result<Answer, Failure> {
    let (body, seal) = (exchange.json()?, seal(exchange)?);
    Ok(users::patch(ground, &exchange.session, id, exchange.conditions(), body, seal).await?)
}

/// `DELETE /Users/{id}`.
pub async fn delete(
    State(app): State<App>,
    Extension(exchange): Passed,
    Path((_, id)): ResourcePath,
) -> Result<Answer, Failure> {
    delete_on(app.store(), &exchange, id).await
}

/// The same wherever it is carried out.
pub async fn delete_on(ground: impl Ground, exchange: &Arc<Exchange>, id: String) -> Result<Answer, Failure> {
    let seal = seal(exchange)?;
    Ok(users::delete(ground, &exchange.session, id, exchange.conditions(), seal).await?)
}

/// Makes answer and record of what was carried out.
fn seal(
    exchange: &Arc<Exchange>,
) -> Result<impl Fn(&Carried<'_>) -> (Record, Answer) + Send + 'static + use<>, Failure> {
    let exchange = Arc::clone(exchange);
    let definition = Arc::clone(&exchange.session.definitions.user);
    let projection = exchange.projection(&definition)?;
    Ok(move |carried: &Carried<'_>| exchange.sealed(&definition, &projection, carried))
}
