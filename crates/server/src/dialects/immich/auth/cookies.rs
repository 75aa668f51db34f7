//! The three cookies of a session (RFC 6265): its token, and two by which that system's pages know that there is one. Their
//! names are what clients look for, so that they have no `__Host-`.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use keywright_domain::Timestamp;
use std::time::Duration;

use super::super::credentials::COOKIE_NAME;
use super::http_date::http_date;
use crate::http::set_cookie;
use crate::settings::ServerSettings;

/// How long a browser keeps them: 400 days. The session may end before.
const KEPT: Duration = Duration::from_hours(400 * 24);

/// In the documented order, and whether scripts are kept away.
const COOKIES: [(&str, bool); 3] =
    [(COOKIE_NAME, true), ("immich_auth_type", true), ("immich_is_authenticated", false)];

/// Sets them for a session that has begun.
pub(super) fn set(headers: &mut HeaderMap, token: &str, now: Timestamp, settings: &ServerSettings) {
    let (seconds, expires) = (KEPT.as_secs(), http_date(now.plus(KEPT)));
    let secure = if settings.is_https() { "; Secure" } else { "" };
    for ((name, is_hidden), value) in COOKIES.into_iter().zip([token, "password", "true"]) {
        let http_only = if is_hidden { "; HttpOnly" } else { "" };
        let text = format!(
            "{name}={value}; Max-Age={seconds}; Path=/; Expires={expires}{http_only}{secure}; SameSite=Lax"
        );
        headers.append(SET_COOKIE, set_cookie(&text));
    }
}

/// Takes them back for a session that has ended.
pub(super) fn clear(headers: &mut HeaderMap) {
    for (name, _) in COOKIES {
        let text = format!("{name}=; Path=/; Expires={}", http_date(Timestamp::from_millis(0)));
        headers.append(SET_COOKIE, set_cookie(&text));
    }
}
