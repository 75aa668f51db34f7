//! The browser comes back from the provider.

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use constant_time_eq::constant_time_eq;
use keywright_engine::{Error, Recognized};
use keywright_oidc::Failure;
use serde::Deserialize;

use super::attempt::{Begun, Proven, forget, keep, kept};
use super::start::{away, too_often};
use super::{none, start_again};
use crate::app::{App, SharedApp};
use crate::console::page::{failed, message, see, signed_in};
use crate::http::client;
use crate::settings::OidcSignIn;

/// The longest code of an error that is worth a line in the log: what the provider registered has no more.
const MAX_ERROR_CHARS: usize = 40;

/// What the provider says by the browser (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    code: String,
    state: String,
    error: String,
    iss: Option<String>,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let Some(oidc) = &app.settings.oidc else { return none() };
    let Some(begun) = kept::<Begun>(&app, &parts.headers) else {
        return start_again("The sign-in expired, was already completed, or was started in another browser.");
    };
    // A parameter that comes twice is refused with the rest: which one counts, others may see otherwise.
    let said: Option<Said> = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).ok();
    let is_its = |said: &Said| constant_time_eq(said.state.as_bytes(), begun.state.as_bytes());
    let Some(said) = said.filter(is_its) else {
        // The attempt goes on: a page elsewhere that leads here must not end it.
        return start_again("The answer belongs to a different sign-in, perhaps in another window.");
    };
    let mut response = came_back(&app, oidc, &parts, said, begun).await;
    // One attempt, one answer: whatever came of it.
    forget::<Begun>(&app, &mut response);
    response
}

async fn came_back(app: &App, oidc: &OidcSignIn, parts: &Parts, said: Said, begun: Begun) -> Response {
    if said.iss.is_some_and(|issuer| issuer != oidc.provider.issuer()) {
        return start_again("The answer came from an unexpected provider.");
    }
    if !said.error.is_empty() {
        return refused(&oidc.label, &said.error);
    }
    let origin = client(app, parts);
    if let Err(error) = app.engine.charge_sign_in_from(&origin) {
        return too_often(error);
    }
    let identity = match oidc.provider.identity(&said.code, begun.as_attempt()).await {
        Ok(identity) => identity,
        Err(failure) => return disbelieved(oidc, &failure),
    };
    let recognized = app.engine.sign_in_by_identity(&identity, &begun.state, origin).await;
    match recognized {
        Ok(Recognized::SignedIn(session)) => signed_in(app, &parts.headers, &session, &begun.next).await,
        Ok(Recognized::Unlinked { email }) => {
            let mut response = see("/console/oidc/confirm");
            keep(app, &mut response, &Proven::new(&app.engine, identity, email, begun));
            response
        }
        Ok(Recognized::Nobody) if identity.verified_email.is_none() => not_verified(),
        Ok(Recognized::Nobody) => message(
            StatusCode::FORBIDDEN,
            "No account with this email",
            "No one here has your email address. Ask an owner for an invitation, accept it, then sign in with the provider.",
        ),
        Err(Error::Conflict(_)) => start_again("This sign-in was already completed."),
        Err(error) => failed(&error.into()),
    }
}

fn not_verified() -> Response {
    message(
        StatusCode::FORBIDDEN,
        "Email not verified",
        "The provider has not verified your email address. Verify it there, or sign in with your email and password.",
    )
}

/// The provider says no. Of its words none is shown: whoever makes the link that leads here writes them.
fn refused(label: &str, error: &str) -> Response {
    let is_code =
        error.len() <= MAX_ERROR_CHARS && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let error = if is_code { error } else { "something else" };
    tracing::info!(error, "the provider of identities refused to sign somebody in");
    let said = match error {
        "access_denied" => format!("You cancelled signing in with {label}, or it denied access."),
        _ => format!("{label} could not sign you in. Try again, or contact your administrator."),
    };
    message(StatusCode::FORBIDDEN, "Sign-in failed", &said)
}

fn disbelieved(oidc: &OidcSignIn, failure: &Failure) -> Response {
    tracing::warn!(%failure, issuer = oidc.provider.issuer(), "a sign-in with the provider came to nothing");
    match failure {
        Failure::Away(_) => away(&oidc.label),
        Failure::CodeRefused(_) => start_again("The provider rejected the sign-in as used or expired."),
        Failure::NotBelieved(_) => start_again("The provider’s answer could not be verified."),
        Failure::AddressNotVerified => not_verified(),
        Failure::DomainNotAllowed => message(
            StatusCode::FORBIDDEN,
            "Email domain not allowed",
            "Only certain email domains can sign in with this provider.",
        ),
    }
}
