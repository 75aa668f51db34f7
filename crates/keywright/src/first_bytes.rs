//! How long a connection may take to say which HTTP it speaks.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// What a client of HTTP/2 begins with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that fails when its first bytes do not come in time.
///
/// HTTP/1 and HTTP/2 are told apart by the first bytes, and the limits of either begin only then: without this one a
/// client that sends nothing, or `P` and nothing more, would be waited for without end.
pub(crate) struct FirstBytes {
    stream: TcpStream,
    /// `None`: they have come.
    awaited: Option<Awaited>,
}

struct Awaited {
    limit: Pin<Box<Sleep>>,
    /// How many bytes of the preface have come.
    seen: usize,
}

impl FirstBytes {
    pub(crate) fn within(limit: Duration, stream: TcpStream) -> Self {
        let limit = Box::pin(tokio::time::sleep(limit));
        Self { stream, awaited: Some(Awaited { limit, seen: 0 }) }
    }
}

impl Awaited {
    /// Whether it is still open which HTTP it is.
    fn goes_on(&mut self, bytes: &[u8]) -> bool {
        let is_preface = !bytes.is_empty() && HTTP2_PREFACE[self.seen..].starts_with(bytes);
        self.seen += bytes.len();
        is_preface && self.seen < HTTP2_PREFACE.len()
    }
}

impl AsyncRead for FirstBytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let Some(awaited) = &mut this.awaited else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        if awaited.limit.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        if !awaited.goes_on(&buffer.filled()[before..]) {
            this.awaited = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for FirstBytes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(pieces: &[&[u8]]) -> usize {
        let limit = Box::pin(tokio::time::sleep(Duration::from_secs(1)));
        let mut awaited = Awaited { limit, seen: 0 };
        pieces.iter().take_while(|piece| awaited.goes_on(piece)).count()
    }

    #[tokio::test]
    async fn it_is_open_as_long_as_the_bytes_are_the_prefaces() {
        assert_eq!(rounds(&[b"GET / HTTP/1.1"]), 0);
        assert_eq!(rounds(&[b"P", b"O", b"ST"]), 1);
        assert_eq!(rounds(&[b"P", b"RI * HTTP/2.0\r\n", b"\r\nSM\r\n", b"\r\n", b"more"]), 3);
        assert_eq!(rounds(&[HTTP2_PREFACE, b""]), 0);
        assert_eq!(rounds(&[b"PR", b""]), 1);
    }
}
