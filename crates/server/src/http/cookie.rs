//! The session's cookie (RFC 6265).

use axum::http::HeaderValue;
use keywright_domain::Timestamp;

use crate::settings::ServerSettings;

/// Its name.
const NAME: &str = "keywright_session";

/// The session's token in the value of a `Cookie` header.
pub(super) fn find_session(header: &str) -> Option<&str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// `Set-Cookie` for a session that has begun.
pub(crate) fn set_session(
    token: &str,
    expires_at: Timestamp,
    now: Timestamp,
    settings: &ServerSettings,
) -> HeaderValue {
    write(token, expires_at.since(now).as_secs(), settings)
}

/// `Set-Cookie` for a session that has ended.
pub(crate) fn clear_session(settings: &ServerSettings) -> HeaderValue {
    write("", 0, settings)
}

fn write(value: &str, max_age_seconds: u64, settings: &ServerSettings) -> HeaderValue {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).expect("a token is made of URL-safe base64 characters");
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
