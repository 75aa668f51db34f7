//! The service behind the gateways: it answers every request with the request's own head.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Result;

const PATIENCE: Duration = Duration::from_secs(10);

/// What each of its answers begins with.
pub(super) const MARK: &str = "the service got:\n";

/// It runs until the process ends.
pub(super) struct Service {
    address: SocketAddr,
}

impl Service {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is the gateway's to report.
                thread::spawn(move || drop(echo(&stream)));
            }
        });
        Ok(Self { address })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn echo(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        loop {
            let mut line = Vec::new();
            if reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line);
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let body = format!("{MARK}{head}");
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}
