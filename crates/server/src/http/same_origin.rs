//! Requests that a browser makes for another site are not the signed-in person's.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Uri};

use super::failure::Failure;
use crate::settings::ServerSettings;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request that changes something on a session's behalf unless its own pages made it.
///
/// Browsers say so by `Sec-Fetch-Site` (W3C Fetch Metadata) or, on plain HTTP, by `Origin` (RFC 6454), and pages
/// cannot forge either. One that says neither is no browser, and has a key to use instead.
pub(crate) fn check_same_origin(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    settings: &ServerSettings,
) -> Result<(), Failure> {
    // RFC 9110, section 9.2.1.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let same = match text(SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => text(ORIGIN).and_then(authority).is_some_and(|origin| {
            let host = text(HOST).or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
            host.is_some_and(|host| origin.eq_ignore_ascii_case(host))
                || settings.public_authority().is_some_and(|ours| origin.eq_ignore_ascii_case(ours))
        }),
    };
    if same {
        return Ok(());
    }
    Err(keywright_engine::Error::forbidden(
        "a session changes things from the server's own pages only: `Sec-Fetch-Site` or `Origin` says otherwise or is \
         missing; a program should use an API key",
    )
    .into())
}

/// Refuses a form that a page elsewhere sent, where a token in the form is the right to what it asks for. Whoever has a token
/// must not have other people's browsers use it: those would be signed in as somebody that they are not.
///
/// The form's own page tells its address to nobody, since the token is in it, so that its `Origin` is `null`; over plain HTTP
/// nothing else says whose page it was. Where `Sec-Fetch-Site` says it, that counts.
pub(crate) fn check_not_from_elsewhere(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    settings: &ServerSettings,
) -> Result<(), Failure> {
    if !headers.contains_key(SEC_FETCH_SITE) && headers.get(ORIGIN).is_some_and(|origin| origin == "null") {
        return Ok(());
    }
    check_same_origin(method, uri, headers, settings)
}

/// The host, with the port if one is given, of an origin.
fn authority(origin: &str) -> Option<&str> {
    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn is_ours(method: &Method, pairs: &[(HeaderName, &'static str)], public_url: Option<&str>) -> bool {
        let headers: HeaderMap =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        let settings =
            ServerSettings { public_url: public_url.map(str::to_owned), ..ServerSettings::default() };
        check_same_origin(method, &Uri::from_static("/x"), &headers, &settings).is_ok()
    }

    #[test]
    fn reading_is_free() {
        assert!(is_ours(&Method::GET, &[(SEC_FETCH_SITE, "cross-site")], None));
    }

    #[test]
    fn the_browsers_word_counts() {
        assert!(is_ours(&Method::POST, &[(SEC_FETCH_SITE, "same-origin")], None));
        for site in ["cross-site", "same-site", "none", ""] {
            let with_origin = [(SEC_FETCH_SITE, site), (ORIGIN, "http://a"), (HOST, "a")];
            assert!(!is_ours(&Method::POST, &with_origin, None), "{site}");
        }
    }

    #[test]
    fn else_the_origin_must_be_the_host() {
        assert!(is_ours(&Method::DELETE, &[(ORIGIN, "http://a:8080"), (HOST, "A:8080")], None));
        assert!(!is_ours(&Method::DELETE, &[(ORIGIN, "http://a:8081"), (HOST, "a:8080")], None));
        assert!(!is_ours(&Method::DELETE, &[(ORIGIN, "null"), (HOST, "null")], None));
        assert!(!is_ours(&Method::DELETE, &[(HOST, "a")], None));
    }

    #[test]
    fn a_token_in_a_form_is_no_right_to_send_it_from_elsewhere() {
        let is_taken = |pairs: &[(HeaderName, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            let (headers, uri) = (headers.collect(), Uri::from_static("/x"));
            check_not_from_elsewhere(&Method::POST, &uri, &headers, &ServerSettings::default()).is_ok()
        };
        assert!(is_taken(&[(ORIGIN, "null"), (HOST, "a")]));
        assert!(is_taken(&[(ORIGIN, "http://a"), (HOST, "a")]));
        assert!(is_taken(&[(SEC_FETCH_SITE, "same-origin"), (ORIGIN, "null"), (HOST, "a")]));
        for site in ["cross-site", "same-site", "none", ""] {
            for origin in ["null", "http://a"] {
                assert!(!is_taken(&[(SEC_FETCH_SITE, site), (ORIGIN, origin), (HOST, "a")]), "{site}");
            }
        }
        assert!(!is_taken(&[(ORIGIN, "https://evil.example"), (HOST, "a")]));
        assert!(!is_taken(&[(HOST, "a")]));
    }

    #[test]
    fn behind_a_proxy_the_public_url_counts_too() {
        let proxied = [(ORIGIN, "https://keys.example"), (HOST, "10.0.0.1:8080")];
        assert!(is_ours(&Method::POST, &proxied, Some("https://keys.example")));
        assert!(!is_ours(&Method::POST, &proxied, Some("https://other.example")));
    }
}
