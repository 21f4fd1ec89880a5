//! `/Groups`.

use super::Passed;
use super::page::Asked;
use super::users::ResourcePath;
use super::written;
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use crate::flow::Flow;
use ::scim::list::ListQuery;
use ::scim::projection::Projection;
use ::scim::{ResourceDefinition, ScimError};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::Method;
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
    if is_keyed_for_groups(&asked.selection()) && !asked.projection.shows("members") {
        let page =
            exchange.read(app.store(), |tx| groups::list(tx, &exchange.session, &asked.selection()))?;
        let page = page.map(|group| groups::shown(&exchange.session, &group, Vec::new()));
        return Ok(asked.answer(app, &exchange, &definition, page));
    }
    let (app, own, asked) = (app.clone(), Arc::clone(&exchange), Arc::new(asked));
    let store = app.store().clone();
    exchange
        .flow(&store, move |tx, flow| {
            let page = groups::list(tx, &own.session, &asked.selection())?;
            flow.begin(asked.opening());
            if own.method == Method::HEAD {
                return Ok(());
            }
            let head = asked.head(&app, &own, &page);
            written::list(flow, &head, &page.rows, |flow, group| {
                written::group(tx, flow, &own.session, &asked.projection, group)
            })
        })
        .await
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
    if !projection.shows("members") {
        let group = exchange.read(app.store(), |tx| groups::one(tx, &exchange.session, &id))?;
        let document = groups::shown(&exchange.session, &group, Vec::new());
        return exchange.shown(&definition, &projection, group.version, location, document);
    }
    let (own, projection) = (Arc::clone(&exchange), Arc::new(projection));
    exchange
        .flow(app.store(), move |tx, flow| {
            let group = groups::one(tx, &own.session, &id)?;
            let (head, has_body) = own.head(&projection, group.version, location.clone())?;
            flow.begin(head);
            if !has_body {
                return Ok(());
            }
            written::group(tx, flow, &own.session, &projection, &group)
        })
        .await
}

/// `POST /Groups`.
pub async fn create(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let answer = create_on(app.store(), &exchange).await?;
    Ok(completed(&app, &exchange, answer).await)
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
    let answer = replace_on(app.store(), &exchange, id).await?;
    Ok(completed(&app, &exchange, answer).await)
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
    let answer = patch_on(app.store(), &exchange, id).await?;
    Ok(completed(&app, &exchange, answer).await)
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

/// The answer to a change of a group that has more members than are made with it: read behind the change, so that whoever
/// came between is in it. Where it cannot be read any more, the change has happened all the same.
async fn completed(app: &App, exchange: &Arc<Exchange>, answer: Answer) -> Answer {
    let Some(id) = answer.unread().map(str::to_owned) else { return answer };
    let (answer, session) = (Arc::new(answer), Arc::clone(&exchange.session));
    let own = Arc::clone(&answer);
    let read = async {
        let projection = exchange.projection(&*definition(exchange)?)?;
        let read = move |tx: &mut Tx<'_>, flow: &mut Flow| {
            let group = groups::one(tx, &session, &id)?;
            flow.begin(own.beginning(group.version));
            written::group(tx, flow, &session, &projection, &group)
        };
        exchange.flow(app.store(), read).await
    };
    read.await.unwrap_or_else(|_: Failure| answer.without_body())
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
