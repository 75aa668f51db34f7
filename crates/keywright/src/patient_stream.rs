//! A connection that is waited for no longer than its client deserves.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::patience::Patience;

/// What a client of HTTP/2 begins with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The longest answer, in bytes, that is copied to be sent as one piece. A verification's is shorter.
const TOGETHER: usize = 1024;

/// A connection that fails when what is waited for does not come in time, from the first byte on.
///
/// That is so until its client is known to speak HTTP/2, which has pings for it.
pub(crate) struct PatientStream {
    stream: TcpStream,
    /// `None`: it speaks HTTP/2.
    patience: Option<Patience>,
    first: FirstBytes,
}

/// Which HTTP a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// What was read to see which HTTP it is. It is read again as the beginning of that.
#[derive(Default)]
struct FirstBytes {
    bytes: [u8; HTTP2_PREFACE.len()],
    read: usize,
    read_again: usize,
}

impl PatientStream {
    pub(crate) fn new(stream: TcpStream, patience: Patience) -> Self {
        Self { stream, patience: Some(patience), first: FirstBytes::default() }
    }

    /// Waits until the first bytes tell which HTTP it is.
    pub(crate) async fn protocol(&mut self) -> io::Result<Protocol> {
        let protocol = poll_fn(|context| -> Poll<io::Result<_>> {
            loop {
                if let Some(protocol) = self.first.tell() {
                    return Poll::Ready(Ok(protocol));
                }
                let mut buffer = ReadBuf::new(&mut self.first.bytes[self.first.read..]);
                ready!(poll_patiently(&mut self.stream, &mut self.patience, context, &mut buffer))?;
                let came = buffer.filled().len();
                if came == 0 {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                self.first.read += came;
            }
        });
        let protocol = protocol.await?;
        if protocol == Protocol::Http2 {
            self.patience = None;
        }
        Ok(protocol)
    }

    /// What comes of writing. Who takes nothing is waited for like who sends nothing: also where nobody reads meanwhile.
    fn written(
        &mut self,
        polled: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match (&mut self.patience, &polled) {
            (Some(patience), Poll::Pending) => poll_timeout(patience, context),
            (Some(patience), Poll::Ready(Ok(_))) => {
                patience.note_written();
                polled
            }
            _ => polled,
        }
    }
}

impl FirstBytes {
    /// `None`: it is open yet.
    fn tell(&self) -> Option<Protocol> {
        let bytes = &self.bytes[..self.read];
        match HTTP2_PREFACE.strip_prefix(bytes) {
            None => Some(Protocol::Http1),
            Some([]) => Some(Protocol::Http2),
            Some(_) => None,
        }
    }
}

fn poll_patiently(
    stream: &mut TcpStream,
    patience: &mut Option<Patience>,
    context: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let polled = Pin::new(stream).poll_read(context, buffer);
    match (patience, polled.is_pending()) {
        (None, _) => polled,
        (Some(patience), false) => {
            patience.note_read();
            polled
        }
        (Some(patience), true) => poll_timeout(patience, context),
    }
}

/// Fails when it has taken too long.
fn poll_timeout<T>(patience: &mut Patience, context: &mut Context<'_>) -> Poll<io::Result<T>> {
    patience.poll_end(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncRead for PatientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, patience, first } = &mut *self;
        if first.read_again < first.read {
            let rest = &first.bytes[first.read_again..first.read];
            let some = &rest[..rest.len().min(buffer.remaining())];
            buffer.put_slice(some);
            first.read_again += some.len();
            return Poll::Ready(Ok(()));
        }
        poll_patiently(stream, patience, context, buffer)
    }
}

impl AsyncWrite for PatientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(polled, context)
    }

    /// An answer's head and a short body are sent as one piece: to have them gathered takes the kernel longer.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [one] = slices {
            return self.poll_write(context, one);
        }
        let length = slices.iter().map(|slice| slice.len()).sum();
        let mut together = [0; TOGETHER];
        match together.get_mut(..length) {
            Some(piece) => {
                let mut rest = &mut *piece;
                for slice in slices {
                    let (place, others) = rest.split_at_mut(slice.len());
                    place.copy_from_slice(slice);
                    rest = others;
                }
                self.poll_write(context, piece)
            }
            None => {
                let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
                self.written(polled, context)
            }
        }
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::patience::{Crowd, Turns};

    /// A connection on which one request was answered, and its client's end.
    async fn opened() -> (PatientStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let turns = Turns::default();
        let patience = Patience::new(turns.clone(), Crowd::default());
        drop(turns.take());
        (PatientStream::new(stream, patience), client)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_cut_off() {
        let (mut stream, _client) = opened().await;
        let error = loop {
            if let Err(error) = stream.write(&vec![0; 65_536]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn pieces_of_any_size_come_whole_and_in_order() {
        for lengths in [vec![3], vec![0, 5, 7], vec![1023, 1], vec![1024, 1], vec![300, 40_000, 2]] {
            let (mut stream, mut client) = opened().await;
            let pieces: Vec<Vec<u8>> =
                (b'a'..).zip(&lengths).map(|(byte, &length)| vec![byte; length]).collect();
            let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            let sent = stream.write_vectored(&slices).await.unwrap();
            drop(stream);
            let mut came = Vec::new();
            client.read_to_end(&mut came).await.unwrap();
            assert_eq!(came, pieces.concat()[..sent], "{lengths:?}");
            assert!(sent >= lengths.iter().sum::<usize>().min(1024), "{lengths:?}: {sent}");
        }
    }

    #[tokio::test]
    async fn the_first_bytes_are_read_again() {
        for (beginning, protocol) in
            [(&b"GET / HTTP/1.1\r\n"[..], Protocol::Http1), (HTTP2_PREFACE, Protocol::Http2)]
        {
            let (mut stream, mut client) = opened().await;
            client.write_all(beginning).await.unwrap();
            client.write_all(b" and more").await.unwrap();
            drop(client);
            assert_eq!(stream.protocol().await.unwrap(), protocol);
            let mut came = Vec::new();
            // A little at a time.
            while let Ok(byte) = stream.read_u8().await {
                came.push(byte);
            }
            assert_eq!(came, [beginning, b" and more"].concat());
        }
    }

    fn told(bytes: &[u8]) -> Option<Protocol> {
        let mut first = FirstBytes { read: bytes.len(), ..FirstBytes::default() };
        first.bytes[..bytes.len()].copy_from_slice(bytes);
        first.tell()
    }

    #[test]
    fn the_first_bytes_tell_which_http_it_is() {
        assert_eq!(told(b"GET / HTTP/1.1"), Some(Protocol::Http1));
        assert_eq!(told(b"POST"), Some(Protocol::Http1));
        for length in 0..HTTP2_PREFACE.len() {
            assert_eq!(told(&HTTP2_PREFACE[..length]), None, "{length} bytes");
        }
        assert_eq!(told(HTTP2_PREFACE), Some(Protocol::Http2));
        assert_eq!(told(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rx"), Some(Protocol::Http1));
    }
}
