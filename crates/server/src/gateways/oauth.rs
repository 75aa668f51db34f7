//! Failures as OAuth tells them (RFC 6749, section 5.2; RFC 7662, section 2.3).

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::{Failure, json};

#[derive(Serialize)]
struct OAuthError<'a> {
    error: &'static str,
    error_description: &'a str,
}

/// Writes a failure down.
pub(super) fn tell(failure: &Failure) -> Response {
    let status = failure.status();
    let error = match status {
        StatusCode::UNAUTHORIZED => "invalid_client",
        StatusCode::FORBIDDEN => "insufficient_scope",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "temporarily_unavailable",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    json(status, &OAuthError { error, error_description: &described(failure.message()) })
}

/// A description has neither quotes nor backslashes, and no letters beyond ASCII.
fn described(message: &str) -> String {
    let allowed = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
    message.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_what_the_standard_allows() {
        assert_eq!(described("a \"b\" \\ é\n`c`"), "a 'b' ' ''`c`");
    }
}
