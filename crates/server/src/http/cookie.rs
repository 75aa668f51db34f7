//! The console's cookies (RFC 6265).

use std::time::Duration;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use keywright_domain::Timestamp;

use crate::settings::ServerSettings;

/// The session's name.
const SESSION: &str = "keywright_session";

/// The name of the one that says which of a person's organizations the console shows.
const ORGANIZATION: &str = "keywright_organization";

/// How long the choice of an organization is kept: a year, in seconds.
const KEEP_CHOICE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// The session's token in the value of a `Cookie` header.
pub(super) fn find_session(header: &str) -> Option<&str> {
    find(header, SESSION)
}

/// The chosen organization's number, as it was set, in the value of a `Cookie` header.
pub(super) fn find_organization(header: &str) -> Option<&str> {
    find(header, ORGANIZATION)
}

/// The value of one cookie in the value of a `Cookie` header; none where it is empty.
pub(super) fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// `Set-Cookie` for a session that has begun.
pub(crate) fn set_session(
    token: &str,
    expires_at: Timestamp,
    now: Timestamp,
    settings: &ServerSettings,
) -> HeaderValue {
    write(SESSION, token, expires_at.since(now).as_secs(), settings)
}

/// `Set-Cookie` for the organization that the console is to show.
pub(crate) fn set_organization(number: i64, settings: &ServerSettings) -> HeaderValue {
    write(ORGANIZATION, &number.to_string(), KEEP_CHOICE_SECONDS, settings)
}

/// `Set-Cookie` for a session that has ended.
pub(crate) fn clear_session(settings: &ServerSettings) -> HeaderValue {
    write(SESSION, "", 0, settings)
}

/// A cookie of a few minutes, for the pages that somebody signs in by with a provider of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BriefCookie {
    /// What holds an attempt together.
    OidcAttempt,
    /// An identity that is to be confirmed.
    OidcIdentity,
}

impl BriefCookie {
    const fn name(self) -> &'static str {
        match self {
            Self::OidcAttempt => "keywright_oidc",
            Self::OidcIdentity => "keywright_oidc_identity",
        }
    }
}

/// What a browser keeps under this name.
pub(crate) fn find_cookie(headers: &HeaderMap, cookie: BriefCookie) -> Option<&str> {
    let mut values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.find_map(|header| find(header, cookie.name()))
}

/// Adds `Set-Cookie` to an answer. `Lax`: the way back from the provider is a navigation from another site. No time is to
/// forget it.
pub(crate) fn add_cookie(
    response: &mut Response,
    cookie: BriefCookie,
    value: &str,
    lasts: Duration,
    settings: &ServerSettings,
) {
    let header = write_at("/console/oidc", cookie.name(), value, lasts.as_secs(), settings);
    response.headers_mut().append(SET_COOKIE, header);
}

fn write(name: &str, value: &str, max_age_seconds: u64, settings: &ServerSettings) -> HeaderValue {
    write_at("/", name, value, max_age_seconds, settings)
}

fn write_at(
    path: &str,
    name: &str,
    value: &str,
    max_age_seconds: u64,
    settings: &ServerSettings,
) -> HeaderValue {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path={path}; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).expect("tokens are URL-safe base64, numbers digits");
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_own_cookie_alone() {
        assert_eq!(find_session("keywright_session=abc"), Some("abc"));
        assert_eq!(find_session("x=1; keywright_session=abc; y=2"), Some("abc"));
        assert_eq!(find_session("keywright_session="), None);
        assert_eq!(find_session("not_keywright_session=abc; other"), None);
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it() {
        let now = Timestamp::from_millis(0);
        let later = now.plus(Duration::from_mins(1));
        let plain = set_session("abc", later, now, &ServerSettings::default());
        assert_eq!(plain, "keywright_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let https =
            ServerSettings { public_url: Some("https://k.example".into()), ..ServerSettings::default() };
        assert!(
            clear_session(&https).to_str().unwrap().ends_with("Max-Age=0; HttpOnly; SameSite=Lax; Secure")
        );
    }
}
