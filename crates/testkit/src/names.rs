//! A name server on loopback: TXT records as a test publishes them, and no other names.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::UdpSocket;

/// How long an answer may be kept, in seconds: not at all.
const LIFETIME: u32 = 0;

/// A name server on loopback. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NameServer {
    /// Where it listens.
    pub address: SocketAddr,
    texts: Arc<Mutex<HashMap<String, Vec<String>>>>,
}

impl NameServer {
    /// Starts one that knows no name.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a socket");
        let address = socket.local_addr().expect("an address");
        let server = Self { address, texts: Arc::default() };
        tokio::spawn(server.clone().serve(socket));
        server
    }

    /// Lets a name have these texts.
    pub fn publish(&self, name: &str, texts: &[&str]) {
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{name}."), texts);
    }

    async fn serve(self, socket: UdpSocket) {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
            let answer = self.answer(&question).to_vec().expect("an answer");
            // A client that is gone needs none.
            drop(socket.send_to(&answer, client).await);
        }
    }

    fn answer(&self, question: &Message) -> Message {
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.add_queries(question.queries.iter().cloned());
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        let Some(query) = question.queries.first() else { return answer };
        let known = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(texts) = known.get(&query.name().to_ascii().to_ascii_lowercase()) else {
            answer.metadata.response_code = ResponseCode::NXDomain;
            return answer;
        };
        if query.query_type() == RecordType::TXT {
            answer.add_answers(texts.iter().map(|text| {
                // As name servers do: a record is parts of 255 bytes at most.
                let parts = text.as_bytes().chunks(20).collect();
                Record::from_rdata(query.name().clone(), LIFETIME, RData::TXT(TXT::from_bytes(parts)))
            }));
        }
        answer
    }
}
