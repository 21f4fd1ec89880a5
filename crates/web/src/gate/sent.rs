//! The record of a read whose answer goes on being written while it is sent: made when the last piece has left, or when it is clear
//! that it never will.

use crate::App;
use crate::exchange::Exchange;
use crate::flow::Broken;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use store::requests::Record;

/// A body that is counted while it is sent, and recorded at its end.
pub struct Sent {
    body: Body,
    bytes: usize,
    open: Option<Open>,
    recording: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    last: Option<Result<Frame<Bytes>, BoxError>>,
}

/// What the record is made of.
struct Open {
    app: App,
    exchange: Arc<Exchange>,
    record: Record,
    broken: Broken,
}

impl Sent {
    /// The body of an answer whose record lacks what is known at its end alone.
    pub fn new(app: &App, exchange: &Arc<Exchange>, record: Record, body: Body, broken: Broken) -> Self {
        let open = Open { app: app.clone(), exchange: Arc::clone(exchange), record, broken };
        Self { body, bytes: 0, open: Some(open), recording: None, last: None }
    }

    /// Completes the record and hands it to the recorder. `why` says why the answer broke off if its writer does not; none for one
    /// that is whole.
    fn record(&mut self, why: Option<&str>) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
        let Open { app, exchange, mut record, broken } = self.open.take()?;
        record.duration = exchange.duration();
        record.response_body = Some(format!("[{} bytes]", self.bytes));
        if let Some(why) = why {
            let reason = broken.reason().unwrap_or(why);
            record.error = Some(format!("The answer broke off after {} bytes: {reason}.", self.bytes));
        }
        Some(Box::pin(async move { app.recorder().record(record).await }))
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if let Some(recording) = &mut self.recording {
                ready!(recording.as_mut().poll(context));
                self.recording = None;
                return Poll::Ready(self.last.take());
            }
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            if let Some(Ok(frame)) = frame {
                self.bytes += frame.data_ref().map_or(0, Bytes::len);
                return Poll::Ready(Some(Ok(frame)));
            }
            // The end waits for its record: whoever has the whole answer finds it in the journal of requests.
            let why = frame.as_ref().map(|_| "it could not be read to its end");
            self.recording = self.record(why);
            self.last = frame.map(|end| end.map_err(Into::into));
            if self.recording.is_none() {
                return Poll::Ready(self.last.take());
            }
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let recording = self.recording.take().or_else(|| self.record(Some("the client hung up")));
        if let (Some(recording), Ok(runtime)) = (recording, tokio::runtime::Handle::try_current()) {
            drop(runtime.spawn(recording));
        }
    }
}
