//! A wire between the archive and PostgreSQL that can be cut around a commit, just before it or just after.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Where a wire is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The commit does not reach the server.
    Request = 1,
    /// The answer to the commit does not come back.
    Answer = 2,
}

/// How `commit` travels: a simple query of that text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bcommit\0";

/// A wire that carries bytes both ways.
pub struct Wire {
    url: String,
    armed: Arc<AtomicU8>,
}

impl Wire {
    /// A wire to a database whose URL names the directory of a socket.
    pub fn start(url: &str) -> Self {
        let (before, after) = url.split_once('@').expect("a user");
        let (host, database) = after.split_once('/').expect("a database");
        let socket = PathBuf::from(host.replace("%2F", "/")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let armed = Arc::new(AtomicU8::new(0));
        let own = Arc::clone(&armed);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = UnixStream::connect(&socket).expect("a server");
                carry(client, server, &own);
            }
        });
        Self { url: format!("{before}@{address}/{database}"), armed }
    }

    /// Where the archive connects to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the wire of whoever commits next.
    pub fn cut_next_commit(&self, cut: Cut) {
        self.armed.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether no commit has come by since.
    pub fn is_armed(&self) -> bool {
        self.armed.load(Ordering::SeqCst) != 0
    }
}

fn carry(client: TcpStream, server: UnixStream, armed: &Arc<AtomicU8>) {
    let armed = Arc::clone(armed);
    let (mut from_client, mut to_server) =
        (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    let (mut from_server, mut to_client) = (server, client);
    let back = std::thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from_server.read(&mut bytes) {
            if to_client.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(to_client.shutdown(Shutdown::Both));
    });
    std::thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = from_client.read(&mut bytes) {
            let is_commit = bytes[..count].windows(COMMIT.len()).any(|part| part == COMMIT);
            let cut = if is_commit { armed.swap(0, Ordering::SeqCst) } else { 0 };
            if cut == Cut::Answer as u8 {
                // The client is gone before the server answers, and the server carries it out all the same.
                drop(from_client.shutdown(Shutdown::Both));
                drop(to_server.write_all(&bytes[..count]));
                break;
            }
            if cut == Cut::Request as u8 || to_server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(from_client.shutdown(Shutdown::Both));
        // What is on its way to the server arrives before the end does.
        drop(to_server.shutdown(Shutdown::Write));
        drop(back);
    });
}
