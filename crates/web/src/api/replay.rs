//! A request that is sent twice is carried out once: `Idempotency-Key` on POST.

use super::call::{Call, Reply};
use super::endpoint::Endpoint;
use super::problem::{Kind, Problem};
use axum::http::{HeaderMap, Method, Uri};
use provisioning::calls::{self, Claimed};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The header.
pub const HEADER: &str = "idempotency-key";
/// How long a name may be, in characters.
const NAME_LENGTH: usize = 255;

/// What the client calls the request.
///
/// # Errors
/// A name that is empty, too long, or given twice.
pub fn name(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > NAME_LENGTH || values.next().is_some() {
        return Err(Problem::malformed(format!(
            "Idempotency-Key is one name of 1 to {NAME_LENGTH} visible ASCII characters, new for every request that is not a repetition."
        )));
    }
    Ok(Some(text.to_owned()))
}

/// What a request asks for, as a digest.
pub fn fingerprint(method: &Method, uri: &Uri, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    let query = uri.query().unwrap_or_default();
    for part in [method.as_str().as_bytes(), uri.path().as_bytes(), query.as_bytes(), body] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    store::hex(&digest.finalize())
}

/// Carries a call out under its name, or gives the answer again that it had.
pub async fn once(
    endpoint: Arc<Endpoint>,
    call: Call,
    name: String,
    fingerprint: String,
) -> Result<Reply, Problem> {
    let store = call.app.store().clone();
    let Some(asked) = call.operator.call.clone() else { return endpoint.run(call).await };
    let key = call.key.id.clone();
    match calls::claim(&store, &asked, &name, &key, fingerprint).await? {
        Claimed::First => {}
        Claimed::Before(answer) => return Reply::again(&answer),
        Claimed::Other => {
            return Err(Problem::new(
                Kind::KeyReused,
                "Another request was sent with this Idempotency-Key. Give every request a name of its own.",
            ));
        }
        Claimed::Underway => {
            return Err(Problem::new(
                Kind::Underway,
                "The first request with this Idempotency-Key has not been answered yet. Wait, and send it again.",
            ));
        }
        Claimed::Unanswered => {
            return Err(Problem::new(
                Kind::Conflict,
                "The first request with this Idempotency-Key was carried out, and its answer was lost. Read what it made.",
            ));
        }
    }
    // A client that hangs up must not keep the answer from being kept.
    let carried = tokio::spawn(async move {
        let result = endpoint.run(call).await;
        let kept = match &result {
            Ok(reply) => calls::answered(&store, &asked, &key, reply.kept()).await,
            Err(_) => calls::release(&store, &asked, &key).await,
        };
        if let Err(error) = kept {
            tracing::error!(%error, "the answer to a named request could not be kept");
        }
        result
    });
    carried.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a handler of the API panicked");
        Err(Problem::new(Kind::Internal, "The service failed unexpectedly."))
    })
}
