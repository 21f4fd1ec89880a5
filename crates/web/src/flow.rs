//! Answers that are written while they are read. What turns out short is sent whole; the rest leaves piece by piece, so that the
//! memory an answer takes does not grow with it.
//!
//! All of an answer is read from one snapshot, which is held until the last piece has left. A client that takes the
//! pieces too slowly is broken off. An answer that breaks off never looks whole: its body ends with an error, and with it the
//! socket.

use crate::exchange::Answer;
use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use provisioning::Error;
use serde::Serialize;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use store::{Store, StoreError, TenantId, Turn, Tx};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Up to how many bytes an answer is sent whole: a group of some thousand members.
const WHOLE: usize = 256 * 1024;
/// How many bytes a piece of a longer one has at least, but for the last.
const PIECE: usize = 64 * 1024;
/// How many pieces wait for whoever takes them.
const WAITING: usize = 2;

/// How slowly an answer may be taken while a read waits for it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long one piece is waited for, and all of them together if a client takes them at the slowest rate.
    pub patience: Duration,
    /// That rate, in bytes a second.
    pub slowest: u64,
}

impl Pace {
    /// Two megabits a second. PostgreSQL ends a transaction that rests for 60 seconds; SQLite's log grows until the read is over.
    pub const USUAL: Self = Self { patience: Duration::from_secs(30), slowest: 256 * 1024 };

    /// How long the next piece may be waited for.
    fn left(self, sent: u64, waited: Duration) -> Duration {
        let earned = Duration::from_micros(sent.saturating_mul(1_000_000) / self.slowest.max(1));
        (self.patience + earned).saturating_sub(waited).min(self.patience)
    }
}

