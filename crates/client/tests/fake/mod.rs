//! A few lines of HTTP/1.1 on loopback, so that the client meets a real socket.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came in; header lines as they were written.
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<String>,
    pub body: Option<Value>,
}

/// Status, further header lines, body.
pub type Reply = (u16, &'static str, String);

/// Serves until the test ends; gives the base URL.
pub async fn serve(answer: impl Fn(Request) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move { serve_one(socket, &*answer).await });
        }
    });
    base_url
}

async fn serve_one(socket: TcpStream, answer: &(impl Fn(Request) -> Reply + Sync)) -> Option<()> {
    let mut reader = BufReader::new(socket);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await.ok()?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).await.ok()?;
    let mut first = lines.first()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let body = (!body.is_empty()).then(|| serde_json::from_slice(&body).unwrap());
    let (status, extra, text) = answer(Request { method, target, headers: lines.split_off(1), body });
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{extra}\r\n", text.len());
    reader.write_all(format!("{head}{text}").as_bytes()).await.ok()
}
