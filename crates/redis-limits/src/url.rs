//! Where a server is, and with what one signs in there.

use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

/// `redis://[user:password@]host[:port][/database]`. Shown without its password, since it is told in logs.
#[derive(Clone)]
pub struct RedisUrl(ConnectionInfo);

/// Why a text is no [`RedisUrl`]. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// It asks for TLS.
    #[error("asks for TLS, which is not spoken with Redis")]
    Tls,
    /// It is something else.
    #[error("is not a redis:// URL of a server")]
    NotAUrl,
}

impl RedisUrl {
    pub(crate) const fn info(&self) -> &ConnectionInfo {
        &self.0
    }
}

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if ["rediss://", "valkeys://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(RedisUrlError::Tls);
        }
        if !["redis://", "valkey://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(RedisUrlError::NotAUrl);
        }
        let info = text.into_connection_info().map_err(|_| RedisUrlError::NotAUrl)?;
        match info.addr() {
            ConnectionAddr::Tcp(..) => Ok(Self(info)),
            _ => Err(RedisUrlError::NotAUrl),
        }
    }
}

/// The address alone.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.addr() {
            ConnectionAddr::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            address => fmt::Display::fmt(address, f),
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_its_address_alone() {
        for (text, shown) in [
            ("redis://localhost", "localhost:6379"),
            ("redis://:secret@10.0.0.1:7000/2", "10.0.0.1:7000"),
            ("valkey://user:secret@[::1]:6379", "[::1]:6379"),
        ] {
            let url: RedisUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("RedisUrl({shown})"));
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for text in
            ["", "localhost:6379", "http://localhost", "redis://", "redis:///tmp/redis.sock", "unix:///tmp/x"]
        {
            assert_eq!(text.parse::<RedisUrl>().unwrap_err(), RedisUrlError::NotAUrl, "{text}");
        }
        assert_eq!("rediss://localhost".parse::<RedisUrl>().unwrap_err(), RedisUrlError::Tls);
    }
}
