//! The connections that the server takes, and what each of them may take of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use keywright_server::{Answering, Front};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::patience::{Crowd, Patience, Turn, Turns};
use crate::patient_stream::{PatientStream, Protocol};
use crate::peers::Peers;
use crate::stop::Stop;

/// How long requests in flight may go on once the server was told to stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// How long it is until the next try, where the machine gives no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often a connection of HTTP/2 is asked whether it lives.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(30);

/// How long it may take to say so.
const HTTP2_PING_LIMIT: Duration = Duration::from_secs(10);

/// The most requests at once on one connection of HTTP/2.
const HTTP2_MAX_STREAMS: u32 = 256;

/// The largest headers, counted as HTTP/2 counts them (RFC 9113, section 6.5.2), with 32 bytes more for each. Above the
/// limit that the requests themselves are held to, so that it is this one that answers.
const HTTP2_MAX_HEADER_BYTES: u32 = 64 * 1024;

/// What is answered, and to whom.
pub(crate) struct Connections {
    front: Front,
    peers: Peers,
    /// How many connections are a crowd: half of those that there can be.
    many: usize,
    crowd: Crowd,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Connections {
    /// `most`: how many files this process may have open.
    pub(crate) fn new(front: Front, peers: Peers, most: usize) -> Self {
        let (many, crowd) = (most / 2, Crowd::default());
        Self { front, peers, many, crowd, http1: http1(), http2: http2() }
    }

    /// Takes connections until it is told to stop; those that are open then may end what they are at.
    pub(crate) async fn serve(self, listener: TcpListener, stop: Arc<Stop>) {
        let this = Arc::new(self);
        let mut open = JoinSet::new();
        let mut is_told = false;
        loop {
            this.crowd.set(open.len() > this.many);
            let accepted = tokio::select! {
                biased;
                () = stop.asked() => break,
                // They are counted out as they end.
                Some(_ended) = open.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    is_told = false;
                    open.spawn(Arc::clone(&this).converse(stream, Arc::clone(&stop)));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::error!(
                            "no connection can be taken, which is tried again and again: {error}"
                        );
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        let ending = async { while open.join_next().await.is_some() {} };
        if timeout(DRAIN_LIMIT, ending).await.is_err() {
            open.shutdown().await;
        }
    }

    /// Answers what is asked on one connection. What goes wrong with it is the client's to see.
    async fn converse(self: Arc<Self>, mut stream: TcpStream, stop: Arc<Stop>) {
        // An answer is one write, and must not wait for the acknowledgement of the one before.
        let Ok(()) = stream.set_nodelay(true) else { return };
        let Ok(peer) = self.peers.peer(&mut stream).await else { return };
        let turns = Turns::default();
        let mut stream = PatientStream::new(stream, Patience::new(turns.clone(), self.crowd.clone()));
        let protocol = tokio::select! {
            biased;
            () = stop.asked() => return,
            protocol = stream.protocol() => protocol,
        };
        let Ok(protocol) = protocol else { return };
        let service =
            service_fn(|request| Answer { _turn: turns.take(), answering: self.front.answer(request, peer) });
        let io = TokioIo::new(stream);
        let _ = match protocol {
            Protocol::Http1 => {
                let connection = self.http1.serve_connection(io, service);
                stop.told_to(connection, http1::Connection::graceful_shutdown).await
            }
            Protocol::Http2 => {
                let connection = self.http2.serve_connection(io, service);
                stop.told_to(connection, http2::Connection::graceful_shutdown).await
            }
        };
    }
}

/// An answer, until which it is the server's turn.
struct Answer {
    answering: Answering,
    _turn: Turn,
}

impl Future for Answer {
    type Output = <Answering as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answering).poll(context)
    }
}

/// Whether it concerns one connection, which went away before it was taken.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// What a connection may take in HTTP/1. How long it is waited for, it knows itself.
fn http1() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.header_read_timeout(None);
    http
}

/// The same in HTTP/2 without TLS (gRPC speaks it), on the same port.
fn http2() -> http2::Builder<TokioExecutor> {
    let mut http = http2::Builder::new(TokioExecutor::new());
    // A connection that does not answer is a dead one. What a request may be is limited above HTTP; here the headers need
    // only be within reason.
    http.timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING_INTERVAL)
        .keep_alive_timeout(HTTP2_PING_LIMIT)
        .max_concurrent_streams(HTTP2_MAX_STREAMS)
        .max_header_list_size(HTTP2_MAX_HEADER_BYTES);
    http
}