/// Why an answer is not written to its end.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// It cannot be read.
    #[error(transparent)]
    Failed(#[from] Error),
    /// The client has hung up.
    #[error("the client hung up")]
    Gone,
    /// The client took too long.
    #[error("the client took it too slowly")]
    TooSlow,
    /// It is long, and others are being sent: it is to be read once more when it is its turn.
    #[error("others are being sent")]
    Crowded,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why the body of an answer broke off, once it did.
#[derive(Clone, Debug, Default)]
pub struct Broken(Arc<OnceLock<String>>);

impl Broken {
    /// The reason, for a record.
    pub fn reason(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// Marks an answer that goes on being written while it is sent.
#[derive(Clone, Debug)]
pub struct Flowing(pub Broken);

/// What an answer is written to.
pub struct Flow {
    store: Store,
    tenant: TenantId,
    pace: Pace,
    head: Answer,
    written: Vec<u8>,
    turn: Option<Turn>,
    opened: Option<oneshot::Sender<Answer>>,
    sending: Option<Sending>,
}

/// The way to a client, once an answer is known to be long.
struct Sending {
    pieces: mpsc::Sender<Piece>,
    broken: Broken,
    sent: u64,
    waited: Duration,
}

enum Piece {
    More(Bytes),
    /// Nothing comes after it. Without this, a body is not whole.
    End,
}

/// Reads an answer, when it is its turn, and hands it on: whole, or once its first piece is written. `write` says how the answer
/// begins and then writes it; it may be asked to do so once more.
///
/// # Errors
/// The archive cannot be read, or whatever else `write` meets before the first piece.
pub async fn run(
    store: &Store,
    tenant: TenantId,
    pace: Pace,
    write: impl Fn(&mut Tx<'_>, &mut Flow) -> Result<(), Stop> + Clone + Send + 'static,
) -> Result<Answer, Error> {
    let mut turn = None;
    loop {
        let (opened, mut beginning) = oneshot::channel();
        let mut flow = Flow {
            store: store.clone(),
            tenant,
            pace,
            head: Answer::default(),
            written: Vec::new(),
            turn: turn.take(),
            opened: Some(opened),
            sending: None,
        };
        let write = write.clone();
        let reading = store.read_long_of(tenant, move |tx| {
            let result = write(tx, &mut flow);
            flow.end(result)
        });
        // A read that nobody waits for any more goes on, and with it what is sent.
        let read = tokio::select! {
            biased;
            Ok(answer) = &mut beginning => return Ok(answer),
            read = reading => read,
        };
        if let Ok(answer) = beginning.try_recv() {
            return Ok(answer);
        }
        match read {
            Ok(Some(answer)) => return Ok(answer),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Crowded) => turn = Some(store.turn_to_send(tenant).await?),
            Ok(None) | Err(Stop::Gone | Stop::TooSlow) => {
                return Err(StoreError::Unavailable("nobody took the answer".into()).into());
            }
        }
    }
}

impl Flow {
    /// Says how the answer begins: its status and headers. To be called before anything is written.
    pub fn begin(&mut self, head: Answer) {
        self.head = head;
    }

    /// Writes text.
    ///
    /// # Errors
    /// Nobody takes it any more, or not now.
    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.written.extend_from_slice(text.as_bytes());
        self.hand_on()
    }

    /// Writes JSON.
    ///
    /// # Errors
    /// As [`Flow::text`].
    pub fn json(&mut self, json: &impl Serialize) -> Result<(), Stop> {
        let written = serde_json::to_writer(&mut self.written, json);
        // Values and documents have no part that cannot be written, and memory takes everything.
        written.map_err(|error| StoreError::Unreadable(error.to_string()))?;
        self.hand_on()
    }

    fn hand_on(&mut self) -> Result<(), Stop> {
        let limit = if self.sending.is_some() { PIECE } else { WHOLE };
        if self.written.len() <= limit {
            return Ok(());
        }
        if self.sending.is_none() {
            self.open()?;
        }
        self.send()
    }

    /// The answer is long: its beginning leaves.
    fn open(&mut self) -> Result<(), Stop> {
        if self.turn.is_none() {
            self.turn = self.store.free_turn_to_send(self.tenant);
        }
        if self.turn.is_none() {
            return Err(Stop::Crowded);
        }
        let (sender, pieces) = mpsc::channel(WAITING);
        let broken = Broken::default();
        let body = Pieces { coming: pieces, broken: broken.clone(), is_over: false };
        let answer = std::mem::take(&mut self.head).with_pieces(body);
        let opened = self.opened.take().ok_or(Stop::Gone)?;
        opened.send(answer).map_err(|_| Stop::Gone)?;
        self.sending = Some(Sending { pieces: sender, broken, sent: 0, waited: Duration::ZERO });
        Ok(())
    }

    fn send(&mut self) -> Result<(), Stop> {
        let piece = std::mem::replace(&mut self.written, Vec::with_capacity(PIECE + PIECE / 8));
        match &mut self.sending {
            Some(sending) => sending.send(Piece::More(piece.into()), self.pace),
            None => Err(Stop::Gone),
        }
    }

    /// Ends the answer: returns it if it is short, otherwise sends what is left. What failed after the beginning has left breaks
    /// it off.
    fn end(&mut self, result: Result<(), Stop>) -> Result<Option<Answer>, Stop> {
        if self.sending.is_none() {
            return result.map(|()| Some(std::mem::take(&mut self.head).with_text(self.written_text())));
        }
        let result = result.and_then(|()| self.send());
        let Some(mut sending) = self.sending.take() else { return Ok(None) };
        match result.and_then(|()| sending.send(Piece::End, self.pace)) {
            Ok(()) => Ok(None),
            Err(stop) => {
                match &stop {
                    Stop::Failed(error) => tracing::error!(%error, "an answer broke off while it was sent"),
                    Stop::TooSlow => tracing::warn!("an answer was taken too slowly and broken off"),
                    Stop::Gone | Stop::Crowded => {}
                }
                // Internals stay inside.
                let reason = match stop {
                    Stop::Failed(_) => "it could not be read to its end".to_owned(),
                    other => other.to_string(),
                };
                // It is empty: nobody else writes it.
                drop(sending.broken.0.set(reason));
                Ok(None)
            }
        }
    }

    fn written_text(&mut self) -> String {
        // Text and JSON were written, nothing else.
        String::from_utf8(std::mem::take(&mut self.written)).unwrap_or_default()
    }
}

impl Sending {
    fn send(&mut self, piece: Piece, pace: Pace) -> Result<(), Stop> {
        let size = match &piece {
            Piece::More(bytes) => bytes.len() as u64,
            Piece::End => 0,
        };
        let piece = match self.pieces.try_send(piece) {
            Ok(()) => {
                self.sent += size;
                return Ok(());
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Stop::Gone),
            Err(mpsc::error::TrySendError::Full(piece)) => piece,
        };
        let (began, patience) = (Instant::now(), pace.left(self.sent, self.waited));
        // This is a thread for what may take long, of either engine: it may wait.
        let taken = Handle::current().block_on(self.pieces.send_timeout(piece, patience));
        self.waited += began.elapsed();
        self.sent += size;
        taken.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => Stop::TooSlow,
            mpsc::error::SendTimeoutError::Closed(_) => Stop::Gone,
        })
    }
}

/// The body of a long answer.
#[derive(Debug)]
pub struct Pieces {
    coming: mpsc::Receiver<Piece>,
    broken: Broken,
    is_over: bool,
}

impl Pieces {
    /// Why it broke off, once it did.
    pub fn broken(&self) -> &Broken {
        &self.broken
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.coming.poll_recv(context)) {
            Some(Piece::More(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                self.is_over = true;
                None
            }
            None => {
                self.is_over = true;
                Some(Err("the answer broke off".into()))
            }
        })
    }
}
