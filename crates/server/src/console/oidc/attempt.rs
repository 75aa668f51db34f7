//! What a browser keeps of an attempt to sign in.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::Response;
use keywright_domain::Timestamp;
use keywright_engine::{Engine, ProvenIdentity};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::http::Cookie;

/// How long an attempt may take: the provider may ask for a password and a second factor.
const LASTS: Duration = Duration::from_mins(10);

/// Something that a browser keeps for a while.
pub(super) trait Kept: Serialize + DeserializeOwned {
    const COOKIE: Cookie;
    /// What it is sealed for: one is not taken for the other.
    const PURPOSE: &'static str;

    fn since(&self) -> i64;
}

/// An attempt that was begun: the browser is at the provider.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// Where to go then.
    pub(super) next: String,
    pub(super) since: i64,
}

/// An identity that was proven, whose person is to confirm that it is theirs.
#[derive(Serialize, Deserialize)]
pub(super) struct Proven {
    issuer: String,
    subject: String,
    pub(super) email: String,
    /// The attempt's state: what comes of it comes once.
    pub(super) attempt: String,
    pub(super) next: String,
    since: i64,
}

impl Begun {
    pub(super) fn new(engine: &Engine, next: &str) -> Self {
        let draw = || engine.draw_token().expose().to_owned();
        let (state, nonce, verifier) = (draw(), draw(), draw());
        Self { state, nonce, verifier, next: next.to_owned(), since: engine.now().as_millis() }
    }

    pub(super) fn as_attempt(&self) -> keywright_oidc::Attempt<'_> {
        keywright_oidc::Attempt { state: &self.state, nonce: &self.nonce, verifier: &self.verifier }
    }
}

impl Proven {
    pub(super) fn new(engine: &Engine, identity: ProvenIdentity, email: String, begun: Begun) -> Self {
        let ProvenIdentity { issuer, subject, .. } = identity;
        let since = engine.now().as_millis();
        Self { issuer, subject, email, attempt: begun.state, next: begun.next, since }
    }

    pub(super) fn identity(&self) -> ProvenIdentity {
        ProvenIdentity {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            verified_email: Some(self.email.clone()),
        }
    }
}

impl Kept for Begun {
    const COOKIE: Cookie = Cookie::OidcAttempt;
    const PURPOSE: &'static str = "an attempt to sign in";

    fn since(&self) -> i64 {
        self.since
    }
}

impl Kept for Proven {
    const COOKIE: Cookie = Cookie::OidcIdentity;
    const PURPOSE: &'static str = "an identity to confirm";

    fn since(&self) -> i64 {
        self.since
    }
}

/// Gives it to the browser to keep.
pub(super) fn keep<T: Kept>(app: &App, response: &mut Response, kept: &T) {
    let text = serde_json::to_string(kept).expect("texts and numbers can be written as JSON");
    let sealed = app.engine.seal_for_browser(T::PURPOSE, &text);
    T::COOKIE.add(response, &sealed, LASTS, &app.settings);
}

/// Lets the browser forget it.
pub(super) fn forget<T: Kept>(app: &App, response: &mut Response) {
    T::COOKIE.add(response, "", Duration::ZERO, &app.settings);
}

/// What the browser kept, unless it took too long.
pub(super) fn kept<T: Kept>(app: &App, headers: &HeaderMap) -> Option<T> {
    let sealed = T::COOKIE.find(headers, &app.settings)?;
    let text = app.engine.open_from_browser(T::PURPOSE, sealed)?;
    let kept: T = serde_json::from_str(&text).ok()?;
    let ends = Timestamp::from_millis(kept.since()).plus(LASTS);
    (!ends.has_passed(app.engine.now())).then_some(kept)
}
