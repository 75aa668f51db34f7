//! The answer to a GET: all of HTTP that the chores need, without a client's hundred dependencies.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `http://address/path`, with `key` as bearer where there is one, for its status.
pub(crate) fn status(address: SocketAddr, path: &str, key: Option<&str>) -> Result<u16> {
    ask(address, path, key).with_context(|| format!("GET http://{address}{path}"))
}

/// The body of the answer to `http://address/path`.
pub(crate) fn body(address: SocketAddr, path: &str) -> Result<String> {
    let read = || {
        let mut answer = String::new();
        send(address, path, None)?.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("not an HTTP answer")?;
        anyhow::Ok(body.to_owned())
    };
    read().with_context(|| format!("GET http://{address}{path}"))
}

fn ask(address: SocketAddr, path: &str, key: Option<&str>) -> Result<u16> {
    let mut status_line = String::new();
    BufReader::new(send(address, path, key)?).read_line(&mut status_line)?;
    parse(&status_line).with_context(|| format!("not an HTTP answer: {status_line:?}"))
}

fn send(address: SocketAddr, path: &str, key: Option<&str>) -> Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let authorization = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

/// `HTTP/1.1 200 OK` -> 200
fn parse(status_line: &str) -> Option<u16> {
    let mut words = status_line.split_whitespace();
    words.next().filter(|protocol| protocol.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_status_of_a_status_line() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(parse("HTTP/1.0 503 Service Unavailable\r\n"), Some(503));
        assert_eq!(parse("HTTP/1.1 204\r\n"), Some(204));
    }

    #[test]
    fn anything_else_has_no_status() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("SSH-2.0-OpenSSH_9.2\r\n"), None);
        assert_eq!(parse("HTTP/1.1 abc\r\n"), None);
    }
}
