//! The cookie of a session of the portal (RFC 6265).
//!
//! It is sent to the pages of that session alone, so that two customers' pages in one browser never mix. A page that other
//! sites may frame needs `SameSite=None` there, which browsers take over HTTPS alone; `Partitioned` (CHIPS) keeps it to the
//! one site that frames the page. Over plain HTTP it is `Lax`: then a page can be framed only by pages of the same site,
//! such as another port of localhost.
//!
//! Its name has no `__Host-`: browsers ask `Path=/` of that, and the path is what keeps the sessions apart. Over TLS it has
//! `__Secure-`, so that nobody who changes plain HTTP on its way puts another in its place. What a neighbouring host plants
//! there opens the one session that its token is of, at that session's own address.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use keywright_domain::{PortalSessionId, Timestamp};

use super::cookie::{HiddenCookie, Sites, find_in};
use crate::settings::ServerSettings;

/// Its name. Over TLS the name without `__Secure-` is not read.
fn name(settings: &ServerSettings) -> &'static str {
    if settings.is_https() { "__Secure-keywright_portal" } else { "keywright_portal" }
}

/// The token of the session that a page belongs to.
pub(crate) fn portal_token<'a>(headers: &'a HeaderMap, settings: &ServerSettings) -> Option<&'a str> {
    find_in(headers, name(settings))
}

/// `Set-Cookie` for a session that has begun.
pub(crate) fn set_portal(
    id: PortalSessionId,
    token: &str,
    (expires_at, now): (Timestamp, Timestamp),
    is_framed: bool,
    settings: &ServerSettings,
) -> HeaderValue {
    write(id, token, expires_at.since(now), is_framed, settings)
}

/// `Set-Cookie` for a session that has ended.
pub(crate) fn clear_portal(id: PortalSessionId, is_framed: bool, settings: &ServerSettings) -> HeaderValue {
    write(id, "", Duration::ZERO, is_framed, settings)
}

fn write(
    id: PortalSessionId,
    value: &str,
    lasts: Duration,
    is_framed: bool,
    settings: &ServerSettings,
) -> HeaderValue {
    let sites = if is_framed { Sites::Framing } else { Sites::Lax };
    let path = format!("/portal/{id}");
    HiddenCookie { name: name(settings), value, path: &path, lasts, sites, settings }.header()
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;

    use super::*;

    #[test]
    fn it_goes_where_its_session_is_and_nowhere_else() {
        let id: PortalSessionId = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10".parse().unwrap();
        let now = Timestamp::from_millis(0);
        let times = (now.plus(Duration::from_mins(1)), now);
        let https =
            ServerSettings { public_url: Some("https://k.example".into()), ..ServerSettings::default() };
        let start = format!("abc; Path=/portal/{id}; Max-Age=60; HttpOnly; ");
        for (settings, is_framed, end) in [
            (&https, true, "SameSite=None; Secure; Partitioned"),
            (&https, false, "SameSite=Lax; Secure"),
            (&ServerSettings::default(), true, "SameSite=Lax"),
            (&ServerSettings::default(), false, "SameSite=Lax"),
        ] {
            let cookie = set_portal(id, "abc", times, is_framed, settings);
            assert_eq!(cookie.to_str().unwrap(), format!("{}={start}{end}", name(settings)));
            assert!(cookie.is_sensitive());
        }
        assert!(clear_portal(id, true, &https).to_str().unwrap().contains("=; Path=/portal/"));
    }

    #[test]
    fn it_is_no_other_cookie() {
        let headers = |text: &'static str| HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(text))]);
        let plain = ServerSettings::default();
        assert_eq!(portal_token(&headers("a=b; keywright_portal=t"), &plain), Some("t"));
        assert_eq!(portal_token(&headers("keywright_session=t"), &plain), None);
        let https =
            ServerSettings { public_url: Some("https://k.example".into()), ..ServerSettings::default() };
        let both = headers("keywright_portal=planted; __Secure-keywright_portal=t");
        assert_eq!(portal_token(&both, &https), Some("t"));
        assert_eq!(portal_token(&headers("keywright_portal=planted"), &https), None);
    }
}
