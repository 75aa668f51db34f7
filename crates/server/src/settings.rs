//! What an operator can set of the HTTP surface.

use std::sync::Arc;
use std::time::Duration;

use keywright_oidc::Provider;

use crate::reloadable::Reloader;

/// How the server presents itself and how long it waits.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where clients reach the server, such as `https://keys.example.com`, without a slash at the end. Links and example
    /// calls are made with it; `https` makes cookies `Secure`, and puts `__Host-` before the names of most. `None`: what the request's `Host` says.
    pub public_url: Option<String>,
    /// A request that is not answered by then is answered 503. A change that it asked for may still be made.
    pub request_timeout: Duration,
    /// Where the operator finds the root key: a path as one word of a shell on the server, quoted where it needs that. It
    /// is shown to the owners of the first organization in the console's example calls. The key itself never comes here.
    pub root_key_file: Option<String>,
    /// What the Immich dialect needs to know.
    pub immich: ImmichSettings,
    /// Who else proves who people are, beside their passwords.
    pub oidc: Option<OidcSignIn>,
    /// What can change while the server runs.
    pub reloadable: Reloader,
}

/// Signing in with an OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct OidcSignIn {
    /// The provider.
    pub provider: Arc<Provider>,
    /// What people call it: the button says "Sign in with ...".
    pub label: String,
}

/// How the Immich dialect maps that system, which knows no organizations, to this one.
#[derive(Debug, Clone)]
pub struct ImmichSettings {
    /// The organization whose people and keys it is about: its id, number or slug.
    pub organization: String,
    /// Who may sign up as the first admin.
    pub sign_up: SignUp,
}

/// Who may sign up as the first admin through the Immich dialect. The bearer of the set-up token always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Whoever calls from the server's own machine, and not through a proxy.
    Loopback,
    /// Anybody who is first.
    Open,
}

impl Default for ImmichSettings {
    fn default() -> Self {
        Self { organization: "default".to_owned(), sign_up: SignUp::Loopback }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            request_timeout: Duration::from_secs(30),
            root_key_file: None,
            immich: ImmichSettings::default(),
            oidc: None,
            reloadable: Reloader::default(),
        }
    }
}

impl ServerSettings {
    /// Whether clients come by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The host, with the port if one is given, in `public_url`.
    pub(crate) fn public_authority(&self) -> Option<&str> {
        let url = self.public_url.as_deref()?;
        let (_, rest) = url.split_once("://")?;
        rest.split('/').next()
    }
}
