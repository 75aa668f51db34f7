//! What an operator says of the provider.

use std::fmt;

use openidconnect::url::{Host, Url};
use zeroize::Zeroize;

/// The secret that the provider knows this server by. Nothing prints it.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// A secret, as the provider gave it.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for ClientSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// A provider, and what this server is to it.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// Who issues: the provider's discovery document is at `<issuer>/.well-known/openid-configuration`, and says the same.
    pub issuer: String,
    /// What the provider knows this server as.
    pub client_id: String,
    /// What it proves that by; `None`: by PKCE alone, as a public client.
    pub client_secret: Option<ClientSecret>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Whose addresses are taken: these domains', or any where the list is empty.
    pub allowed_domains: Vec<String>,
    /// Where the provider sends browsers back to.
    pub redirect_uri: String,
}

/// Why something is no issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It is no URL, or has a query, a fragment or credentials in it.
    #[error("is not the URL of an issuer")]
    NotAUrl,
    /// It is reached without TLS, and not on this machine.
    #[error("is not reached by https")]
    NotHttps,
}

/// Whether this can be an issuer (OpenID Connect Discovery 1.0, section 4.1): https, without query or fragment. On this
/// machine http will do.
pub fn check_issuer(issuer: &str) -> Result<(), IssuerError> {
    let url = Url::parse(issuer).map_err(|_| IssuerError::NotAUrl)?;
    let is_plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.has_host();
    match url.scheme() {
        _ if !is_plain => Err(IssuerError::NotAUrl),
        "https" => Ok(()),
        "http" if is_this_machine(&url) => Ok(()),
        "http" => Err(IssuerError::NotHttps),
        _ => Err(IssuerError::NotAUrl),
    }
}

/// Why a provider cannot send browsers back to a server at a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// Codes would come without TLS, and not on this machine.
    #[error("is not reached by https")]
    NotHttps,
    /// It has a path in it: the server's pages, and the cookies of an attempt, are at the root.
    #[error("has a path")]
    HasPath,
}

/// Whether a provider can send browsers back to the server with this URL.
pub fn check_public_url(public_url: &str) -> Result<(), ReturnError> {
    let Ok(url) = Url::parse(public_url) else { return Err(ReturnError::NotHttps) };
    if url.scheme() != "https" && !is_this_machine(&url) {
        return Err(ReturnError::NotHttps);
    }
    if matches!(url.path(), "" | "/") { Ok(()) } else { Err(ReturnError::HasPath) }
}

/// Whether a URL leads to this machine by its own address.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_reached_by_tls_or_is_on_this_machine() {
        for issuer in ["https://id.example.com", "https://id.example.com/realms/a", "http://127.0.0.1:4000"] {
            assert_eq!(check_issuer(issuer), Ok(()), "{issuer}");
        }
        assert_eq!(check_issuer("http://id.example.com"), Err(IssuerError::NotHttps));
        assert_eq!(check_issuer("http://127.0.0.1.example.com"), Err(IssuerError::NotHttps));
        for issuer in ["id.example.com", "https://u:p@h", "https://h?a=b", "https://h#a", "file:///etc", ""] {
            assert_eq!(check_issuer(issuer), Err(IssuerError::NotAUrl), "{issuer}");
        }
    }

    #[test]
    fn browsers_come_back_by_tls_to_the_root_of_a_server() {
        for url in ["https://keys.example.com", "https://keys.example.com:8443/", "http://localhost:8080"] {
            assert_eq!(check_public_url(url), Ok(()), "{url}");
        }
        assert_eq!(check_public_url("http://keys.example.com"), Err(ReturnError::NotHttps));
        assert_eq!(check_public_url("http://10.0.0.1:8080"), Err(ReturnError::NotHttps));
        assert_eq!(check_public_url("https://example.com/keys"), Err(ReturnError::HasPath));
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", ClientSecret::new("s3cret".to_owned())).contains("s3cret"));
    }
}
