//! Where this server is reached.

use axum::http::HeaderMap;
use axum::http::header::HOST;

use crate::app::App;

/// What the operator says, else the host that the client asked, if that is one; without a slash at the end.
pub(crate) fn base_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let is_host = |host: &&str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(is_host);
    format!("http://{}", host.unwrap_or("127.0.0.1:8080"))
}
