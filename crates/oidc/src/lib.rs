//! Signing in with an OpenID Connect provider: where a browser is sent, and who the provider then says it is.
//!
//! This crate speaks the protocol (authorization code with PKCE), and keeps what the provider tells of itself. It must never
//! know who may sign in, what a session is, or what an answer looks like: that is the engine's and the server's.

mod outbound;
mod provider;
mod settings;

pub use provider::{Attempt, Failure, Provider};
pub use settings::{ClientSecret, IssuerError, OidcSettings, ReturnError, check_issuer, check_public_url};
