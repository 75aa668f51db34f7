//! Cookies (RFC 6265): how each is found and written, and the native API's and the console's own.

use std::time::Duration;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use keywright_domain::Timestamp;

use crate::settings::ServerSettings;

/// How long the choice of an organization is kept: a year.
const KEEP_CHOICE: Duration = Duration::from_hours(365 * 24);

/// One that goes to every page of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The token of a session.
    Session,
    /// Which of a person's organizations the console shows.
    Organization,
    /// What holds an attempt to sign in with a provider of identities together.
    OidcAttempt,
    /// An identity that is to be confirmed.
    OidcIdentity,
}

impl Cookie {
    /// Its name. Over TLS it says that the cookie is `Secure`, of `Path=/` and of no other host, and browsers keep none of
    /// such a name that is not (RFC 6265bis, section 4.1.3.2): so no neighbouring host, and nobody who changes plain HTTP
    /// on its way, puts one of theirs in its place. The name without that is not read then.
    pub(crate) fn name(self, settings: &ServerSettings) -> &'static str {
        match (self, settings.is_https()) {
            (Self::Session, true) => "__Host-keywright_session",
            (Self::Session, false) => "keywright_session",
            (Self::Organization, true) => "__Host-keywright_organization",
            (Self::Organization, false) => "keywright_organization",
            (Self::OidcAttempt, true) => "__Host-keywright_oidc",
            (Self::OidcAttempt, false) => "keywright_oidc",
            (Self::OidcIdentity, true) => "__Host-keywright_oidc_identity",
            (Self::OidcIdentity, false) => "keywright_oidc_identity",
        }
    }

    /// What a browser keeps in it.
    pub(crate) fn find<'a>(self, headers: &'a HeaderMap, settings: &ServerSettings) -> Option<&'a str> {
        find_in(headers, self.name(settings))
    }

    /// `Set-Cookie`. `Lax`: the way back from a provider is a navigation from another site. No time is to forget it.
    pub(crate) fn set(self, value: &str, lasts: Duration, settings: &ServerSettings) -> HeaderValue {
        let name = self.name(settings);
        HiddenCookie { name, value, path: "/", lasts, sites: Sites::Lax, settings }.header()
    }

    /// Adds `Set-Cookie` to an answer that may have others.
    pub(crate) fn add(
        self,
        response: &mut Response,
        value: &str,
        lasts: Duration,
        settings: &ServerSettings,
    ) {
        response.headers_mut().append(SET_COOKIE, self.set(value, lasts, settings));
    }
}

/// `Set-Cookie` for a session that has begun.
pub(crate) fn set_session(
    token: &str,
    expires_at: Timestamp,
    now: Timestamp,
    settings: &ServerSettings,
) -> HeaderValue {
    Cookie::Session.set(token, expires_at.since(now), settings)
}

/// `Set-Cookie` for the organization that the console is to show.
pub(crate) fn set_organization(number: i64, settings: &ServerSettings) -> HeaderValue {
    Cookie::Organization.set(&number.to_string(), KEEP_CHOICE, settings)
}

/// `Set-Cookie` for a session that has ended.
pub(crate) fn clear_session(settings: &ServerSettings) -> HeaderValue {
    Cookie::Session.set("", Duration::ZERO, settings)
}

/// Which other sites' pages bring a cookie along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sites {
    /// None, but for links.
    Lax,
    /// Those that frame the page, each with a cookie of its own (CHIPS). Browsers take that over TLS alone; elsewhere it is
    /// `Lax`.
    Framing,
}

/// A cookie that no script sees.
pub(super) struct HiddenCookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) path: &'a str,
    pub(super) lasts: Duration,
    pub(super) sites: Sites,
    pub(super) settings: &'a ServerSettings,
}

impl HiddenCookie<'_> {
    /// `Set-Cookie`.
    pub(super) fn header(&self) -> HeaderValue {
        let sites = match (self.sites, self.settings.is_https()) {
            (Sites::Framing, true) => "SameSite=None; Secure; Partitioned",
            (Sites::Lax, true) => "SameSite=Lax; Secure",
            (_, false) => "SameSite=Lax",
        };
        let Self { name, value, path, lasts, .. } = self;
        set_cookie(&format!("{name}={value}; Path={path}; Max-Age={}; HttpOnly; {sites}", lasts.as_secs()))
    }
}

/// The value of a `Set-Cookie` header, which no log is to show.
pub(crate) fn set_cookie(text: &str) -> HeaderValue {
    let mut header = HeaderValue::from_str(text).expect("values are URL-safe base64, digits or words");
    header.set_sensitive(true);
    header
}

/// The value of the first cookie of this name that has one.
pub(crate) fn find_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https() -> ServerSettings {
        ServerSettings { public_url: Some("https://k.example".into()), ..ServerSettings::default() }
    }

    #[test]
    fn finds_the_cookie_of_the_name_alone() {
        let find = |lines: &[&'static str]| {
            let lines = lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line)));
            let headers: HeaderMap = lines.collect();
            Cookie::Session.find(&headers, &ServerSettings::default()).map(str::to_owned)
        };
        assert_eq!(find(&["keywright_session=abc"]).unwrap(), "abc");
        assert_eq!(find(&["x=1; keywright_session=abc; y=2"]).unwrap(), "abc");
        assert_eq!(find(&["x=1; keywright_session=", "keywright_session=abc"]).unwrap(), "abc");
        assert_eq!(find(&["keywright_session="]), None);
        assert_eq!(find(&["not_keywright_session=abc; other; keywright_portal=abc"]), None);
        assert_eq!(find(&[]), None);
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it() {
        let now = Timestamp::from_millis(0);
        let later = now.plus(Duration::from_mins(1));
        let plain = set_session("abc", later, now, &ServerSettings::default());
        assert_eq!(plain, "keywright_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert!(plain.is_sensitive());
        assert_eq!(
            clear_session(&https()),
            "__Host-keywright_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn over_tls_no_other_host_can_have_set_it() {
        use Cookie::{OidcAttempt, OidcIdentity, Organization, Session};
        for cookie in [Session, Organization, OidcAttempt, OidcIdentity] {
            let (over_tls, plain) = (cookie.name(&https()), cookie.name(&ServerSettings::default()));
            assert_eq!(over_tls.strip_prefix("__Host-"), Some(plain));
            // What browsers ask of such a name.
            let set = cookie.set("v", Duration::from_mins(1), &https()).to_str().unwrap().to_owned();
            assert!(
                set.contains("; Path=/;") && set.contains("; Secure") && !set.contains("Domain"),
                "{set}"
            );
            let planted =
                HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(format!("{plain}=x")).unwrap())]);
            assert_eq!(cookie.find(&planted, &https()), None, "{plain}");
        }
    }
}
